import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';
import { createHost, memoryStore } from 'rekindle';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { type Calls, committed, hostOf, rejection } from './stories.ts';

const original = Error.prepareStackTrace;

afterEach(() => {
  Error.prepareStackTrace = original;
});

/** What a function throws, or what its promise rejects with. */
async function thrownBy(run: () => unknown): Promise<Error> {
  try {
    await run();
  } catch (error) {
    return error as Error;
  }
  throw new Error('nothing was thrown');
}

/** The frames of a stack that stand in scripts, without what comes before them. */
function places(stack: string | undefined): string[] {
  return (stack ?? '')
    .split('\n')
    .flatMap((line) => /^ +at (.*\.ts:\d+:\d+\)?)$/.exec(line)?.[1] ?? [])
    .filter((place) => !place.includes('/test/'));
}

/** Lines that the compiler takes out, so that no line of what runs is a line of the author's. */
const TYPES = 'interface Hidden {\n  a: number;\n  b: string;\n}\n';

describe('a stack trace', () => {
  it('has the lines and names of the author', async () => {
    const t = await hostOf({
      'lib.ts': `${TYPES}export function boom(): never {\n  throw new RangeError('boom');\n}\nexport let five: any = 5;`,
      'main.ts': `${TYPES}import { boom, five } from './lib.ts';
export const call = () => boom();
export const mistake = () => five();
export const inBody = () => import('./broken.ts');`,
      'broken.ts': `${TYPES}\nnull!.x;`,
    });
    const main = await t.import<Calls<'call' | 'mistake' | 'inBody'>>('main.ts');
    const { call, mistake, inBody } = main;
    expect(places((await thrownBy(() => call())).stack).slice(0, 2)).toEqual([
      'boom (lib.ts:6:9)',
      'call (main.ts:6:31)',
    ]);
    const error = await thrownBy(() => mistake());
    expect(error.stack).toMatch(/^TypeError: five is not a function\n {4}at mistake \(main\.ts:7:34\)/);
    expect(inspect(error)).toMatch(/^TypeError: five is not a function/);
    expect(places((await thrownBy(() => inBody())).stack)[0]).toBe('broken.ts:6:7');
  });

  it('goes through awaits, causes and several errors in one', async () => {
    const t = await hostOf({
      'lib.ts': `${TYPES}export async function later() {\n  await null;\n  throw new Error('later');\n}`,
      'main.ts': `${TYPES}import { later } from './lib.ts';
export const waits = async () => { await later(); };
export const caused = async () => {
  try { await later(); } catch (cause) { throw new Error('outer', { cause }); }
};
export const any = () => Promise.any([later(), later()]);`,
    });
    const { waits, caused, any } = await t.import<Calls<'waits' | 'caused' | 'any'>>('main.ts');
    expect(places((await thrownBy(() => waits())).stack)).toEqual(['later (lib.ts:7:9)', 'async waits (main.ts:6:36)']);
    const outer = await thrownBy(() => caused());
    expect(places(outer.stack)).toEqual([expect.stringMatching(/caused \(main\.ts:8:48\)/)]);
    expect(places((outer.cause as Error).stack)).toEqual(['later (lib.ts:7:9)', 'async caused (main.ts:8:9)']);
    const several = (await thrownBy(() => any())) as AggregateError;
    expect(several.errors.map(({ stack }) => places(stack)[0])).toEqual(['later (lib.ts:7:9)', 'later (lib.ts:7:9)']);
    expect(inspect(outer)).toContain('later (lib.ts:7:9)');
  });

  it('knows the place where code in a string was made', async () => {
    const t = await hostOf({
      'main.ts': `${TYPES}export const evaluated = () => (0, eval)("(function inside() { throw new Error('e') })()");
export const constructed = () => new Function("throw new Error('f')")();
export const kept = () => (0, eval)("() => { throw new Error('k') }");`,
    });
    const { evaluated, constructed, kept } = await t.import<Calls<'evaluated' | 'constructed' | 'kept'>>('main.ts');
    expect((await thrownBy(evaluated)).stack).toContain('at inside (eval at evaluated (main.ts:5:41), <anonymous>:1:');
    expect((await thrownBy(constructed)).stack).toContain('(eval at constructed (main.ts:6:34), <anonymous>:');
    const later = kept() as () => void;
    expect((await thrownBy(later)).stack).toContain('(eval at kept (main.ts:7:36), <anonymous>:1:');
  });

  it('obeys captureStackTrace and stackTraceLimit', async () => {
    const t = await hostOf({
      'main.ts': `${TYPES}export function captured() {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder);
  return holder.stack;
}
const hidden = () => { const holder: { stack?: string } = {}; Error.captureStackTrace(holder, hidden); return holder.stack; };
export const visible = () => hidden();
export function limited(limit: number) {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = limit;
  try { return new Error('limited').stack; } finally { Error.stackTraceLimit = before; }
}`,
    });
    const { captured, visible, limited } = await t.import<{
      captured(): string;
      visible(): string;
      limited(limit: number): string;
    }>('main.ts');
    expect(places(captured())[0]).toMatch(/captured \(main\.ts:7:9\)/);
    expect(places(visible())).toEqual([expect.stringMatching(/visible \(main\.ts:11:30\)/)]);
    expect(limited(1).split('\n')).toEqual(['Error: limited', expect.stringMatching(/limited \(main\.ts:15:16\)/)]);
    expect(limited(0)).toBe('Error: limited');
  });

  it('of an old version that still runs has the lines of its own text, after any number of reloads', async () => {
    const text = (n: number) => `${'\n'.repeat(n)}${TYPES}export const fail = () => { throw new Error('v${n}'); };`;
    const t = await hostOf({ 'main.ts': text(0) });
    const main = await t.import<Calls<'fail'>>('main.ts');
    const kept = [main.fail];
    for (let n = 1; n < 30; n++) {
      committed(await t.change({ 'main.ts': text(n) }));
      kept.push(main.fail);
    }
    for (const [n, fail] of kept.entries()) {
      const { stack } = await thrownBy(fail);
      expect(stack).toMatch(new RegExp(`^Error: v${n}\\n {4}at fail \\(main\\.ts:${5 + n}:`));
    }
    // the same code, another text: the newest is what the author looks at
    committed(await t.change({ 'main.ts': `// a comment\n${text(29)}` }));
    expect(places((await thrownBy(kept[29] as () => void)).stack)[0]).toMatch(/main\.ts:35:/);
  });

  it('names modules whose ids have spaces and parentheses', async () => {
    const id = 'npc (old)/a goblin (copy).ts';
    const t = await hostOf({
      [id]: `${TYPES}setTimeout(() => { throw new Error('x'); }, 5);\nthrow new Error('in the body');`,
    });
    const error = (await rejection(t.import(id))) as unknown as { diagnostics: object[] };
    expect(error.diagnostics).toMatchObject([{ code: 'BODY_THREW', module: id, line: 6 }]);
    committed(await t.change({ [id]: `${TYPES}setTimeout(() => { throw new Error('x'); }, 5);` }));
    await t.import(id);
    await t.clock.advance(5);
    const events = t.events.filter(({ type }) => type === 'script:error');
    expect(events).toMatchObject([{ module: id, place: { module: id, line: 5 } }]);
  });

  it('of an error that refuses to be looked at spoils nothing', async () => {
    const t = await hostOf({
      'main.ts': `export const odd = [
  Object.defineProperty(new Error('a'), 'stack', { get() { throw new Error('no stack for you'); } }),
  Object.defineProperty(new Error('b'), 'message', { get() { throw new Error('no message'); } }),
  new Proxy(new Error('c'), { get() { throw new Error('no property'); } }),
  Object.create(null), null, undefined, Symbol('s'), 5n,
];
export let next: unknown;
export const arm = (value: unknown) => { setTimeout(() => { throw value; }, 1); };`,
    });
    const { odd, arm } = await t.import<{ odd: unknown[]; arm(value: unknown): void }>('main.ts');
    for (const value of odd) {
      arm(value);
      await t.clock.advance(1);
    }
    expect(t.events.filter(({ type }) => type === 'script:error')).toHaveLength(odd.length);
  });
});

