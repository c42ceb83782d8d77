// The first sample of a README, run as somebody would who copies it into a project.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../deps/workspace.ts';
import { sourceFlags } from '../run/flags.ts';

/** What the sample of `packages/<folder>/README.md` prints. */
export function runReadmeSample(folder: string): string {
  const readme = readFileSync(join(root, 'packages', folder, 'README.md'), 'utf8');
  const [, sample] = /```ts\n(.*?)```/s.exec(readme) ?? [];
  if (sample === undefined) throw new Error(`The README of ${folder} has no sample.`);
  const project = mkdtempSync(join(tmpdir(), 'rekindle-readme-'));
  try {
    symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
    writeFileSync(join(project, 'sample.mjs'), sample);
    return execFileSync(process.execPath, [...sourceFlags, 'sample.mjs'], { cwd: project, encoding: 'utf8' });
  } finally {
    rmSync(project, { recursive: true });
  }
}
