import { describe, expect, it } from 'vitest';
import { type Calls, codes, committed, evaluated, hostOf, refused, rejection } from './stories.ts';

const loaded = (t: Awaited<ReturnType<typeof hostOf>>) => t.host.modules().map(({ id }) => id);

describe('an import that leads nowhere', () => {
  it('tells every place that was looked in, and the nearest module', async () => {
    const t = await hostOf({
      'npc/goblin.ts': 'export const hp = 10;',
      'npc/main.ts': "import { hp } from './goblin.ts'; export const read = () => hp;",
    });
    await t.import('npc/main.ts');
    const [diagnostic, ...others] = refused(
      await t.change({ 'npc/main.ts': "import { hp } from './gobin'; export const read = () => hp;" }),
    );
    expect(others).toEqual([]);
    expect(diagnostic).toMatchObject({ code: 'UNRESOLVED_IMPORT', module: 'npc/main.ts' });
    expect(diagnostic?.message).toBe("Cannot resolve './gobin' from 'npc/main.ts'. Did you mean 'npc/goblin.ts'?");
    for (const place of [
      "host module './gobin'",
      'npc/gobin',
      'npc/gobin.ts',
      'npc/gobin.mts',
      'npc/gobin.js',
      'npc/gobin.mjs',
      'npc/gobin.json',
      'npc/gobin/index.ts',
      'npc/gobin/index.json',
    ]) {
      expect(diagnostic?.hint).toContain(place);
    }
  });

  it('says of a package what Node says', async () => {
    const t = await hostOf({ 'main.ts': "import 'no-such-package-here';" });
    const error = await rejection(t.import('main.ts'));
    expect(error).toMatchObject({ name: 'ScriptLoadError', code: 'UNRESOLVED_IMPORT' });
    expect((error as unknown as { diagnostics: { hint: string }[] }).diagnostics[0]?.hint).toContain(
      'no-such-package-here',
    );
  });

  it('cannot leave the root', async () => {
    const t = await hostOf({ 'a/main.ts': "import '../../secret.ts';" });
    expect(await rejection(t.import('a/main.ts'))).toMatchObject({ code: 'OUTSIDE_STORE' });
  });

  it('names what the game asked for', async () => {
    const t = await hostOf({ 'main.ts': '' });
    const error = await rejection(t.import('mian.ts'));
    expect(error.message).toContain("Cannot resolve 'mian.ts'. Did you mean 'main.ts'?");
  });
});

