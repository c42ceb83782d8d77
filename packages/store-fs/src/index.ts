// A folder as a store.
export { type FolderStore, folderStore } from './folder-store.ts';
export type { FolderStoreOptions } from './options.ts';
