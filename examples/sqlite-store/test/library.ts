import { type Library, openDatabase } from '../src/database.ts';

/** The SQLite library that loads here. @throws Error where none does */
export function libraryOf(): Library {
  const database = openDatabase(':memory:');
  database.close();
  return database.library;
}
