// The host on which a scenario is played: namespaces that start afresh, how a namespace looks, and the hands of time.
import { PARTICIPANTS } from '@rekindle/reload';
import { VirtualClock } from '@rekindle/state';
import { createHost, type Host, type Namespace, ScriptLoadError } from 'rekindle';
import type { Course, Loads, Opened, Root } from './course.ts';
import { Difference } from './difference.ts';
import { FaultPoint } from './fault.ts';
import { type Picture, type Seen, Words } from './picture.ts';
import { textOf } from './program.ts';
import { World } from './world.ts';

/** Timers of scripts are due within this time, those of the host later. */
const HORIZON = 1_000_000;

export class Stand {
  readonly #course: Course;
  readonly clock = new VirtualClock();
  readonly words = new Words();
  readonly world = new World(this.words);
  readonly fault = new FaultPoint();
  readonly #host: Host;
  #started = 0;

  constructor(course: Course) {
    this.#course = course;
    this.#host = createHost({
      stores: [course.store],
      clock: this.clock,
      cache: false,
      probation: false,
      // a busy machine is no endless loop
      limits: { activate: Infinity, prepare: Infinity, drain: 2 * HORIZON },
      modules: this.world.modules,
      [PARTICIPANTS]: this.fault.wrap,
    });
  }

  close(): Promise<void> {
    return this.#host.close();
  }

  /** A namespace that has loaded all of it, or why that is impossible. */
  async start({ roots, opened }: Loads): Promise<Namespace | Error> {
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
      await this.clock.advance(0);
      return namespace;
    } catch (error) {
      await namespace?.dispose();
      if (error instanceof ScriptLoadError || error instanceof ImportFailed) return error;
      throw error;
    }
  }

  /** What a fresh start of the program looks like, or why it does not start; nothing is left of it. */
  async freshStart(loads: Loads): Promise<Picture | Error> {
    const timers = this.#timers();
    const namespace = await this.start(loads);
    if (namespace instanceof Error) {
      this.#checkTimers(timers);
      return namespace;
    }
    const fresh = this.words.picture(await this.seen(namespace, loads.roots, timers));
    await namespace.dispose();
    await this.clock.advance(0);
    const left = this.world.leave(namespace.name);
    if (left > 0) throw new Difference(`${left} of what a namespace had set up outlive it`);
    this.#checkTimers(timers);
    return fresh;
  }

  /** What the scripts of a namespace tell. @param others timers that are not its own */
  async seen(namespace: Namespace, roots: readonly Root[], others = 0): Promise<Seen> {
    return this.world.seen(namespace, await views(namespace, roots), this.#timers() - others);
  }

  /** Imports what running code had imported, as far as that code is there. */
  async #replay(namespace: Namespace, opened: readonly Opened[]): Promise<void> {
    const left = new Set(opened.filter((one) => this.#course.stands(one)));
    for (let before = -1; before !== left.size; ) {
      before = left.size;
      for (const one of left) {
        const show = this.world.shows(namespace).find(([number]) => number === one.from);
        if (show === undefined) continue;
        left.delete(one);
        await show[3](one.to).catch((cause: Error) => {
          throw new ImportFailed(`import() rejects: ${cause.message}`, { cause });
        });
      }
    }
  }

  /** How many timers of scripts are set. */
  #timers(): number {
    const horizon = this.clock.now() + HORIZON;
    return this.clock.due.filter((due) => due < horizon).length;
  }

  #checkTimers(before: number): void {
    const now = this.#timers();
    if (now !== before) throw new Difference(`timers outlive a namespace: ${now - before}`);
  }
}

export async function views(namespace: Namespace, roots: readonly Root[]): Promise<object[]> {
  const all: object[] = [];
  for (const { id } of roots) all.push((await namespace.import(id)) as object);
  return all;
}

/** An `import()` by running code, at a fresh start, that rejects: it does not start. */
class ImportFailed extends Error {
  override readonly name = 'ImportFailed';
}
