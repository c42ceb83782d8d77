/** The options of a folder store, checked. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { badOption } from './errors.ts';

/** Which files are modules, and how changes of them are noticed. */
export interface FolderStoreOptions {
  /**
   * What the names of modules end with, beside what a host has transforms for. Declarations (`.d.ts`) never are modules.
   * @default ['.ts', '.mts', '.js', '.mjs', '.json']
   */
  readonly extensions?: readonly string[];
  /**
   * What is left alone besides names that begin with a dot, `node_modules` and editors' temporary files: patterns in the
   * syntax of `.gitignore`, relative to the folder.
   * @default []
   */
  readonly ignore?: readonly string[];
  /** Whether the `.gitignore` files in the folder count. Those above it never do. @default true */
  readonly gitignore?: boolean;
  /**
   * Looks for changes every so many milliseconds instead of waiting for events of the file system: for network mounts
   * and container volumes, which send none.
   * @default false
   */
  readonly poll?: number | false;
  /** How messages call it. @default "folder '<path>'" */
  readonly name?: string;
}

export interface ResolvedOptions {
  readonly path: string;
  readonly name: string;
  /** Grows when a host says what else it makes modules of. */
  readonly extensions: string[];
  readonly ignore: readonly string[];
  readonly gitignore: boolean;
  readonly poll: number | false;
}

const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs', '.json'];

/** @throws StoreError `STORE_BAD_OPTION` */
export function resolveOptions(folder: string | URL, options: FolderStoreOptions): ResolvedOptions {
  if (folder === '' || (typeof folder !== 'string' && !(folder instanceof URL))) {
    throw badOption("folderStore needs the path of a folder, such as folderStore('scripts').");
  }
  if (folder instanceof URL && folder.protocol !== 'file:') {
    throw badOption(
      `folderStore reads folders of this machine, and '${folder.href}' is none. Give a path or a file: URL.`,
    );
  }
  const { extensions = EXTENSIONS, ignore = [], gitignore = true, poll = false } = options;
  for (const extension of extensions) {
    if (!/^\.[^/\\]*[^/\\.]$/.test(extension)) {
      throw badOption(`'${extension}' in the option extensions is not an extension. Write it with its dot: '.lua'.`);
    }
  }
  if (poll !== false && !(Number.isFinite(poll) && poll > 0)) {
    throw badOption(`The option poll is ${poll}. Give the milliseconds between two looks, such as 1000.`);
  }
  const path = resolve(folder instanceof URL ? fileURLToPath(folder) : folder);
  const name = options.name ?? `folder '${folder instanceof URL ? path : folder}'`;
  return { path, name, extensions: [...extensions], ignore, gitignore, poll };
}
