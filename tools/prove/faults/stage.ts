// A graph on a host whose transactions fail where they are told to.
import { EventEmitter } from 'node:events';
import { PARTICIPANTS } from '@rekindle/reload';
import { VirtualClock } from '@rekindle/state';
import {
  createHook,
  createHost,
  createRegistry,
  type Host,
  memoryStore,
  type Outcome,
  type RekindleEvent,
} from 'rekindle';
import type { Graph } from './graphs.ts';
import { POINTS_MODULE, withPoints } from './instrument.ts';
import { type Live, ofExports, type Picture } from './picture.ts';
import { type Fault, Points, type Reached } from './points.ts';
import { faultyParticipants, faultyStep, faultyStore, faultyTransform, pointsModule } from './powers.ts';

/** How the game chooses the moment of the swap. */
export type Moment = 'at once' | 'throws before' | 'throws after' | 'never';

/** What became of a change. */
export interface Taken {
  readonly outcome: Outcome | { readonly status: 'rejected'; readonly error: Error };
  readonly reached: readonly Reached[];
  readonly events: readonly RekindleEvent[];
  /** Warnings of the process. */
  readonly warnings: readonly string[];
}

/** Turns of the event loop without anything new, after which nothing is expected. */
const QUIET = 20;

/** The parts of a picture, in words. */
export type Shape = ReadonlyMap<string, string>;

/** How one failure is tried; gives what is wrong. */
export interface Trial {
  readonly name: string;
  run(): Promise<string[]>;
}

/** @param instrumented whether the author's code is full of points */
export async function onStage<Result>(
  graph: Graph,
  instrumented: boolean,
  act: (stage: Stage) => Promise<Result>,
): Promise<Result> {
  const stage = new Stage(graph, instrumented);
  try {
    await stage.load();
    return await act(stage);
  } finally {
    await stage.close();
  }
}

export class Stage {
  readonly #graph: Graph;
  readonly #text: (text: string) => string;
  readonly #hook = createHook<(called: string[]) => void>('roll');
  readonly #registry = createRegistry<object>('definitions');
  readonly #bus = new EventEmitter();
  readonly #points = new Points();
  readonly #store = memoryStore();
  readonly #clock = new VirtualClock();
  readonly #host: Host;
  /** What stands: effects that are set up and not cleaned up again. */
  readonly #standing = new Set<string>();
  #heard: string[] = [];
  #events: RekindleEvent[] = [];
  #published = false;
  #moment: Moment = 'at once';
  #apply: (() => Outcome) | undefined;
  /** Where functions wait that are in flight. */
  #gates: (() => void)[] = [];

