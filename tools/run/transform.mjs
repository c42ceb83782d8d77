// TypeScript text into what Node runs: types are taken away, newer syntax is lowered to what Node 20 knows, and the
// source map is put in line, because `process.setSourceMapsEnabled` reads no other place for a module that a hook made.
// It does not check types and does not resolve anything: `npm run check` and Node do.
import { transformSync } from '@swc/core';

/** @type {import('@swc/core').Options} */
const options = {
  swcrc: false,
  configFile: false,
  sourceMaps: 'inline',
  inlineSourcesContent: false,
  isModule: true,
  jsc: {
    parser: { syntax: 'typescript' },
    target: 'es2022',
    // As the compiler option of the same name in tsconfig.base.json: an import stays unless it says `type`.
    transform: { verbatimModuleSyntax: true },
  },
};

/**
 * @param {string} source TypeScript text.
 * @param {string} filename Its absolute path, as it shall stand in stack traces.
 * @returns {string} JavaScript with an inline source map.
 */
export function transform(source, filename) {
  return transformSync(source, { ...options, filename, sourceFileName: filename }).code;
}

/**
 * @param {string} url
 * @returns {boolean} Whether this is one of our TypeScript files; what npm installed is never touched.
 */
export function isTypeScript(url) {
  return url.startsWith('file:') && /\.ts(?:[?#]|$)/.test(url) && !url.includes('/node_modules/');
}
