import { describe, expect, it } from 'vitest';
import { type Calls, codes, committed, evaluated, hostOf, refused } from './stories.ts';

describe('a cycle', () => {
  it('loads, with functions that each module has from the beginning', async () => {
    const t = await hostOf({
      'even.ts':
        "import { odd } from './odd.ts'; export function even(n: number): boolean { return n === 0 || odd(n - 1); }",
      'odd.ts':
        "import { even } from './even.ts'; export function odd(n: number): boolean { return n !== 0 && even(n - 1); } export const three = odd(3);",
    });
    const { even } = await t.import<{ even(n: number): boolean }>('even.ts');
    const odd = await t.import<{ three: boolean }>('odd.ts');
    expect([even(10), even(7), odd.three]).toEqual([true, false, true]);
  });

  it('swaps one member and keeps the other', async () => {
    const t = await hostOf({
      'a.ts': "import { b } from './b.ts'; export const a = () => 'a' + b();",
      'b.ts': "import { a } from './a.ts'; export const b = () => 'b'; export const both = () => a() + b();",
    });
    const b = await t.import<Calls<'both'>>('b.ts');
    expect(
      evaluated(await t.change({ 'a.ts': "import { b } from './b.ts'; export const a = () => 'A' + b();" })),
    ).toEqual(['a.ts']);
    expect(b.both()).toBe('Abb');
  });

  it('refuses what could not start: a top level that reads what comes later, though it is there in the running process', async () => {
    const t = await hostOf({
      'main.ts': "import './first.ts';",
      'first.ts': "import './second.ts'; export const first = () => 1;",
      'second.ts': "import { first } from './first.ts'; export const second = () => first();",
    });
    await t.import('main.ts');
    const diagnostics = refused(
      await t.change({ 'second.ts': "import { first } from './first.ts'; export const second = first();" }),
    );
    expect(codes(diagnostics)).toEqual(['BODY_THREW']);
    expect(diagnostics[0]?.message).toContain("Cannot access 'first' before initialization");
    expect(diagnostics[0]?.module).toBe('second.ts');
  });

  it('is entered where running code has entered it, whatever it imported later', async () => {
    const opening = (id: string, more = '') => `${more} export const open = () => import('./${id}');`;
    const t = await hostOf({
      // what main.ts imports is evaluated first, and imported nothing until main.ts had opened a cycle
      'main.ts': opening('y.ts', "import './late.ts';"),
      'late.ts': opening('x.ts'),
      'x.ts': "import { y } from './y.ts'; export const x = 'x'; export const both = () => x + y;",
      'y.ts': "import { x } from './x.ts'; export const y = 'y after ' + x;",
      'new.ts': 'export {};',
    });
    const main = await t.import<Calls<'open'>>('main.ts');
    await main.open();
    const late = await t.import<{ open(): Promise<Calls<'both'>> }>('late.ts');
    const x = await late.open();
    // the edges of the graph change, so that its order is asked for anew
    expect(evaluated(await t.change({ 'main.ts': opening('y.ts', "import './late.ts'; import './new.ts';") }))).toEqual(
      ['new.ts', 'main.ts'],
    );
    expect(x.both()).toBe('xy after x');
  });

  it('runs a member that is read before its turn again, as a fresh start would find it', async () => {
    const t = await hostOf({
      'main.ts': "import './first.ts';",
      // `hoisted` is there before first.ts has run; what it gives is not
      'first.ts': "import './second.ts'; var ready = 'yes'; export function hoisted() { return ready; }",
      'second.ts': "import { hoisted } from './first.ts'; export const seen = () => hoisted();",
    });
    await t.import('main.ts');
    const second = await t.import<{ seen: unknown }>('second.ts');
    const outcome = committed(
      await t.change({ 'second.ts': "import { hoisted } from './first.ts'; export const seen = String(hoisted());" }),
    );
    expect(outcome.evaluated).toEqual(['second.ts', 'first.ts']);
    expect(outcome.reasons['first.ts']).toBe("is read by 'second.ts', which comes first in a cycle");
    expect(second.seen).toBe('undefined');
  });

  it('runs both again when new edges turn their order round', async () => {
    const modules = {
      'left.ts':
        "import { right } from './right.ts'; export function left() { return 'left'; } export var sawRight = right();",
      'right.ts':
        "import { left } from './left.ts'; export function right() { return typeof sawLeft; } export var sawLeft = left();",
      'main.ts': "import './left.ts'; import './right.ts'; export const order = 'left first';",
    };
    const t = await hostOf(modules);
    await t.import('main.ts');
    const left = await t.import<{ sawRight: string }>('left.ts');
    expect(left.sawRight).toBe('string'); // right.ts ran first: left.ts is the one that entered the cycle
    const turned = "import './right.ts'; import './left.ts'; export const order = 'right first';";
    const outcome = committed(await t.change({ 'main.ts': turned }));
    expect([...outcome.evaluated]).toEqual(['left.ts', 'right.ts', 'main.ts']);
    const fresh = await hostOf({ ...modules, 'main.ts': turned });
    await fresh.import('main.ts');
    expect(left.sawRight).toBe((await fresh.import<{ sawRight: string }>('left.ts')).sawRight);
    expect(left.sawRight).toBe('undefined');
  });

  it('of three is entered where its importer enters it', async () => {
    const text = (next: string, name: string) =>
      `import './${next}.ts'; globalThis.order = [...(globalThis.order ?? []), '${name}'];`;
    const t = await hostOf({
      'a.ts': text('b', 'a'),
      'b.ts': text('c', 'b'),
      'c.ts': text('a', 'c'),
      'main.ts': "import './b.ts'; export const order = () => globalThis.order;",
    });
    expect((await t.import<Calls<'order'>>('main.ts')).order()).toEqual(['a', 'c', 'b']);
  });

  it('that is closed by an edit commits, and the one that opens it again', async () => {
    const t = await hostOf({
      'leaf.ts': 'export const leaf = () => 1;',
      'main.ts': "import { leaf } from './leaf.ts'; export const main = () => leaf() + 1;",
    });
    const main = await t.import<Calls<'main'>>('main.ts');
    committed(
      await t.change({
        'leaf.ts': "import { main } from './main.ts'; export const leaf = (deep = false): any => deep ? main : 5;",
      }),
    );
    expect(main.main()).toBe(6);
    committed(await t.change({ 'leaf.ts': 'export const leaf = () => 7;' }));
    expect(main.main()).toBe(8);
  });
});
