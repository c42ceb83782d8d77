// From a text to what can be run: the leaf through Rekindle's compiler, which also finds out what the module imports,
// exports and mentions, against SWC with a source map and V8 alone. Nothing is read, linked or run while it is timed; each
// result is run afterwards, by a bare linker for modules without imports, and has to give the right answer.
//
// A row of its own is a text whose artifact is in the cache on disk already, as after a restart, or where another host has
// compiled it: from the text to what can be run, too.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Artifact, compile, DiskCache, instantiate, type ModuleFunction } from '@rekindle/compiler';
import { type Row, row } from '../door/benchmark.ts';
import { numberOf, type Options, type Values } from '../door/options.ts';
import { interleave } from '../door/statistics.ts';
import { runnable } from './lib/floor.ts';
import { type Leaf, leaf, leafId, probe } from './lib/leaf.ts';
import { cpuOption, type Stopwatch, stopwatch } from './lib/stopwatch.ts';

export const summary = 'from the text of one module to what can be run';

export const options = {
  calls: { type: 'boolean', about: "let the leaf's top level call something" },
  cpu: cpuOption,
  rounds: { type: 'string', about: 'how many texts are compiled', default: '1000' },
} satisfies Options;

const WARMUP = 200;

/** Versions of the leaf that only the cached side sees: V8 remembers what it has compiled in this process. */
const CACHED = 1_000_000;

export async function run({ calls = false, cpu = false, rounds }: Values<typeof options>): Promise<Row[]> {
  const count = numberOf('rounds', rounds);
  const edit = (round: number) => leaf(WARMUP + round, { calls });
  const cachedEdit = (round: number) => leaf(CACHED + WARMUP + round, { calls });
  const now = stopwatch(cpu);
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-bench-compile-'));
  try {
    const cache = new DiskCache(folder);
    for (let round = -WARMUP; round < count; round += 1) {
      const { source } = cachedEdit(round);
      cache.set(cache.keyOf(source, compileOptions), artifactOf(source));
      if (round % 100 === 0) await cache.idle();
    }
    await cache.idle();
    const contenders = [
      { name: 'compiled', measure: (round: number) => compiled(edit(round), now) },
      { name: 'floor', measure: (round: number) => floor(edit(round), now) },
      { name: 'from a cached artifact', measure: (round: number) => cached(cache, cachedEdit(round), now) },
    ];
    const samples = await interleave(contenders, { rounds: count, warmup: WARMUP });
    const of = (name: string) => samples.get(name) ?? [];
    return ['compiled', 'from a cached artifact'].flatMap((what) => [
      row('rekindle', 1, of(what), what),
      row('floor', 1, of('floor'), what),
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const compileOptions = { id: leafId };

function artifactOf(source: string): Artifact {
  const result = compile(source, compileOptions);
  if (!result.ok) throw new Error(`rekindle refuses the leaf: ${result.diagnostics[0]?.message}`);
  return result.artifact;
}

function compiled({ source, answer }: Leaf, now: Stopwatch): number {
  const start = now();
  const artifact = artifactOf(source);
  const instantiated = instantiate(artifact);
  const end = now();
  if (!instantiated.ok) throw new Error(`V8 refuses the leaf: ${instantiated.diagnostic.message}`);
  check('rekindle', evaluate(instantiated.body, artifact.locals), answer);
  return end - start;
}

function cached(cache: DiskCache, { source, answer }: Leaf, now: Stopwatch): number {
  const start = now();
  const found = cache.get(cache.keyOf(source, compileOptions));
  if (found === undefined) throw new Error('The cache has lost the leaf.');
  const instantiated = instantiate(found.artifact, undefined, found.code);
  const end = now();
  if (!instantiated.ok) throw new Error(`V8 refuses the leaf: ${instantiated.diagnostic.message}`);
  check('the cache', evaluate(instantiated.body, found.artifact.locals), answer);
  return end - start;
}

function floor({ source, answer }: Leaf, now: Stopwatch): number {
  const start = now();
  const { body } = runnable(source, leafId);
  const end = now();
  const exports = {};
  body(exports);
  check('the floor', exports, answer);
  return end - start;
}

/** The linker's part of the module ABI, as far as a module without imports needs it. */
function evaluate(body: ModuleFunction, locals: readonly { readonly name: string }[]): object {
  const cells = locals.map(() => ({ v: undefined as unknown }));
  const running = body({
    token: {},
    bind: (rebind) => rebind(cells),
    keep: (value) => value,
    fixed: {},
    name: () => {},
    import: () => Promise.reject(new Error('The leaf imports nothing.')),
    meta: {},
    global: globalThis,
    timers: globalThis,
    loops: { left: 0, check() {} },
    define() {},
  });
  running.next();
  running.next();
  return Object.fromEntries(locals.map(({ name }, index) => [name, cells[index]?.v]));
}

function check(who: string, exports: object, answer: number): void {
  const got = probe(exports);
  if (got !== answer) throw new Error(`${who} answers ${got}, not ${answer}.`);
}
