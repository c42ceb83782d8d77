import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { VirtualClock } from '@rekindle/state';
import { memoryStore, type Store, StoreError } from '@rekindle/store';
import { folderStore } from '@rekindle/store-fs';
import { createHost, type EventOf, type Host, type HostOptions, type RekindleEvent } from 'rekindle';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { committed, rejection, settled } from './stories.ts';

interface Place {
  readonly scripts: string;
  readonly known: string;
  write(modules: Readonly<Record<string, string>>): void;
}

function place(): Place {
  const root = mkdtempSync(join(tmpdir(), 'rekindle-known-good-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const scripts = join(root, 'scripts');
  mkdirSync(scripts);
  return {
    scripts,
    known: join(root, 'known'),
    write: (modules) => {
      for (const [id, text] of Object.entries(modules)) writeFileSync(join(scripts, id), text);
    },
  };
}

interface Started {
  readonly host: Host;
  readonly clock: VirtualClock;
  readonly events: RekindleEvent[];
  /** What `main.ts` says its version is. */
  version(): Promise<unknown>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** A process that starts, as far as a host can tell. */
function process_({ scripts, known }: Place, options: Partial<HostOptions> = {}): Started {
  const clock = new VirtualClock();
  const host = createHost({
    stores: [folderStore(scripts)],
    lastKnownGood: known,
    clock,
    cache: false,
    limits: { activate: 10_000 },
    ...options,
  });
  onTestFinished(() => host.close());
  const events: RekindleEvent[] = [];
  host.events$.subscribe((event) => events.push(event));
  return {
    host,
    clock,
    events,
    version: async () => ((await host.import('main.ts')) as { version: unknown }).version,
    start: () => host.start({ entries: ['main.ts'] }),
    close: () => host.close(),
  };
}

const folderOf = ({ known }: Place) => join(known, readdirSync(known)[0] ?? '');
const goodOf = (here: Place) => join(folderOf(here), 'good.jsonl');
const isThere = (file: string) => vi.waitFor(() => expect(existsSync(file)).toBe(true), { timeout: 20_000 });
const bootOf = (events: readonly RekindleEvent[]) =>
  events.find((event): event is EventOf<'host:booted'> => event.type === 'host:booted');

/** Waits until the last known good release has this text. */
async function isKept(here: Place, text: string): Promise<void> {
  await vi.waitFor(() => expect(readFileSync(goodOf(here), 'utf8')).toContain(text), { timeout: 20_000 });
}

/** Runs a release for as long as it takes to be good. */
async function keep(here: Place, options?: Partial<HostOptions>): Promise<void> {
  const first = process_(here, options);
  await first.start();
  first.clock.advance(30_001);
  await isThere(goodOf(here));
  await first.close();
}

describe('what is kept', () => {
  it('concerns no script, whatever it puts in the place of Promise', async () => {
    const text = "Function('return this')().Promise = function () { throw new Error('not for you'); };";
    const stores = [memoryStore({ modules: { 'main.ts': text } })];
    const { Promise: own } = globalThis;
    try {
      await process_(place(), { stores }).host.import('main.ts');
    } finally {
      globalThis.Promise = own;
    }
  });

  it('a release whose probation ended well, with all its modules, and nothing before that', async () => {
    const here = place();
    here.write({ 'main.ts': 'export const version = 7;', 'never-imported.ts': '// text' });
    const first = process_(here);
    await first.start();
    await first.close();
    expect(readdirSync(folderOf(here)).sort()).toEqual(['starting']);
    await keep(here);
    const lines = readFileSync(goodOf(here), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ format: 1, release: { number: 1 } });
    expect(lines.slice(1, 3).map(([id, , store, text]) => [id, store, text])).toEqual([
      ['main.ts', 0, 'export const version = 7;'],
      ['never-imported.ts', 0, '// text'],
    ]);
    expect(lines.at(-1)).toEqual({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it('never a release that was taken back', async () => {
    const here = place();
    here.write({ 'main.ts': 'export const version = 7;' });
    await keep(here);
    const running = process_(here, { probation: { window: 30_000, errors: 0 } });
    await running.start();
    here.write({ 'main.ts': "export const version = 8; setTimeout(() => { throw new Error('8 errs'); }, 10);" });
    const outcome = await running.host.sync();
    running.clock.advance(10);
    expect(outcome.status === 'committed' && (await outcome.settled)).toBe('rolled-back');
    running.clock.advance(60_000);
    await running.close();
    expect(readFileSync(goodOf(here), 'utf8')).toContain('version = 7');
    expect(readdirSync(folderOf(here)).sort()).toEqual(['good.jsonl', 'starting']);
  });

  it('nor one that came on top of a release that could not be taken back', async () => {
    const here = place();
    const main = (version: number, rest: string) =>
      "import { state } from 'rekindle/script'; import './chat.ts'; " +
      `state('s', () => ({ n: 1 }), { version: ${version}, up: { 8: (old) => ({ ...old }) } }); ${rest}`;
    here.write({ 'main.ts': main(7, ''), 'chat.ts': 'export {};' });
    const running = process_(here);
    await running.start();
    running.clock.advance(30_001);
    await isThere(goodOf(here));
    const change = async (modules: Readonly<Record<string, string>>) => {
      here.write(modules);
      return committed(await running.host.sync());
    };
    const first = await change({ 'main.ts': main(8, "setInterval(() => { throw new Error('errs'); }, 100);") });
    const second = await change({ 'chat.ts': 'export const more = 1;' });
    running.clock.advance(600);
    expect(await first.settled).toBe('held');
    const files = (count: number) =>
      vi.waitFor(() => expect(readdirSync(folderOf(here))).toHaveLength(count), { timeout: 20_000 });
    await files(3); // it has rested, and is written beside the good one
    running.clock.advance(30_000);
    expect(await second.settled).toBe('kept');
    await files(2);
    expect(readFileSync(goodOf(here), 'utf8')).toContain('version: 7');
  });

  it('not a first release that errs, though nothing can take it back', async () => {
    const here = place();
    here.write({ 'main.ts': "setInterval(() => { throw new Error('errs'); }, 100);" });
    const running = process_(here);
    await running.start();
    running.clock.advance(60_000);
    await settled();
    await running.close();
    expect(existsSync(goodOf(here))).toBe(false);
  });

  it('a release from which somebody went back is good no longer', async () => {
    const here = place();
    here.write({ 'main.ts': 'export const version = 7;' });
    const running = process_(here);
    await running.start();
    here.write({ 'main.ts': 'export const version = 8;' });
    await running.host.sync();
    running.clock.advance(30_001);
    await isThere(goodOf(here));
    await isKept(here, 'version = 8');
    expect((await running.host.revert()).status).toBe('committed');
    await isKept(here, 'version = 7');
  });

  it('nothing of a store in memory, and nothing with `false`', async () => {
    const here = place();
    here.write({ 'main.ts': 'export const version = 7;' });
    const home = process.env['XDG_CACHE_HOME'];
    process.env['XDG_CACHE_HOME'] = here.known;
    onTestFinished(() => {
      if (home === undefined) delete process.env['XDG_CACHE_HOME'];
      else process.env['XDG_CACHE_HOME'] = home;
    });
    const clock = new VirtualClock();
    const stores = [memoryStore({ modules: { 'main.ts': 'export const version = 7;' } })];
    for (const options of [{ stores }, { stores: [folderStore(here.scripts)], lastKnownGood: false } as const]) {
      const host = createHost({ ...options, clock, cache: false });
      await host.start({ entries: ['main.ts'] });
      clock.advance(30_001);
      await settled();
      await host.close();
    }
    expect(existsSync(here.known)).toBe(false);
  });
});

describe('booting from it', () => {
  it('when the store is not there; what comes when it is, is taken', async () => {
    const here = place();
    here.write({
      'main.ts': "import { lib } from './lib.ts'; export const version = lib;",
      'lib.ts': 'export const lib = 7;',
    });
    await keep(here);
    renameSync(here.scripts, `${here.scripts}-away`);
    const down = process_(here);
    await down.start();
    expect(bootOf(down.events)).toMatchObject({
      from: 'last-known-good',
      release: { number: 1 },
      modules: ['lib.ts', 'main.ts'],
    });
    expect(bootOf(down.events)?.error).toMatchObject({ code: 'STORE_NOT_FOUND' });
    expect(await down.version()).toBe(7);
    expect(down.host.modules().map(({ origin }) => origin?.source)).toEqual(
      [1, 2].map(() => expect.stringContaining('folder')),
    );
    const room = await down.host.namespace('room', { entries: ['lib.ts'] });
    expect(room.release).toEqual(down.host.release);
    renameSync(`${here.scripts}-away`, here.scripts);
    here.write({ 'lib.ts': 'export const lib = 9;' });
    await vi.waitFor(
      async () => {
        down.clock.advance(100);
        await settled();
        expect(await down.version()).toBe(9);
        expect(((await room.import('lib.ts')) as { lib: number }).lib).toBe(9); // at its own moment
      },
      { timeout: 20_000 },
    );
  });

  it('when the first release is refused, which is not tried again until its content changes', async () => {
    const here = place();
    here.write({ 'main.ts': 'export const version = 7;' });
    await keep(here);
    here.write({ 'main.ts': 'export const version = ;' });
    const refused = process_(here);
    await refused.start();
    expect(bootOf(refused.events)?.error).toMatchObject({ code: 'SYNTAX_ERROR' });
    expect(await refused.version()).toBe(7);
    expect(await refused.host.sync()).toMatchObject({ status: 'refused', diagnostics: [{ code: 'BARRED' }] });
    here.write({ 'main.ts': 'export const version = 9;' });
    expect((await refused.host.sync()).status).toBe('committed');
    expect(await refused.version()).toBe(9);
  });

  it('without one, start rejects, and a byte that is wrong or missing makes it none', async () => {
    const here = place();
    here.write({ 'main.ts': 'export const version = 7;' });
    await keep(here);
    here.write({ 'main.ts': 'export const version = ;' });
    const whole = readFileSync(goodOf(here), 'utf8');
    for (let end = 0; end < whole.length - 1; end += 7) {
      writeFileSync(goodOf(here), whole.slice(0, end));
      const started = process_(here);
      expect(await rejection(started.start())).toMatchObject({ name: 'ScriptLoadError', code: 'SYNTAX_ERROR' });
      await started.close();
    }
    writeFileSync(goodOf(here), whole.replace('version = 7', 'version = 6'));
    expect(await rejection(process_(here).start())).toMatchObject({ code: 'SYNTAX_ERROR' });
  });

  it('and where it does not load either, the first error is told and nothing is left', async () => {
    const here = place();
    here.write({ 'main.ts': 'export const version = 7;' });
    await keep(here);
    const wrong = process_(here);
    expect(await rejection(wrong.host.start({ entries: ['mian.ts'] }))).toMatchObject({ code: 'UNRESOLVED_IMPORT' });
    await wrong.start();
    expect(bootOf(wrong.events)).toMatchObject({ from: 'stores' });
  });
});

describe('marks of starts that died', () => {
  const mark = (hash: string, more: object = {}) =>
    JSON.stringify({
      hash,
      number: 8,
      nonce: 'n',
      pid: 2 ** 30,
      thread: 0,
      host: hostname(),
      began: '',
      time: 0,
      ...more,
    });

  /** The hash of the release that the folder has. */
  async function hashOf({ scripts }: Place): Promise<string> {
    await using store = folderStore(scripts);
    return (await store.head())?.hash ?? '';
  }

  async function withMarks(...more: object[]): Promise<Place> {
    const here = place();
    here.write({ 'main.ts': 'export const version = 7;' });
    await keep(here);
    here.write({ 'main.ts': 'export const version = 8;' });
    const hash = await hashOf(here);
    for (const [index, one] of more.entries()) {
      writeFileSync(join(folderOf(here), 'starting', `${index}.json`), mark(hash, one));
    }
    return here;
  }

  it.each([
    ['one is borne', [{}], 8],
    ['two bar the release', [{}, {}], 7],
    ['of a process that lives, none counts', [{ pid: process.ppid }, { pid: process.ppid }], 8],
    ['of a process whose number somebody else has, they do', [{ pid: process.ppid, began: '1' }, {}], 7],
    ['of another machine, old ones count', [{ host: 'gone' }, {}], 7],
    ['and new ones do not yet', [{ host: 'gone', time: Date.now() }, {}], 8],
  ])('%s', async (_, marks, version) => {
    const here = await withMarks(...marks);
    const started = process_(here);
    await started.start();
    expect(await started.version()).toBe(version);
    expect(started.events.some(({ type }) => type === 'release:barred')).toBe(version === 7);
  });

  it('a release that died once and then proves itself is forgiven', async () => {
    const here = await withMarks({});
    const started = process_(here);
    await started.start();
    started.clock.advance(30_001);
    await isKept(here, 'version = 8');
    expect(readdirSync(join(folderOf(here), 'starting'))).toEqual([]);
  });

  it('where the one that was good dies too, it is none of the releases: nothing is barred any more', async () => {
    const here = await withMarks({}, {});
    const barred = process_(here);
    await barred.start();
    await barred.close();
    const { release } = JSON.parse(readFileSync(goodOf(here), 'utf8').split('\n')[0] ?? '') as {
      release: { hash: string };
    };
    for (const name of ['a', 'b']) writeFileSync(join(folderOf(here), 'starting', `${name}.json`), mark(release.hash));
    const again = process_(here);
    await again.start();
    expect(await again.version()).toBe(8);
  });

  it('without one that was good, a release that dies is started all the same', async () => {
    const here = await withMarks({}, {});
    rmSync(goodOf(here));
    const started = process_(here);
    await started.start();
    expect(await started.version()).toBe(8);
  });
});

describe('a store that is behind what runs (R30)', () => {
  it('is told, and followed again when somebody publishes', async () => {
    let time = 0;
    const tick = () => {
      time += 1_000;
      return time;
    };
    const inner = memoryStore({ now: () => tick() });
    let view: Store = inner;
    const wakes = new Set<() => void>();
    // the collections of a database come and go under the store
    const store: Store = new Proxy(inner, {
      get(_, name) {
        if (name === 'watch') return async (wake: () => void) => void wakes.add(wake);
        const value = Reflect.get(view, name) as unknown;
        return typeof value === 'function' ? value.bind(view) : value;
      },
    });
    const publish = (to: Store, expected: number, version: number) =>
      to.publish(new Map([['main.ts', `export const version = ${version};`]]), { expected });
    for (let number = 1; number <= 12; number++) await publish(inner, number - 1, number);
    const clock = new VirtualClock();
    const host = createHost({ stores: [store], clock, cache: false });
    onTestFinished(() => host.close());
    const behind: unknown[] = [];
    host.on('store:behind', ({ number, running, store: name }) => behind.push([name, number, running]));
    await host.start({ entries: ['main.ts'] });
    const main = (await host.import('main.ts')) as { version: number };
    const wake = async () => {
      for (const one of wakes) one();
      await vi.waitFor(async () => {
        clock.advance(50);
        await settled();
      });
    };
    view = memoryStore();
    await wake();
    expect([main.version, behind]).toEqual([12, [['memory store', 0, 12]]]);
    const times = Array.from({ length: 9 }, (_, index) => (index + 1) * 1_000);
    const restored = memoryStore({ now: () => times.shift() ?? tick() });
    for (let number = 1; number <= 9; number++) {
      await publish(restored, number - 1, number);
      view = restored;
      await wake();
      expect(main.version).toBe(12);
    }
    expect(behind.at(-1)).toEqual(['memory store', 9, 12]);
    await publish(restored, 9, 10);
    await wake();
    expect(main.version).toBe(10);
  });

  it('a store that cannot be read is lost, not behind', async () => {
    const inner = memoryStore({ modules: { 'main.ts': '' } });
    let broken = false;
    const store: Store = new Proxy(inner, {
      get(_, name) {
        const value = Reflect.get(inner, name) as unknown;
        if (name === 'head' && broken) return () => Promise.reject(new StoreError('STORE_UNREACHABLE', 'down'));
        return typeof value === 'function' ? value.bind(inner) : value;
      },
    });
    const clock = new VirtualClock();
    const host = createHost({ stores: [store], clock, cache: false });
    onTestFinished(() => host.close());
    const types: string[] = [];
    host.events$.subscribe(({ type }) => types.push(type));
    await host.start({ entries: ['main.ts'] });
    broken = true;
    await inner.publish(new Map([['main.ts', '1']]), { expected: 1 });
    for (let turn = 0; turn < 10; turn++) {
      clock.advance(50);
      await settled();
    }
    expect(types).toContain('store:lost');
    expect(types).not.toContain('store:behind');
  });
});
