import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { root } from '../../../tools/deps/workspace.ts';
import { sourceFlags } from '../../../tools/run/flags.ts';

it('the sample of the guide about a store of your own runs, and is followed', () => {
  const guide = readFileSync(join(root, 'docs/guides/stores.md'), 'utf8');
  const [sample = ''] = [...guide.matchAll(/```ts\n(.*?)```/gs)].flatMap(([, text = '']) =>
    text.includes('defineStore({') ? [text] : [],
  );
  const use = `
    const first = await store.head();
    const woken = new Promise((resolve) => store.watch(resolve, { signal: new AbortController().signal }));
    table.set('main.ts', 'export const speed = 2;');
    changed.dispatchEvent(new Event('change'));
    await woken;
    const { hash } = await store.head();
    const [[id, revision]] = await store.manifest(hash);
    console.log(JSON.stringify([hash === first.hash, id, await store.read(id, revision)]));`;
  expect(JSON.parse(run(`${sample}${use}`))).toEqual([false, 'main.ts', 'export const speed = 2;']);
});

it('the sample of the guide about history runs, and goes back to where it says', () => {
  const guide = readFileSync(join(root, 'docs/guides/stores.md'), 'utf8');
  const [sample = ''] = [...guide.matchAll(/```ts\n(.*?)```/gs)].flatMap(([, text = '']) =>
    text.includes('store.promote(') ? [text] : [],
  );
  const look = `
    const now = await store.history();
    const staged = await store.history({ channel: 'staging' });
    console.log(JSON.stringify([now.map((one) => one.message), staged[0].hash === releases[0].hash, [...manifest.keys()]]));`;
  const said = run(`${sample}${look}`);
  expect(JSON.parse(said)).toEqual([['back to 1', 'faster', ''], true, ['main.ts']]);
});

/** What a module prints that has our packages. */
function run(text: string): string {
  const project = mkdtempSync(join(tmpdir(), 'rekindle-guide-'));
  onTestFinished(() => rmSync(project, { recursive: true }));
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
  writeFileSync(join(project, 'sample.mjs'), text);
  return execFileSync(process.execPath, [...sourceFlags, 'sample.mjs'], { cwd: project, encoding: 'utf8' });
}
