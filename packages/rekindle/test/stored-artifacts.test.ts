import { hash } from 'node:crypto';
import { type CompileOptions, compile, complete } from '@rekindle/compiler';
import { VirtualClock } from '@rekindle/state';
import { type ArtifactName, revisionOf, type StoredArtifact } from '@rekindle/store';
import { createHost, type HostOptions, memoryStore, type RekindleEvent, type Store, writeArtifacts } from 'rekindle';
import { describe, expect, it, onTestFinished } from 'vitest';
import { artifactName, sealSteps } from '../src/stored-artifacts.ts';
import { committed, rejection } from './stories.ts';

/** A store whose questions about artifacts are noted, and may be answered otherwise. */
function noted(modules: Record<string, string>, answer?: (names: readonly ArtifactName[]) => Promise<unknown>) {
  const store = memoryStore({ modules });
  const { artifacts } = store;
  if (artifacts === undefined) throw new Error('no artifacts');
  const asked: string[][] = [];
  const found: string[] = [];
  const written: string[][] = [];
  const spy: Store = {
    ...bound(store),
    artifacts: {
      read: async (names, options) => {
        asked.push(names.map(({ id }) => id));
        await answer?.(names);
        const answered = await artifacts.read(names, options);
        found.push(...answered.keys());
        return answered;
      },
      write: async (stored, options) => {
        written.push(stored.map(({ id }) => id));
        await artifacts.write(stored, options);
      },
    },
  };
  const publish = async (changes: Record<string, string | null>) => {
    await store.publish(new Map(Object.entries(changes)), { expected: (await store.head())?.number ?? 0 });
  };
  return {
    store: spy,
    inner: store,
    asked,
    found,
    written,
    publish,
    keep: (...some: StoredArtifact[]) => artifacts.write(some),
  };
}

