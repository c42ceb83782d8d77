// An SQLite file as a store.
export { type SqliteStoreOptions, sqliteStore } from './sqlite-store.ts';
