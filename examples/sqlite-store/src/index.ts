// An SQLite file as a store.
export { sqliteStore } from './sqlite-store.ts';
