// What state costs: the pause of a reload that keeps a thousand slots, that migrates a hundred thousand objects, or that
// leaves them to their class; a hook against a loop over the same functions; and how long a snapshot holds the game.
//
// The floor of a hook is the plain loop that does as little: each callback in a `try`, nobody told whose it is. What is
// called takes about 100 ns: an empty function would measure a call instead of what games call. The floor
// of slots is the same module without them, that of a snapshot V8's own serializer on the same data. The other rows have
// none: their limit is what players stand.
import { deserialize, serialize, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createHook, createHost, memoryStore, type Outcome } from 'rekindle';
import { type Row, row, rowOfWorst, unjudged } from '../door/benchmark.ts';
import { numberOf, type Options, type Values } from '../door/options.ts';
import { interleave } from '../door/statistics.ts';
import { cpuOption, type Stopwatch, stopwatch } from './lib/stopwatch.ts';

export const summary = 'slots, migrations, hooks and snapshots: pauses and costs';

export const options = {
  slots: { type: 'string', about: 'how many slots a module keeps', default: '1000' },
  objects: { type: 'string', about: 'how many objects a migration changes', default: '100000' },
  megabytes: { type: 'string', about: 'how large the snapshot is', default: '100' },
  rounds: { type: 'string', about: 'how often each is measured', default: '9' },
  only: { type: 'string', about: 'slots, migration, hook or snapshot: that part alone' },
  cpu: cpuOption,
  'max-upgrade': { type: 'string', about: 'exit 1 when leaving objects to their class pauses longer, in milliseconds' },
} satisfies Options;

const BY_CLASS = 'the pause, each given its field by the class on first touch';
const SCRIPT = "import { state } from 'rekindle/script';\n";

export async function run({
  slots,
  objects,
  megabytes,
  rounds,
  only,
  cpu = false,
}: Values<typeof options>): Promise<Row[]> {
  const times = numberOf('rounds', rounds);
  const now = stopwatch(cpu);
  const parts: Record<string, () => Promise<Row[]>> = {
    slots: () => keepSlots(numberOf('slots', slots), times),
    migration: () => migrate(numberOf('objects', objects), times),
    hook: () => callHook(times, now),
    snapshot: () => save(numberOf('megabytes', megabytes), Math.min(times, 3), now),
  };
  const rows: Row[] = [];
  for (const [name, part] of Object.entries(parts))
    if (only === undefined || only === name) rows.push(...(await part()));
  return rows;
}

export function complaint(rows: readonly Row[], { 'max-upgrade': most }: Values<typeof options>): string | undefined {
  const upgrade = rows.find(({ case: what }) => what?.endsWith(BY_CLASS));
  if (most === undefined || upgrade === undefined || upgrade.p50 <= numberOf('max-upgrade', most)) return undefined;
  return `leaving objects to their class pauses for ${upgrade.p50.toFixed(1)} ms, more than ${most}.`;
}

/** A host whose one module is edited. */
async function game(text: (edit: number) => string) {
  const store = memoryStore({ modules: { 'a.ts': text(0) } });
  const host = createHost({
    stores: [store],
    cache: false,
    probation: false,
    limits: { activate: 60_000, loop: 60_000 },
  });
  const module = (await host.import('a.ts')) as Record<string, unknown>;
  let edit = 0;
  return {
    host,
    module,
    async pause(): Promise<number> {
      edit += 1;
      await store.publish(new Map([['a.ts', text(edit)]]), { expected: edit });
      return pauseOf(await host.sync());
    },
  };
}

function pauseOf(outcome: Outcome): number {
  if (outcome.status !== 'committed') throw new Error(`A reload was ${outcome.status}.`);
  return outcome.pause;
}

