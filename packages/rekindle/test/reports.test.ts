import { EventEmitter } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHook, createHost, memoryStore, type Outcome } from 'rekindle';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Calls, codes, committed, hostOf, refused, rejection } from './stories.ts';

describe('R1: what a reload takes away is gone', () => {
  it('for the importer that is there, and for one that comes later', async () => {
    const t = await hostOf({
      'a.ts': 'export const heal = () => 1;',
      'b.ts': "import { heal } from './a.ts'; export const use = () => heal();",
    });
    const { use } = await t.import<Calls<'use'>>('b.ts');
    const cure = { 'a.ts': 'export const cure = () => 1;' };
    const diagnostics = refused(await t.change(cure));
    expect(diagnostics).toMatchObject([{ code: 'MISSING_EXPORT', module: 'b.ts', line: 1 }]);
    expect(diagnostics[0]?.message).toContain("'heal' is not exported by 'a.ts'.");
    expect(diagnostics[0]?.hint).toBe('a.ts exports: cure.');
    expect(use()).toBe(1);
    committed(await t.change({ 'b.ts': "import { cure } from './a.ts'; export const use = () => cure();" }));
    expect(Object.keys(await t.import('a.ts'))).toEqual(['cure']);
    await t.change({ 'c.ts': "import { heal } from './a.ts'; export const late = () => heal();" });
    expect(await rejection(t.import('c.ts'))).toMatchObject({ code: 'MISSING_EXPORT' });
  });
});

describe('R3: a module never runs the code of another revision or another id', () => {
  it('of a helper that changed: one cache under host after host, which compiles what changed and nothing else', async () => {
    const store = memoryStore({
      modules: {
        'main.ts': "import { max } from './rules.ts'; export const read = () => max;",
        'rules.ts': 'export const max = 5;',
      },
    });
    const cache = await temporaryCache();
    const read = async () => {
      const host = createHost({ stores: [keepOpen(store)], cache: cache.folder });
      const max = ((await host.import('main.ts')) as Calls<'read'>).read();
      await host.close();
      return { max: typeof max === 'function' ? max() : max, compiled: await cache.compiled() };
    };
    const publish = async (rules: string) => {
      const head = await store.head();
      await store.publish(new Map([['rules.ts', rules]]), { expected: head?.number ?? 0 });
    };
    expect(await read()).toEqual({ max: 5, compiled: ['main.ts', 'rules.ts'] });
    expect(await read()).toEqual({ max: 5, compiled: [] });
    await publish('export const max = 7;');
    expect(await read()).toEqual({ max: 7, compiled: ['rules.ts'] });
    await publish('export function max() { return 9; }');
    expect(await read()).toEqual({ max: 9, compiled: ['rules.ts'] });
    await publish('export const max = 5;');
    expect(await read()).toEqual({ max: 5, compiled: [] });
  });

  it('when two ids exchange their texts in one release', async () => {
    const t = await hostOf({
      'a.ts': "export const name = 'first'; export const own = import.meta.url;",
      'b.ts': "export const name = 'second'; export const own = import.meta.url;",
      'main.ts':
        "import * as a from './a.ts'; import * as b from './b.ts'; export const read = () => [a.name, a.own, b.name, b.own];",
    });
    const { read } = await t.import<Calls<'read', string[]>>('main.ts');
    const [, a, , b] = read();
    committed(
      await t.change({
        'a.ts': "export const name = 'second'; export const own = import.meta.url;",
        'b.ts': "export const name = 'first'; export const own = import.meta.url;",
      }),
    );
    expect(read()).toEqual(['second', a, 'first', b]);
  });

  it("also from a cache that has seen the texts under each other's ids", async () => {
    const texts = ["export const name = 'first';", "export const name = 'second';"] as const;
    const cache = await temporaryCache();
    const read = async (a: string, b: string) => {
      const main =
        "import * as a from './a.ts'; import * as b from './b.ts'; export const read = () => [a.name, b.name];";
      const store = memoryStore({ modules: { 'a.ts': a, 'b.ts': b, 'main.ts': main } });
      const host = createHost({ stores: [store], cache: cache.folder });
      const names = ((await host.import('main.ts')) as Calls<'read'>).read();
      await host.close();
      return names;
    };
    for (let round = 0; round < 2; round += 1) {
      expect(await read(texts[0], texts[1])).toEqual(['first', 'second']);
      expect(await read(texts[1], texts[0])).toEqual(['second', 'first']);
    }
  });
});