describe('a deleted module', () => {
  const modules = {
    'orc.ts': 'export const hp = 20;',
    'horde.ts': "import { hp } from './orc.ts'; export const strength = () => hp * 3;",
    'camp.ts': "import './orc.ts'; export const tents = 3;",
    'main.ts': "export { strength } from './horde.ts'; export { tents } from './camp.ts';",
  };

  it('is refused with the names of all who import it', async () => {
    const t = await hostOf(modules);
    const { strength } = await t.import<Calls<'strength'>>('main.ts');
    const diagnostics = refused(await t.change({ 'orc.ts': null }));
    expect(diagnostics.map(({ code, module, message }) => [code, module, message])).toEqual([
      ['DELETED_IMPORT', 'horde.ts', "'orc.ts' was deleted, but 'horde.ts' imports it."],
      ['DELETED_IMPORT', 'camp.ts', "'orc.ts' was deleted, but 'camp.ts' imports it."],
    ]);
    expect(strength()).toBe(60);
    expect(loaded(t)).toContain('orc.ts');
  });

  it('is missed also by who was imported through another deleted module, and is by what took its place', async () => {
    const t = await hostOf({
      'taxes/index.ts': 'export const tax = 1;',
      'prices.ts': "import * as taxes from './taxes'; export const price = () => Object.keys(taxes).length;",
      'shop/index.ts': "export { price } from '../prices.ts';",
      'main.ts': "export { price } from './shop';",
    });
    const { price } = await t.import<Calls<'price'>>('main.ts');
    const moved = { 'shop/index.ts': null, 'shop.ts': "export { price } from './prices.ts';" };
    const diagnostics = refused(await t.change({ ...moved, 'taxes/index.ts': null }));
    expect(diagnostics.map(({ code, module, line }) => [code, module, line])).toEqual([
      ['DELETED_IMPORT', 'prices.ts', 1],
    ]);
    expect(price()).toBe(1);
  });

  it('is not missed by who is imported no more, because a new module comes before what imported it', async () => {
    const t = await hostOf({
      'orc.ts': 'export const hp = 20;',
      'horde/index.ts': "import './old.ts'; export const strength = () => 1;",
      'horde/old.ts': "import '../orc.ts';",
      'main.ts': "export { strength } from './horde';",
    });
    const view = await t.import<Calls<'strength'>>('main.ts');
    committed(await t.change({ 'orc.ts': null, 'horde.ts': 'export const strength = () => 2;' }));
    expect(view.strength()).toBe(2);
    expect(loaded(t)).toEqual(['horde.ts', 'main.ts']);
  });

  it('goes where the imports are taken out in the same save', async () => {
    const t = await hostOf(modules);
    const { strength } = await t.import<Calls<'strength'>>('main.ts');
    const outcome = await t.change({
      'orc.ts': null,
      'horde.ts': 'export const strength = () => 1;',
      'camp.ts': 'export const tents = 4;',
    });
    expect(committed(outcome).modules).toEqual(['camp.ts', 'horde.ts', 'orc.ts']);
    expect(strength()).toBe(60); // the function that was taken out of the object is the old one
    expect((await t.import<Calls<'strength'>>('main.ts')).strength()).toBe(1);
    expect(loaded(t)).not.toContain('orc.ts');
    expect(await rejection(t.import('orc.ts'))).toMatchObject({ code: 'UNRESOLVED_IMPORT' });
  });

  it('is refused where the game itself imported it', async () => {
    const t = await hostOf({ 'main.ts': 'export const a = 1;', 'other.ts': '' }, { entries: ['main.ts'] });
    expect(codes(refused(await t.change({ 'main.ts': null })))).toEqual(['DELETED_ROOT']);
    expect((await t.import<{ a: number }>('main.ts')).a).toBe(1);
  });

  it('is refused in a reload of everything as well, also where it is imported for its effects alone', async () => {
    const t = await hostOf({ 'effects.ts': 'globalThis.ready = true;', 'main.ts': "import './effects.ts';" });
    await t.import('main.ts');
    const publishing = t.change({ 'effects.ts': null });
    expect(codes(refused(await publishing))).toEqual(['DELETED_IMPORT']);
    expect(codes(refused(await t.host.reloadAll()))).toEqual(['DELETED_IMPORT']);
    expect(codes(refused(await t.host.reload('main.ts')))).toEqual(['DELETED_IMPORT']);
  });

  it("that nobody loads is nobody's trouble", async () => {
    const t = await hostOf({ 'main.ts': 'export const a = 1;', 'draft.ts': 'export const b = 2;' });
    await t.import('main.ts');
    const outcome = committed(await t.change({ 'draft.ts': null }));
    expect(outcome.modules).toEqual(['draft.ts']);
    expect(outcome.evaluated).toEqual([]);
  });

  it('that running code imported leaves, and takes along what only it imported', async () => {
    const t = await hostOf({
      'main.ts': "export const load = () => import('./plugin.ts');",
      'plugin.ts': "import './helper.ts'; export const a = 1;",
      'helper.ts': 'export const h = 1;',
    });
    const { load } = await t.import<Calls<'load', Promise<object>>>('main.ts');
    await load();
    expect(loaded(t)).toEqual(['main.ts', 'helper.ts', 'plugin.ts']);
    committed(await t.change({ 'plugin.ts': null }));
    expect(loaded(t)).toEqual(['main.ts']);
    committed(await t.change({ 'main.ts': "export const load = () => import('./plugin.ts'); export const b = 1;" }));
    expect(loaded(t)).toEqual(['main.ts']);
  });
});

describe('what no root reaches any more', () => {
  it('leaves with the commit', async () => {
    const modules = {
      'deep.ts': 'setInterval(() => {}, 1000);',
      'middle.ts': "import './deep.ts';",
      'main.ts': "import './middle.ts';",
    };
    const t = await hostOf(modules, { probation: false });
    await t.import('main.ts');
    expect(loaded(t)).toEqual(['deep.ts', 'middle.ts', 'main.ts']);
    await t.clock.advance(0);
    expect(t.clock.due).toEqual([1000]);
    const outcome = await t.change({ 'main.ts': 'export {};' });
    expect(evaluated(outcome)).toEqual(['main.ts']);
    expect(loaded(t)).toEqual(['main.ts']);
    await t.clock.advance(0);
    expect(t.clock.due).toEqual([]);
    const gone = t.events.flatMap((event) => (event.type === 'module:unloaded' ? [event.module] : []));
    expect(gone.sort()).toEqual(['deep.ts', 'middle.ts']);
    for (const event of t.events)
      if (event.type === 'module:unloaded') expect(event.revision).toMatch(/^[0-9a-f]{64}$/);
  });

  it('cannot refuse a release: neither by its own faults nor by what it would bring', async () => {
    const t = await hostOf({
      'broken.ts': 'export const a = 1;',
      'lost.ts': 'export const b = 1;',
      'carrier.ts': 'export const c = 1;',
      'main.ts': "import './broken.ts'; import './lost.ts'; import './carrier.ts';",
    });
    await t.import('main.ts');
    const outcome = await t.change({
      'broken.ts': 'export const a = ;',
      'lost.ts': "import './nowhere.ts';",
      'carrier.ts': "import './baggage.ts';",
      'baggage.ts': 'globalThis.baggage = true;',
      'main.ts': 'export const seen = () => globalThis.baggage;',
    });
    expect(evaluated(outcome)).toEqual(['main.ts']);
    expect(loaded(t)).toEqual(['main.ts']);
    expect((await t.import<Calls<'seen'>>('main.ts')).seen()).toBeUndefined();
  });
});

