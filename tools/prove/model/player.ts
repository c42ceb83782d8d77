// Plays a scenario against a host, and holds it to the promises of a transaction:
// - what is committed looks as a fresh start with the same sources does, slots' contents apart;
// - what is refused has changed nothing, and would not start either; what fails half-way can be done again;
// - who accepts an import hears of its new version;
// - what was in flight goes on in its own version.
import { isDeepStrictEqual } from 'node:util';
import type { Namespace } from 'rekindle';
import { checkAccepted, type Loaded, loadedOf } from './acceptance.ts';
import { type Attempt, Attempts, reach } from './attempts.ts';
import { Course, type Loads, type Tell } from './course.ts';
import { Difference } from './difference.ts';
import { type Done, tellDone } from './done.ts';
import type { EsmOracle } from './esm-oracle.ts';
import { FailedImports } from './failed-imports.ts';
import { Flight } from './flight.ts';
import { edited, firstProgram, type Operation, type Scenario } from './operations.ts';
import { diff, type Picture } from './picture.ts';
import { codesOf } from './program.ts';
import { Stand, views } from './stand.ts';

export interface PlayOptions {
  readonly tell?: Tell;
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

class Player {
  readonly #scenario: Scenario;
  readonly #tell: Tell;
  readonly #esm: EsmOracle | undefined;
  readonly #course: Course;
  readonly #stand: Stand;
  readonly #attempts: Attempts;
  readonly #slots = new Map<string, object>();
  readonly #failed = new FailedImports();
  #flights: Flight[] = [];
  /** The namespace that is played with, once the program could be loaded. */
  #played: Namespace | undefined;
  /** How it looked when it was looked at last; undefined where code has run since. */
  #last: Picture | undefined;

  constructor(scenario: Scenario, { tell, esm }: PlayOptions) {
    this.#scenario = scenario;
    this.#tell = tell;
    this.#esm = esm;
    this.#course = new Course(Math.min(scenario.roots, scenario.modules.length), tell);
    this.#stand = new Stand(this.#course);
    this.#attempts = new Attempts(this.#course, this.#stand.world, tell);
  }

  close(): Promise<void> {
    return this.#stand.close();
  }

  async play(): Promise<number> {
    const { operations } = this.#scenario;
    await this.#course.publish(firstProgram(this.#scenario));
    await this.#load();
    for (const operation of operations) {
      this.#tell?.(`── ${operation.how}`);
      await this.#step(operation);
    }
    return operations.length;
  }

  /** A first load, until the program can be loaded. */
  async #load(): Promise<void> {
    const { loads } = this.#course;
    const fresh = await this.#freshStart(loads);
    const played = await this.#stand.start(loads);
    if (fresh instanceof Error !== played instanceof Error) {
      throw new Difference(
        `a fresh start ${tell(fresh)}, the first load ${played instanceof Error ? tell(played) : 'loads'}`,
      );
    }
    if (fresh instanceof Error || played instanceof Error) return;
    this.#played = played;
    this.#course.commit(played.release.number);
    await this.#compare(played, fresh);
  }

