// A database as a store.
export { collectMongoGarbage, type MongoGarbage, type MongoGarbageOptions } from './garbage.ts';
export { mongoStore } from './mongo-store.ts';
export type { MongoStoreOptions } from './options.ts';
export { type MongoSetup, setupMongoStore } from './setup.ts';
