// Plays a scenario against a host, and holds it to the two promises of a transaction:
// - what is committed looks as a fresh start with the same sources does, slots' contents apart;
// - what is refused has changed nothing, and would not start either.
import { isDeepStrictEqual } from 'node:util';
import { VirtualClock } from '@rekindle/state';
import {
  createHook,
  createHost,
  type Host,
  memoryStore,
  type Namespace,
  type Outcome,
  ScriptLoadError,
} from 'rekindle';
import { edited, firstProgram, type Operation, type Scenario } from './operations.ts';
import { codesOf, idOf, type Program, textsOf } from './program.ts';

/** What a callback of a module shows: its number, how it sees each name, its slots. */
type Show = (number: number, names: Record<string, () => unknown>, slots: [string, object][]) => void;

/** What a namespace looks like from outside. */
interface Picture {
  readonly modules: readonly string[];
  /** In the order of the hook's callbacks. */
  readonly shown: readonly { readonly number: number; readonly names: Readonly<Record<string, string>> }[];
  /** The live views of the roots. */
  readonly roots: readonly Readonly<Record<string, string>>[];
}

class Difference extends Error {
  override readonly name = 'Difference';
}

/**
 * Plays the scenario to its end; returns how many operations were held against a fresh start. Throws a Difference.
 * @param tell told what happens, line by line
 */
export async function play(scenario: Scenario, tell?: (line: string) => void): Promise<number> {
  const player = new Player(scenario, tell);
  try {
    return await player.play();
  } finally {
    await player.close();
  }
}

class Player {
  readonly #scenario: Scenario;
  readonly #tell: ((line: string) => void) | undefined;
  readonly #roots: string[];
  readonly #store = memoryStore();
  readonly #clock = new VirtualClock();
  readonly #show = createHook<(out: Show) => void>('show');
  readonly #slots = new Map<string, object>();
  readonly #known = new WeakSet<object>();
  readonly #host: Host;
  #program: Program = new Map();
  #running: Program = new Map();
  #started = 0;
  /** What each release was. */
  readonly #programs = new Map<number, Program>();
  /** The namespace that is played with, once the program could be loaded. */
  #played: Namespace | undefined;

  constructor(scenario: Scenario, tell: ((line: string) => void) | undefined) {
    this.#scenario = scenario;
    this.#tell = tell;
    const count = Math.min(scenario.roots, scenario.modules.length);
    this.#roots = Array.from({ length: count }, (_, number) => `m${number}.ts`);
    this.#host = createHost({
      stores: [this.#store],
      clock: this.#clock,
      cache: false,
      limits: { activate: 60_000, prepare: 60_000 }, // a busy machine is no endless loop
      modules: {
        '@model/api': { onShow: this.#show.add, show: (value: unknown, depth?: number) => this.#text(value, depth) },
      },
    });
  }

  close(): Promise<void> {
    return this.#host.close();
  }

  async play(): Promise<number> {
    const { operations } = this.#scenario;
    await this.#publish(firstProgram(this.#scenario));
    await this.#load();
    for (const operation of operations) {
      this.#tell?.(`── ${operation.how}`);
      await this.#step(operation);
    }
    return operations.length;
  }

