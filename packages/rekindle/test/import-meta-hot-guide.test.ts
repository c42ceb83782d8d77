import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type Calls, committed, hostOf } from './stories.ts';

const guide = readFileSync(new URL('../../../docs/guides/import-meta-hot.md', import.meta.url), 'utf8');

it('the sample of the guide runs, and hands over what it says', async () => {
  const [, main = ''] = /```ts\n([\s\S]*?)```/.exec(guide) ?? [];
  const t = await hostOf({ 'main.ts': main, 'combat.ts': 'export const damage = () => 1;' });
  const { hit } = await t.import<Calls<'hit', Map<string, number>> & { hit(who: string): Map<string, number> }>(
    'main.ts',
  );
  expect(hit('grik')).toEqual(new Map([['grik', 1]]));
  const next = await t.change({ 'combat.ts': 'export const damage = () => 2;' });
  expect(committed(next).evaluated).toEqual(['combat.ts']);
  expect(t.events.find(({ type }) => type === 'script:log')).toMatchObject({ values: ['a hit costs', 2] });
  committed(await t.change({ 'main.ts': `${main}\nexport const more = 1;` }));
  const main2 = await t.import<{ hit(who: string): Map<string, number> }>('main.ts');
  expect(main2.hit('grik')).toEqual(new Map([['grik', 3]]));
  t.host.send('new-day');
  expect(main2.hit('grik')).toEqual(new Map([['grik', 2]]));
});

it('the guide tells of every member', async () => {
  const t = await hostOf({ 'main.ts': 'export const names = () => Object.getPrototypeOf(import.meta.hot);' });
  const { names } = await t.import<Calls<'names', object>>('main.ts');
  for (const name of Object.getOwnPropertyNames(names()))
    if (name !== 'constructor') expect(guide).toContain(`\`${name}`);
});
