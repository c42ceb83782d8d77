import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { sourceFlags } from '../../../tools/run/flags.ts';

it('the sample of the README runs', () => {
  const readme = fs.readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const sample = /```ts\n(.*?)```/s.exec(readme)?.[1] ?? '';
  const project = fs.mkdtempSync(join(tmpdir(), 'rekindle-readme-'));
  onTestFinished(() => fs.rmSync(project, { recursive: true }));
  fs.symlinkSync(fileURLToPath(new URL('../../../node_modules', import.meta.url)), join(project, 'node_modules'));
  fs.writeFileSync(join(project, 'sample.mjs'), sample);
  const printed = execFileSync(process.execPath, [...sourceFlags, 'sample.mjs'], { cwd: project, encoding: 'utf8' });
  expect(printed).toBe("1 { index: 0, source: 'hotfixes', hides: [ 'scripts' ] }\n");
});