  /** A first load, until the program can be loaded. */
  async #load(): Promise<void> {
    const fresh = await this.#starts();
    const played = await this.#start();
    if (fresh instanceof Error !== played instanceof Error) {
      throw new Difference(
        `a fresh start ${tell(fresh)}, the first load ${played instanceof Error ? tell(played) : 'loads'}`,
      );
    }
    if (fresh instanceof Error || played instanceof Error) return;
    this.#played = played;
    this.#running = this.#program;
    this.#programs.set(played.release.number, this.#program);
    await this.#compare(played, fresh);
  }

  async #step({ mend, edits, how, rerun }: Operation): Promise<void> {
    const played = this.#played;
    if (how === 'revert' && played !== undefined) return this.#goBack(played);
    const base = mend && played !== undefined ? this.#running : this.#program;
    await this.#publish(edited(base, edits, this.#roots.length));
    if (played === undefined) return this.#load();
    const before = await this.#picture(played);
    const views = await this.#views(played);
    await this.#clock.advance(1);
    const { due } = this.#clock;
    const outcome = await this.#take(played, how, rerun);
    await this.#clock.advance(0);
    const fresh = await this.#starts();
    this.#tell?.(`   ${tell(outcome)}; a fresh start ${tell(fresh)}`);
    const after = await this.#views(played);
    if (views.some((view, index) => view !== after[index])) throw new Difference('a live view is another object');
    if (outcome.status === 'refused') {
      // the very release from which somebody went back: it starts, and is not taken
      const isBarred = outcome.diagnostics.every(({ code }) => code === 'BARRED');
      if (!isBarred && !(fresh instanceof Error)) throw new Difference(`a fresh start loads, but ${tell(outcome)}`);
      const now = await this.#picture(played);
      if (!isDeepStrictEqual(before, now)) throw new Difference(`a refusal changed something: ${diff(before, now)}`);
      if (!isDeepStrictEqual(due, this.#clock.due)) throw new Difference('a refusal moved timers');
      return undefined;
    }
    if (fresh instanceof Error) throw new Difference(`a fresh start ${tell(fresh)}, but ${tell(outcome)}`);
    this.#checkRuns(played, outcome, how);
    this.#running = this.#program;
    this.#programs.set(played.release.number, this.#program);
    return this.#compare(played, fresh);
  }

  /** Goes back to the release before: everything looks as a fresh start of that one, or nothing has changed. */
  async #goBack(played: Namespace): Promise<void> {
    const before = await this.#picture(played);
    const outcome = await played.revert();
    this.#tell?.(`   ${tell(outcome)}`);
    if (outcome.status !== 'committed') {
      const now = await this.#picture(played);
      if (!isDeepStrictEqual(before, now)) throw new Difference(`a refusal changed something: ${diff(before, now)}`);
      return;
    }
    const program = this.#programs.get(played.release.number);
    if (program === undefined) throw new Difference(`went back to release ${played.release.number}, which never ran`);
    this.#running = program;
    await this.#publish(program);
    const fresh = await this.#starts();
    if (fresh instanceof Error) throw new Difference(`a fresh start ${tell(fresh)}, but ${tell(outcome)}`);
    await this.#compare(played, fresh);
  }

  #take(played: Namespace, how: Operation['how'], rerun: readonly number[]): Promise<Outcome> {
    if (how === 'reload all') return played.reloadAll();
    const loaded = played.modules();
    const wanted = loaded.filter(
      ({ id }) => rerun.some((number) => id === loaded[number % loaded.length]?.id) && this.#has(id),
    );
    if (how === 'reload' && wanted.length > 0) return played.reload(wanted.map(({ id }) => id));
    return played.sync();
  }

  #has(id: string): boolean {
    return [...this.#program.values()].some((module) => idOf(module) === id);
  }

  /** Edits of comments run nothing, and nothing runs that is not there. */
  #checkRuns(played: Namespace, outcome: Outcome, how: Operation['how']): void {
    if (outcome.status !== 'committed') return;
    const loaded = new Set(played.modules().map(({ id }) => id));
    const ghost = outcome.evaluated.find((id) => !loaded.has(id));
    if (ghost !== undefined) throw new Difference(`${ghost} ran, and is not loaded`);
    const same = isDeepStrictEqual(codesOf(this.#running), codesOf(this.#program));
    if (how === 'sync' && same && outcome.evaluated.length > 0) {
      throw new Difference(`comments alone ran ${outcome.evaluated.join(', ')}`);
    }
  }

  /** What the namespace looks like is what a fresh start gives; slots are the objects that they were. */
  async #compare(played: Namespace, fresh: Picture): Promise<void> {
    const here = await this.#picture(played);
    if (!isDeepStrictEqual(here, fresh)) throw new Difference(`not as a fresh start: ${diff(fresh, here)}`);
  }

  /** What a fresh start of the program looks like, or why it does not start. */
  async #starts(): Promise<Picture | Error> {
    const namespace = await this.#start();
    if (namespace instanceof Error) return namespace;
    try {
      return await this.#picture(namespace);
    } finally {
      await namespace.dispose();
    }
  }

  async #start(): Promise<Namespace | Error> {
    this.#started += 1;
    try {
      return await this.#host.namespace(`start ${this.#started}`, { entries: this.#roots });
    } catch (error) {
      if (error instanceof ScriptLoadError) return error;
      throw error;
    }
  }

  async #picture(namespace: Namespace): Promise<Picture> {
    const calls: Parameters<Show>[] = [];
    this.#show.for(namespace.name).call((...call) => void calls.push(call)); // what it throws would be the callback's
    for (const [number, , slots] of calls) {
      for (const [name, value] of slots) {
        this.#known.add(value);
        if (namespace === this.#played) this.#checkSlot(number, name, value);
      }
    }
    const shown = calls.map(([number, names]) => {
      const entries = Object.entries(names).map(([name, read]) => [name, this.#safely(read)] as const);
      return { number, names: Object.fromEntries(entries) };
    });
    const views = await this.#views(namespace);
    return {
      modules: namespace.modules().map(({ id }) => id),
      shown,
      roots: views.map((view) =>
        Object.fromEntries(
          Object.keys(view).map((name) => [name, this.#safely(() => (view as Record<string, unknown>)[name])]),
        ),
      ),
    };
  }

  #checkSlot(number: number, name: string, value: object): void {
    const module = this.#running.get(number);
    if (module === undefined) throw new Difference(`module ${number} is not loaded and shows itself`);
    const key = `${idOf(module)}#${name}`;
    const before = this.#slots.get(key);
    if (before !== undefined && before !== value) throw new Difference(`the slot ${key} is another object`);
    this.#slots.set(key, value);
  }

  async #views(namespace: Namespace): Promise<object[]> {
    const views: object[] = [];
    for (const root of this.#roots) views.push((await namespace.import(root)) as object);
    return views;
  }

  async #publish(program: Program): Promise<void> {
    const texts = textsOf(program);
    const changes = new Map<string, string | null>(texts);
    for (const id of textsOf(this.#program).keys()) if (!texts.has(id)) changes.set(id, null);
    const old = textsOf(this.#program);
    for (const [id, text] of changes)
      if (old.get(id) !== text) this.#tell?.(`   ${id}${text === null ? ' deleted' : `\n${indented(text)}`}`);
    const head = await this.#store.head();
    await this.#store.publish(changes, { expected: head?.number ?? 0 });
    this.#program = program;
  }

  #safely(read: () => unknown): string {
    try {
      return this.#text(read());
    } catch (error) {
      return `throws ${(error as Error).name}`;
    }
  }

  /** A value in words, as far into it as `depth` says; functions are called. */
  #text(value: unknown, depth = 2): string {
    if (typeof value === 'function') {
      if (depth <= 0) return 'a function';
      if (!/^class/.test(Function.prototype.toString.call(value)))
        return `calls(${this.#text(value(depth), depth - 1)})`;
      const made = new (value as new () => { at(depth: number): string })();
      return `class(${(value as unknown as { fixed: string }).fixed} ${made.at(depth)})`;
    }
    if (typeof value !== 'object' || value === null) return String(value);
    if ('slot' in value || this.#known.has(value)) return 'a slot';
    const names = Object.keys(value);
    if (depth <= 0) return `{${names.join()}}`;
    const parts = names.map((name) => `${name}:${this.#text((value as Record<string, unknown>)[name], depth - 1)}`);
    return `{${parts.join()}}`;
  }
}

function tell(what: Outcome | Picture | Error | undefined): string {
  if (what instanceof Error) return `fails (${what.message})`;
  if (what === undefined || !('status' in what)) return 'loads';
  if (what.status === 'committed') return `committed, ran ${what.evaluated.join(', ') || 'nothing'}`;
  if (what.status !== 'refused') return what.status;
  return `it was refused: ${what.diagnostics.map(({ code, message, module }) => `${code} ${module}: ${message}`).join('; ')}`;
}

/** A text without what all of them have. */
function indented(text: string): string {
  return text
    .trim()
    .split('\n')
    .slice(3)
    .map((line) => `      ${line}`)
    .join('\n');
}

/** The first parts that differ, in words. */
function diff(expected: unknown, found: unknown, path = ''): string {
  if (isDeepStrictEqual(expected, found)) return '';
  if (typeof expected === 'object' && typeof found === 'object' && expected !== null && found !== null) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(found)])) {
      const inner = diff(Reflect.get(expected, key), Reflect.get(found, key), `${path}/${key}`);
      if (inner !== '') return inner;
    }
  }
  return `${path}: ${JSON.stringify(expected)} was expected, ${JSON.stringify(found)} found`;
}
