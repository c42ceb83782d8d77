import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folderStore } from '../src/index.ts';
import { temporaryFolder } from './temporary-folder.ts';

const HOUR = 3_600_000;

it('what killed processes left in .rekindle goes with the next write, and what may be in use stays', async () => {
  const folder = temporaryFolder({ 'a.ts': 'a' });
  const directory = join(folder.path, '.rekindle');
  fs.mkdirSync(directory);
  const leave = (name: string, age: number) => {
    fs.writeFileSync(join(directory, name), '');
    const time = new Date(Date.now() - age);
    fs.utimesSync(join(directory, name), time, time);
    return name;
  };
  const names = () => [`lock.${randomUUID()}`, `numbers.json.${randomUUID()}.tmp`, `publish.json.${randomUUID()}.tmp`];
  for (const name of names()) leave(name, 2 * HOUR);
  const kept = [...names().map((name) => leave(name, HOUR / 2)), leave('notes.tmp', 2 * HOUR)];
  await using store = folderStore(folder.path);
  await store.publish(new Map([['a.ts', 'b']]), { expected: 0 });
  const own = ['.gitignore', 'numbers.json', 'releases', 'texts'];
  expect(fs.readdirSync(directory).sort()).toEqual([...kept, ...own].sort());
});
