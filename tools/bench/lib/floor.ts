// The floor: what every way of running an edited TypeScript module has to do, and nothing else. SWC takes the types away
// and makes a source map, V8 compiles the text, the text runs. No graph, no imports, no state, no way back.
import { Script } from 'node:vm';
import { transformSync } from '@swc/core';

export interface Floored {
  readonly exports: object;
  readonly map: string | undefined;
}

/** Runs one module that imports nothing. */
export function floor(source: string, id: string): Floored {
  const { code, map } = transformSync(source, {
    filename: id,
    swcrc: false,
    configFile: false,
    isModule: true,
    sourceMaps: true,
    module: { type: 'commonjs' },
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
  });
  const exports = {};
  new Script(`(function (exports) {${code}\n})`, { filename: id }).runInThisContext()(exports);
  return { exports, map };
}
