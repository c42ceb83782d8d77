/**
 * SWC and acorn, loaded when the first text is compiled: a process that finds all its artifacts in a cache needs neither,
 * and to load them takes longer than to start a hundred modules.
 *
 * With `require`, because compiling is synchronous; the native part of SWC could not be bundled anyway.
 */

import { createRequire } from 'node:module';
import type { Options } from 'acorn';

const require = createRequire(import.meta.url);
let swc: typeof import('@swc/core') | undefined;
let stripper: typeof import('@swc/wasm-typescript') | undefined;
let acorn: typeof import('acorn') | undefined;

export function loadSwc(): typeof import('@swc/core') {
  swc ??= require('@swc/core') as typeof import('@swc/core');
  return swc;
}

/** How acorn reads a script. */
export const ACORN_OPTIONS: Options = { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true };

/** SWC's strip mode, which stands in a package of its own. */
export function loadStripper(): typeof import('@swc/wasm-typescript') {
  stripper ??= require('@swc/wasm-typescript') as typeof import('@swc/wasm-typescript');
  return stripper;
}

/**
 * Lets go of the strip mode after a fault of its own: where its stack ended, say, its memory is left as it was then, and
 * it would fail at every text from then on.
 */
export function dropStripper(): void {
  stripper = undefined;
  const name = require.resolve('@swc/wasm-typescript');
  for (const path of [name, ...(require.cache[name]?.children ?? []).map(({ filename }) => filename)]) {
    delete require.cache[path];
  }
}

export function loadAcorn(): typeof import('acorn') {
  acorn ??= require('acorn') as typeof import('acorn');
  return acorn;
}
