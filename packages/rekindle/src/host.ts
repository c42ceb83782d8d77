/**
 * `createHost`: composes stores, compiler, loader, state and reload into what a game embeds.
 *
 * Composition only: what a reload means is decided in the packages below.
 */

import { compile } from '@rekindle/compiler';
import {
  DEFAULT_SETTLING,
  type EventBody,
  type EventOf,
  EventStream,
  type EventType,
  Follower,
  type OnOptions,
  type RekindleEvent,
  ScriptLoadError,
  ScriptNamespace,
} from '@rekindle/reload';
import { type Clock, type SlotToWrite, systemClock } from '@rekindle/state';
import type { SourceNotice } from '@rekindle/store';
import { defer, filter, map, merge, type Observable, Subject, startWith } from 'rxjs';
import { HostError, SnapshotError } from './errors.ts';
import { HostReporter } from './host-reporter.ts';
import { changesStatus, type HostStatus, type StoreStatus, storeStatusAfter } from './host-status.ts';
import { BootView } from './known-good/boot-view.ts';
import { watchPatiently } from './known-good/patient-watch.ts';
import { GameNamespace, type Namespace } from './namespace.ts';
import { namespacePowers } from './namespace-powers.ts';
import { checkOptions, DEFAULT_LIMITS, type HostOptions, type NamespaceOptions, withPolicy } from './options.ts';
import { catchProcessErrors } from './process-errors.ts';
import { Restoration } from './restoration.ts';
import { escapedError, innermostOf, isEndOfFlow, namespaceOf } from './script-errors.ts';
import { ScriptLibrary } from './script-library.ts';
import { makeSnapshot, type Snapshot } from './snapshot.ts';
import { mapStackTraces } from './stack-traces.ts';
import { Transforms } from './transforms.ts';

/** Loads the compilers, a tenth of a second, where a start found everything compiled: else the first edit would pay. */
const warmUp = () => void compile('export const warm: boolean = true;', { id: 'warm.ts' });

/** What escaped everybody, in words. */
const UNCAUGHT = { uncaughtException: 'uncaught error', unhandledRejection: 'unhandled rejection' } as const;

/** What `start` loads. */
export interface StartOptions {
  /** Ids of the modules to load, in order; what they import comes with them. */
  readonly entries: readonly string[];
}

