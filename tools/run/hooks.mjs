// The load hook for Node without `module.registerHooks` (before 22.15): it runs on the loader's own thread.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { isTypeScript, transform } from './transform.mjs';

/** @type {import('node:module').LoadHook} */
export async function load(url, context, nextLoad) {
  if (!isTypeScript(url)) return nextLoad(url, context);
  const filename = fileURLToPath(url);
  return { format: 'module', shortCircuit: true, source: transform(await readFile(filename, 'utf8'), filename) };
}