describe('a moved module', () => {
  it('is found where its importer says it as well: ./orc from orc.ts to orc/index.ts', async () => {
    const t = await hostOf({
      'orc.ts': "export const where = 'file';",
      'main.ts': "import { where } from './orc'; export const read = () => where;",
    });
    const { read } = await t.import<Calls<'read'>>('main.ts');
    const outcome = committed(await t.change({ 'orc.ts': null, 'orc/index.ts': "export const where = 'folder';" }));
    expect(outcome.evaluated).toEqual(['orc/index.ts', 'main.ts']);
    expect(outcome.reasons['main.ts']).toBe('imports lead elsewhere');
    expect(read()).toBe('file'); // a function of the version before goes on with its own imports
    expect((await t.import<Calls<'read'>>('main.ts')).read()).toBe('folder');
    expect(loaded(t)).toEqual(['orc/index.ts', 'main.ts']);
  });

  it('takes part in a re-export', async () => {
    const t = await hostOf({
      'orc.ts': 'export const a = 1;',
      'barrel.ts': "export * from './orc'; export { a as b } from './orc';",
      'main.ts': "import { a, b } from './barrel.ts'; export const read = () => [a, b];",
    });
    const main = await t.import<Calls<'read'>>('main.ts');
    committed(await t.change({ 'orc.ts': null, 'orc/index.ts': 'export const a = 2;' }));
    expect(main.read()).toEqual([2, 2]);
  });

  it('a new module takes the place of the one that an import led to until now', async () => {
    const t = await hostOf({
      'orc/index.ts': "export const where = 'folder';",
      'main.ts': "import { where } from './orc'; export const read = () => where;",
    });
    const main = await t.import<Calls<'read'>>('main.ts');
    const outcome = committed(await t.change({ 'orc.ts': "export const where = 'file';" }));
    expect(outcome.evaluated).toEqual(['orc.ts', 'main.ts']);
    expect(main.read()).toBe('file');
    expect(loaded(t)).toEqual(['orc.ts', 'main.ts']);
  });

  it('the same in a save that asks for a module to run anyway', async () => {
    const t = await hostOf({
      'orc/index.ts': "export const where = 'folder';",
      'main.ts': "import { where } from './orc'; export const read = () => where;",
    });
    const main = await t.import<Calls<'read'>>('main.ts');
    committed(await t.change({ 'orc.ts': "export const where = 'file';" }));
    committed(await t.change({ 'orc.ts': null }));
    expect(main.read()).toBe('folder');
    const store = t.host;
    committed(await t.change({ 'orc.ts': "export const where = 'file again';" }));
    committed(await store.reloadAll());
    expect(main.read()).toBe('file again');
  });
});

describe('JSON modules', () => {
  it('have one default export, and reload', async () => {
    const t = await hostOf({
      'items.json': '{ "sword": 3 }',
      'main.ts':
        "import items from './items.json' with { type: 'json' }; export const price = (of: string) => (items as any)[of];",
    });
    const main = await t.import<{ price(of: string): number }>('main.ts');
    expect(main.price('sword')).toBe(3);
    expect(evaluated(await t.change({ 'items.json': '{ "sword": 4 }' }))).toEqual(['items.json']);
    expect(main.price('sword')).toBe(4);
    expect(codes(refused(await t.change({ 'items.json': '{ "sword": }' })))).toEqual(['JSON_SYNTAX']);
    expect(main.price('sword')).toBe(4);
  });
});

describe('comments, types and layout', () => {
  it('run nothing when they change alone, and count as the text that runs', async () => {
    const t = await hostOf({
      'lib.ts': 'export const a: number = 1;',
      'main.ts': "import { a } from './lib.ts'; export const b = a + 1;",
    });
    await t.import('main.ts');
    const [before] = t.host.modules();
    const outcome = committed(
      await t.change({
        'lib.ts': '// the answer, some day\nexport const a: 1 | 2 = 1 /* one */;\ntype Unused = string;',
      }),
    );
    expect(outcome.evaluated).toEqual([]);
    expect(outcome.modules).toEqual(['lib.ts']);
    const [after] = t.host.modules();
    expect(after?.revision).not.toBe(before?.revision);
    expect((await t.change({})).status).toBe('unchanged');
  });

  it('run nothing when a module is saved as it was', async () => {
    const t = await hostOf({ 'main.ts': 'export const a = 1;' });
    await t.import('main.ts');
    expect((await t.change({ 'main.ts': 'export const a = 1;' })).status).toBe('unchanged');
  });

  it('are not taken for the same code when another name is imported under the old one', async () => {
    const t = await hostOf({
      'lib.ts': 'export const one = 1; export const two = 2; const x = 3; export { x as three };',
      'main.ts': "import { one as n } from './lib.ts'; export const read = () => n;",
    });
    const main = await t.import<Calls<'read'>>('main.ts');
    committed(await t.change({ 'main.ts': "import { two as n } from './lib.ts'; export const read = () => n;" }));
    expect(main.read()).toBe(2);
    committed(
      await t.change({
        'lib.ts': 'export const one = 1; export const two = 2; const x = 3; export { x as four };',
        'main.ts': "import { four as n } from './lib.ts'; export const read = () => n;",
      }),
    );
    expect(main.read()).toBe(3);
  });
});