  async #step(operation: Operation): Promise<void> {
    const played = this.#played;
    const course = this.#course;
    const { how, mend, edits, flight } = operation;
    if (played === undefined) {
      await course.publish(edited(course.program, edits, this.#scenario.roots));
      return this.#load();
    }
    if (flight === 'begin' || flight === 'both') this.#takeOff(played);
    if (how === 'sync' || how === 'reload' || how === 'reload all') {
      await course.publish(edited(mend ? course.running : course.program, edits, this.#scenario.roots));
    } else if (course.program !== course.running) {
      // what is asked for beside a release goes by the one that runs, and a fresh start by the newest
      await course.publish(course.running);
    }
    await this.#change(played, operation);
    if (flight === 'end' || flight === 'both') await this.#land(played);
  }

  /** Does what the operation says, and once more where it failed half-way. */
  async #change(played: Namespace, operation: Operation): Promise<void> {
    const attempt = this.#attempts.of(played, operation);
    if (attempt === undefined) return;
    const { clock, fault, world } = this.#stand;
    const before = this.#last ?? (await this.#picture(played));
    const { roots } = this.#course.loads;
    const seen = await views(played, roots);
    const { number } = played.release;
    await clock.advance(1);
    const { due } = clock;
    const unchanged = async () => {
      // an import rejects by itself: what bodies have imported beside it may be on its way still
      if (attempt.imports !== undefined) await played.sync();
      await clock.advance(0);
      const now = await this.#picture(played);
      if (!isDeepStrictEqual(before, now)) throw new Difference(`a refusal changed something: ${diff(before, now)}`);
      if (!isDeepStrictEqual(due, clock.due)) throw new Difference('a refusal moved timers');
    };
    const loaded = this.#loaded(played);
    world.accepted(played);
    let done = await fault.during(operation.fault, () => attempt.act());
    const { thrown } = fault;
    if (thrown !== undefined) {
      this.#tell?.(`   ${tellDone(done)}`);
      if (!('refused' in done) || !done.refused.includes(thrown)) {
        throw new Difference(`it failed ${thrown}, but ${tellDone(done)}`);
      }
      await unchanged();
      world.accepted(played);
      done = await attempt.act();
    }
    if ('refused' in done) await unchanged();
    else await clock.advance(0);
    const { texts } = this.#course;
    const calls = world.accepted(played);
    await this.#judge(played, operation, attempt, done);
    if ('ran' in done) checkAccepted({ before: loaded, after: this.#loaded(played), ran: done.ran, calls });
    if (played.release.number !== number) this.#course.leave(number, texts);
    if (operation.how === 'unload') return;
    const now = await views(played, roots);
    if (seen.some((view, index) => view !== now[index])) throw new Difference('a live view is another object');
  }

  #loaded(played: Namespace): Loaded {
    const texts = this.#course.texts.flatMap(({ module }) => module ?? []);
    return loadedOf([...this.#course.running.values(), ...texts], new Set(played.modules().map(({ id }) => id)));
  }

  /** Whether it should have been done, and whether it looks as it should. */
  async #judge(played: Namespace, { how }: Operation, attempt: Attempt, done: Done): Promise<void> {
    const { importers = [], imports } = attempt;
    const { running } = this.#course;
    if ('refused' in done) {
      if (imports !== undefined) {
        if (this.#failed.isKnown(done.error, running, imports)) return this.#tell?.(`   ${tellDone(done)}, as before`);
        this.#failed.note(done.error, running, imports);
      }
      // the very release from which somebody went back: it starts, and is not taken; going back may be impossible
      if (how === 'revert' || done.isBarred) return this.#tell?.(`   ${tellDone(done)}`);
      if (how === 'unload') {
        const { loads } = this.#course;
        const stands =
          importers.length > 0 ||
          this.#mayEnterElsewhere(done.refused, loads) ||
          (await this.#freshStart(attempt)) instanceof Error;
        if (!stands) throw new Difference(`nothing stands in the way, but ${tellDone(done)}`);
        return this.#tell?.(`   ${tellDone(done)}`);
      }
    } else if (importers.length > 0) throw new Difference(`${importers.join()} import it, but ${tellDone(done)}`);
    const next = how === 'revert' && 'ran' in done ? await this.#wentBack(played, attempt) : attempt;
    const fresh = await this.#freshStart(next);
    this.#tell?.(`   ${tellDone(done)}; a fresh start ${tell(fresh)}`);
    if ('refused' in done) {
      if (fresh instanceof Error || this.#mayEnterElsewhere(done.refused, next)) return;
      throw new Difference(`a fresh start loads, but ${tellDone(done)}`);
    }
    if (fresh instanceof Error && !this.#mayEnterElsewhere(fresh, next)) {
      throw new Difference(`a fresh start ${tell(fresh)}, but ${tellDone(done)}`);
    }
    this.#keep(played, how, next, done.ran);
    if (fresh instanceof Error) this.#last = undefined;
    else await this.#compare(played, fresh);
  }

  /**
   * Where a body imports a cycle that another root or an import of running code leads to as well, it matters which was
   * first. A reload enters the cycle where the roots do, because its order is that of the whole graph.
   */
  #mayEnterElsewhere(failure: Error | string, { roots, opened }: Loads): boolean {
    return (
      this.#course.awaitsImports(roots) &&
      roots.length + opened.length > 1 &&
      /before initialization/.test(String(failure))
    );
  }

  /** Remembers what is committed. */
  #keep(played: Namespace, how: Operation['how'], loads: Loads, ran: readonly string[]): void {
    const loaded = new Set(played.modules().map(({ id }) => id));
    const ghost = ran.find((id) => !loaded.has(id));
    if (ghost !== undefined) throw new Difference(`${ghost} ran, and is not loaded`);
    const { running, program } = this.#course;
    const isSame = () => running === program || isDeepStrictEqual(codesOf(running), codesOf(program));
    if (how === 'sync' && ran.length > 0 && isSame()) throw new Difference(`comments alone ran ${ran.join(', ')}`);
    this.#course.keep(loads, loaded);
    this.#course.commit(played.release.number);
    for (const flight of this.#flights) flight.note(new Set(ran), loaded);
  }

  /** After going back, to the texts of `evaluate` as well: what a fresh start has to load. */
  async #wentBack(played: Namespace, { roots, opened }: Attempt): Promise<Loads> {
    const { number } = played.release;
    const program = this.#course.programOf(number);
    if (program === undefined) throw new Difference(`went back to release ${number}, which never ran`);
    await this.#course.publish(program);
    return { opened, roots: this.#course.besides(number, roots) };
  }

  #takeOff(played: Namespace): void {
    if (this.#flights.length > 0) return;
    const { words, world } = this.#stand;
    this.#last = undefined;
    this.#flights = world.shows(played).map((show) => new Flight(words, this.#course.idOf(show[0]), show));
  }

  /** What was in flight goes on, and changes nothing that can be seen. */
  async #land(played: Namespace): Promise<void> {
    const before = this.#last ?? (await this.#picture(played));
    for (const flight of this.#flights.splice(0)) await flight.end(before);
    const now = await this.#picture(played);
    if (!isDeepStrictEqual(before, now)) throw new Difference(`what was in flight wrote: ${diff(before, now)}`);
  }

  /** What the namespace looks like is what a fresh start gives; slots are the objects that they were. */
  async #compare(played: Namespace, fresh: Picture): Promise<void> {
    const [here, there] = [await this.#picture(played), fresh].map((picture) => this.#ordered(played, picture));
    if (!isDeepStrictEqual(here, there)) throw new Difference(`not as a fresh start: ${diff(there, here)}`);
  }

  /** What only `import()` has loaded comes behind the rest, in an order that depends on which import came first. */
  #ordered(played: Namespace, picture: Picture): Picture {
    const { modules, shown, rolls } = picture;
    const { loads, entries } = this.#course;
    // what is loaded while a body awaits stands where it stands, also when the game loads it, until the order is found anew
    const inOrder = reach(played.modules(), this.#course.awaitsImports(loads.roots) ? entries : loads.roots);
    if (modules.every((id) => inOrder.has(id))) return picture;
    const byPlace = <One>(all: readonly One[], idOf: (one: One) => string) => [
      ...all.filter((one) => inOrder.has(idOf(one))),
      ...all.filter((one) => !inOrder.has(idOf(one))).sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1)),
    ];
    return {
      ...picture,
      modules: byPlace(modules, (id) => id),
      shown: byPlace(shown, ({ number }) => this.#course.idOf(number)),
      rolls: rolls.toSorted(),
    };
  }

  /** A fresh start of the program, now and then in Node, too. */
  async #freshStart(loads: Loads): Promise<Picture | Error> {
    const fresh = await this.#stand.freshStart(loads);
    if (this.#esm?.isDue() === true) {
      const program = new Map(this.#course.program);
      for (const { module } of loads.roots) if (module !== undefined) program.set(module.number, module);
      const opened = loads.opened.filter((one) => this.#course.stands(one));
      await this.#esm.check({ program, roots: loads.roots, opened }, fresh);
    }
    return fresh;
  }

  async #picture(played: Namespace): Promise<Picture> {
    const seen = await this.#stand.seen(played, this.#course.loads.roots);
    for (const [number, , slots] of seen.shows) for (const slot of slots) this.#checkSlot(number, ...slot);
    this.#last = this.#stand.words.picture(seen);
    return this.#last;
  }

  #checkSlot(number: number, name: string, value: object): void {
    const key = `${this.#course.idOf(number)}#${name}`;
    const before = this.#slots.get(key);
    if (before !== undefined && before !== value) throw new Difference(`the slot ${key} is another object`);
    this.#slots.set(key, value);
  }
}

function tell(what: Picture | Namespace | Error): string {
  return what instanceof Error ? `fails (${what.message})` : 'loads';
}
