/** A process that publishes three times and has nothing else to do: `publishes-thrice.ts <folder>`. It closes nothing. */
import { folderStore } from '../src/index.ts';

const store = folderStore(process.argv[2] ?? '');
for (let number = 1; number <= 3; number++) {
  await store.publish(new Map([['a.ts', `release ${number}`]]), { expected: number - 1 });
}
