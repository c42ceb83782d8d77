/**
 * `import.meta` of scripts: what Node gives where there is a file, and a URL of our own where there is none; and `hot`.
 */

import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Resolved, SourceTextInstance } from '@rekindle/loader';
import type { HotContext } from '@rekindle/state';

export interface MetaParts {
  /** Module id. */
  readonly id: string;
  /** The folder whose files the ids name, where there is one. */
  readonly folderOf: (id: string) => string | undefined;
  /** What a specifier means for the module; throws where nobody answers. */
  readonly resolve: (specifier: string) => Resolved;
  readonly hot: HotContext;
}

/** ECMA-262: an ordinary object without a prototype. */
export function importMeta({ id, folderOf, resolve, hot }: MetaParts): object {
  const urlOf = (script: string): string => scriptUrl(script, folderOf(script));
  const folder = folderOf(id);
  const filename = folder === undefined ? undefined : path.join(folder, id);
  return Object.assign(Object.create(null), {
    ...(filename === undefined ? {} : { dirname: path.dirname(filename), filename }),
    url: urlOf(id),
    resolve: (specifier: string): string => {
      const resolved = resolve(`${specifier}`);
      if (resolved.kind === 'script') return urlOf(resolved.id);
      return resolved.kind === 'native' ? resolved.url : `rekindle-host:${resolved.name}`;
    },
    hot,
  });
}

/** The file of a script; a URL of our own for one that is no file here. */
export function scriptUrl(id: string, folder?: string): string {
  if (folder !== undefined) return pathToFileURL(path.join(folder, id)).href;
  return `rekindle:///${id.split('/').map(encodeURIComponent).join('/')}`;
}

/**
 * The key of the module that a specifier means in a version: what its import of that text leads to, and where it has
 * none, what one would lead to.
 */
export function importedKey(
  { artifact, requested }: SourceTextInstance,
  specifier: string,
  resolve: (specifier: string) => Resolved,
): string {
  const imported = requested[artifact.requests.findIndex((request) => request.specifier === specifier)];
  if (imported !== undefined) return imported.key;
  const resolved = resolve(specifier);
  if (resolved.kind === 'script') return resolved.id;
  return resolved.kind === 'native' ? resolved.url : resolved.name;
}
