// How long players wait: the synchronous part of a reload that changes code alone, and the longest time for which the
// event loop is held while a release of larger modules is read, compiled and linked. No floor: the limit is a share of
// a tick.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createHook, createHost, memoryStore, type Outcome } from 'rekindle';
import { type Row, rowOfWorst } from '../door/benchmark.ts';
import { numberOf, type Options, type Values } from '../door/options.ts';
import { cpuOption, type Stopwatch, stopwatch } from './lib/stopwatch.ts';
import { large } from './pause/large.ts';
import { type Count, edit, rootId, type WorldOptions, world } from './pause/world.ts';

export const summary = 'how long a reload of 20 of 500 modules, and its preparation, hold the event loop';

export const options = {
  modules: { type: 'string', about: 'how many modules there are', default: '500' },
  edited: { type: 'string', about: 'how many of them are edited at once', default: '20' },
  instances: { type: 'string', about: 'how many instances of their classes live', default: '100000' },
  bytes: { type: 'string', about: 'size of the largest module in the release that is prepared', default: '30000' },
  cpu: cpuOption,
  // of fewer, p99 would be the second longest: a collection of V8, and not the case
  rounds: { type: 'string', about: 'how many releases are measured', default: '400' },
  'max-ms': { type: 'string', about: 'exit 1 when one p99 is above so many milliseconds' },
} satisfies Options;

const WARMUP = 20;

export async function run({
  modules,
  edited,
  instances,
  bytes,
  cpu = false,
  rounds,
}: Values<typeof options>): Promise<Row[]> {
  const size = {
    modules: numberOf('modules', modules),
    edited: numberOf('edited', edited),
    instances: numberOf('instances', instances),
  };
  const count = numberOf('rounds', rounds);
  const now = stopwatch(cpu);
  // first: what is left of a hundred thousand instances would be V8's to look through at each collection
  const held = await holds(size.edited, numberOf('bytes', bytes), count, now);
  return [...(await pauses(size, count, now)), held];
}

export function complaint(rows: readonly Row[], { 'max-ms': limit }: Values<typeof options>): string | undefined {
  if (limit === undefined) return undefined;
  const most = numberOf('max-ms', limit);
  const above = rows.filter(({ p99 = 0 }) => p99 > most).map((row) => row.case);
  return above.length === 0 ? undefined : `more than ${most} ms at p99: ${above.join('; ')}`;
}

/** What the game's `activate` sees: everything between its call of `apply` and the return. */
async function pauses(size: WorldOptions, rounds: number, now: Stopwatch): Promise<Row[]> {
  const tick = createHook<(count: Count) => void>('tick');
  const store = memoryStore({ modules: world(size), keep: 2 });
  let held = 0;
  const host = createHost({
    stores: [store],
    cache: false,
    modules: { '@bench/game': { onTick: tick.add } },
    activate: (apply) => {
      const start = now();
      apply();
      held = now() - start;
    },
  });
  const root = (await host.import(rootId)) as { reach(): number };
  const measured: number[] = [];
  const told: number[] = [];
  for (let round = 1; round <= WARMUP + rounds; round += 1) {
    await store.publish(edit(round, size), { expected: round });
    const outcome = committed(await host.sync());
    check(outcome.evaluated.length === size.edited, `${outcome.evaluated.length} modules ran`);
    let [edited, entries, alive] = [0, 0, 0];
    tick.call((version, instances) => {
      entries += 1;
      if (version === round) edited += 1;
      if (version > 0) alive += instances;
    });
    check(entries === size.modules && root.reach() === size.modules, `${entries} modules answer the hook`);
    check(edited === size.edited && alive === size.instances, `${edited} modules, ${alive} instances are there`);
    if (round <= WARMUP) continue;
    measured.push(held);
    told.push(outcome.pause);
  }
  await host.close();
  return [
    rowOfWorst('rekindle', size.modules, measured, `the swap of ${size.edited} modules`),
    rowOfWorst('rekindle', size.modules, told, `the same, as its outcome tells`),
  ];
}

/** The longest turn of the event loop from the call to the moment when the release is ready to be swapped. */
async function holds(edited: number, bytes: number, rounds: number, now: Stopwatch): Promise<Row> {
  const texts = (version: number) =>
    Array.from({ length: edited }, (_, index) => {
      const text = large(version * edited + index, (bytes * (index + 1)) / edited);
      return [`large/${index}.ts`, text] as const;
    });
  const root = texts(0).map(([id], index) => `export { version as version${index} } from './${id}';`);
  const store = memoryStore({ modules: { ...Object.fromEntries(texts(0)), 'main.ts': root.join('\n') }, keep: 2 });
  let longest = 0;
  let apply: (() => Outcome) | undefined;
  const host = createHost({
    stores: [store],
    cache: false,
    activate: (ready) => {
      apply = ready;
    },
  });
  const live = (await host.import('main.ts')) as Record<string, number>;
  const measured: number[] = [];
  for (let round = 1; round <= WARMUP + rounds; round += 1) {
    await store.publish(new Map(texts(round)), { expected: round });
    apply = undefined;
    longest = 0;
    const syncing = host.sync();
    for (let last = now(); apply === undefined; ) {
      await nextTurn();
      const turned = now();
      longest = Math.max(longest, turned - last);
      last = turned;
    }
    (apply as () => Outcome)();
    committed(await syncing);
    check(live[`version${edited - 1}`] === round * edited + edited - 1, 'the last module is an old one');
    if (round > WARMUP) measured.push(longest);
  }
  await host.close();
  return rowOfWorst('rekindle', edited + 1, measured, `the preparation of ${edited} modules of up to ${bytes} bytes`);
}

function committed(outcome: Outcome): Extract<Outcome, { status: 'committed' }> {
  if (outcome.status !== 'committed') throw new Error(`A reload was ${outcome.status}: ${JSON.stringify(outcome)}`);
  return outcome;
}

function check(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(`The result is wrong: ${otherwise}.`);
}
