/** Builtins and npm packages for scripts: found from the game's project, loaded by Node itself, never reloaded. */

import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ResolvePackage, SyntheticModule } from '@rekindle/loader';
import { moduleResolve } from 'import-meta-resolve';

/**
 * @param root folder of the game's project
 * @param conditions beside `node` and `import`
 */
export function packageResolver(root: string, conditions: readonly string[]): ResolvePackage {
  const parent = pathToFileURL(path.join(root, 'scripts.js')); // need not exist: only its folder is looked at
  const all = new Set(['node', 'import', ...conditions]);
  return (specifier) => moduleResolve(specifier, parent, all).href;
}

const loaded = new Map<string, Promise<SyntheticModule>>();

/** The module as the loader takes it: its exports are read from Node's own namespace object, so they stay live. */
export function nativeModule(url: string): Promise<SyntheticModule> {
  let module = loaded.get(url);
  if (module === undefined) {
    module = import(url).then((values: Record<string, unknown>) => ({ kind: 'shared', values, later: () => false }));
    module.catch(() => loaded.delete(url)); // a package that could not be loaded is tried again
    loaded.set(url, module);
  }
  return module;
}
