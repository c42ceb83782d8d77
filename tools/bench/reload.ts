// From the call to the new function being called: one leaf of a running graph is edited.
//
// What is timed begins when the edit stands in the store, and ends when the game, through the namespace object that it
// has held since the start, has called the new function and has its result. The result is checked each time.
//
// A case of its own is an edit whose publisher has put the compiled module into the store beside the text, so that the
// host does not compile.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createHost, memoryStore } from 'rekindle';
import { type Row, ratios, row } from '../door/benchmark.ts';
import { numberOf, type Options, UsageError, type Values } from '../door/options.ts';
import { type Contender, interleave } from '../door/statistics.ts';
import { floor } from './lib/floor.ts';
import { type GraphOptions, graph, rootId } from './lib/graph.ts';
import { type Edit as Kind, type Leaf, type LeafOptions, leaf, leafId, probe } from './lib/leaf.ts';
import { startPublisher } from './lib/publisher.ts';
import { cpuOption, type Stopwatch, stopwatch } from './lib/stopwatch.ts';
import { type Peer, startPeers } from './peers/start.ts';

export const summary = 'an edit of one leaf, to the first call of the new function';

export const options = {
  modules: { type: 'string', about: 'sizes of the graph, with commas between', default: '10,1000' },
  importers: { type: 'string', about: 'who imports the leaf: one, all, or both after each other', default: 'both' },
  edit: { type: 'string', about: 'what is edited: number, statement, or both after each other', default: 'both' },
  calls: { type: 'boolean', about: "let the leaf's top level call something: it then runs under a time limit" },
  compiled: { type: 'string', about: 'who compiles: host, publisher, or both after each other', default: 'both' },
  'max-stored-ratio': { type: 'string', about: 'exit 1 when a publisher has compiled, and it is more of the floor' },
  cpu: cpuOption,
  peers: { type: 'boolean', about: 'compare with other tools too; installs them into node_modules/.cache' },
  rounds: { type: 'string', about: 'how many edits are measured for each size', default: '300' },
} satisfies Options;

/**
 * Rounds of a process before the first that counts, for each kind of edit: what runs once in a reload is compiled by V8's
 * optimising compiler only after some thousand of them.
 */
const FIRST_WARMUP = 5_000;
/** Beside other tools, some of which take a tenth of a second for each. */
const WARMUP_OF_PEERS = 1_000;
/** For each further graph: V8 has optimised the code for the objects of the one before, and does so again. */
const WARMUP = 3_000;
const warm = new Set<string>();

/** No two edits of a process are alike, so that no cache of V8 answers: each shape of graph has a series of its own. */
let series = 1;
type Edit = (round: number) => Leaf;

export async function run(values: Values<typeof options>): Promise<Row[]> {
  const { modules, importers, edit, compiled, calls = false, cpu = false, peers = false } = values;
  if (!['one', 'all', 'both'].includes(importers)) {
    throw new UsageError(`--importers takes one, all or both, not '${importers}'.`);
  }
  if (!['number', 'statement', 'both'].includes(edit)) {
    throw new UsageError(`--edit takes number, statement or both, not '${edit}'.`);
  }
  if (!['host', 'publisher', 'both'].includes(compiled)) {
    throw new UsageError(`--compiled takes host, publisher or both, not '${compiled}'.`);
  }
  if (cpu && peers) throw new UsageError('--cpu counts what this process uses; peers have processes of their own.');
  const course: Omit<Course, 'edit' | 'compiled'> = {
    calls,
    peers,
    now: stopwatch(cpu),
    rounds: numberOf('rounds', values.rounds),
  };
  const rows: Row[] = [];
  for (const size of modules.split(',').map((part) => numberOf('modules', part))) {
    for (const who of ['one', 'all'] as const) {
      if (importers !== 'both' && importers !== who) continue;
      for (const kind of ['number', 'statement'] as const) {
        if (edit !== 'both' && edit !== kind) continue;
        for (const by of ['host', 'publisher'] as const) {
          if (compiled !== 'both' && compiled !== by) continue;
          rows.push(...(await measure({ modules: size, importers: who }, { ...course, edit: kind, compiled: by })));
        }
      }
    }
  }
  return rows;
}

/** A goal of its own: that of the others is a host that compiles. */
export function complaint(rows: readonly Row[], { 'max-stored-ratio': limit }: Values<typeof options>) {
  if (limit === undefined) return undefined;
  const most = numberOf('max-stored-ratio', limit);
  const above = ratios(rows).find(({ case: what, ratio }) => what?.endsWith(STORED) === true && ratio > most);
  return above && `${above.ratio.toFixed(2)} of the floor at ${above.modules} modules, ${above.case}; at most ${most}`;
}

const STORED = ', from a stored artifact';

interface Course extends LeafOptions {
  readonly edit: Kind;
  /** Whose process compiles. */
  readonly compiled: 'host' | 'publisher';
  readonly now: Stopwatch;
  readonly peers: boolean;
  readonly rounds: number;
}

async function measure(shape: GraphOptions, { now, peers, rounds, compiled, ...options }: Course): Promise<Row[]> {
  const kind = `a ${options.edit} edited${compiled === 'host' ? '' : STORED}`;
  const warmup = peers ? WARMUP_OF_PEERS : warm.has(kind) ? WARMUP : FIRST_WARMUP;
  warm.add(kind);
  const first = series + warmup;
  series = first + rounds;
  const edit: Edit = (round) => leaf(first + round, options);
  const texts = graph(shape);
  const rekindle = await startRekindle(texts, edit, now, compiled);
  const others = peers && compiled === 'host' ? await startPeers(texts, edit) : [];
  try {
    const samples = await interleave([rekindle, theFloor(edit, now), ...others], { rounds, warmup });
    return [...samples].map(([name, times]) =>
      row(name, shape.modules, times, `${shape.importers} importing, ${kind}`),
    );
  } finally {
    for (const contender of [rekindle, ...others]) await contender.close();
  }
}

async function startRekindle(
  texts: Readonly<Record<string, string>>,
  edit: Edit,
  now: Stopwatch,
  compiled: Course['compiled'],
): Promise<Peer> {
  const store = memoryStore({ modules: texts, keep: 2 });
  const cache = await mkdtemp(join(tmpdir(), 'rekindle-bench-cache-')); // as a game has it, and empty
  const host = createHost({ stores: [store], cache });
  await host.import(rootId);
  const live = await host.import(leafId);
  const publisher = compiled === 'publisher' ? startPublisher() : undefined;
  const prepare = async (round: number) => {
    const head = await store.head();
    const changes = new Map([[leafId, edit(round).source]]);
    if (publisher !== undefined) await store.artifacts?.write(await publisher.compile(changes));
    await store.publish(changes, { expected: head?.number ?? 0 });
    await nextTurn(); // what the last commit left to do is done
  };
  const measure = async (round: number) => {
    const { answer } = edit(round);
    const start = now();
    const outcome = await host.sync();
    const got = probe(live);
    const end = now();
    if (got !== answer) throw new Error(`rekindle answers ${got}, not ${answer}; the reload was ${outcome.status}.`);
    return end - start;
  };
  const close = async () => {
    await host.close();
    await publisher?.close();
    await rm(cache, { recursive: true });
  };
  return { name: 'rekindle', prepare, measure, close };
}

const theFloor = (edit: Edit, now: Stopwatch): Contender => ({
  name: 'floor',
  measure(round) {
    const { source, answer } = edit(round);
    const start = now();
    const got = probe(floor(source, leafId));
    const end = now();
    if (got !== answer) throw new Error(`The floor answers ${got}, not ${answer}.`);
    return end - start;
  },
});
