// The floor: what every way of running an edited TypeScript module has to do, and nothing else. SWC takes the types away
// and makes a source map, V8 compiles the text, the text runs. No graph, no imports, no state, no way back.
import { Script } from 'node:vm';
import { transformSync } from '@swc/core';

export type Body = (exports: object) => void;

export interface Runnable {
  readonly body: Body;
  readonly map: string | undefined;
}

/** From the text to a function that can be called: no line of the text has run. */
export function runnable(source: string, id: string): Runnable {
  const { code, map } = transformSync(source, {
    filename: id,
    swcrc: false,
    configFile: false,
    isModule: true,
    sourceMaps: true,
    module: { type: 'commonjs' },
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
  });
  const script = new Script(`(function (exports) {${code}\n})`, { filename: id });
  return { body: script.runInThisContext() as Body, map };
}

/** Runs one module that imports nothing; gives its exports. */
export function floor(source: string, id: string): object {
  const exports = {};
  runnable(source, id).body(exports);
  return exports;
}