/** The host is the namespace `main` too. */
export interface Host extends Namespace, AsyncDisposable {
  /**
   * Emits every event once, in order, after the synchronous step in which it arose; completes with `close`. A subscriber
   * that throws ends the process, as RxJS has it: `on` catches what its handler throws.
   */
  readonly events$: Observable<RekindleEvent>;
  /**
   * Where things stand: at once for whoever subscribes, and again whenever it changes; completes with `close`. A
   * subscriber that throws ends the process.
   */
  readonly status$: Observable<HostStatus>;
  /**
   * Loads the entries into the namespace `main`, then follows the stores.
   * @throws ScriptLoadError when the first release does not load; nothing is left of it
   * @throws HostError `HOST_STARTED`, `HOST_CLOSED`
   */
  start(options: StartOptions): Promise<void>;
  /**
   * The namespace of this name; a new one is made, and its entries are loaded, where there is none. It follows the
   * stores as the host does.
   * @throws ScriptLoadError when an entry does not load; the namespace is gone then
   * @example
   * const room = await host.namespace('room-17', { entries: ['match/index.ts'] });
   */
  namespace(name: string, options?: NamespaceOptions): Promise<Namespace>;
  /**
   * Calls `handler` for each event of a type; what it throws, or rejects with, is reported as a warning and stops nothing.
   * @returns ends it
   * @example
   * host.on('reload:refused', ({ diagnostics }) => tellAdmins(diagnostics));
   */
  on<Type extends EventType>(type: Type, handler: (event: EventOf<Type>) => void, options?: OnOptions): () => void;
  /**
   * The state of all namespaces, as it is at this moment: every slot that can be written, instances of the scripts'
   * top-level classes and schedules included, as one graph. What cannot be written is named in `unwritten`, and told as
   * `state:unwritten`. A release that is on its way is not in it, and it waits for nothing.
   * @example
   * process.once('SIGTERM', async () => {
   *   await (await host.snapshot()).write('world.snapshot');
   *   await host.close();
   * });
   */
  snapshot(): Promise<Snapshot>;
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

/** True where a snapshot is what keeps the host from starting. */
function isOfSnapshot(error: unknown): boolean {
  return error instanceof SnapshotError || (error instanceof ScriptLoadError && error.code.startsWith('RESTORE_'));
}

/** What the host keeps of a namespace. */
interface Room {
  readonly scripts: ScriptNamespace;
  readonly game: Namespace;
  /** Its own stores, where it has some. */
  readonly own: ScriptLibrary | undefined;
  /** The stores as it sees them. */
  readonly view: BootView;
  /** Aborts when it is disposed of. */
  readonly signal: AbortSignal;
  /** Resolves when its entries have been loaded. */
  loaded: Promise<void>;
}

class ScriptHost implements Host {
  readonly name = 'main';
  readonly #options: HostOptions;
  readonly #clock: Clock;
  readonly #transforms: Transforms;
  readonly #library: ScriptLibrary;
  readonly #unmapStackTraces: () => void;
  readonly #leaveProcessErrors: () => void;
  readonly #events = new EventStream();
  /** Some namespace stands elsewhere, and no event says so. */
  readonly #restated = new Subject<void>();
  readonly #rooms = new Map<string, Room>();
  /** Those who compile for it; and for namespaces that have been disposed of, whose flows may still err. */
  readonly #compiled = new WeakSet<object>();
  readonly #main: Room;
  readonly #restoration: Restoration | undefined;
  readonly #reporter: HostReporter | undefined;
  #follower: Follower | undefined;
  #closing: Promise<void> | undefined;
  #storeStatus: StoreStatus = { state: 'connected' };