describe('Error.prepareStackTrace', () => {
  const open = async (text: string) => {
    const host = createHost({ stores: [memoryStore({ modules: { 'main.ts': text } })], cache: false });
    onTestFinished(() => host.close());
    return { host, main: (await host.import('main.ts')) as Calls<'fail', never> & Calls<'quiet'> };
  };
  const fails = `${TYPES}export const fail = () => { throw new Error('x'); };
export const quiet = () => { for (let n = 0; n < 1_000; n++) try { throw new Error('x'); } catch {} };`;

  it('is not called before somebody reads a stack', async () => {
    let calls = 0;
    Error.prepareStackTrace = (error, frames) => {
      calls += 1;
      return `${error}\n${frames.map((frame) => `    at ${frame}`).join('\n')}`;
    };
    const { host, main } = await open(fails);
    main.quiet();
    const error = await thrownBy(main.fail);
    expect(calls).toBe(0);
    expect(places(error.stack)[0]).toMatch(/main\.ts:5:/);
    expect(calls).toBe(1);
    await host.close();
  });

  it('of a game that had its own sees mapped frames, and has it back after close', async () => {
    const own = (_: Error, frames: NodeJS.CallSite[]) =>
      frames.map((frame) => [frame.getFileName(), frame.getLineNumber(), frame.getFunctionName(), `${frame}`]);
    Error.prepareStackTrace = own;
    const { host, main } = await open(fails);
    const error = await thrownBy(main.fail);
    const [file, line, name, text] = (error.stack as unknown as unknown[][])[0] ?? [];
    expect([file, line, name]).toEqual(['main.ts', 5, 'fail']);
    expect(text).toMatch(/fail \(main\.ts:5:35\)$/);
    await host.close();
    expect(Error.prepareStackTrace).toBe(own);
  });

  it('is as it was after the last of several hosts', async () => {
    const before = Error.prepareStackTrace;
    const one = await open(fails);
    const two = await open(fails);
    await one.host.close();
    await one.host.close();
    expect(places((await thrownBy(two.main.fail)).stack)[0]).toMatch(/main\.ts:5:35/);
    await two.host.close();
    expect(Error.prepareStackTrace).toBe(before);
    expect(Object.hasOwn(Error, 'prepareStackTrace')).toBe(before !== undefined);
  });

  it('of a game that replaces ours does not keep the next host from mapping', async () => {
    const first = await open(fails);
    const own = () => 'nothing to see';
    Error.prepareStackTrace = own;
    expect((await thrownBy(first.main.fail)).stack).toBe('nothing to see');
    const seeing = (_: Error, [frame]: NodeJS.CallSite[]) => `${frame}`;
    Error.prepareStackTrace = seeing;
    const second = await open(fails);
    for (const { main } of [first, second]) expect((await thrownBy(main.fail)).stack).toMatch(/main\.ts:5:35/);
    await second.host.close();
    expect((await thrownBy(first.main.fail)).stack).toMatch(/main\.ts:5:35/);
    await first.host.close();
    expect(Error.prepareStackTrace).toBe(seeing);
  });

  it('of a game that chains to ours stays, through any number of hosts', async () => {
    const first = await open(fails);
    const ours = Error.prepareStackTrace as NonNullable<typeof original>;
    const chained = (error: Error, frames: NodeJS.CallSite[]) =>
      `chained ${Reflect.apply(ours, Error, [error, frames])}`;
    Error.prepareStackTrace = chained;
    expect((await thrownBy(first.main.fail)).stack).toMatch(/^chained Error: x\n {4}at .*main\.ts:5:35/);
    await first.host.close();
    expect(Error.prepareStackTrace).toBe(chained);
    expect(new Error('the game').stack).toMatch(/^chained Error: the game\n/);
    for (let n = 0; n < 3; n++) {
      const next = await open(fails);
      expect((await thrownBy(next.main.fail)).stack).toMatch(/^chained Error: x\n {4}at .*main\.ts:5:35/);
      await next.host.close();
      expect(Error.prepareStackTrace).toBe(chained);
    }
  });

  it('does not run out of stack where the script did', async () => {
    const { host, main } = await open(`${TYPES}export const fail = () => { fail(); };`);
    const error = await thrownBy(main.fail);
    expect(error).toBeInstanceOf(RangeError);
    expect(error.stack).toMatch(/^RangeError: Maximum call stack size exceeded\n {4}at fail \(main\.ts:5:/);
    await host.close();
  });

  it('leaves errors of other realms to them', async () => {
    const { host } = await open(fails);
    expect(runInNewContext("new Error('there').stack")).toMatch(/^Error: there\n/);
    await host.close();
  });
});