describe('R7: a handler is never missing and never doubled', () => {
  it('while its module changes 200 times, alone and in crowds, refused versions in between', async () => {
    const click = createHook<(click: { cancelled: number }) => void>('click');
    const bus = new EventEmitter();
    const crowd = (n: number) =>
      Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`crowd/${i}.ts`, `export const n = ${n + i};`]));
    const guard = (n: number, more = '') => `
      import { onClick, onBus } from '@arena/api';
      onClick((click) => { click.cancelled += 1; });
      onBus((click) => { click.cancelled += 1; });
      export const n = ${n};
      ${more}
    `;
    const { scoped } = await import('rekindle');
    const t = await hostOf(
      {
        ...crowd(0),
        'guard.ts': guard(0),
        'main.ts': `import './guard.ts'; ${Object.keys(crowd(0))
          .map((id) => `import './${id}';`)
          .join(' ')}`,
      },
      {
        modules: {
          '@arena/api': scoped(({ own }) => ({
            onClick: click.add,
            onBus: (fn: (click: { cancelled: number }) => void) =>
              own(() => {
                bus.on('click', fn);
                return () => bus.off('click', fn);
              }),
          })),
        },
        entries: ['main.ts'],
      },
    );
    let playing = true;
    let clicks = 0;
    const wrong: number[] = [];
    const play = () => {
      for (const send of [(event: object) => click.call(event as never), (event: object) => bus.emit('click', event)]) {
        const event = { cancelled: 0 };
        send(event);
        clicks += 1;
        if (event.cancelled !== 1) wrong.push(event.cancelled);
      }
      if (playing) setImmediate(play);
    };
    play();
    const outcomes: Outcome['status'][] = [];
    for (let n = 1; n <= 200; n++) {
      const edit = n % 10 === 5 ? guard(n, "throw new Error('refused');") : guard(n);
      const { status } = await t.change(n === 100 ? { ...crowd(n), 'guard.ts': edit } : { 'guard.ts': edit });
      outcomes.push(status);
      await new Promise((resolve) => setImmediate(resolve));
    }
    playing = false;
    expect(wrong).toEqual([]);
    expect(clicks).toBeGreaterThan(400);
    expect(outcomes.filter((status) => status === 'refused')).toHaveLength(20);
    expect(outcomes.filter((status) => status === 'committed')).toHaveLength(180);
  }, 120_000);
});

describe('R9: a script that reloads itself', () => {
  it('is told how it went, and all of it changes or nothing', async () => {
    const tick = createHook<(names: string[]) => void>('tick');
    let sync: () => Promise<Outcome> = () => Promise.reject(new Error('not yet'));
    const part = (i: number, version: string, more = '') =>
      `import { onTick } from '@arena/api'; onTick((names) => names.push('${version}${i}')); ${more}`;
    const deploy = (version: string) => `
      import { sync } from '@arena/api';
      export const version = '${version}';
      export async function deploy() { await sync(); return 'told'; }
    `;
    const parts = Array.from({ length: 20 }, (_, i) => i);
    const release = (version: string, broken = -1) => ({
      'deploy.ts': deploy(version),
      ...Object.fromEntries(
        parts.map((i) => [`parts/${i}.ts`, part(i, version, i === broken ? "throw new Error('broken part');" : '')]),
      ),
    });
    const store = memoryStore({
      modules: {
        ...release('a'),
        'main.ts': `export * from './deploy.ts'; ${parts.map((i) => `import './parts/${i}.ts';`).join(' ')}`,
      },
    });
    const host = createHost({
      stores: [store],
      cache: false,
      modules: { '@arena/api': { onTick: tick.add, sync: () => sync() } },
    });
    onTestFinished(() => host.close());
    const outcomes: Outcome[] = [];
    sync = async () => {
      const outcome = await host.sync();
      outcomes.push(outcome);
      return outcome;
    };
    const main = (await host.import('main.ts')) as { version: string; deploy(): Promise<string> };
    const names = () => {
      const called: string[] = [];
      tick.call(called);
      return called;
    };
    expect(names()).toEqual(parts.map((i) => `a${i}`));

    await store.publish(new Map(Object.entries(release('b'))), { expected: 1 });
    expect(await main.deploy()).toBe('told');
    expect([main.version, names()]).toEqual(['b', parts.map((i) => `b${i}`)]);
    expect(committed(outcomes[0] as Outcome).evaluated).toHaveLength(21);

    await store.publish(new Map(Object.entries(release('c', 13))), { expected: 2 });
    expect(await main.deploy()).toBe('told');
    expect([main.version, names()]).toEqual(['b', parts.map((i) => `b${i}`)]);
    expect(refused(outcomes[1] as Outcome)).toMatchObject([{ code: 'BODY_THREW', module: 'parts/13.ts' }]);
  });
});

