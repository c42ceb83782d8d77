// Plays a scenario against a host, and holds it to the promises of a transaction:
// - what is committed looks as a fresh start with the same sources does, slots' contents apart;
// - what is refused has changed nothing, and would not start either; what fails half-way can be done again;
// - what was in flight goes on in its own version.
import { isDeepStrictEqual } from 'node:util';
import { PARTICIPANTS } from '@rekindle/reload';
import { VirtualClock } from '@rekindle/state';
import { createHost, type Host, memoryStore, type Namespace, type Outcome, ScriptLoadError } from 'rekindle';
import { Difference } from './difference.ts';
import type { EsmOracle } from './esm-oracle.ts';
import { FaultPoint } from './fault.ts';
import { Flight } from './flight.ts';
import { edited, firstProgram, itemOf, type Operation, type Scenario } from './operations.ts';
import { diff, type Picture, Words } from './picture.ts';
import { codesOf, idOf, type Module, type Program, textOf, textsOf } from './program.ts';
import { World } from './world.ts';

export interface PlayOptions {
  /** Told what happens, line by line. */
  readonly tell?: ((line: string) => void) | undefined;
  /** Plain modules of Node, against which one operation in a hundred is held, too. */
  readonly esm?: EsmOracle | undefined;
}

/** Plays the scenario to its end; returns how many operations were held against a fresh start. Throws a Difference. */
export async function play(scenario: Scenario, options: PlayOptions = {}): Promise<number> {
  const player = new Player(scenario, options);
  try {
    return await player.play();
  } finally {
    await player.close();
  }
}

/** What the game itself has loaded: a module of the store, or a text. */
export interface Root {
  readonly id: string;
  readonly module?: Module;
}

/** What running code imported. */
export interface Opened {
  readonly from: number;
  readonly to: number;
  /** Their ids: a module that moves is another module. */
  readonly ids: readonly [string, string];
}

/** What became of an attempt: what `Outcome` says, for a load as well. */
type Done = { readonly ran: readonly string[] } | { readonly refused: string; readonly isBarred: boolean };

interface Attempt {
  act(): Promise<Done>;
  /** What there is to load once it is committed. */
  readonly roots: readonly Root[];
  readonly opened: readonly Opened[];
  /** An unload may be refused, and then for this alone: who imports what should leave. */
  readonly importers?: readonly string[];
}

/** Timers of scripts are due within this time, those of the host later. */
const HORIZON = 1_000_000;

class Player {
  readonly #scenario: Scenario;
  readonly #tell: PlayOptions['tell'];
  readonly #esm: EsmOracle | undefined;
  #roots: readonly Root[];
  #opened: readonly Opened[] = [];
  readonly #store = memoryStore();
  readonly #clock = new VirtualClock();
  readonly #words = new Words();
  readonly #world = new World(this.#words);
  readonly #fault = new FaultPoint();
  readonly #slots = new Map<string, object>();
  readonly #host: Host;
  #program: Program = new Map();
  #running: Program = new Map();
  #started = 0;
  #texts = 0;
  /** What each release was. */
  readonly #programs = new Map<number, Program>();
  /** The texts that were loaded beside a release when it gave way. */
  readonly #textsBeside = new Map<number, readonly Root[]>();
  #flights: Flight[] = [];
  /** The namespace that is played with, once the program could be loaded. */
  #played: Namespace | undefined;

