// Native modules: `import('./combat.mjs?v=2')`. The new version stands beside the old one; who imported the old one
// keeps it, and nothing of it is ever freed.
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { serve } from './serve.mjs';
import { strip } from './strip.mjs';

const [root = '', leaf = ''] = process.argv.slice(2);
await import(pathToFileURL(root).href);

let version = 0;
serve(async (source) => {
  const start = performance.now();
  const code = strip(source, leaf);
  const stripped = performance.now();
  writeFileSync(leaf, code);
  const written = performance.now();
  version += 1;
  const exports = await import(`${pathToFileURL(leaf).href}?v=${version}`);
  return { exports, milliseconds: performance.now() - written + (stripped - start) };
});
