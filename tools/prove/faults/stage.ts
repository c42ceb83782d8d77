// A graph on a host whose transactions fail where they are told to.
import { EventEmitter } from 'node:events';
import { PARTICIPANTS, type Participant } from '@rekindle/reload';
import { createHook, createRegistry, type Outcome } from 'rekindle';
import { createTestHost, type TestHost } from 'rekindle/testing';
import type { Graph } from './graphs.ts';
import { type Live, ofExports, type Picture } from './picture.ts';

/** Before or after a participant has applied. */
export interface Fault {
  readonly participant: string;
  readonly point: 'before' | 'after';
}

export class Stage {
  readonly #graph: Graph;
  readonly #hook = createHook<(called: string[]) => void>('roll');
  readonly #registry = createRegistry<object>('definitions');
  readonly #bus = new EventEmitter();
  /** What stands: effects that are set up and not cleaned up again. */
  readonly #standing = new Set<string>();
  #heard: string[] = [];
  #fault: Fault | undefined;
  #published = false;
  /** Where functions wait that are in flight. */
  #gates: (() => void)[] = [];
  /** Names of the participants of the last transaction. */
  participants: readonly string[] = [];
  #t: TestHost | undefined;

  constructor(graph: Graph) {
    this.#graph = graph;
  }

  async load(): Promise<void> {
    const { modules, entries } = this.#graph;
    const t = await createTestHost(modules, {
      limits: { activate: 60_000, prepare: 60_000 }, // a busy machine is no endless loop
      [PARTICIPANTS]: (participants) => this.#wrap(participants),
      modules: {
        '@proof/api': {
          onRoll: this.#hook.add,
          define: this.#registry.set,
          bus: this.#bus,
          log: (text: string) => this.#log(text),
          gate: () => new Promise<void>((resolve) => this.#gates.push(resolve)),
        },
      },
    });
    this.#t = t;
    for (const entry of entries) await t.import(entry);
    await t.clock.advance(10);
    for (const live of await this.#lives()) (live['wait'] as { after(ms: number): void } | undefined)?.after(2_500);
    await t.clock.advance(10);
    const bumps = await this.#lives();
    for (const { bump } of bumps) (bump as (() => void) | undefined)?.();
  }

  async close(): Promise<void> {
    await this.#t?.close();
  }

  /** The change, with a failure at one point; without, it is to commit. */
  async change(fault?: Fault): Promise<Outcome> {
    const t = this.#t as TestHost;
    this.#fault = fault;
    try {
      return await this.#take(t);
    } finally {
      this.#fault = undefined;
      await t.clock.advance(0);
    }
  }

  async #take(t: TestHost): Promise<Outcome> {
    const { change, how = 'sync' } = this.#graph;
    if (how === 'unload') return t.host.unload('a.ts', { cascade: true });
    if (how === 'reload all') return t.host.reloadAll();
    if (this.#published) return t.host.sync();
    this.#published = true;
    return t.change(change);
  }

  /** Calls functions that wait; what comes back lets them go on, and says what is wrong with what they then do. */
  async flows(): Promise<() => Promise<string[]>> {
    const lives = (await this.#lives()).filter((live) => typeof live['flow'] === 'function');
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

  async picture(): Promise<Picture> {
    const t = this.#t as TestHost;
    const lives = await this.#lives();
    return [
      ['release', t.host.release.number, t.host.release.hash],
      ['modules', ...t.host.modules().map(({ id, revision, importers }) => [id, revision, ...importers])],
      ['live views', ...lives],
      ['exports', ...lives.map((live, index) => [this.#graph.entries[index], ...ofExports(live)])],
      ['hook', ...this.#called()],
      ['registry', ...[...this.#registry.entries()].map(([key, value]) => [key, value])],
      ['listeners', this.#bus.listenerCount('event'), ...this.#hear()],
      ['hot', ...this.#told()],
      ['effects', ...[...this.#standing].sort()],
      ['timers', ...t.clock.due],
    ];
  }

  /** What the new version looks like, without identities: two hosts can be compared. */
  async shape(): Promise<string> {
    const t = this.#t as TestHost;
    const exports = (await this.#lives()).map((live) =>
      Object.entries(live).map(([name, value]) => [name, typeof value]),
    );
    const modules = t.host.modules().map(({ id, importers }) => [id, importers]);
    const parts = [
      modules,
      exports,
      this.#called(),
      [...this.#registry.keys()],
      this.#hear(),
      this.#told(),
      [...this.#standing].sort(),
    ];
    return JSON.stringify([...parts, t.clock.due, t.host.release.number]);
  }

  #called(): string[] {
    const called: string[] = [];
    this.#hook.call(called);
    return called;
  }

  /** Who hears an event through `import.meta.hot.on`. */
  #told(): string[] {
    const called: string[] = [];
    this.#t?.host.send('roll', called);
    return called;
  }

  #hear(): string[] {
    this.#heard = [];
    this.#bus.emit('event');
    return this.#heard;
  }

  async #lives(): Promise<Live[]> {
    const t = this.#t as TestHost;
    const loaded = new Set(t.host.modules().map(({ id }) => id));
    const entries = this.#graph.entries.filter((id) => loaded.has(id));
    return Promise.all(entries.map((id) => t.import<Live>(id)));
  }

  #log(text: string): void {
    if (text.endsWith(' up')) this.#standing.add(text.slice(0, -3));
    else if (text.endsWith(' down')) this.#standing.delete(text.slice(0, -5));
    else this.#heard.push(text);
  }

  #wrap(participants: readonly Participant[]): readonly Participant[] {
    const fault = this.#fault;
    this.participants = participants.map(({ name }) => name);
    return participants.map((inner) => {
      if (inner.name !== fault?.participant) return inner;
      const fail = () => {
        throw new Error(`${fault.point} ${fault.participant}`);
      };
      return {
        name: inner.name,
        stage: inner.stage,
        apply: () => {
          if (fault.point === 'before') fail();
          inner.apply();
          fail();
        },
        undo: () => inner.undo(),
        finish: () => inner.finish(),
      };
    });
  }
}
