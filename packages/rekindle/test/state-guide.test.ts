/** The scripts of the guide to state load, one after the other and after an edit, and keep what they say they keep. */
import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { committed, hostOf } from './stories.ts';

const guide = readFileSync(new URL('../../../docs/guides/state.md', import.meta.url), 'utf8');
const scripts = [...guide.matchAll(/^```ts script\n(.*?)^```$/gms)].map(([, text = '']) => text);

const api = () => ({
  bus: Object.assign(new EventEmitter(), { watch: () => ({ close() {} }), follow() {} }),
  spawn() {},
  pay() {},
});

describe('the guide to state', () => {
  it('has scripts', () => expect(scripts.length).toBeGreaterThan(4));

  it.each(scripts.map((text, index) => [index, text] as const))('script %i', async (_index, text) => {
    const t = await hostOf({ 'guide.ts': text }, { modules: { '@arena/api': api() } });
    await t.host.start({ entries: ['guide.ts'] });
    const outcome = committed(await t.change({ 'guide.ts': `${text}\nexport const edited = 1;` }));
    expect(outcome.warnings).toEqual([]);
    expect(t.events.filter(({ type }) => type === 'script:error')).toEqual([]);
    expect((await t.host.snapshot()).unwritten.map(({ slot }) => slot)).toEqual(
      text.includes("'server'") ? ['server'] : [],
    );
  });
});
