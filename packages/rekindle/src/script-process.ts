/**
 * `process` as scripts have it: everything but the ways to end it.
 *
 * A script that ends the process ends the game of everybody who plays. It prevents accidents, not attacks.
 */

import { LoaderError } from '@rekindle/loader';
import { currentScope } from '@rekindle/state';
import { placeOfThrow } from './places.ts';

const ENDS = new Set<PropertyKey>(['exit', 'reallyExit', 'abort', 'kill']);

function refuse(name: PropertyKey): never {
  const module = placeOfThrow(new Error('process'))?.module ?? currentScope()?.owner.module ?? 'A script';
  throw new LoaderError(
    'PROCESS_EXIT',
    `'${module}' called process.${String(name)}(): no script may end the process of the game. ` +
      'Give scripts a host function that asks the game to stop.',
  );
}

/** One for all scripts. */
export const scriptProcess: NodeJS.Process = new Proxy(process, {
  get(target, key) {
    if (ENDS.has(key)) return () => refuse(key);
    const value: unknown = Reflect.get(target, key, target);
    return typeof value === 'function' ? value.bind(target) : value;
  },
  set: (target, key, value) => Reflect.set(target, key, value, target),
});

/** The exports of `node:process`. */
export function processModule(): Record<string, unknown> {
  const values: Record<string, unknown> = { default: scriptProcess };
  for (const name of Object.keys(process)) {
    Object.defineProperty(values, name, {
      enumerable: true,
      get: () => Reflect.get(scriptProcess, name),
    });
  }
  return values;
}
