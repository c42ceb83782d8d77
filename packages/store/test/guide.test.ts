import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { root } from '../../../tools/deps/workspace.ts';
import { sourceFlags } from '../../../tools/run/flags.ts';

it('the sample of the guide about history runs, and goes back to where it says', () => {
  const guide = readFileSync(join(root, 'docs/guides/stores.md'), 'utf8');
  const [sample = ''] = [...guide.matchAll(/```ts\n(.*?)```/gs)].flatMap(([, text = '']) =>
    text.includes('store.promote(') ? [text] : [],
  );
  const project = mkdtempSync(join(tmpdir(), 'rekindle-guide-'));
  onTestFinished(() => rmSync(project, { recursive: true }));
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
  const look = `
    const now = await store.history();
    const staged = await store.history({ channel: 'staging' });
    console.log(JSON.stringify([now.map((one) => one.message), staged[0].hash === releases[0].hash, [...manifest.keys()]]));`;
  writeFileSync(join(project, 'sample.mjs'), `${sample}${look}`);
  const said = execFileSync(process.execPath, [...sourceFlags, 'sample.mjs'], { cwd: project, encoding: 'utf8' });
  expect(JSON.parse(said)).toEqual([['back to 1', 'faster', ''], true, ['main.ts']]);
});
