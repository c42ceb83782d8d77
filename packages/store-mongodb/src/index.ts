// A database as a store.
export { mongoStore } from './mongo-store.ts';
export type { MongoStoreOptions } from './options.ts';
