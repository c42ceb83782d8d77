// `npm run api`: whether the public API is the one that `docs/reference/api/` shows. `-- --write` makes it so; the diff
// belongs to the commit that changed the API. It needs what `npm run build` makes.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../deps/workspace.ts';
import { apiReports } from '../docs/api.ts';
import { publicEntries } from '../docs/public.ts';

const folder = join(root, 'docs/reference/api');
const reports = apiReports(await publicEntries());

await mkdir(folder, { recursive: true });
const committed = await readdir(folder);
const stale = committed.filter((file) => !reports.has(file));
const changed: string[] = [];
for (const [file, text] of reports) {
  const before = committed.includes(file) ? await readFile(join(folder, file), 'utf8') : undefined;
  if (before !== text) changed.push(file);
}

if (process.argv.includes('--write')) {
  for (const file of stale) await rm(join(folder, file));
  for (const file of changed) await writeFile(join(folder, file), reports.get(file) ?? '');
  console.log(`docs/reference/api: ${changed.length} written, ${stale.length} removed`);
} else if (changed.length + stale.length > 0) {
  console.error(`The public API is not the one of docs/reference/api: ${[...changed, ...stale].join(', ')}.`);
  console.error('If that is meant, run `npm run api -- --write` after `npm run build`, and commit the diff.');
  process.exitCode = 1;
} else {
  console.log(`docs/reference/api: ${reports.size} entries of the public API are as they were`);
}
