import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { secantusdb } from '../../../tools/mongodb/find.ts';
import { obtain } from '../../../tools/requirements/obtain.ts';
import { sourceFlags } from '../../../tools/run/flags.ts';

it('the sample of the README runs', async ({ skip, onTestFinished }) => {
  await using server = await obtain(secantusdb());
  if (server === undefined) return skip();
  const readme = fs.readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const sample = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? '';
  const project = fs.mkdtempSync(join(tmpdir(), 'rekindle-readme-'));
  onTestFinished(() => fs.rmSync(project, { recursive: true }));
  fs.symlinkSync(fileURLToPath(new URL('../../../node_modules', import.meta.url)), join(project, 'node_modules'));
  fs.writeFileSync(join(project, 'sample.mjs'), sample);
  const env = { ...process.env, MONGODB_URI: server.uri };
  const sampled = () => promisify(execFile)(process.execPath, [...sourceFlags, 'sample.mjs'], { cwd: project, env });
  expect((await sampled()).stdout).toBe('release 1 by dana\n');
  expect((await sampled()).stdout).toBe('release 2 by dana\n');
});
