/**
 * `createHost`: composes stores, compiler, loader, state and reload into what a game embeds.
 *
 * Composition only: what a reload means is decided in the packages below.
 */

import { createGlobals, hostStep, nodeStep, type SourceTextInstance, storeStep } from '@rekindle/loader';
import {
  DEFAULT_SETTLING,
  type EventBody,
  type EventOf,
  EventStream,
  type EventType,
  Follower,
  type ModuleInfo,
  type OnOptions,
  type Outcome,
  type Powers,
  type RekindleEvent,
  type ReleaseInfo,
  Scopes,
  ScriptNamespace,
} from '@rekindle/reload';
import { type Realm, type Scope, Slots, systemClock, timersModule, timersPromisesModule } from '@rekindle/state';
import { type Overlay, overlay } from '@rekindle/store';
import type { Observable } from 'rxjs';
import { HostError } from './errors.ts';
import { scriptSyntheticModule, syntheticModule } from './host-modules.ts';
import { nativeModule, packageResolver } from './native-modules.ts';
import { checkOptions, DEFAULT_LIMITS, type HostOptions } from './options.ts';
import { diagnose, placeOfThrow } from './places.ts';
import { SourceUnits } from './unit-library.ts';

export interface StartOptions {
  /** Ids of the modules to load, in order; what they import comes with them. */
  readonly entries: readonly string[];
}

export interface Host extends AsyncDisposable {
  /** Emits every event once, in order, after the synchronous step in which it arose; completes with `close`. */
  readonly events$: Observable<RekindleEvent>;
  /** The release that runs; number 0 before the first. */
  readonly release: ReleaseInfo;
  /**
   * Loads the entries, then follows the stores.
   * @throws ScriptLoadError when the first release does not load; nothing is left of it
   * @throws HostError `HOST_STARTED`, `HOST_CLOSED`
   */
  start(options: StartOptions): Promise<void>;
  /**
   * Loads a module and what it imports, once. Works before `start`.
   * @returns its live namespace object: it always shows the newest version, and its identity never changes
   * @throws ScriptLoadError
   * @example
   * const { price } = await host.import('shop/prices.ts');
   */
  import(id: string): Promise<unknown>;
  /** Applies the newest release of the stores now. A refusal is an outcome, never a rejection. */
  sync(): Promise<Outcome>;
  /** Takes the newest release, and runs these modules even if their text did not change. */
  reload(ids: string | readonly string[]): Promise<Outcome>;
  /** Takes the newest release and runs every loaded script again, in one transaction. */
  reloadAll(): Promise<Outcome>;
  /** What is loaded, in evaluation order. */
  modules(): ModuleInfo[];
  /**
   * Calls `handler` for each event of a type; what it throws is reported as a warning and stops nothing.
   * @returns ends it
   * @example
   * host.on('reload:refused', ({ diagnostics }) => tellAdmins(diagnostics));
   */
  on<Type extends EventType>(type: Type, handler: (event: EventOf<Type>) => void, options?: OnOptions): () => void;
  /** Ends timers, effects and listeners of the scripts, stops following, closes the stores. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Makes a host. It connects to nothing and reads nothing until it is used.
 *
 * @throws HostError `INVALID_OPTION`: all that is wrong with the options, at once
 * @example
 * const host = createHost({ stores: [folderStore('scripts')], modules: { '@arena/api': api } });
 * await host.start({ entries: ['main.ts'] });
 */
export function createHost(options: HostOptions): Host {
  checkOptions(options);
  return new ScriptHost(options);
}

class ScriptHost implements Host {
  readonly #options: HostOptions;
  readonly #view: Overlay;
  readonly #events = new EventStream();
  readonly #main: ScriptNamespace;
  #follower: Follower | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#view = overlay(options.stores);
    this.#main = new ScriptNamespace(this.#powersOf('main'));
  }

  get events$(): Observable<RekindleEvent> {
    return this.#events.events$;
  }

  get release(): ReleaseInfo {
    return this.#main.release;
  }

  async start({ entries }: StartOptions): Promise<void> {
    this.#check();
    if (this.#follower !== undefined) throw new HostError('HOST_STARTED', 'The host has been started already.');
    const { clock = systemClock, settling } = this.#options;
    const follower = new Follower(this.#main, {
      clock,
      settling: { ...DEFAULT_SETTLING, ...settling },
      watch: (wake, signal) => this.#watch(wake, signal),
      lost: (error) => this.#emit('main', { type: 'store:lost', store: this.#view.name, error }),
      found: () => this.#emit('main', { type: 'store:connected', store: this.#view.name }),
    });
    this.#follower = follower;
    try {
      await this.#main.start(entries);
      this.#check();
      await follower.start();
    } catch (error) {
      this.#follower = undefined;
      throw error;
    }
  }