async function keepSlots(count: number, rounds: number): Promise<Row[]> {
  const names = Array.from({ length: count }, (_, index) => index);
  const made = (make: (index: number) => string) => (edit: number) =>
    `${SCRIPT}export const edit = ${edit};\nexport const all = [${names.map(make).join(',\n')}];`;
  const kept = await game(made((index) => `state('slot${index}', () => ({ value: ${index} }))`));
  const anew = await game(made((index) => `(() => ({ value: ${index} }))()`));
  const samples = await interleave(
    [
      { name: 'rekindle', measure: () => kept.pause() },
      { name: 'floor', measure: () => anew.pause() },
    ],
    { rounds, warmup: 3 },
  );
  await Promise.all([kept.host.close(), anew.host.close()]);
  const what = `the pause of an edit, ${count} slots kept`;
  return [...samples].map(([name, sample]) => ({ ...unjudged(row(name, 1, sample, what)), max: Math.max(...sample) }));
}

async function migrate(count: number, rounds: number): Promise<Row[]> {
  const field = (edit: number) => (edit === 0 ? '' : `; field${edit} = ${edit}`);
  const goblins = (version: number, more: string, edit: number) => `${SCRIPT}
export class Goblin { hp = 10; name = 'snag'${more} }
export const edit = ${edit};
export const herd = state('herd', () => Array.from({ length: ${count} }, () => new Goblin()), {
  version: ${version}, up: { ${Math.max(version, 2)}: (old) => old.map((one) => Object.assign(new Goblin(), one, { rank: ${edit} })) } });`;
  const migrated = await game((edit) => goblins(edit + 1, '', edit));
  const upgraded = await game((edit) => goblins(1, field(edit), edit));
  const pauses: Record<'migrated' | 'upgraded', number[]> = { migrated: [], upgraded: [] };
  const touches: number[] = [];
  const herd = upgraded.module.herd as Record<string, number>[];
  for (let round = 1; round <= rounds; round += 1) {
    pauses.migrated.push(await migrated.pause());
    pauses.upgraded.push(await upgraded.pause());
    const start = performance.now();
    for (const one of herd) if (one[`field${round}`] !== round) throw new Error('An object was not given its field.');
    touches.push(performance.now() - start);
  }
  const { herd: now } = migrated.module as { herd: { rank: number }[] };
  if (now.length !== count || now.some(({ rank }) => rank !== rounds)) throw new Error('Not all were migrated.');
  await Promise.all([migrated.host.close(), upgraded.host.close()]);
  return [
    rowOfWorst('rekindle', 1, pauses.migrated, `${count} objects: the pause, made anew by 'up' of their slot`),
    rowOfWorst('rekindle', 1, pauses.upgraded, `${count} objects: ${BY_CLASS}`),
    unjudged(rowOfWorst('rekindle', 1, touches, `${count} objects: the first touch of all of them, later`)),
  ];
}

async function callHook(rounds: number, now: Stopwatch): Promise<Row[]> {
  const CALLS = 20_000;
  const rows: Row[] = [];
  for (const modules of [100, 10, 1]) {
    const tick = createHook<(dt: number) => void>('tick');
    const counts: { n: number }[] = [];
    const plain: ((dt: number) => void)[] = [];
    const texts = Array.from({ length: modules }, (_, index) => [
      `m${index}.ts`,
      "import { onTick } from '@bench';\nexport const count = { n: 0, x: 0 };\nexport const step = (dt: number) => { let x = dt; for (let i = 0; i < 50; i++) x = (Math.imul(x, 1103515245) + i) | 0; count.n += 1; count.x = x; };\nonTick(step);",
    ]);
    const store = memoryStore({ modules: Object.fromEntries(texts) as Record<string, string> });
    const host = createHost({ stores: [store], cache: false, modules: { '@bench': { onTick: tick.add } } });
    for (const [id] of texts) {
      const { count, step } = (await host.import(id as string)) as { count: { n: number }; step: (dt: number) => void };
      counts.push(count);
      plain.push(step);
    }
    growOld();
    const turns = Math.ceil(CALLS / modules) * 10;
    const loop = () => {
      for (let turn = 0; turn < turns; turn++) {
        for (let index = 0; index < plain.length; index++) {
          try {
            (plain[index] as (dt: number) => void)(1);
          } catch (error) {
            console.error(error);
          }
        }
      }
    };
    const hook = () => {
      for (let turn = 0; turn < turns; turn++) tick.call(1);
    };
    const measure = (run: () => void) => {
      const before = counts[0]?.n ?? 0;
      const start = now();
      run();
      const time = now() - start;
      if (counts.some(({ n }) => n - before !== turns)) throw new Error('Not every callback was called.');
      return time;
    };
    const samples = await interleave(
      [
        { name: 'rekindle', measure: () => measure(hook) },
        { name: 'floor', measure: () => measure(loop) },
      ],
      { rounds: Math.max(rounds, 15), warmup: 5 },
    );
    await host.close();
    const floor = [...(samples.get('floor') ?? [])].sort((a, b) => a - b);
    const nanoseconds = (((floor[floor.length >> 1] ?? 0) * 1e6) / turns / modules).toFixed(0);
    rows.push(
      ...[...samples].map(([name, sample]) =>
        row(name, modules, sample, `${turns} calls of a hook, one callback in each module, of ${nanoseconds} ns`),
      ),
    );
  }
  return rows;
}

