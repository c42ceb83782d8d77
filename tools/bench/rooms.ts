// One release in many rooms: each of a game's namespaces takes it at its own moment, from code that was read and
// compiled once. What players feel is the pause of their own room, and the longest time for which all rooms together
// keep the event loop from everybody. No floor: the limit is a share of a tick.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createHook, createHost, type Host, memoryStore, type ReleaseSource, type Store } from 'rekindle';
import { type Row, rowOfWorst, unjudged } from '../door/benchmark.ts';
import { numberOf, type Options, type Values } from '../door/options.ts';
import { cpuOption, type Stopwatch, stopwatch } from './lib/stopwatch.ts';
import { type Count, edit, rootId, type WorldOptions, world } from './pause/world.ts';

export const summary = 'one release in 1,000 namespaces: the pause of each, and how long they hold the event loop';

export const options = {
  namespaces: { type: 'string', about: 'how many namespaces there are', default: '1000' },
  modules: { type: 'string', about: 'how many modules each of them has', default: '50' },
  edited: { type: 'string', about: 'how many of them are edited at once', default: '3' },
  cpu: cpuOption,
  rounds: { type: 'string', about: 'how many releases are measured', default: '8' },
  'max-pause': { type: 'string', about: 'exit 1 when the p99 of the pauses is above so many milliseconds' },
  'max-hold': { type: 'string', about: 'exit 1 when the p95 of the longest turns is above so many milliseconds' },
} satisfies Options;

const WARMUP = 2;

const PAUSE = 'the pause of a room';
const HOLD = 'the longest turn of the event loop while all rooms take a release';

export async function run({
  namespaces,
  modules,
  edited,
  cpu = false,
  rounds,
}: Values<typeof options>): Promise<Row[]> {
  const count = numberOf('namespaces', namespaces);
  const size = { modules: numberOf('modules', modules), edited: numberOf('edited', edited), instances: 300 };
  const building = new Building(size, stopwatch(cpu));
  try {
    await building.open(count);
    const holds: number[] = [];
    const whole: number[] = [];
    const pauses: number[] = [];
    for (let round = 1; round <= WARMUP + numberOf('rounds', rounds); round += 1) {
      const taken = await building.release(round);
      if (round <= WARMUP) continue;
      holds.push(taken.hold);
      whole.push(taken.whole);
      pauses.push(...taken.pauses);
    }
    return [
      rowOfWorst('rekindle', size.modules, pauses, PAUSE),
      rowOfWorst('rekindle', size.modules, holds, HOLD),
      unjudged(rowOfWorst('rekindle', size.modules, whole, `from the publish until the last of ${count} rooms has it`)),
    ];
  } finally {
    await building.close();
  }
}

export function complaint(rows: readonly Row[], limits: Values<typeof options>): string | undefined {
  const above = (what: string, limit: string | undefined, name: string, of: (row: Row) => number): string[] => {
    const row = rows.find((each) => each.case === what);
    return limit === undefined || row === undefined || of(row) <= numberOf(name, limit)
      ? []
      : [`${what}: ${of(row)} ms`];
  };
  const problems = [
    ...above(PAUSE, limits['max-pause'], 'max-pause', ({ p99 = 0 }) => p99),
    ...above(HOLD, limits['max-hold'], 'max-hold', ({ p95 }) => p95),
  ];
  return problems.length === 0 ? undefined : problems.join('; ');
}

/** A game of many rooms that follow one store. */
class Building {
  readonly #size: WorldOptions;
  readonly #now: Stopwatch;
  readonly #tick = createHook<(count: Count) => void>('tick');
  readonly #store: Store;
  readonly #host: Host;
  readonly #names: string[] = [];
  /** Texts that were read: each is compiled when it has been. */
  #reads = 0;
  #pauses: number[] = [];
  #waiting: (() => void) | undefined;

  constructor(size: WorldOptions, now: Stopwatch) {
    this.#size = size;
    this.#now = now;
    this.#store = memoryStore({ modules: world(size), keep: 2 });
    this.#host = createHost({
      stores: [this.#counted(this.#store)],
      cache: false,
      lastKnownGood: false, // it reads texts to keep them
      modules: { '@bench/game': { onTick: this.#tick.add } },
    });
  }

  async open(count: number): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      const name = `room-${index}`;
      await this.#host.namespace(name, { entries: [rootId], activate: (apply) => this.#activate(apply) });
      this.#names.push(name);
    }
    check(this.#reads === this.#size.modules, `${this.#reads} texts were read for ${this.#size.modules} modules`);
    await this.#host.start({ entries: [] });
  }

  /** Publishes, and waits until every room has it. */
  async release(version: number): Promise<{ hold: number; whole: number; pauses: readonly number[] }> {
    this.#pauses = [];
    this.#reads = 0;
    let isDone = false;
    const done = new Promise<void>((resolve) => {
      this.#waiting = resolve;
    }).then(() => {
      isDone = true;
    });
    const start = this.#now();
    await this.#store.publish(edit(version, this.#size), { expected: version });
    let hold = 0;
    for (let last = this.#now(); !isDone; ) {
      await nextTurn();
      const turned = this.#now();
      hold = Math.max(hold, turned - last);
      last = turned;
    }
    await done;
    const whole = this.#now() - start;
    check(this.#reads === this.#size.edited, `${this.#reads} texts were read for ${this.#size.edited} modules`);
    for (const name of this.#names) this.#look(name, version);
    return { hold, whole, pauses: this.#pauses };
  }

  #activate(apply: () => unknown): void {
    const start = this.#now();
    apply();
    this.#pauses.push(this.#now() - start);
    if (this.#pauses.length === this.#names.length) this.#waiting?.();
  }

  close(): Promise<void> {
    return this.#host.close();
  }

  #look(name: string, version: number): void {
    const { modules, edited, instances } = this.#size;
    let [entries, current, alive] = [0, 0, 0];
    this.#tick.for(name).call((each, count) => {
      entries += 1;
      if (each !== version) return;
      current += 1;
      alive += count;
    });
    check(entries === modules && current === edited, `${current} of ${entries} modules of ${name} are current`);
    check(alive === instances, `${alive} objects live in ${name}`);
  }

  #counted(store: Store): ReleaseSource {
    return {
      name: store.name,
      head: (given) => store.head(given),
      manifest: (hash, given) => store.manifest(hash, given),
      watch: (wake, given) => store.watch(wake, given),
      read: (id, revision, given) => {
        this.#reads += 1;
        return store.read(id, revision, given);
      },
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    };
  }
}

function check(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(`The result is wrong: ${otherwise}.`);
}