  async import(id: string): Promise<unknown> {
    this.#check();
    return this.#main.import(id);
  }

  async sync(): Promise<Outcome> {
    this.#check();
    return this.#main.sync();
  }

  async reload(ids: string | readonly string[]): Promise<Outcome> {
    this.#check();
    return this.#main.reload(typeof ids === 'string' ? [ids] : ids);
  }

  async reloadAll(): Promise<Outcome> {
    this.#check();
    return this.#main.reloadAll();
  }

  modules(): ModuleInfo[] {
    return this.#main.modules();
  }

  on<Type extends EventType>(type: Type, handler: (event: EventOf<Type>) => void, options?: OnOptions): () => void {
    return this.#events.on(type, handler, options);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await this.#follower?.stop();
    await this.#main.close();
    await this.#view[Symbol.asyncDispose]();
    this.#events.complete();
  }

  #check(): void {
    if (this.#closing !== undefined) throw new HostError('HOST_CLOSED', 'The host has been closed.');
  }

  #emit(namespace: string, body: EventBody): void {
    const { clock = systemClock } = this.#options;
    const event = { ...body, time: clock.time(), namespace, release: this.#main.release };
    this.#events.emit(event as RekindleEvent);
  }

  #watch(wake: () => void, signal: AbortSignal): Promise<void> {
    return this.#view.watch(wake, {
      signal,
      notice: (notice) => {
        const store = this.#view.name;
        if (notice.type === 'lost') this.#emit('main', { type: 'store:lost', store, error: notice.cause });
        else if (notice.type === 'connected') this.#emit('main', { type: 'store:connected', store });
        else this.#emit('main', { type: 'store:polling', store, interval: notice.interval, reason: notice.cause });
      },
    });
  }

  #powersOf(namespace: string): Powers {
    const { activate, clock = systemClock, limits, modules = {}, resolve = [], root = process.cwd() } = this.#options;
    const emit = (body: EventBody) => this.#emit(namespace, body);
    const { drain, ...timeLimits } = { ...DEFAULT_LIMITS, ...limits };
    const realm: Realm = {
      namespace,
      clock,
      slots: new Slots(),
      drain,
      report: ({ error, scope, where }) => {
        const { module, revision } = scope.owner;
        const place = placeOfThrow(error, (id) => this.#main.versionOf(id)?.unit);
        emit({ type: 'script:error', module, revision, error, where, ...place });
      },
      emit,
    };
    const scopes = new Scopes(realm);
    const scopeOf = (instance: SourceTextInstance): Scope => scopes.of(instance);
    const provided = new Map([
      ['rekindle/script', scriptSyntheticModule(scopeOf)],
      ...Object.entries({ timers: timersModule, 'timers/promises': timersPromisesModule }).flatMap(([name, make]) => {
        const module = {
          kind: 'scoped' as const,
          create: (instance: SourceTextInstance) => {
            const values = make(scopeOf(instance));
            return { ...values, default: values };
          },
          later: (exported: string) => /^set/.test(exported),
        };
        return [[name, module] as const, [`node:${name}`, module] as const];
      }),
      ...Object.entries(modules).map(([name, definition]) => [name, syntheticModule(definition, scopeOf)] as const),
    ]);
    return {
      namespace,
      source: this.#view,
      units: new SourceUnits(this.#view),
      steps: [...resolve, hostStep((name) => provided.has(name)), storeStep, nodeStep(packageResolver(root))],
      host: (name) => {
        const module = provided.get(name);
        if (module === undefined) throw new RangeError(`no host module '${name}'`);
        return module;
      },
      native: nativeModule,
      realm,
      scopes,
      clock,
      limits: timeLimits,
      globals: createGlobals(),
      meta: (instance) => ({ url: `rekindle:///${instance.record.key}` }),
      activate: activate ?? ((apply) => void apply()),
      emit,
      committed: async ({ hash }) => {
        try {
          await this.#view.committed?.(hash);
        } catch (error) {
          emit({ type: 'store:lost', store: this.#view.name, error });
        }
      },
      diagnose,
    };
  }
}
