import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { root } from '../../../tools/deps/workspace.ts';
import { sourceFlags } from '../../../tools/run/flags.ts';

it('the sample of the guide about a store of your own runs, and is followed', () => {
  const use = `
    const first = await store.head();
    const woken = new Promise((resolve) => store.watch(resolve, { signal: new AbortController().signal }));
    table.set('main.ts', 'export const speed = 2;');
    changed.dispatchEvent(new Event('change'));
    await woken;
    const { hash } = await store.head();
    const [[id, revision]] = await store.manifest(hash);
    console.log(JSON.stringify([hash === first.hash, id, await store.read(id, revision)]));`;
  expect(JSON.parse(printedBy('defineStore({', use))).toEqual([false, 'main.ts', 'export const speed = 2;']);
});

it('the sample of the guide about history runs, and goes back to where it says', () => {
  const look = `
    const now = await store.history();
    const staged = await store.history({ channel: 'staging' });
    console.log(JSON.stringify([now.map((one) => one.message), staged[0].hash === releases[0].hash, [...manifest.keys()]]));`;
  expect(JSON.parse(printedBy('store.promote(', look))).toEqual([['back to 1', 'faster', ''], true, ['main.ts']]);
});

it('the sample of the guide about what hosts tell runs, and leaves nothing', () => {
  const look = 'console.log(JSON.stringify(await store.head().then(() => [], ({ code }) => code)));';
  expect(JSON.parse(printedBy('store.hosts?.list()', look))).toBe('STORE_DISPOSED');
});

it('the sample of the guide about compiled modules runs, and finds what it has written', () => {
  const look = `
    console.log(JSON.stringify([written, diagnostics, main.speed, (await writeArtifacts(store)).known]));
    await host.close();`;
  expect(JSON.parse(printedBy('writeArtifacts(store', look))).toEqual([['main.ts'], [], 2, ['main.ts']]);
});

/** What the sample of the guide prints that holds a text, together with what looks at its variables. */
function printedBy(holding: string, look: string): string {
  const guide = readFileSync(join(root, 'docs/guides/stores.md'), 'utf8');
  const samples = [...guide.matchAll(/```ts\n(.*?)```/gs)].map(([, text = '']) => text);
  const sample = samples.find((text) => text.includes(holding));
  const project = mkdtempSync(join(tmpdir(), 'rekindle-guide-'));
  onTestFinished(() => rmSync(project, { recursive: true }));
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
  writeFileSync(join(project, 'sample.mjs'), `${sample}${look}`);
  return execFileSync(process.execPath, [...sourceFlags, 'sample.mjs'], { cwd: project, encoding: 'utf8' });
}