  constructor(scenario: Scenario, { tell, esm }: PlayOptions) {
    this.#scenario = scenario;
    this.#tell = tell;
    this.#esm = esm;
    const count = Math.min(scenario.roots, scenario.modules.length);
    this.#roots = Array.from({ length: count }, (_, number) => ({ id: `m${number}.ts` }));
    this.#host = createHost({
      stores: [this.#store],
      clock: this.#clock,
      cache: false,
      probation: false,
      // a busy machine is no endless loop
      limits: { activate: Infinity, prepare: Infinity, drain: 2 * HORIZON },
      modules: this.#world.modules,
      [PARTICIPANTS]: this.#fault.wrap,
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

  async #step(operation: Operation): Promise<void> {
    const played = this.#played;
    const { how, mend, edits, flight } = operation;
    if (played === undefined) {
      await this.#publish(edited(this.#program, edits, this.#scenario.roots));
      return this.#load();
    }
    if (flight === 'begin' || flight === 'both') this.#takeOff(played);
    if (how === 'sync' || how === 'reload' || how === 'reload all') {
      await this.#publish(edited(mend ? this.#running : this.#program, edits, this.#scenario.roots));
    } else if (this.#program !== this.#running) {
      // what is asked for beside a release goes by the one that runs, and a fresh start by the newest
      await this.#publish(this.#running);
    }
    await this.#change(played, operation);
    if (flight === 'end' || flight === 'both') await this.#land(played);
  }

  /** Does what the operation says, and once more where it failed half-way. */
  async #change(played: Namespace, operation: Operation): Promise<void> {
    const attempt = this.#attempt(played, operation);
    if (attempt === undefined) return;
    const before = await this.#picture(played);
    const views = await this.#views(played);
    const { number } = played.release;
    await this.#clock.advance(1);
    const { due } = this.#clock;
    const unchanged = async () => {
      await this.#clock.advance(0);
      const now = await this.#picture(played);
      if (!isDeepStrictEqual(before, now)) throw new Difference(`a refusal changed something: ${diff(before, now)}`);
      if (!isDeepStrictEqual(due, this.#clock.due)) throw new Difference('a refusal moved timers');
    };
    let done = await this.#fault.during(operation.fault, () => attempt.act());
    const { thrown } = this.#fault;
    if (thrown !== undefined) {
      this.#tell?.(`   ${tellDone(done)}`);
      if (!('refused' in done) || !done.refused.includes(thrown)) {
        throw new Difference(`it failed ${thrown}, but ${tellDone(done)}`);
      }
      await unchanged();
      done = await attempt.act();
    }
    if ('refused' in done) await unchanged();
    else await this.#clock.advance(0);
    const beside = this.#roots.filter(({ module }) => module !== undefined);
    await this.#judge(played, operation, attempt, done);
    if (played.release.number !== number) this.#textsBeside.set(number, beside);
    const now = await this.#views(played);
    if (operation.how !== 'unload' && views.some((view, index) => view !== now[index])) {
      throw new Difference('a live view is another object');
    }
  }

  /** Whether it should have been done, and whether it looks as it should. */
  async #judge(played: Namespace, { how }: Operation, attempt: Attempt, done: Done): Promise<void> {
    const { importers = [] } = attempt;
    if ('refused' in done) {
      // the very release from which somebody went back: it starts, and is not taken; going back may be impossible
      if (how === 'revert' || done.isBarred) return this.#tell?.(`   ${tellDone(done)}`);
      if (how === 'unload') {
        if (importers.length === 0) throw new Difference(`nothing stands in the way, but ${tellDone(done)}`);
        return this.#tell?.(`   ${tellDone(done)}`);
      }
    } else if (importers.length > 0) throw new Difference(`${importers.join()} import it, but ${tellDone(done)}`);
    const next = how === 'revert' && 'ran' in done ? await this.#wentBack(played, attempt) : attempt;
    const fresh = await this.#starts(next);
    this.#tell?.(`   ${tellDone(done)}; a fresh start ${tell(fresh)}`);
    if ('refused' in done) {
      if (!(fresh instanceof Error)) throw new Difference(`a fresh start loads, but ${tellDone(done)}`);
      return;
    }
    if (fresh instanceof Error) throw new Difference(`a fresh start ${tell(fresh)}, but ${tellDone(done)}`);
    this.#keep(played, how, next, done.ran);
    await this.#compare(played, fresh);
  }

  /** Remembers what is committed. */
  #keep(played: Namespace, how: Operation['how'], { roots, opened }: Attempt, ran: readonly string[]): void {
    const loaded = new Set(played.modules().map(({ id }) => id));
    const ghost = ran.find((id) => !loaded.has(id));
    if (ghost !== undefined) throw new Difference(`${ghost} ran, and is not loaded`);
    const same = isDeepStrictEqual(codesOf(this.#running), codesOf(this.#program));
    if (how === 'sync' && same && ran.length > 0) throw new Difference(`comments alone ran ${ran.join(', ')}`);
    this.#roots = roots;
    this.#opened = opened.filter((one) => this.#stands(one) && one.ids.every((id) => loaded.has(id)));
    this.#running = this.#program;
    this.#programs.set(played.release.number, this.#program);
    for (const flight of this.#flights) flight.note(new Set(ran), loaded);
  }

  /** After going back, to the texts of `evaluate` as well: what a fresh start has to load. */
  async #wentBack(played: Namespace, attempt: Attempt): Promise<Attempt> {
    const { number } = played.release;
    const program = this.#programs.get(number);
    if (program === undefined) throw new Difference(`went back to release ${number}, which never ran`);
    await this.#publish(program);
    const texts = new Map(this.#textsBeside.get(number)?.map((root) => [root.id, root]));
    return { ...attempt, roots: attempt.roots.map((root) => texts.get(root.id) ?? root) };
  }

  #attempt(played: Namespace, operation: Operation): Attempt | undefined {
    const { how, which } = operation;
    const same = { roots: this.#roots, opened: this.#opened };
    const loaded = played.modules();
    const pick = (number: number) => loaded[number % Math.max(1, loaded.length)]?.id;
    switch (how) {
      case 'sync':
        return { ...same, act: async () => doneOf(await played.sync()) };
      case 'reload all':
        return { ...same, act: async () => doneOf(await played.reloadAll()) };
      case 'revert':
        return { ...same, act: async () => doneOf(await played.revert()) };
      case 'reload': {
        const wanted = which.map(pick).filter((id) => id !== undefined && this.#has(id)) as string[];
        return { ...same, act: async () => doneOf(await (wanted.length > 0 ? played.reload(wanted) : played.sync())) };
      }
      case 'unload': {
        const ids = new Set(which.map(pick).filter((id) => id !== undefined));
        return ids.size === 0 ? undefined : this.#unload(played, ids, operation.cascade);
      }
      case 'load': {
        const module = this.#moduleAt(which[0]);
        const id = idOf(module);
        const known = this.#roots.some((root) => root.id === id);
        // what is loaded stands where it stands, until the order is found anew
        if (loaded.some((one) => one.id === id) && !this.#reach(played).has(id)) return undefined;
        const roots = known ? this.#roots : [...this.#roots, { id }];
        return { ...same, roots, act: () => doneLoading(() => played.import(id)) };
      }
      case 'evaluate':
        return this.#evaluate(played, operation);
      case 'import':
        return this.#open(played, which);
      default:
        throw new Error(`no operation ${how satisfies never}`);
    }
  }

  #unload(played: Namespace, ids: Set<string>, cascade: boolean): Attempt {
    const importersOf = new Map(played.modules().map(({ id, importers }) => [id, importers]));
    const leaving = new Set(ids);
    for (const id of leaving) for (const importer of importersOf.get(id) ?? []) leaving.add(importer);
    const importers = cascade ? [] : [...leaving].filter((id) => !ids.has(id));
    return {
      roots: this.#roots.filter(({ id }) => !leaving.has(id)),
      opened: this.#opened.filter((one) => one.ids.every((id) => !leaving.has(id))),
      importers,
      act: async () => doneOf(await played.unload([...ids], { cascade })),
    };
  }

  #evaluate(played: Namespace, { which, edits }: Operation): Attempt {
    const number = 100 + (which[0] % 2);
    this.#texts += 1;
    const blank: Module = { number, version: this.#texts, comment: 0, folder: false, items: [] };
    const specs = edits[0]?.items ?? [];
    const module = { ...blank, items: specs.map((spec) => itemOf(this.#running, number, spec)) };
    const id = idOf(module);
    const text = textOf(module, true);
    const place = this.#roots.findIndex((root) => root.id === id);
    const root: Root = { id, module };
    const roots = place < 0 ? [...this.#roots, root] : this.#roots.with(place, root);
    this.#tell?.(`   ${id}\n${indented(text)}`);
    return {
      roots,
      opened: this.#opened,
      act: () => doneLoading(() => played.evaluate(text, { id }), place < 0 ? [] : [id]),
    };
  }

  /** An `import()` by a module that runs. */
  #open(played: Namespace, [which, target]: Operation['which']): Attempt | undefined {
    const shows = this.#world.shows(played);
    const show = shows[which % Math.max(1, shows.length)];
    if (show === undefined) return undefined;
    const [from, , , open] = show;
    const to = this.#moduleAt(target);
    this.#tell?.(`   ${from} imports ${to.number}`);
    const opened: Opened = { from, to: to.number, ids: [this.#idOf(from), idOf(to)] };
    const known = this.#opened.some(({ ids }) => isDeepStrictEqual(ids, opened.ids));
    return {
      roots: this.#roots,
      opened: known ? this.#opened : [...this.#opened, opened],
      act: () => doneLoading(() => open(to.number)),
    };
  }

  #takeOff(played: Namespace): void {
    if (this.#flights.length > 0) return;
    const shows = this.#world.shows(played);
    this.#flights = shows.map((show) => new Flight(this.#words, this.#idOf(show[0]), show));
  }

  /** What was in flight goes on, and changes nothing that can be seen. */
  async #land(played: Namespace): Promise<void> {
    const before = await this.#picture(played);
    for (const flight of this.#flights.splice(0)) await flight.end(before);
    const now = await this.#picture(played);
    if (!isDeepStrictEqual(before, now)) throw new Difference(`what was in flight wrote: ${diff(before, now)}`);
  }

  #has(id: string): boolean {
    return [...this.#program.values()].some((module) => idOf(module) === id);
  }

  #moduleAt(number: number): Module {
    const modules = [...this.#program.values()];
    return modules[number % modules.length] as Module;
  }

  #idOf(number: number): string {
    const module = this.#running.get(number);
    return module === undefined ? `m${number}.ts` : idOf(module);
  }

  /** Whether the program has what was imported where it was. */
  #stands({ from, to, ids }: Opened): boolean {
    const isHere = (number: number, id: string) => {
      const module = this.#program.get(number);
      return module === undefined ? number >= 100 : idOf(module) === id;
    };
    return isHere(from, ids[0]) && isHere(to, ids[1]);
  }

  /** What the namespace looks like is what a fresh start gives; slots are the objects that they were. */
  async #compare(played: Namespace, fresh: Picture): Promise<void> {
    const here = this.#ordered(played, await this.#picture(played));
    fresh = this.#ordered(played, fresh);
    if (!isDeepStrictEqual(here, fresh)) throw new Difference(`not as a fresh start: ${diff(fresh, here)}`);
  }

  /** What only `import()` has loaded comes behind the rest, in an order that depends on which import came first. */
  #ordered(played: Namespace, picture: Picture): Picture {
    if (this.#opened.length === 0) return picture;
    const inOrder = this.#reach(played);
    const { modules, shown, rolls } = picture;
    const byPlace = <One>(all: readonly One[], idOf: (one: One) => string) => [
      ...all.filter((one) => inOrder.has(idOf(one))),
      ...all.filter((one) => !inOrder.has(idOf(one))).sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1)),
    ];
    return {
      ...picture,
      modules: byPlace(modules, (id) => id),
      shown: byPlace(shown, ({ number }) => this.#idOf(number)),
      rolls: rolls.toSorted(),
    };
  }

  /** What the roots import, and what that imports. */
  #reach(played: Namespace): ReadonlySet<string> {
    const imports = new Map<string, string[]>();
    for (const { id, importers } of played.modules()) {
      for (const importer of importers) imports.set(importer, [...(imports.get(importer) ?? []), id]);
    }
    const reach = new Set(this.#roots.map(({ id }) => id));
    for (const id of reach) for (const target of imports.get(id) ?? []) reach.add(target);
    return reach;
  }

  /** What a fresh start of the program looks like, or why it does not start. */
  async #starts({ roots, opened }: Pick<Attempt, 'roots' | 'opened'> = this.#all()): Promise<Picture | Error> {
    const timers = this.#timers();
    const namespace = await this.#start({ roots, opened });
    const fresh = namespace instanceof Error ? namespace : await this.#pictureOf(namespace, roots, timers);
    if (!(namespace instanceof Error)) {
      await namespace.dispose();
      await this.#clock.advance(0);
      const left = this.#world.leave(namespace.name);
      if (left > 0) throw new Difference(`${left} of what a namespace had set up outlive it`);
    }
    if (this.#timers() !== timers) throw new Difference(`timers outlive a namespace: ${this.#timers() - timers}`);
    if (this.#esm?.isDue() === true) {
      const program = new Map(this.#program);
      for (const { module } of roots) if (module !== undefined) program.set(module.number, module);
      await this.#esm.check({ program, roots, opened: opened.filter((one) => this.#stands(one)) }, fresh);
    }
    return fresh;
  }

  #all(): Pick<Attempt, 'roots' | 'opened'> {
    return { roots: this.#roots, opened: this.#opened };
  }

  async #start({ roots, opened } = this.#all()): Promise<Namespace | Error> {
    this.#started += 1;
    const texts = roots.findIndex(({ module }) => module !== undefined);
    const entries = (texts < 0 ? roots : roots.slice(0, texts)).map(({ id }) => id);
    let namespace: Namespace | undefined;
    try {
      namespace = await this.#host.namespace(`start ${this.#started}`, { entries });
      for (const { id, module } of roots.slice(entries.length)) {
        if (module === undefined) await namespace.import(id);
        else await namespace.evaluate(textOf(module, true), { id });
      }
      await this.#replay(namespace, opened);
      await this.#clock.advance(0);
      return namespace;
    } catch (error) {
      await namespace?.dispose();
      if (error instanceof ScriptLoadError || error instanceof ImportFailed) return error;
      throw error;
    }
  }

  /** Imports what running code had imported, as far as that code is there. */
  async #replay(namespace: Namespace, opened: readonly Opened[]): Promise<void> {
    const left = new Set(opened.filter((one) => this.#stands(one)));
    for (let before = -1; before !== left.size; ) {
      before = left.size;
      for (const one of left) {
        const show = this.#world.shows(namespace).find(([number]) => number === one.from);
        if (show === undefined) continue;
        left.delete(one);
        await show[3](one.to).catch((cause: Error) => {
          throw new ImportFailed(`import() rejects: ${cause.message}`, { cause });
        });
      }
    }
  }

  #picture(namespace: Namespace): Promise<Picture> {
    return this.#pictureOf(namespace, this.#roots, 0);
  }

  async #pictureOf(namespace: Namespace, roots: readonly Root[], timers: number): Promise<Picture> {
    const seen = this.#world.seen(namespace, await this.#views(namespace, roots), this.#timers() - timers);
    if (namespace === this.#played) {
      for (const [number, , slots] of seen.shows) for (const slot of slots) this.#checkSlot(number, ...slot);
    }
    return this.#words.picture(seen);
  }

  /** How many timers of scripts are set. */
  #timers(): number {
    const horizon = this.#clock.now() + HORIZON;
    return this.#clock.due.filter((due) => due < horizon).length;
  }

  #checkSlot(number: number, name: string, value: object): void {
    const key = `${this.#idOf(number)}#${name}`;
    const before = this.#slots.get(key);
    if (before !== undefined && before !== value) throw new Difference(`the slot ${key} is another object`);
    this.#slots.set(key, value);
  }

  async #views(namespace: Namespace, roots = this.#roots): Promise<object[]> {
    const views: object[] = [];
    for (const { id } of roots) views.push((await namespace.import(id)) as object);
    return views;
  }

  async #publish(program: Program): Promise<void> {
    const texts = textsOf(program);
    const old = textsOf(this.#program);
    const changes = new Map<string, string | null>();
    for (const [id, text] of texts) if (old.get(id) !== text) changes.set(id, text);
    for (const id of old.keys()) if (!texts.has(id)) changes.set(id, null);
    for (const [id, text] of changes) this.#tell?.(`   ${id}${text === null ? ' deleted' : `\n${indented(text)}`}`);
    const head = await this.#store.head();
    if (head === undefined || changes.size > 0) await this.#store.publish(changes, { expected: head?.number ?? 0 });
    this.#program = program;
  }
}

/** An `import()` by running code, at a fresh start, that rejects: it does not start. */
class ImportFailed extends Error {
  override readonly name = 'ImportFailed';
}

function doneOf(outcome: Outcome): Done {
  if (outcome.status === 'refused') {
    const told = outcome.diagnostics.map(({ code, message, module }) => `${code} ${module}: ${message}`);
    return { refused: told.join('; '), isBarred: outcome.diagnostics.every(({ code }) => code === 'BARRED') };
  }
  return { ran: outcome.status === 'committed' ? outcome.evaluated : [] };
}

/** @param ran modules that were there and run again */
async function doneLoading(load: () => Promise<unknown>, ran: readonly string[] = []): Promise<Done> {
  try {
    await load();
    return { ran };
  } catch (error) {
    return { refused: String(error), isBarred: false };
  }
}

function tell(what: Picture | Namespace | Error): string {
  return what instanceof Error ? `fails (${what.message})` : 'loads';
}

function tellDone(done: Done): string {
  return 'refused' in done ? `it was refused: ${done.refused}` : `committed, ran ${done.ran.join(', ') || 'nothing'}`;
}

/** A text without what all of them have. */
function indented(text: string): string {
  const lines = text.trim().split('\n').slice(1);
  return lines.map((line) => `      ${line}`).join('\n');
}