  constructor(options: HostOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const { transforms = {}, limits } = options;
    this.#transforms = new Transforms(transforms, this.#clock, limits?.prepare ?? DEFAULT_LIMITS.prepare);
    this.#library = new ScriptLibrary(options.stores, options, {
      transforms: this.#transforms,
      emit: (event) => this.#emit(this.#main.scripts, event),
      isMain: true,
    });
    this.#unmapStackTraces = mapStackTraces();
    this.#restoration =
      options.restore === undefined
        ? undefined
        : new Restoration(options.restore, {
            clock: this.#clock,
            dropped: (slots, releases) => this.#tellDropped(slots, releases),
          });
    this.#main = this.#open('main', {});
    this.#reporter = options.name === false ? undefined : this.#makeReporter(options.name);
    this.#leaveProcessErrors =
      options.processErrors === 'off'
        ? () => {}
        : catchProcessErrors({
            isScripts: (error) => isEndOfFlow(error) || this.#isOwn(error),
            report: (error, kind) => {
              if (!isEndOfFlow(error)) this.#report(error, UNCAUGHT[kind], this.#main.scripts);
            },
          });
  }

  get events$(): Observable<RekindleEvent> {
    return this.#events.events$;
  }

  get status$(): Observable<HostStatus> {
    return defer(() =>
      merge(this.events$.pipe(filter(changesStatus)), this.#restated).pipe(
        map(() => this.#status()),
        startWith(this.#status()),
      ),
    );
  }

  #makeReporter(name: string | undefined): HostReporter {
    return new HostReporter({
      clock: this.#clock,
      name,
      stores: this.#library.stores.map(({ store }) => store),
      status: () =>
        [...this.#rooms.values()].flatMap(({ own, scripts }) => (own === undefined ? scripts.status() : [])),
      newest: () => this.#main.view.newest,
    });
  }

  #status(): HostStatus {
    const state = this.#closing !== undefined ? 'closed' : this.#follower === undefined ? 'idle' : 'following';
    const namespaces = [...this.#rooms.values()].map((room) => room.scripts.status());
    return { state, stores: this.#storeStatus, namespaces };
  }

  get release() {
    return this.#main.game.release;
  }

  async start({ entries }: StartOptions): Promise<void> {
    this.#check();
    if (this.#follower !== undefined) throw new HostError('HOST_STARTED', 'The host has been started already.');
    const follower = new Follower({
      namespaces: () => [...this.#rooms.values()].map((room) => room.scripts).filter((scripts) => scripts.isFollowing),
      clock: this.#clock,
      settling: { ...DEFAULT_SETTLING, ...this.#options.settling },
      watch: (wake, signal) => this.#watchAll(wake, signal),
      unsettled: () => this.#unsettled(),
      lost: (error) => this.#emit(this.#main.scripts, { type: 'store:lost', store: this.#library.view.name, error }),
      found: () => this.#emit(this.#main.scripts, { type: 'store:connected', store: this.#library.view.name }),
    });
    this.#follower = follower;
    try {
      await this.#library.known?.judge();
      for (const { own, scripts } of this.#rooms.values()) if (own === undefined) this.#bar(scripts);
      await this.#boot(this.#main, entries);
      this.#check();
      this.#main.scripts.tellWaitingSlots();
      await follower.start();
      this.#reporter?.begin();
      setImmediate(warmUp).unref();
    } catch (error) {
      this.#follower = undefined;
      throw error;
    }
  }

  async namespace(name: string, options: NamespaceOptions = {}): Promise<Namespace> {
    this.#check();
    let room = this.#rooms.get(name);
    if (room === undefined) {
      const opened = this.#open(name, options);
      const { entries = [] } = options;
      room = opened;
      opened.loaded = this.#load(opened, entries);
      void this.#restoration?.lend(name, opened.loaded);
      opened.loaded.catch(() => opened.game.dispose());
    }
    await room.loaded;
    return room.game;
  }

  /** Loads the entries of a new namespace, and begins to watch the stores that it has for itself. */
  async #load(room: Room, entries: readonly string[]): Promise<void> {
    if (entries.length > 0) await this.#boot(room, entries);
    room.scripts.tellWaitingSlots();
    const follower = this.#follower;
    if (follower !== undefined) await this.#watchOwn(room, () => follower.wake(), follower.stopping);
  }

  /** Loads the entries: of the newest release, or of the last known good one where that cannot be. */
  async #boot({ scripts, view, own }: Room, entries: readonly string[]): Promise<void> {
    const known = own === undefined ? this.#library.known : undefined;
    try {
      await scripts.start(entries);
    } catch (error) {
      this.#check();
      if (isOfSnapshot(error)) throw error; // no other release is to be blamed for it, or to be tried
      const good = await known?.fallback(error);
      if (known === undefined || good === undefined) throw error;
      const isRefused = error instanceof ScriptLoadError;
      const refused = isRefused && known.isNamed ? view.newest?.hash : undefined;
      if (refused === good.release.hash) throw error;
      known.use(good);
      try {
        await view.from(good, () => scripts.start(entries, { from: 'last-known-good', error }));
      } catch {
        known.leave(good);
        throw error; // it has nothing to do with the release
      }
      if (refused !== undefined && !known.barred.has(refused)) {
        scripts.bar(refused, `the host could not start with it: ${(error as Error).message}`);
      }
    }
  }

  /** What is barred is not taken by a namespace that comes either. */
  #bar(scripts: ScriptNamespace): void {
    for (const [hash, why] of this.#library.known?.barred ?? []) scripts.bar(hash, why);
  }

  import: Namespace['import'] = (id) => this.#main.game.import(id);
  evaluate: Namespace['evaluate'] = (source, options) => this.#main.game.evaluate(source, options);
  sync: Namespace['sync'] = () => this.#main.game.sync();
  reload: Namespace['reload'] = (ids) => this.#main.game.reload(ids);
  reloadAll: Namespace['reloadAll'] = () => this.#main.game.reloadAll();
  revert: Namespace['revert'] = (release) => this.#main.game.revert(release);
  rehearse: Namespace['rehearse'] = (release) => this.#main.game.rehearse(release);
  hold: Namespace['hold'] = (why) => this.#main.game.hold(why);
  resume: Namespace['resume'] = () => this.#main.game.resume();
  run: Namespace['run'] = (fn) => this.#main.game.run(fn);
  report: Namespace['report'] = (error) => this.#main.game.report(error);
  unload: Namespace['unload'] = (ids, options) => this.#main.game.unload(ids, options);
  live: Namespace['live'] = (id, name) => this.#main.game.live(id, name);
  explain: Namespace['explain'] = (id) => this.#main.game.explain(id);
  send: Namespace['send'] = (event, data) => this.#main.game.send(event, data);
  modules: Namespace['modules'] = () => this.#main.game.modules();
  dispose: Namespace['dispose'] = () => this.close();

  on<Type extends EventType>(type: Type, handler: (event: EventOf<Type>) => void, options?: OnOptions): () => void {
    return this.#events.on(type, handler, options);
  }

  async snapshot(): Promise<Snapshot> {
    this.#check();
    await this.#restoration?.read();
    this.#check();
    const rooms = [...this.#rooms.values()].map(({ scripts }) => scripts);
    const waiting = this.#restoration?.waiting() ?? [];
    const running = rooms.flatMap((scripts) =>
      scripts.savedSlots().map((slot) => ({ ...slot, namespace: scripts.name })),
    );
    const gone = waiting.map(({ namespace }) => [namespace, this.#restoration?.releaseOf(namespace)] as const);
    const releases = Object.fromEntries([...gone, ...rooms.map(({ name, release }) => [name, release] as const)]);
    const snapshot = makeSnapshot({
      time: this.#clock.time(),
      releases: releases as Snapshot['releases'],
      slots: [...running, ...waiting],
    });
    for (const { namespace, ...unwritten } of snapshot.unwritten) {
      const scripts = this.#rooms.get(namespace)?.scripts;
      if (scripts !== undefined) this.#emit(scripts, { type: 'state:unwritten', ...unwritten });
    }
    return snapshot;
  }

  /** Of namespaces that have not come. */
  #tellDropped(slots: readonly SlotToWrite[], releases: Snapshot['releases']): void {
    for (const { namespace, module, name } of slots) {
      const release = releases[namespace] ?? this.#main.scripts.release;
      this.#events.emit({ type: 'state:dropped', time: this.#clock.time(), namespace, release, module, slot: name });
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#restoration?.close();
    await this.#library.known?.close();
    await this.#follower?.stop();
    await this.#reporter?.end();
    await Promise.all([...this.#rooms.values()].map((room) => room.scripts.close()));
    await Promise.all([...this.#rooms.values()].map((room) => room.own?.[Symbol.asyncDispose]()));
    await this.#library[Symbol.asyncDispose]();
    this.#events.complete();
    this.#restated.complete();
    await new Promise((resolve) => setImmediate(resolve)); // flows that ended just now reject in this turn
    this.#leaveProcessErrors();
    this.#unmapStackTraces();
  }

  #check(): void {
    if (this.#closing !== undefined) throw new HostError('HOST_CLOSED', 'The host has been closed.');
  }

  #open(name: string, options: NamespaceOptions): Room {
    const own =
      options.stores === undefined
        ? undefined
        : new ScriptLibrary(options.stores, this.#options, {
            transforms: this.#transforms,
            emit: (event) => this.#emit(scripts, event),
            isMain: false,
          });
    const { stores, units } = own ?? this.#library;
    this.#compiled.add(units.mark);
    const known = own === undefined ? this.#library.known : undefined;
    const view = new BootView((own ?? this.#library).view, known);
    const leaving = new AbortController();
    const powers = namespacePowers(name, options, {
      options: this.#options,
      clock: this.#clock,
      view,
      stores: options.policy === undefined ? stores : withPolicy(stores, options.policy),
      units,
      extensions: this.#transforms.extensions,
      emit: (body) => {
        if (!scripts.isUnheard) this.#emit(scripts, body);
      },
      restated: () => {
        this.#restated.next();
        this.#reporter?.changed(name, scripts.release);
      },
      isHeard: (type) => this.#events.isHeard(type),
      erred: (error) => scripts.erred(error),
      trials: known?.trials(name === 'main'),
      restoration: this.#restoration,
    });
    const scripts = new ScriptNamespace(powers);
    if (own === undefined) this.#bar(scripts);
    let open = true;
    const game = new GameNamespace({
      scripts,
      report: (error, where) => this.#report(error, where, scripts),
      check: () => {
        this.#check();
        if (!open) throw new HostError('NAMESPACE_DISPOSED', `Namespace '${name}' has been disposed of.`);
      },
      dispose: async () => {
        open = false;
        if (this.#rooms.get(name)?.scripts === scripts) this.#rooms.delete(name);
        leaving.abort();
        await scripts.close();
        await own?.[Symbol.asyncDispose]();
      },
    });
    const room: Room = { scripts, game, own, view, signal: leaving.signal, loaded: Promise.resolve() };
    this.#rooms.set(name, room);
    return room;
  }

  /** Attributes an error by its stack: to the namespace that runs the script; the one that was asked goes before others. */
  #report(error: unknown, where: string, asked: ScriptNamespace): boolean {
    const escaped = escapedError(error, where);
    const innermost = innermostOf(error);
    if (escaped === undefined || innermost === undefined) return false;
    const candidates = [...this.#rooms.values()].map(({ scripts, own }) => ({
      scripts,
      library: (own ?? this.#library).units.mark,
    }));
    const before = candidates.filter(({ scripts }) => scripts === asked);
    (namespaceOf(innermost, [...before, ...candidates]) ?? asked).erred(escaped);
    return true;
  }

  /** Whether an error comes from a script that this host has compiled: there may be other hosts in the process. */
  #isOwn(error: unknown): boolean {
    const innermost = innermostOf(error);
    return innermost !== undefined && [...innermost.libraries].some((library) => this.#compiled.has(library));
  }

  #emit(scripts: ScriptNamespace, body: EventBody): void {
    const { name, release } = scripts;
    // the body last: V8 copies it ten times as fast onto these than these onto its copy
    const event = { time: this.#clock.time(), namespace: name, release, ...body } as RekindleEvent;
    this.#storeStatus = storeStatusAfter(this.#storeStatus, event);
    this.#events.emit(event);
    if (changesStatus(event)) this.#reporter?.changed(name, release);
  }

  /** Watches the stores of the host, and those that a namespace has for itself. */
  async #watchAll(wake: () => void, signal: AbortSignal): Promise<void> {
    const rooms = [...this.#rooms.values()].map((room) => this.#watchOwn(room, wake, signal));
    await Promise.all([this.#watch(this.#library, this.#main.scripts, wake, signal), ...rooms]);
  }

  async #unsettled(): Promise<boolean> {
    const libraries = [this.#library, ...[...this.#rooms.values()].flatMap(({ own }) => own ?? [])];
    const answers = await Promise.all(libraries.map(({ view }) => view.unsettled?.() ?? false));
    return answers.includes(true);
  }

  async #watchOwn({ own, scripts, signal }: Room, wake: () => void, stopping?: AbortSignal): Promise<void> {
    if (own === undefined) return;
    await this.#watch(own, scripts, wake, stopping === undefined ? signal : AbortSignal.any([signal, stopping]));
  }

  #watch(library: ScriptLibrary, scripts: ScriptNamespace, wake: () => void, signal: AbortSignal): Promise<void> {
    const store = library.view.name;
    const noticed = (notice: SourceNotice) => {
      if (notice.type === 'lost') this.#emit(scripts, { type: 'store:lost', store, error: notice.cause });
      else if (notice.type === 'connected') this.#emit(scripts, { type: 'store:connected', store });
      else {
        const { interval, cause } = notice;
        this.#emit(scripts, { type: 'store:polling', store, interval, reason: cause });
      }
    };
    const watch = () => library.watch(wake, signal, noticed);
    // the host runs: stores that cannot be read yet must not end it
    return library.known?.inUse === undefined
      ? watch()
      : watchPatiently({ clock: this.#clock, signal, watch, begun: wake });
  }
}
