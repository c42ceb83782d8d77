// What the peers that leave TypeScript to others are given: SWC with a source map in line, as a loader before them does.
import { transformSync } from '@swc/core';

/**
 * @param {string} source
 * @param {string} filename
 */
export function strip(source, filename) {
  return transformSync(source, {
    filename,
    swcrc: false,
    configFile: false,
    isModule: true,
    sourceMaps: 'inline',
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
  }).code;
}
