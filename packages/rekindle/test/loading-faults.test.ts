// What goes wrong around a release while it is prepared: in the game's own steps, in its host modules, in the stores.
import { VirtualClock } from '@rekindle/state';
import { createHost, memoryStore, type ReleaseSource, type ResolutionStep, StoreError, scoped } from 'rekindle';
import { describe, expect, it, onTestFinished } from 'vitest';
import { committed, hostOf, refused, rejection } from './stories.ts';

describe('a step of resolution that throws', () => {
  const stepOf = (isBroken: (specifier: string) => boolean): ResolutionStep => ({
    name: 'maps',
    resolve(specifier, _context, next) {
      if (isBroken(specifier)) throw new Error('no such map');
      return next();
    },
  });

  it('refuses the release at the import, and nothing has happened', async () => {
    const t = await hostOf(
      { 'main.ts': 'export const a = 1;', 'maps/cave.ts': '' },
      { resolve: [stepOf((specifier) => specifier.endsWith('cave.ts'))] },
    );
    const main = await t.import<{ a: number }>('main.ts');
    expect(refused(await t.change({ 'main.ts': "import './maps/cave.ts';\nexport const a = 2;" }))).toMatchObject([
      { code: 'RESOLVE_THREW', module: 'main.ts', line: 1, message: expect.stringContaining('no such map') },
    ]);
    expect(main.a).toBe(1);
    committed(await t.change({ 'main.ts': 'export const a = 3;' }));
    expect(main.a).toBe(3);
  });

  it('refuses the same when it rejects', async () => {
    const step: ResolutionStep = {
      name: 'maps',
      resolve: async (specifier, _context, next) => {
        if (specifier.endsWith('cave.ts')) throw new Error('no such map');
        return next();
      },
    };
    const t = await hostOf({ 'main.ts': "import './cave.ts';", 'cave.ts': '' }, { resolve: [step] });
    expect(await rejection(t.import('main.ts'))).toMatchObject({ code: 'RESOLVE_THREW' });
  });
});

describe('what a body awaits with import()', () => {
  const main = "const { b } = await import('./below.ts'); export const a = b;";

  it('and what does not compile, is told with its own place', async () => {
    const t = await hostOf({ 'main.ts': 'export const a = 1;', 'below.ts': 'export const b = 1;\nexport const = 2;' });
    await t.import('main.ts');
    expect(refused(await t.change({ 'main.ts': main }))).toMatchObject([
      { code: 'SYNTAX_ERROR', module: 'below.ts', line: 2 },
    ]);
  });

  it('and what is not there, is told with the module that asks for it', async () => {
    const t = await hostOf({ 'main.ts': 'export const a = 1;' });
    await t.import('main.ts');
    expect(refused(await t.change({ 'main.ts': main }))).toMatchObject([
      { code: 'UNRESOLVED_IMPORT', module: 'main.ts', message: "Cannot resolve './below.ts' from 'main.ts'." },
    ]);
  });

  it('and whose host module throws, is told as that', async () => {
    const api = scoped(() => {
      throw new Error('the game is full');
    });
    const modules = {
      'main.ts': 'export const a = 1;',
      'below.ts': "import { x } from '@game/api'; export const b = x;",
    };
    const t = await hostOf(modules, { modules: { '@game/api': api } });
    await t.import('main.ts');
    expect(refused(await t.change({ 'main.ts': main }))).toMatchObject([
      { code: 'HOST_MODULE_THREW', module: 'below.ts', message: expect.stringContaining('the game is full') },
    ]);
  });

  it('and what the stores cannot give at the moment, refuses nothing: it is asked for again', async () => {
    const store = memoryStore({ modules: { 'main.ts': 'export const a = 1;', 'below.ts': 'export const b = 2;' } });
    let isDown = false;
    const shaky: ReleaseSource = {
      name: 'shaky store',
      head: (options) => store.head(options),
      manifest: (hash, options) => store.manifest(hash, options),
      watch: (wake, options) => store.watch(wake, options),
      async read(id, revision, options) {
        if (isDown && id === 'below.ts') throw new StoreError('STORE_UNREACHABLE', 'the cable is out');
        return store.read(id, revision, options);
      },
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    };
    const host = createHost({ stores: [shaky], clock: new VirtualClock(), cache: false });
    onTestFinished(() => host.close());
    const refusals: unknown[] = [];
    host.on('reload:refused', (event) => refusals.push(event));
    const live = (await host.import('main.ts')) as { a: number };
    await store.publish(new Map([['main.ts', main]]), { expected: 1 });
    isDown = true;
    expect(await rejection(host.sync())).toMatchObject({ code: 'STORE_UNREACHABLE' });
    isDown = false;
    committed(await host.sync());
    expect([live.a, refusals]).toEqual([2, []]);
  });

  it('may be caught by the body, whatever it is', async () => {
    const t = await hostOf({ 'main.ts': 'export const a = 1;' });
    const live = await t.import<{ a: number }>('main.ts');
    committed(await t.change({ 'main.ts': "export const a = await import('./below.ts').then(() => 2, () => 3);" }));
    expect(live.a).toBe(3);
  });
});
