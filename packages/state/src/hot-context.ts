/**
 * `import.meta.hot` as a script sees it: Vite's members, so that code which comes from there runs as it is.
 *
 * The object checks what it is given and notes it; what a transaction makes of the notes stands in `hot-swap.ts`.
 */
import { ended, StateError } from './errors.ts';
import { type Hot, hotOf } from './hot.ts';
import type { HotEvents } from './hot-events.ts';
import type { Scope } from './scope.ts';

/** A module's exports, as `import * as module` gives them. */
export type HotModule = Readonly<Record<string, unknown>>;

/** A callback whose parameters may be given narrower types than these: what comes is known to the author. */
export type HotCallback<Args extends readonly unknown[]> = {
  /** Called with what the member says. */
  call(...args: Args): unknown;
}['call'];

/**
 * What `import.meta.hot` has in a script. Its members are Vite's; the guide on `import.meta.hot` lists what differs.
 *
 * @example
 * import.meta.hot?.dispose((data) => { data.connection = connection; });
 */
export interface HotContext {
  /** One object for all versions of the module; a refused release leaves its keys as they were. */
  readonly data: Record<string, unknown>;
  /** The module runs again on any change below it that no nearer module took. */
  accept(): void;
  /**
   * The same; `callback` gets the new version's exports, once they are in place, in the version that is replaced.
   * What it throws refuses the release.
   */
  accept(callback: HotCallback<[module: HotModule | undefined]>): void;
  /**
   * Takes changes of an import and below it: modules that import this one need not hear of them.
   * @param dependency as it is written in the import
   */
  accept(dependency: string, callback?: HotCallback<[module: HotModule | undefined]>): void;
  /** The same for several: those that did not change are `undefined`. */
  accept(dependencies: readonly string[], callback?: HotCallback<[modules: readonly (HotModule | undefined)[]]>): void;
  /** Accepts itself for importers that import no other names than these. */
  acceptExports(names: string | readonly string[], callback?: HotCallback<[module: HotModule | undefined]>): void;
  /** Called when this version ends; several are called in order. */
  dispose(callback: HotCallback<[data: Record<string, unknown>]>): void;
  /** Called after `dispose`, when the module leaves. */
  prune(callback: HotCallback<[data: Record<string, unknown>]>): void;
  /** The modules that import this one run again, in a transaction of their own after the present one. */
  invalidate(message?: string): void;
  /** This version cannot be swapped: a release that would run the module again is refused. Vite's types lack it. */
  decline?(): void;
  /** Calls `callback` for each event of this name, for as long as this version runs. */
  on<Event extends string>(event: Event, callback: HotCallback<[payload: HotPayload<Event>]>): void;
  /** Ends what `on` began. */
  off<Event extends string>(event: Event, callback: HotCallback<[payload: HotPayload<Event>]>): void;
  /** Tells the game: the event `script:message`. */
  send(event: string, data?: unknown): void;
}

/** What the payload of an event is: known of Rekindle's own events. */
export type HotPayload<Event extends string> = Event extends keyof HotEvents ? HotEvents[Event] : unknown;

export interface HotPowers {
  /** The key of the module that an import means; throws where it leads nowhere. */
  resolve(specifier: string): string;
}

/** The object for one version. */
export function hotContext(scope: Scope, powers: HotPowers): HotContext {
  return new VersionHot(hotOf(scope), powers);
}

type AnyCallback = HotCallback<never>;

class VersionHot implements Required<HotContext> {
  readonly #hot: Hot;
  readonly #powers: HotPowers;

  constructor(hot: Hot, powers: HotPowers) {
    this.#hot = hot;
    this.#powers = powers;
  }

  get data(): Record<string, unknown> {
    return this.#hot.data;
  }

  accept(what?: unknown, callback?: unknown): void {
    this.#check('accept changes');
    if (what === undefined || typeof what === 'function') {
      this.#hot.accept({ kind: 'self', callback: what as AnyCallback | undefined });
      return;
    }
    const specifiers = typeof what === 'string' ? [what] : what;
    if (!isListOfStrings(specifiers)) {
      this.#refuse("'import.meta.hot.accept' takes a callback, or imports as they are written and a callback.");
    }
    const keys = specifiers.map((specifier) => this.#powers.resolve(specifier));
    this.#hot.accept({ kind: 'imports', keys, single: typeof what === 'string', callback: this.#maybe(callback) });
  }

  acceptExports(names: unknown, callback?: unknown): void {
    this.#check('accept changes');
    const list = typeof names === 'string' ? [names] : names;
    if (!isListOfStrings(list)) this.#refuse("'import.meta.hot.acceptExports' takes names of exports.");
    this.#hot.accept({ kind: 'exports', names: list, callback: this.#maybe(callback) });
  }

  dispose(callback: AnyCallback): void {
    this.#check('have something disposed of');
    this.#hot.disposals.push(this.#function(callback));
  }

  prune(callback: AnyCallback): void {
    this.#check('have something pruned');
    this.#hot.prunes.push(this.#function(callback));
  }

  decline(): void {
    this.#check('decline changes');
    const { module } = this.#hot.scope.owner;
    this.#hot.declined ??= new StateError({
      code: 'HOT_DECLINED',
      message: `'${module}' would run again, and has declined that with 'import.meta.hot.decline()'.`,
      hint: 'Restart the process, or let the game unload the module and import it again.',
      module,
    });
  }

  invalidate(message?: unknown): void {
    this.#hot.invalidate(message === undefined ? undefined : String(message));
  }

  on(event: string, callback: AnyCallback): void {
    this.#check(`listen to '${event}'`);
    this.#hot.on(event, this.#function(callback));
  }

  off(event: string, callback: AnyCallback): void {
    this.#hot.off(event, callback);
  }

  send(event: string, data?: unknown): void {
    const { owner, realm } = this.#hot.scope;
    const { module, revision } = owner;
    realm.emit?.({ type: 'script:message', module, revision, event: String(event), data });
  }

  #check(what: string): void {
    const { scope } = this.#hot;
    if (scope.phase === 'ended') throw ended(scope, what);
  }

  #maybe(callback: unknown): AnyCallback | undefined {
    return callback === undefined ? undefined : this.#function(callback);
  }

  #function(callback: unknown): AnyCallback {
    if (typeof callback !== 'function') this.#refuse(`'import.meta.hot' was given ${String(callback)} as a callback.`);
    return callback as AnyCallback;
  }

  #refuse(message: string): never {
    const { module } = this.#hot.scope.owner;
    throw new StateError({ code: 'INVALID_ARGUMENT', message: `In '${module}': ${message}`, module });
  }
}

function isListOfStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