  /** @param instrumented whether the author's code is full of points */
  constructor(graph: Graph, instrumented: boolean) {
    this.#graph = graph;
    this.#text = instrumented ? withPoints : (text) => text;
    this.#host = createHost({
      stores: [faultyStore(this.#store, this.#points)],
      clock: this.#clock,
      cache: false,
      limits: { activate: 60_000, prepare: 60_000 }, // a busy machine is no endless loop
      resolve: [faultyStep(this.#points)],
      transforms: { '.rows': faultyTransform(this.#points) },
      [PARTICIPANTS]: (participants) => faultyParticipants(participants, this.#points),
      activate: (apply) => this.#activate(apply),
      modules: {
        [POINTS_MODULE]: pointsModule(this.#points),
        '@proof/api': {
          onRoll: this.#hook.add,
          define: this.#registry.set,
          bus: this.#bus,
          log: (text: string) => this.#log(text),
          gate: () => new Promise<void>((resolve) => this.#gates.push(resolve)),
        },
      },
    });
    this.#host.events$.subscribe((event) => this.#events.push(event));
  }

  async load(): Promise<void> {
    const { modules, entries } = this.#graph;
    await this.#publish(modules);
    for (const entry of entries) await this.#host.import(entry);
    await this.#clock.advance(10);
    for (const live of await this.lives()) (live['wait'] as { after(ms: number): void } | undefined)?.after(2_500);
    await this.#clock.advance(10);
    for (const { bump } of await this.lives()) (bump as (() => void) | undefined)?.();
  }

  close(): Promise<void> {
    return this.#host.close();
  }

  /** The change, with failures; without any, it is to commit. */
  async change(faults: readonly Fault[] = [], moment: Moment = 'at once'): Promise<Taken> {
    await this.#clock.advance(0);
    this.#events = [];
    this.#moment = moment;
    const warnings: string[] = [];
    const warn = (warning: Error) => warnings.push(warning.message);
    process.on('warning', warn);
    this.#points.arm(faults);
    try {
      const outcome = await this.#take().catch((error: Error) => ({ status: 'rejected', error }) as const);
      await this.#rest(); // warnings come later, too
      return { outcome, reached: this.#points.disarm(), events: this.#events, warnings };
    } finally {
      process.off('warning', warn);
    }
  }

  /** Publishes what the change will take, with some of it otherwise. */
  async publish(otherwise: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#published = true;
    await this.#publish({ ...this.#graph.change, ...otherwise });
  }

  /** A release that takes the place of the one that waits: the same modules, and one that nobody loads. */
  async supersede(): Promise<Outcome> {
    this.#moment = 'at once';
    await this.#publish({ 'nobody.ts': '' });
    return this.#host.sync();
  }

  /** Resolves when a change waits for its moment; gives its `apply`. */
  async waiting(): Promise<() => Outcome> {
    while (this.#apply === undefined) await new Promise((resolve) => setImmediate(resolve));
    return this.#apply;
  }

  #activate(apply: () => Outcome): void {
    this.#apply = apply;
    if (this.#moment === 'throws before') throw new Error('the game is busy');
    if (this.#moment !== 'never') apply();
    if (this.#moment === 'throws after') throw new Error('the game stumbled');
  }

  async #take(): Promise<Outcome> {
    const { how = 'sync' } = this.#graph;
    if (how === 'unload') return this.#host.unload('a.ts', { cascade: true });
    if (how === 'reload all') return this.#host.reloadAll();
    if (!this.#published) await this.publish();
    return this.#host.sync();
  }

  async #publish(changes: Readonly<Record<string, string | null>>): Promise<void> {
    const texts = Object.entries(changes).map(
      ([id, text]) => [id, text === null || !id.endsWith('.ts') ? text : this.#text(text)] as const,
    );
    await this.#store.publish(new Map(texts), { expected: (await this.#store.head())?.number ?? 0 });
  }

  /** Calls functions that wait; what comes back lets them go on, and says what is wrong with what they then do. */
  async flows(): Promise<() => Promise<string[]>> {
    const lives = (await this.lives()).filter((live) => typeof live['flow'] === 'function');
    const flows = lives.map((live) => ({
      live,
      text: (live['text'] as () => string)(),
      count: live['count'] as number,
      running: (live['flow'] as () => Promise<string>)(),
    }));
    return async () => {
      for (const open of this.#gates.splice(0)) open();
      const wrong: string[] = [];
      for (const { live, text, count, running } of flows) {
        const result = await running;
        if (result !== `${text} ${count + 1}`) wrong.push(`a function in flight of '${text}' gave '${result}'`);
        if (live['count'] !== count + 1) wrong.push(`what it wrote is not seen: ${count} became ${live['count']}`);
      }
      const called = this.#called();
      for (const [place, name] of called.entries()) {
        if (name.endsWith(' late') && called[place - 1] !== name.slice(0, -5))
          wrong.push(`out of place: ${called.join()}`);
      }
      return wrong;
    };
  }

  /** @param views the live views, where the host cannot be asked: what is about to leave is not given any more */
  async picture(views?: readonly Live[]): Promise<Picture> {
    const lives = views ?? (await this.lives());
    return [
      ['release', this.#host.release.number, this.#host.release.hash],
      ['modules', ...this.#host.modules().map(({ id, revision, importers }) => [id, revision, ...importers])],
      ['live views', ...lives],
      ['exports', ...lives.map((live, index) => [this.#graph.entries[index], ...ofExports(live)])],
      ['hook', ...this.#called()],
      ['registry', ...[...this.#registry.entries()].map(([key, value]) => [key, value])],
      ['listeners', this.#bus.listenerCount('event'), ...this.#hear()],
      ['hot', ...this.#told()],
      ['effects', ...[...this.#standing].sort()],
      ['timers', ...this.#clock.due],
    ];
  }

  /** What is left to later turns is done, be it by a transaction that follows another one: nothing more is reached. */
  async #rest(): Promise<void> {
    for (let turns = 0, count = this.#points.count; turns < QUIET; turns += 1) {
      await this.#clock.advance(0);
      await new Promise((resolve) => setImmediate(resolve));
      if (count === this.#points.count && this.#clock.due.every((time) => time > this.#clock.now())) continue;
      count = this.#points.count;
      turns = 0;
    }
  }

  /** What the new version looks like, without identities: two hosts can be compared, part by part. */
  async shape(): Promise<Shape> {
    await this.#rest();
    const exports = (await this.lives()).map((live) =>
      Object.entries(live).map(([name, value]) => [name, typeof value]),
    );
    const parts = {
      modules: this.#host.modules().map(({ id, importers }) => [id, importers]),
      exports,
      hook: this.#called(),
      registry: [...this.#registry.keys()],
      listeners: this.#hear(),
      hot: this.#told(),
      effects: [...this.#standing].sort(),
      timers: this.#clock.due,
    };
    return new Map(Object.entries(parts).map(([part, value]) => [part, JSON.stringify(value)]));
  }

  /** What scripts have left behind in the game. */
  left(): string[] {
    return [...this.#called(), ...this.#registry.keys(), ...this.#hear(), ...this.#standing];
  }

  #called(): string[] {
    const called: string[] = [];
    this.#hook.call(called);
    return called;
  }

  /** Who hears an event through `import.meta.hot.on`. */
  #told(): string[] {
    const called: string[] = [];
    this.#host.send('roll', called);
    return called;
  }

  #hear(): string[] {
    this.#heard = [];
    this.#bus.emit('event');
    return this.#heard;
  }

  /** The live views of the entries. */
  async lives(): Promise<Live[]> {
    const loaded = new Set(this.#host.modules().map(({ id }) => id));
    const entries = this.#graph.entries.filter((id) => loaded.has(id));
    return Promise.all(entries.map((id) => this.#host.import(id) as Promise<Live>));
  }

  #log(text: string): void {
    if (text.endsWith(' up')) this.#standing.add(text.slice(0, -3));
    else if (text.endsWith(' down')) this.#standing.delete(text.slice(0, -5));
    else this.#heard.push(text);
  }
}
