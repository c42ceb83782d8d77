// The last part of `npm run lint`: the directions of imports, and publint on each package's tarball. The packages have
// been built before.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { violations } from '../deps/violations.ts';
import { readPackages } from '../deps/workspace.ts';
import { packAll } from '../pack/pack.ts';

const folder = await mkdtemp(join(tmpdir(), 'rekindle-lint-'));
try {
  const packed = await packAll(folder);
  const found = [
    ...violations(await readPackages()),
    ...packed.flatMap(({ name, complaints }) => complaints.map((complaint) => `${name}: ${complaint}`)),
  ];
  for (const sentence of found) console.error(sentence);
  console.log(`Directions of imports, and ${packed.length} packages as packed: ${found.length || 'no'} complaints`);
  process.exitCode = found.length === 0 ? 0 : 1;
} finally {
  await rm(folder, { recursive: true });
}
