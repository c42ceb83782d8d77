import type { ReloadError, ScriptError } from 'rekindle';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { committed, hostOf, settled } from './stories.ts';

const orc = (says: string) => `export const growl = (to) => '${says} ' + to;`;

function thrown(fn: () => unknown): ReloadError {
  try {
    fn();
  } catch (error) {
    return error as ReloadError;
  }
  throw new Error('nothing was thrown');
}

describe('namespace.live(id, name)', () => {
  it('always calls the current version, and is one function', async () => {
    const t = await hostOf({ 'orc.ts': orc('grr') }, { entries: ['orc.ts'] });
    const growl = t.host.live<(to: string) => string>('orc.ts', 'growl');
    expect(growl('elf')).toBe('grr elf');
    committed(await t.change({ 'orc.ts': orc('ugh') }));
    expect(growl('elf')).toBe('ugh elf');
    expect(t.host.live('orc.ts', 'growl')).toBe(growl);
    expect(t.host.live('orc.ts', 'other')).not.toBe(growl);
  });

  it('has the types that it is told', async () => {
    const t = await hostOf({});
    const growl = t.host.live<(to: string) => number>('orc.ts', 'growl');
    expectTypeOf(growl).parameters.toEqualTypeOf<[string]>();
    expectTypeOf(growl).returns.toEqualTypeOf<number | undefined>();
    expectTypeOf(t.host.live('orc.ts', 'growl')).returns.toEqualTypeOf<unknown>();
  });

  it('passes `this` and arguments on, and finds what is exported again', async () => {
    const t = await hostOf(
      { 'a.ts': 'export function sum(n) { return this.of + n; }', 'b.ts': "export * from './a.ts';" },
      { entries: ['b.ts'] },
    );
    const sum = t.host.live<(this: { of: number }, n: number) => number>('b.ts', 'sum');
    expect(sum.call({ of: 1 }, 2)).toBe(3);
  });

  it('is an entry point: what the script throws is told, attributed and counted, and does not reach the game', async () => {
    const t = await hostOf(
      { 'orc.ts': "export const growl = () => {\n  throw new Error('no voice');\n};" },
      { entries: ['orc.ts'] },
    );
    expect(t.host.live('orc.ts', 'growl')()).toBeUndefined();
    await settled();
    const [event] = t.events.filter((one): one is ScriptError => one.type === 'script:error');
    expect(event).toMatchObject({ module: 'orc.ts', where: 'live function', place: { module: 'orc.ts', line: 2 } });
    expect(t.host.modules()[0]?.errors).toBe(1);
  });

  it('so is a promise that it gives back: the caller has it, and its rejection is told', async () => {
    const t = await hostOf(
      { 'orc.ts': "export const growl = async () => { throw new Error('late'); };" },
      { entries: ['orc.ts'] },
    );
    await expect(t.host.live('orc.ts', 'growl')()).rejects.toThrow('late');
    await settled();
    expect(t.events.filter(({ type }) => type === 'script:error')).toHaveLength(1);
  });

  it('what it calls belongs to the module: a timer set in it ends with the unload', async () => {
    const count = vi.fn();
    const t = await hostOf(
      { 'orc.ts': "import { count } from '@game'; export const start = () => { setInterval(count, 10); };" },
      { modules: { '@game': { count } }, entries: ['orc.ts'] },
    );
    t.host.live('orc.ts', 'start')();
    await t.clock.advance(25);
    expect(count).toHaveBeenCalledTimes(2);
    committed(await t.host.unload('orc.ts'));
    await t.clock.advance(25);
    expect(count).toHaveBeenCalledTimes(2);
  });
});

describe('where there is nothing to call', () => {
  it('a module that has not been loaded; once it is, the same function works', async () => {
    const t = await hostOf({ 'orc.ts': orc('grr') });
    const growl = t.host.live('orc.ts', 'growl');
    const error = thrown(growl);
    expect(error).toMatchObject({ name: 'ReloadError', code: 'NOT_LOADED' });
    expect(error.message).toBe(
      "'growl' of 'orc.ts' cannot be called: the module has not been loaded. Import it first: await namespace.import('orc.ts').",
    );
    await t.import('orc.ts');
    expect(growl('elf')).toBe('grr elf');
  });

  it('a module that was unloaded, with the release; until it is there again', async () => {
    const t = await hostOf({ 'orc.ts': orc('grr') }, { entries: ['orc.ts'] });
    const growl = t.host.live('orc.ts', 'growl');
    await t.clock.advance(5_000);
    committed(await t.host.unload('orc.ts'));
    const error = thrown(growl);
    expect(error.code).toBe('MODULE_UNLOADED');
    const when = new Date(t.clock.time()).toISOString();
    expect(error.message).toContain(`the module is unloaded since release 1 (${when})`);
    await t.import('orc.ts');
    expect(growl('elf')).toBe('grr elf');
  });

  it('an export that is gone, with the release and what there is', async () => {
    const t = await hostOf({ 'orc.ts': orc('grr') }, { entries: ['orc.ts'] });
    const growl = t.host.live('orc.ts', 'growl');
    committed(await t.change({ 'orc.ts': 'export const shout = () => 1, hp = 2;' }));
    committed(await t.change({ 'orc.ts': 'export const shout = () => 1, hp = 3;' }));
    const error = thrown(growl);
    expect(error.code).toBe('EXPORT_GONE');
    expect(error.message).toContain('it is not exported since release 2 (');
    expect(error.message).toContain('The module exports: hp, shout.');
    committed(await t.change({ 'orc.ts': orc('back') }));
    expect(growl('elf')).toBe('back elf');
  });

  it('an export that is no function, also one that became it while it ran', async () => {
    const t = await hostOf(
      { 'orc.ts': 'export let growl = () => 1; export const lose = () => { growl = 7; };' },
      { entries: ['orc.ts'] },
    );
    const growl = t.host.live('orc.ts', 'growl');
    t.host.live('orc.ts', 'lose')();
    expect(thrown(growl).message).toBe("'growl' of 'orc.ts' cannot be called: it is no function (number).");
    committed(await t.change({ 'orc.ts': 'export const growl = { text: 1 };' }));
    expect(thrown(growl)).toMatchObject({ code: 'EXPORT_NOT_CALLABLE' });
    expect(thrown(growl).message).toContain('it is no function since release 2 (');
  });

  it('an export that was never there', async () => {
    const t = await hostOf({ 'orc.ts': orc('grr') }, { entries: ['orc.ts'] });
    expect(thrown(t.host.live('orc.ts', 'toString')).message).toContain(
      'it is not exported. The module exports: growl.',
    );
  });

  it('a release that is refused changes nothing', async () => {
    const t = await hostOf({ 'orc.ts': orc('grr') }, { entries: ['orc.ts'] });
    const growl = t.host.live('orc.ts', 'growl');
    expect((await t.change({ 'orc.ts': 'export const other = 1; throw 1;' })).status).toBe('refused');
    expect(growl('elf')).toBe('grr elf');
  });

  it('a namespace that is gone', async () => {
    const t = await hostOf({ 'orc.ts': orc('grr') });
    const room = await t.host.namespace('room', { entries: ['orc.ts'] });
    const growl = room.live('orc.ts', 'growl');
    expect(growl('elf')).toBe('grr elf');
    await room.dispose();
    expect(thrown(growl).code).toBe('MODULE_UNLOADED');
    expect(thrown(() => room.live('orc.ts', 'growl'))).toMatchObject({ code: 'NAMESPACE_DISPOSED' });
  });
});