describe('R13: a package that remembers', () => {
  it('refuses the second registration with the way out, which then works', async () => {
    const root = await mkdtemp(join(tmpdir(), 'rekindle-metrics-'));
    onTestFinished(() => rm(root, { recursive: true }));
    const folder = join(root, 'node_modules', 'metrics');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'package.json'), '{ "name": "metrics", "type": "module", "exports": "./index.js" }');
    await writeFile(
      join(folder, 'index.js'),
      `const all = new Map();
       export const counter = (name) => {
         if (all.has(name)) throw new Error(name + ' is registered already');
         const one = { n: 0 };
         all.set(name, one);
         return one;
       };`,
    );
    const shop = (price: number, sales: string) => `import { state } from 'rekindle/script';
import { counter } from 'metrics';
export const sales = ${sales};
export const price = ${price};`;
    const t = await hostOf(
      { 'shop.ts': shop(5, "counter('sales')"), 'main.ts': "export * from './shop.ts';" },
      { root },
    );
    const main = await t.import<{ sales: { n: number }; price: number }>('main.ts');
    main.sales.n = 3;
    const [diagnostic] = refused(await t.change({ 'shop.ts': shop(6, "counter('sales')") }));
    expect(diagnostic).toMatchObject({
      code: 'BODY_THREW',
      module: 'shop.ts',
      line: 3,
      message: 'Error: sales is registered already',
    });
    expect(diagnostic?.hint).toContain("The same statement of 'shop.ts' succeeded earlier in this process");
    expect(diagnostic?.hint).toContain("const sales = state('sales', () => counter('sales'));");
    expect([main.price, main.sales.n]).toEqual([5, 3]);
  });

  it('with the slot from the beginning commits, and the count is kept', async () => {
    const all = new Map<string, { n: number }>();
    const counter = (name: string) => {
      if (all.has(name)) throw new Error(`${name} is registered already`);
      const one = { n: 0 };
      all.set(name, one);
      return one;
    };
    const shop = (price: number) => `import { state } from 'rekindle/script'; import { counter } from 'metrics';
      export const sales = state('sales', () => counter('sales')); export const price = ${price};`;
    const t = await hostOf({ 'shop.ts': shop(5) }, { modules: { metrics: { counter } } });
    const main = await t.import<{ sales: { n: number }; price: number }>('shop.ts');
    main.sales.n = 3;
    committed(await t.change({ 'shop.ts': shop(6) }));
    expect([main.price, main.sales.n]).toEqual([6, 3]);
  });

  it('says nothing of it where another statement throws', async () => {
    const t = await hostOf({ 'main.ts': 'export const a = 1;' });
    await t.import('main.ts');
    const diagnostics = refused(await t.change({ 'main.ts': "export const a = 1;\nthrow new Error('new');" }));
    expect(codes(diagnostics)).toEqual(['BODY_THREW']);
    expect(diagnostics[0]?.hint).toBeUndefined();
  });
});

/** The same store for the next host: closing a host disposes of its stores. */
function keepOpen(store: ReturnType<typeof memoryStore>): ReturnType<typeof memoryStore> {
  return {
    name: store.name,
    capabilities: store.capabilities,
    head: (options) => store.head(options),
    manifest: (hash, options) => store.manifest(hash, options),
    read: (id, revision, options) => store.read(id, revision, options),
    watch: (wake, options) => store.watch(wake, options),
    publish: (changes, options) => store.publish(changes, options),
    [Symbol.asyncDispose]: async () => {},
  };
}

/** A folder for compiled code, and what was compiled into it since one last asked: ids in order. */
async function temporaryCache(): Promise<{ folder: string; compiled(): Promise<string[]> }> {
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-reports-cache-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const seen = new Set<string>();
  const compiled = async () => {
    const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.json'));
    const fresh = files.filter((name) => !seen.has(name));
    for (const name of fresh) seen.add(name);
    const texts = await Promise.all(fresh.map((name) => readFile(join(folder, name), 'utf8')));
    return texts.map((text) => (JSON.parse(text.slice(text.indexOf('\n'))) as { id: string }).id).sort();
  };
  return { folder, compiled };
}
