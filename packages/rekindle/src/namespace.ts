/** A namespace of scripts as the game sees it. */

import type {
  AnyExport,
  Explanation,
  ModuleInfo,
  Outcome,
  Rehearsal,
  ReleaseInfo,
  ScriptNamespace,
} from '@rekindle/reload';
import type { LiveFunction } from '@rekindle/state';
import { withDeepStacks } from './stack-traces.ts';

/** Where an evaluated text stands. */
export interface EvaluateOptions {
  /**
   * Where the module stands, as far as its imports and messages are concerned; the same id again is a reload.
   * @default 'evaluated.ts'
   */
  readonly id?: string;
}

/** What leaves together with a module. */
export interface UnloadOptions {
  /** Whether the modules that import it leave as well. @default false */
  readonly cascade?: boolean;
}

/** Modules with a registry, state and globals of their own. */
export interface Namespace {
  readonly name: string;
  /** The release that runs; number 0 before the first. */
  readonly release: ReleaseInfo;
  /**
   * Loads a module and what it imports, once.
   * @returns its live namespace object: it always shows the newest version, and its identity never changes
   * @throws ScriptLoadError
   * @example
   * const { price } = await host.import('shop/prices.ts');
   */
  import(id: string): Promise<unknown>;
  /**
   * Loads a text as a module that stands in no store. It imports as if it stood at its id; again with the same id, it is
   * a reload.
   * @returns its live namespace object
   * @throws ScriptLoadError when it is refused; the version before runs on
   * @example
   * const { double } = await host.evaluate('export const double = (n: number) => n * 2;', { id: 'console/1.ts' });
   */
  evaluate(source: string, options?: EvaluateOptions): Promise<unknown>;
  /** Applies the newest release of the stores now. A refusal is an outcome, never a rejection. */
  sync(): Promise<Outcome>;
  /** Takes the newest release, and runs these modules even if their text did not change. */
  reload(ids: string | readonly string[]): Promise<Outcome>;
  /** Takes the newest release and runs every loaded script again, in one transaction. */
  reloadAll(): Promise<Outcome>;
  /** Takes modules out completely: timers, effects, listeners, bindings. Refused with the names of who imports them. */
  unload(ids: string | readonly string[], options?: UnloadOptions): Promise<Outcome>;
  /**
   * Goes back to an earlier release, code and state; following does not bring the later one again. Works on sources
   * without a history: the last sixteen releases that ran here can be had.
   * @param release the release, or its number: the newest that ran under it; the one before, if absent
   * @returns refused with `UNKNOWN_RELEASE` where it has not run here lately, with `MIGRATION_MISSING` where a slot
   *   cannot go back
   */
  revert(release?: number | ReleaseInfo): Promise<Outcome>;
  /**
   * What a release would come to: its plan, what becomes of each slot, why it would be refused. It is prepared, and its
   * bodies and migrations run, on a copy of the state; then everything is taken back. Effects are not set up or cleaned
   * up, and nothing is told. What bodies and migrations call in the game is called, as by a release that is refused.
   * @param release the newest, if absent; else one that ran here lately, by number, or any that the stores have
   * @example
   * const { status, slots, diagnostics } = await host.rehearse();
   */
  rehearse(release?: number | ReleaseInfo): Promise<Rehearsal>;
  /**
   * Stops following the stores until `resume`, while the game is in a delicate hour; what the game asks for itself
   * (`sync`, `reload`, `import`) is done all the same. It does not outlive the process.
   * @param why told by `status$` and by the event
   */
  hold(why: string): void;
  /** Follows again, and takes the newest release at once, in one transaction. */
  resume(): Promise<Outcome>;
  /**
   * Calls into scripts from outside of hooks. Returns what `fn` returns; an error of a script that escapes it, at once or
   * as a rejection, is attributed by its stack, counted and told as `script:error`, and `undefined` comes back. What no
   * script has to do with is thrown; so is what has no stack, such as a string.
   * @example
   * const answer = host.run(() => shop.priceOf('sword'));
   */
  run<Result>(fn: () => Result): Result | undefined;
  /** Tells of an error of a script that the game has caught itself; false where no script has to do with it. */
  report(error: unknown): boolean;
  /**
   * A function that always calls what a module exports under a name at the moment: for code of the game that keeps it. It
   * is an entry point: what the script throws is told as `script:error`, and `undefined` comes back.
   *
   * Asking for it loads nothing. The same names give the same function.
   * @typeParam Fn the signature of the export, which stays
   * @throws ReloadError when it is called and there is nothing to call, with the release since which it is so:
   *   `NOT_LOADED`, `MODULE_UNLOADED`, `EXPORT_GONE`, `EXPORT_NOT_CALLABLE`
   * @example
   * const onDeath = host.live<(id: number) => void>('npc/orc.ts', 'onDeath');
   * world.on('death', onDeath);
   */
  live<Fn extends (...args: never[]) => unknown = AnyExport>(id: string, name: string): LiveFunction<Fn>;
  /** Where a module comes from and why, who imports it, what a change of it would run again. Changes nothing. */
  explain(id: string): Promise<Explanation>;
  /**
   * Calls what scripts have given to `import.meta.hot.on` for this event, in evaluation order of the modules; what one
   * of them throws is told as `script:error`.
   * @example
   * host.send('weather', { rain: true });
   */
  send(event: string, data?: unknown): void;
  /** What is loaded, in evaluation order. */
  modules(): ModuleInfo[];
  /** Ends everything that the namespace's scripts own and forgets them. The namespace `main` ends with the host. */
  dispose(): Promise<void>;
}

