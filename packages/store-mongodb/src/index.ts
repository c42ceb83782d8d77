// A database as a store.
export { type MongoStoreOptions, mongoStore } from './mongo-store.ts';