function bound(store: Store): Store {
  return {
    name: store.name,
    capabilities: store.capabilities,
    head: (options) => store.head(options),
    manifest: (hash, options) => store.manifest(hash, options),
    read: (id, revision, options) => store.read(id, revision, options),
    watch: (wake, options) => store.watch(wake, options),
    publish: (changes, options) => store.publish(changes, options),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

function over(store: Store, options: Partial<HostOptions> = {}) {
  const clock = new VirtualClock();
  const host = createHost({ stores: [store], cache: false, clock, ...options });
  const events: RekindleEvent[] = [];
  host.events$.subscribe((event) => events.push(event));
  onTestFinished(() => host.close());
  const troubles = () => events.filter((event) => event.type === 'artifacts:failed');
  return { host, clock, troubles };
}

/** An artifact under the name of a text that was made of another text: whoever uses it can be told from who compiles. */
function forged(id: string, source: string, other: string): StoredArtifact {
  const options: CompileOptions = { id, tsconfig: {} };
  const result = compile(other, options);
  if (!result.ok) throw new Error('does not compile');
  return complete(sealSteps(artifactName(revisionOf(source), options), result.artifact));
}

/** Where the engine's name stands in sealed bytes, the length of the artifact, and the artifact, before its text. */
const ENGINE = 64;
const LENGTHS = 96;
const HEAD = 108;

/**
 * An artifact of a text with V8's code of another one, of which V8 only sees that it is as long. V8 has not compiled the
 * text here: it would remember that, and look no further.
 */
function withCodeOf(id: string, source: string, other: string, engine?: Buffer): StoredArtifact {
  const foreign = forged(id, source, other);
  const compiled = compile(source, { id, tsconfig: {} });
  if (!compiled.ok) throw new Error('does not compile');
  const bytes = Buffer.from(foreign.bytes);
  bytes.write(compiled.artifact.code, HEAD + bytes.readUInt32LE(LENGTHS), 'latin1');
  engine?.copy(bytes, ENGINE);
  hash('sha256', bytes.subarray(32), 'buffer').copy(bytes);
  return { ...foreign, bytes };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

const text = (value: number) => `export const value: number = ${value};\n`;

describe('a host whose store keeps compiled modules', () => {
  it('runs what is there and compiles what is not', async () => {
    const { store, keep } = noted({ 'a.ts': text(1), 'b.ts': text(2) });
    await keep(forged('a.ts', text(1), 'export const value = "not compiled here";'));
    const { host } = over(store);
    expect(await host.import('a.ts')).toMatchObject({ value: 'not compiled here' });
    expect(await host.import('b.ts')).toMatchObject({ value: 2 });
  });

  it('asks once for all modules of a wave, and once for all that a release changes', async () => {
    const leaves = ['l1.ts', 'l2.ts', 'l3.ts'];
    const main = (names: readonly string[]) => names.map((name) => `import './${name}';`).join('\n');
    const modules = Object.fromEntries(leaves.map((id) => [id, text(1)]));
    const { store, asked, publish } = noted({ 'main.ts': main(leaves), ...modules });
    const { host } = over(store);
    await host.import('main.ts');
    expect(asked).toEqual([['main.ts'], leaves]);
    asked.length = 0;
    await publish({ 'l1.ts': text(2), 'l3.ts': text(2), 'l4.ts': text(2), 'main.ts': main([...leaves, 'l4.ts']) });
    committed(await host.sync());
    expect(asked.map((ids) => ids.toSorted())).toEqual([['l1.ts', 'l3.ts', 'l4.ts', 'main.ts']]);
  });

  it('takes a release from there', async () => {
    const { store, keep, publish } = noted({ 'a.ts': text(1) });
    const { host } = over(store);
    const a = await host.import('a.ts');
    await keep(forged('a.ts', text(2), 'export const value = "not compiled here";'));
    await publish({ 'a.ts': text(2) });
    committed(await host.sync());
    expect(a).toMatchObject({ value: 'not compiled here' });
  });

  it('takes what V8 made of it, and compiles the text where that is of another engine', async () => {
    const { store, keep, publish } = noted({ 'a.ts': text(1) });
    const { host, troubles } = over(store);
    const a = await host.import('a.ts');
    // texts of its own: V8 keeps the wrong code for whoever in this process has the same text
    await keep(withCodeOf('a.ts', text(22), text(77)));
    await publish({ 'a.ts': text(22) });
    committed(await host.sync());
    expect(a).toMatchObject({ value: 77 });
    await keep(withCodeOf('a.ts', text(33), text(88), Buffer.alloc(32, 1)));
    await publish({ 'a.ts': text(33) });
    committed(await host.sync());
    expect(a).toMatchObject({ value: 33 });
    expect(troubles()).toEqual([]);
  });

  it('asks once a minute about releases where nobody compiles for others, and again with each when somebody does', async () => {
    const { store, inner, asked, publish } = noted({ 'a.ts': text(0) });
    const { host, clock } = over(store);
    await host.import('a.ts');
    asked.length = 0;
    const counts: number[] = [];
    for (let value = 1; value <= 9; value += 1) {
      const changes = { 'a.ts': text(value) };
      if (value > 5) await writeArtifacts(inner, { changes: new Map(Object.entries(changes)) });
      if (value === 5 || value === 6) await clock.advance(60_000);
      await publish(changes);
      committed(await host.sync());
      counts.push(asked.length);
    }
    expect(counts).toEqual([1, 2, 3, 3, 4, 5, 6, 7, 8]);
  });

  it('looks again within a minute, and not together with all others', async () => {
    const { store, asked, publish } = noted({ 'a.ts': text(0) });
    const hosts = Array.from({ length: 20 }, () => over(store));
    for (const { host } of hosts) await host.import('a.ts');
    const counts: number[] = [];
    for (let value = 1; value <= 15; value += 1) {
      await publish({ 'a.ts': text(value) });
      const before = asked.length;
      for (const { host, clock } of hosts) {
        committed(await host.sync());
        await clock.advance(5_000);
      }
      counts.push(asked.length - before);
    }
    expect(counts.slice(0, 3)).toEqual([20, 20, 20]);
    expect(counts.slice(3).reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(20);
    expect(Math.max(...counts.slice(3))).toBeLessThan(20);
  });

  it('finds none that was made with other options', async () => {
    const { store, keep } = noted({ 'a.ts': text(1) });
    await keep(forged('a.ts', text(1), 'export const value = "not compiled here";'));
    const { host } = over(store, { limits: { nesting: 40 } });
    expect(await host.import('a.ts')).toMatchObject({ value: 1 });
  });

  it('asks for nothing that is no module of the store as it stands there', async () => {
    const { store, asked } = noted({
      'main.ts':
        "import words from './words.txt' with { type: 'text' }; import rows from './rows.csv'; export { words, rows };",
      'words.txt': 'words',
      'rows.csv': '1;2',
    });
    const { host } = over(store, { transforms: { '.csv': (source) => `export default '${source}'` } });
    expect(await host.import('main.ts')).toMatchObject({ words: 'words', rows: '1;2' });
    await host.evaluate('export const one = 1;', { id: 'given.ts' });
    expect(asked).toEqual([['main.ts']]);
  });

  it('asks for nothing where it was told so', async () => {
    const { store, asked, written } = noted({ 'a.ts': text(1) });
    const { host } = over(store, { artifacts: false });
    await host.import('a.ts');
    await host.close();
    expect([asked, written]).toEqual([[], []]);
  });

  it('refuses another value of the option', () => {
    expect(() => over(memoryStore(), { artifacts: 'always' as 'read' })).toThrow(/`artifacts` must be/);
  });
});

describe('what a store gives that is damaged', () => {
  it('is not run but made again, and told; who writes mends it', async () => {
    const { store, keep, inner } = noted({ 'a.ts': text(1) });
    const sound = forged('a.ts', text(1), text(1));
    const bytes = Uint8Array.from(sound.bytes);
    bytes[bytes.length - 9] = (bytes.at(-9) ?? 0) ^ 1;
    await keep({ ...sound, bytes });
    const { host, clock, troubles } = over(store, { artifacts: 'write' });
    expect(await host.import('a.ts')).toMatchObject({ value: 1 });
    expect(troubles()).toMatchObject([{ modules: ['a.ts'], error: { code: 'ARTIFACT_DAMAGED' } }]);
    await clock.advance(250);
    await turn();
    const mended = (await inner.artifacts?.read([sound]))?.get(sound.key);
    expect(Buffer.from(mended ?? []).equals(sound.bytes)).toBe(true);
  });
});

describe('a store that does not answer about compiled modules', () => {
  it('holds a release up for half a second and refuses nothing; it is told once, and rests', async () => {
    const never = new Promise<void>(() => {});
    let answers = true;
    const { store, asked, publish } = noted({ 'a.ts': text(1) }, () => (answers ? Promise.resolve() : never));
    const { host, clock, troubles } = over(store);
    const a = (await host.import('a.ts')) as { value: number };
    answers = false;
    await publish({ 'a.ts': text(2) });
    const syncing = host.sync();
    while (!clock.due.includes(500)) await turn(); // it waits
    await clock.advance(499);
    await turn();
    expect(a.value).toBe(1);
    await clock.advance(1);
    committed(await syncing);
    expect(a.value).toBe(2);
    await publish({ 'a.ts': text(3) });
    committed(await host.sync());
    expect([a.value, asked.length]).toEqual([3, 2]);
    expect(troubles()).toMatchObject([{ modules: ['a.ts'], error: { code: 'ARTIFACTS_TIMED_OUT' } }]);
    answers = true;
    await clock.advance(30_000);
    await publish({ 'a.ts': text(4) });
    committed(await host.sync());
    expect([a.value, asked.length, troubles().length]).toEqual([4, 3, 1]);
  });

  it('and one that may not be read refuse nothing either', async () => {
    const denied = new Error('not authorised');
    const { store } = noted({ 'a.ts': text(1) }, () => Promise.reject(denied));
    const { host, troubles } = over(store);
    expect(await host.import('a.ts')).toMatchObject({ value: 1 });
    expect(troubles()).toMatchObject([{ store: 'memory store', modules: ['a.ts'], error: denied }]);
  });
});

describe('a host that writes', () => {
  it('gives others what it has compiled, a moment later', async () => {
    const { store, inner, written } = noted({ 'a.ts': text(1), 'b.ts': text(2) });
    const { host, clock } = over(store, { artifacts: 'write' });
    await host.import('a.ts');
    await host.import('b.ts');
    expect(written).toEqual([]);
    await clock.advance(250);
    await turn();
    expect(written).toEqual([['a.ts', 'b.ts']]);
    const found = await inner.artifacts?.read([forged('a.ts', text(1), text(1)), forged('b.ts', text(2), text(2))]);
    expect(found?.size).toBe(2);
  });

  it('writes what it has when it is closed, and nothing that it was given', async () => {
    const { store, keep, written } = noted({ 'a.ts': text(1), 'b.ts': text(2) });
    await keep(forged('a.ts', text(1), text(1)));
    const { host } = over(store, { artifacts: 'write' });
    await host.import('a.ts');
    await host.import('b.ts');
    await host.close();
    expect(written).toEqual([['b.ts']]);
  });

  it('tells once that nobody takes it', async () => {
    const store = memoryStore({ modules: { 'a.ts': text(1), 'b.ts': text(1) } });
    const readOnly = {
      ...bound(store),
      artifacts: { read: async () => new Map(), write: () => Promise.reject(new Error('read-only')) },
    };
    const { host, clock, troubles } = over(readOnly, { artifacts: 'write' });
    for (const id of ['a.ts', 'b.ts']) {
      await host.import(id);
      await clock.advance(250);
      await turn();
    }
    expect(troubles()).toMatchObject([{ modules: ['a.ts'], error: { message: 'read-only' } }]);
  });
});

describe('a publisher that compiles', () => {
  it('writes what it is about to publish, so that no host compiles', async () => {
    const { store, inner, asked } = noted({ 'a.ts': text(1) });
    const { host } = over(store);
    await host.import('a.ts');
    const changes = new Map([
      ['a.ts', '\uFEFFexport const value: number = 2;\r\n'],
      ['gone.ts', null],
      ['words.txt', 'words'],
      ['broken.ts', 'export const = 1;'],
    ]);
    const { written, known, diagnostics } = await writeArtifacts(inner, { changes });
    expect([written, known, diagnostics.map(({ module }) => module)]).toEqual([['a.ts'], [], ['broken.ts']]);
    expect((await writeArtifacts(inner, { changes })).known).toEqual(['a.ts']);
    asked.length = 0;
    const a = forged('a.ts', text(2), text(2));
    expect((await inner.artifacts?.read([a]))?.has(a.key)).toBe(true);
  });

  it('writes all that the newest release has, where it is not said what', async () => {
    const modules = Object.fromEntries(Array.from({ length: 120 }, (_, index) => [`m${index}.ts`, text(index)]));
    const store = memoryStore({ modules });
    expect((await writeArtifacts(store)).written.length).toBe(120);
    expect((await writeArtifacts(store)).known.length).toBe(120);
    expect(await writeArtifacts(memoryStore())).toEqual({ written: [], known: [], diagnostics: [] });
  });

  it('is told of a store that keeps none', async () => {
    const error = await rejection(writeArtifacts(bound(memoryStore())));
    expect(error).toMatchObject({ code: 'STORE_BAD_OPTION' });
  });
});

/** What can be seen of a release: what it says, where its errors stand, and what it is refused for. */
async function story(sources: readonly Record<string, string>[], compileFirst: boolean) {
  const [first = {}, ...later] = sources;
  const { store, inner, publish, found } = noted(first);
  if (compileFirst) await writeArtifacts(inner);
  const { host } = over(store);
  const said: unknown[] = [];
  host.on('script:warning', ({ diagnostic }) => said.push(diagnostic));
  const main = (await host.import('main.ts')) as { run?: () => unknown };
  const look = () => {
    try {
      said.push(main.run?.());
    } catch (error) {
      said.push((error as Error).stack?.split('\n').filter((line) => /\.ts:\d/.test(line) && !line.includes('/test/')));
    }
  };
  look();
  for (const changes of later) {
    if (compileFirst) await writeArtifacts(inner, { changes: new Map(Object.entries(changes)) });
    await publish(changes);
    const { status, ...outcome } = await host.sync();
    const { diagnostics, warnings, evaluated, lost } = outcome as Record<string, unknown>;
    said.push({ status, diagnostics, warnings, evaluated, lost });
    look();
  }
  return { said, found: found.length };
}

describe('a release that was compiled elsewhere is one that was compiled here', () => {
  const types = 'interface Hidden {\n  a: number;\n}\n';
  const stories: Record<string, readonly Record<string, string>[]> = {
    'in its stack traces': [
      { 'main.ts': `${types}export const run = (): number => 1;` },
      { 'main.ts': `${types}enum Kind {\n  A,\n}\nexport const run = (): never => {\n  throw new Error(Kind[0]);\n};` },
      {
        'main.ts': `${types}// a comment\nenum Kind {\n  A,\n}\nexport const run = (): never => {\n  throw new Error(Kind[0]);\n};`,
      },
    ],
    'in its warnings': [
      {
        'main.ts': "import { bus } from './bus.ts';\nexport const run = () => typeof bus;",
        'bus.ts': `${types}export const bus = { on(name: string, fn: () => void) {} };`,
      },
      {
        'main.ts':
          "import { bus } from './bus.ts';\nbus.on('chat', () => {});\nlet count: number = 0;\nexport const run = () => (count += 1);",
      },
      {
        'main.ts':
          "import { bus } from './bus.ts';\nbus.on('chat', () => {});\nlet count: number = 0;\nexport const run = () => (count += 2);",
      },
    ],
    'in what it is refused for': [
      {
        'main.ts': "import { a } from './lib.ts';\nexport const run = () => a;",
        'lib.ts': `${types}export const a = 1;`,
      },
      { 'lib.ts': `${types}export const b = 1;` },
      { 'lib.ts': `${types}export const a: number = (null as any).x;` },
      { 'lib.ts': `${types}export const a = ;` },
      { 'lib.ts': `${types}export const a = 5;` },
    ],
  };
  for (const [name, sources] of Object.entries(stories)) {
    it(name, async () => {
      const [here, elsewhere] = [await story(sources, false), await story(sources, true)];
      expect(elsewhere.said).toEqual(here.said);
      expect(JSON.stringify(here.said)).toMatch(/main\.ts|lib\.ts/);
      const compilable = sources.flatMap((texts) => Object.values(texts)).filter((source) => !source.endsWith('= ;'));
      expect([here.found, elsewhere.found]).toEqual([0, compilable.length]);
    });
  }
});