export interface NamespaceParts {
  readonly scripts: ScriptNamespace;
  /** Throws where the host, or the namespace, has been closed. */
  check(): void;
  /** Finds whose fault an error is; false where no script has to do with it. */
  report(error: unknown, where: string): boolean;
  dispose(): Promise<void>;
}

export class GameNamespace implements Namespace {
  readonly #parts: NamespaceParts;

  constructor(parts: NamespaceParts) {
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.scripts.name;
  }

  get release(): ReleaseInfo {
    return this.#parts.scripts.release;
  }

  async import(id: string): Promise<unknown> {
    return this.#scripts().import(id);
  }

  async evaluate(source: string, { id = 'evaluated.ts' }: EvaluateOptions = {}): Promise<unknown> {
    return this.#scripts().evaluate(source, id);
  }

  async sync(): Promise<Outcome> {
    return await this.#scripts().sync();
  }

  async reload(ids: string | readonly string[]): Promise<Outcome> {
    return this.#scripts().reload(listOf(ids));
  }

  async reloadAll(): Promise<Outcome> {
    return this.#scripts().reloadAll();
  }

  async unload(ids: string | readonly string[], options?: UnloadOptions): Promise<Outcome> {
    return this.#scripts().unload(listOf(ids), options);
  }

  async revert(release?: number | ReleaseInfo): Promise<Outcome> {
    return this.#scripts().revert(release);
  }

  async rehearse(release?: number | ReleaseInfo): Promise<Rehearsal> {
    return this.#scripts().rehearse(release);
  }

  hold(why: string): void {
    this.#scripts().hold(why);
  }

  async resume(): Promise<Outcome> {
    return this.#scripts().resume();
  }

  run<Result>(fn: () => Result): Result | undefined {
    const scripts = this.#scripts();
    try {
      const result = withDeepStacks(() => scripts.outside(fn));
      return result instanceof Promise ? (result.catch((error) => this.#caught(error)) as Result) : result;
    } catch (error) {
      return this.#caught(error);
    }
  }

  report(error: unknown): boolean {
    return this.#parts.report(error, 'reported by the game');
  }

  #caught(error: unknown): undefined {
    if (!this.#parts.report(error, 'run')) throw error;
  }

  async explain(id: string): Promise<Explanation> {
    return this.#scripts().explain(id);
  }

  live<Fn extends (...args: never[]) => unknown = AnyExport>(id: string, name: string): LiveFunction<Fn> {
    return this.#scripts().live(id, name);
  }

  send(event: string, data?: unknown): void {
    this.#scripts().send(event, data);
  }

  modules(): ModuleInfo[] {
    return this.#parts.scripts.modules();
  }

  dispose(): Promise<void> {
    return this.#parts.dispose();
  }

  #scripts(): ScriptNamespace {
    this.#parts.check();
    return this.#parts.scripts;
  }
}

function listOf(ids: string | readonly string[]): readonly string[] {
  return typeof ids === 'string' ? [ids] : ids;
}
