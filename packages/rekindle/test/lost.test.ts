import { describe, expect, it } from 'vitest';
import { type Calls, codes, committed, evaluated, hostOf, refused, settled } from './stories.ts';

const counter = (more = '') => `let count = 0;
export let best = 'nobody', rest = 1;
const list: string[] = [];
export const add = () => { count += 1; list.push('x'); };
export const win = (who: string) => { best = who; };
export const get = () => count;${more}`;

const next = 'let n = 0; export const next = () => (n += 1);';

describe('a module that runs again has its plain variables anew', () => {
  it('each that code had assigned is named with its value, in the outcome and as an event', async () => {
    const t = await hostOf({ 'main.ts': counter() });
    const main = await t.import<Calls<'add' | 'get' | 'win'>>('main.ts');
    main.add();
    main.add();
    const hero = { name: 'hero' };
    main.win(hero as never);
    const outcome = committed(await t.change({ 'main.ts': counter(' export const v = 2;') }));
    expect(outcome.lost).toEqual([
      { module: 'main.ts', name: 'count', value: 2 },
      { module: 'main.ts', name: 'best', value: hero },
    ]);
    await settled();
    expect(t.events.filter((event) => event.type === 'state:lost')).toMatchObject([
      {
        module: 'main.ts',
        variables: [
          { name: 'count', value: 2 },
          { name: 'best', value: hero },
        ],
      },
    ]);
    expect(main.get()).toBe(0);
  });

  it('what holds what its own release gave it is not lost', async () => {
    const t = await hostOf({ 'main.ts': counter(' add(); win("first");') }, { entries: ['main.ts'] });
    expect(committed(await t.change({ 'main.ts': counter(' add(); export const v = 2;') })).lost).toEqual([]);
  });

  it('also where it runs because of another', async () => {
    const t = await hostOf({
      'base.ts': 'export const base = 1;',
      'main.ts':
        "import { base } from './base.ts'; export let now = base; export const set = (n: number) => { now = n; };",
    });
    (await t.import<Calls<'set'>>('main.ts')).set(7 as never);
    const outcome = await t.change({ 'base.ts': 'export const base = 2;' });
    expect(evaluated(outcome)).toEqual(['base.ts', 'main.ts']);
    expect(committed(outcome).lost).toEqual([{ module: 'main.ts', name: 'now', value: 7 }]);
  });

  it('a module that does not run keeps them, and nothing is said', async () => {
    const t = await hostOf({ 'main.ts': counter(), 'other.ts': 'export {};' }, { entries: ['other.ts'] });
    const main = await t.import<Calls<'add' | 'get'>>('main.ts');
    main.add();
    expect(committed(await t.change({ 'other.ts': 'export const o = 1;' })).lost).toEqual([]);
    expect(main.get()).toBe(1);
  });

  it('a body that awaits is no exception', async () => {
    const t = await hostOf({ 'main.ts': counter(' await null;') });
    (await t.import<Calls<'add'>>('main.ts')).add();
    const { lost } = committed(await t.change({ 'main.ts': counter(' await null; export const v = 2;') }));
    expect(lost).toEqual([{ module: 'main.ts', name: 'count', value: 1 }]);
  });
});

describe("onStateLoss: 'refuse'", () => {
  it('refuses, names the line, and nothing has happened', async () => {
    const t = await hostOf({ 'main.ts': counter() }, { onStateLoss: 'refuse' });
    const main = await t.import<Calls<'add' | 'get' | 'win'>>('main.ts');
    main.add();
    main.win('hero' as never);
    const diagnostics = refused(await t.change({ 'main.ts': counter(' export const v = 2;') }));
    expect(diagnostics).toMatchObject([
      {
        code: 'STATE_LOSS',
        module: 'main.ts',
        line: 1,
        column: 5,
        message: "'count' of 'main.ts' holds 1, which this reload would drop.",
      },
      { code: 'STATE_LOSS', module: 'main.ts', line: 2, column: 12 },
    ]);
    expect(diagnostics[0]?.hint).toContain("const count = state('count', () => ({ value: … }))");
    expect(main.get()).toBe(1);
  });

  it('lets through what loses nothing', async () => {
    const t = await hostOf({ 'main.ts': counter() }, { onStateLoss: 'refuse', entries: ['main.ts'] });
    committed(await t.change({ 'main.ts': counter(' export const v = 2;') }));
  });

  it('does not keep a release from being taken back', async () => {
    const t = await hostOf({ 'main.ts': counter() }, { onStateLoss: 'refuse', entries: ['main.ts'] });
    committed(await t.change({ 'main.ts': counter(' export const v = 2;') }));
    (await t.import<Calls<'add'>>('main.ts')).add();
    expect(committed(await t.host.revert()).lost).toEqual([{ module: 'main.ts', name: 'count', value: 1 }]);
  });
});

describe('the variables of a module that a release takes out or moves', () => {
  const start = { 'main.ts': "export { next } from './counter.ts';", 'counter.ts': next };
  const moved = {
    'counter.ts': null,
    'rules/counter.ts': next,
    'main.ts': "export { next } from './rules/counter.ts';",
  };

  it('are named, with the revision that has left', async () => {
    const t = await hostOf(start);
    (await t.import<Calls<'next'>>('main.ts')).next();
    const revision = t.host.modules().find(({ id }) => id === 'counter.ts')?.revision;
    const { lost } = committed(await t.change(moved));
    expect(lost).toEqual([{ module: 'counter.ts', name: 'n', value: 1 }]);
    await settled();
    expect(t.events.filter(({ type }) => type === 'state:lost')).toMatchObject([{ module: 'counter.ts', revision }]);
  });

  it("refuse it where 'onStateLoss' is 'refuse', and `rehearse` says so before", async () => {
    const t = await hostOf(start, { onStateLoss: 'refuse' });
    const main = await t.import<Calls<'next'>>('main.ts');
    main.next();
    await t.publish(moved);
    expect((await t.host.rehearse()).diagnostics).toMatchObject([{ code: 'STATE_LOSS', module: 'counter.ts' }]);
    expect(codes(refused(await t.host.sync()))).toEqual(['STATE_LOSS']);
    expect(main.next()).toBe(2);
  });

  it('go with a module that the game unloads: they are named, and refuse nothing', async () => {
    const t = await hostOf({ 'counter.ts': next }, { onStateLoss: 'refuse' });
    (await t.import<Calls<'next'>>('counter.ts')).next();
    expect(committed(await t.host.unload('counter.ts')).lost).toEqual([{ module: 'counter.ts', name: 'n', value: 1 }]);
  });
});
