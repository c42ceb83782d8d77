// The child that loads a folder of modules with Rekindle: `node rekindle.ts FOLDER ROOT NAMESPACES`. Answers with the
// milliseconds from the making of the host to the first answer of the graph, and with those that each further namespace
// took. The SDK itself is loaded before.
import { folderStore } from '@rekindle/store-fs';
import { createHost } from 'rekindle';

interface Root {
  visit(visitor: { id: number; health: number }): number;
}

const [folder = '', root = '', namespaces = '0'] = process.argv.slice(2);
const visitor = () => ({ id: 1, health: 1 });

const start = performance.now();
const host = createHost({ stores: [folderStore(folder)] });
const answers = [((await host.import(root)) as Root).visit(visitor())];
const milliseconds = performance.now() - start;

const further: number[] = [];
for (let count = 0; count < Number(namespaces); count += 1) {
  const begin = performance.now();
  const namespace = await host.namespace(`room-${count}`);
  answers.push(((await namespace.import(root)) as Root).visit(visitor()));
  further.push(performance.now() - begin);
}
process.send?.({ milliseconds, further, answers });
await host.close();
process.disconnect?.();
