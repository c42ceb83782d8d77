// The child that loads a folder of modules with Node itself: `node native.mjs FOLDER ROOT`.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder = '', root = ''] = process.argv.slice(2);
const start = performance.now();
const { visit } = await import(pathToFileURL(join(folder, root)).href);
const answers = [visit({ id: 1, health: 1 })];
process.send?.({ milliseconds: performance.now() - start, further: [], answers });
process.disconnect();
