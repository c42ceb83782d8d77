/**
 * `npm run publish-scripts -- -m "why"`: what is different in the folder becomes a release in the database, and every
 * arena on that database takes it.
 *
 * Exits with 0 done, 2 wrong usage, 3 database not reached, 4 somebody else published meanwhile.
 */

import { userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { folderStore } from '@rekindle/store-fs';
import { isStoreError } from 'rekindle';
import { differences } from './differences.ts';
import { databaseAt } from './script-stores.ts';

const USAGE = `MONGODB_URI=mongodb://… npm run publish-scripts -w @rekindle/example-arena -- [options]
  -m, --message TEXT  why
  --author NAME       who (default: you)
  --folder PATH       the scripts (default: the arena's)
  --onto NUMBER       the release that they were made from (default: the newest)
  --delete            also delete what the folder does not have`;

const options = {
  message: { type: 'string', short: 'm', default: '' },
  author: { type: 'string', default: userInfo().username },
  folder: { type: 'string', default: fileURLToPath(new URL('../scripts', import.meta.url)) },
  onto: { type: 'string' },
  delete: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

class UsageError extends Error {}

function read() {
  try {
    const { values } = parseArgs({ options });
    const onto = values.onto === undefined ? undefined : Number(values.onto);
    if (onto !== undefined && !(Number.isInteger(onto) && onto >= 0)) throw new Error('--onto takes a number');
    return { ...values, onto };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

async function publish(): Promise<void> {
  const { help, message, author, folder, onto, delete: remove } = read();
  if (help) {
    console.log(USAGE);
    return;
  }
  const uri = process.env['MONGODB_URI'];
  if (uri === undefined || uri === '') throw new UsageError('MONGODB_URI says which database; it is not set');
  const begin = performance.now();
  await using files = folderStore(folder);
  await using database = await databaseAt(uri);
  const { head, changes, added, missing } = await differences(files, database);
  const all = new Map<string, string | null>(changes);
  if (remove) for (const id of missing) all.set(id, null);

  const rows = [...all].map(([id, text]) => [id, text === null ? 'deleted' : added.has(id) ? 'new' : 'changed']);
  if (!remove) rows.push(...missing.map((id) => [id, 'kept    not in the folder; --delete deletes it']));
  const width = Math.max(0, ...rows.map(([id = '']) => id.length));
  for (const [id = '', what] of rows) console.log(`  ${id.padEnd(width)}  ${what}`);
  if (all.size === 0) {
    console.log(`nothing to publish: ${database.name} has it all, as release ${head}`);
    return;
  }
  const expected = onto ?? head;
  const { number } = await database.publish(all, { expected, author, message });
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  const modules = `${all.size} module${all.size === 1 ? '' : 's'}`;
  console.log(
    `release ${number} on ${database.name}   ${modules}   ${expected} → ${number}   by ${author}   ${seconds} s`,
  );
}

try {
  await publish();
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`${error.message}\n\n${USAGE}`);
    process.exitCode = 2;
  } else if (isStoreError(error)) {
    console.error(error.message);
    process.exitCode = error.code === 'STORE_CONFLICT' ? 4 : error.code === 'STORE_UNREACHABLE' ? 3 : 1;
  } else {
    throw error;
  }
}
