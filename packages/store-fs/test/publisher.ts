/**
 * A process that publishes without a pause until it is killed: `publisher.ts <folder> <modules>`. Every release gives all
 * modules one text. It says 'ready' when the first release is there.
 */
import { folderStore } from '../src/index.ts';

const [, , path = '', count = '0'] = process.argv;
const store = folderStore(path);
const ids = Array.from({ length: Number(count) }, (_, index) => `area${index % 5}/module${index}.ts`);

for (let expected = (await store.head())?.number ?? 0; ; ) {
  const text = `export const generation = ${expected + 1};\n`;
  const release = await store.publish(new Map(ids.map((id) => [id, text])), { expected });
  if (expected === 0) process.stdout.write('ready\n');
  expected = release.number;
}