/**
 * A version lives for minutes: V8 has put its objects among the old ones long since. While they are young, each note of
 * whose callback runs is a note for the collector too, 10 ns that no game pays after its first second.
 */
function growOld(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
}

async function save(megabytes: number, rounds: number, now: Stopwatch): Promise<Row[]> {
  const text = `${SCRIPT}
export class Item { id = 0; kind = 'sword'; worth = 1.5; owner = 'somebody'; place = { x: 0, y: 0 }; }
export const items = state('items', () => new Map<number, Item>());
export const fill = (from: number, to: number) => {
  for (let id = from; id < to; id++) items.set(id, Object.assign(new Item(), { id, owner: 'player-' + (id % 1000), place: { x: id, y: -id } }));
};`;
  const host = createHost({
    stores: [memoryStore({ modules: { 'a.ts': text } })],
    cache: false,
    limits: { loop: 60_000 },
  });
  const { fill, items } = (await host.import('a.ts')) as {
    fill(from: number, to: number): void;
    items: Map<number, { place: object }>;
  };
  const STEP = 50_000;
  let snapshot = await host.snapshot();
  for (let from = 0; snapshot.bytes.length < megabytes * 1e6; from += STEP) {
    fill(from, from + STEP);
    if (from % (STEP * 4) === 0 || snapshot.bytes.length > megabytes * 0.8e6) snapshot = await host.snapshot();
  }
  // the same data without classes, as V8 alone writes it: neither looked at for what would be lost, nor safe from depth
  const plain = new Map([...items].map(([id, item]) => [id, { ...item, place: { ...item.place } }]));
  const saves: number[] = [];
  const restores: number[] = [];
  const written: number[] = [];
  const read: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = now();
    snapshot = await host.snapshot();
    saves.push(now() - start);
    const next = createHost({ stores: [memoryStore({ modules: { 'a.ts': text } })], cache: false, restore: snapshot });
    const begin = now();
    const restored = (await next.import('a.ts')) as { items: Map<number, object> };
    restores.push(now() - begin);
    if (restored.items.size !== items.size) throw new Error('Not all came back.');
    await next.close();
    const floor = now();
    const bytes = serialize(plain);
    written.push(now() - floor);
    const back = now();
    deserialize(bytes);
    read.push(now() - back);
  }
  await host.close();
  const what = `${(snapshot.bytes.length / 1e6).toFixed(0)} MB, ${items.size} instances`;
  return [
    row('rekindle', 1, saves, `a snapshot of ${what}`),
    row('floor', 1, written, `a snapshot of ${what}`),
    unjudged(row('rekindle', 1, restores, `a start that restores ${what}`)),
    unjudged(row('floor', 1, read, `a start that restores ${what}`)),
  ];
}
