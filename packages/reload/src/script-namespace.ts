/**
 * One namespace of scripts at run time, as the host sees it: what can be asked of it, and where it stands.
 *
 * What runs is in `RunningRelease`, what is asked for waits in `ReloadQueue`, and `Wishes` takes it to an outcome. When to
 * look for a new release is decided by `follow.ts`; nothing is printed: events say it.
 */

import { idOf, type ModuleRecord, type SourceTextInstance } from '@rekindle/loader';
import { endScopes, followInvalidations, type LiveFunction, type SavedSlot, sendHot } from '@rekindle/state';
import { type Head, revisionOf } from '@rekindle/store';
import { Commits } from './commits.ts';
import { ofInvalidationCircle } from './diagnose.ts';
import { DynamicImports } from './dynamic-imports.ts';
import { ReloadError, ScriptLoadError } from './errors.ts';
import { EvaluationErrors } from './evaluation-errors.ts';
import type { Cause, HostBooted, ReleaseInfo } from './events.ts';
import { type Explanation, explain } from './explain.ts';
import { IntrinsicsLook } from './intrinsics-look.ts';
import { type Invalidated, Invalidations } from './invalidations.ts';
import { Lingering } from './lingering.ts';
import { LiveExports } from './live-exports.ts';
import { Moment } from './moment.ts';
import type { EscapedError, ModuleInfo, NamespaceStatus } from './namespace-info.ts';
import { ObserverIndex } from './observer-index.ts';
import type { Outcome, Refused } from './outcome.ts';
import type { Powers } from './powers.ts';
import { Refusals } from './refusals.ts';
import type { Rehearsal } from './rehearsal.ts';
import { Rehearsals } from './rehearsals.ts';
import { ReleaseTrial } from './release-trial.ts';
import { ReloadQueue } from './reload-queue.ts';
import { Reversals } from './reversals.ts';
import { RunningImports } from './running-imports.ts';
import { RunningRelease } from './running-release.ts';
import { Targets } from './targets.ts';
import { warnOf } from './thrown.ts';
import type { Surroundings } from './version-context.ts';
import type { Wish } from './wish.ts';
import { Wishes } from './wishes.ts';

export class ScriptNamespace {
  readonly #powers: Powers;
  readonly #running = new RunningRelease();
  readonly #index = new ObserverIndex();
  readonly #closing = new AbortController();
  readonly #moment: Moment;
  readonly #targets: Targets;
  readonly #refusals: Refusals;
  readonly #reversals: Reversals;
  readonly #rehearsals: Rehearsals;
  readonly #invalidations: Invalidations;
  readonly #lingering: Lingering;
  readonly #lives: LiveExports;
  readonly #intrinsics: IntrinsicsLook;
  readonly #wishes: Wishes;
  readonly #queue: ReloadQueue;
  /** How often each module erred. */
  readonly #errors = new Map<string, number>();
  /** Loads of the game under way, by id: those who ask meanwhile share them. */
  readonly #importing = new Map<string, Promise<object>>();
  /** Unloads that have not come to their end: what is loaded now may be gone when they have. */
  #unloads = 0;
  #held: NamespaceStatus['held'];

  constructor(powers: Powers) {
    const running = this.#running;
    const { graph } = running;
    const closing = this.#closing.signal;
    const insist: ReloadQueue['insist'] = (wish, onPrepared) => this.#queue.insist(wish, onPrepared);
    this.#powers = powers;
    this.#moment = new Moment(powers);
    this.#targets = new Targets(powers, running, closing);
    this.#refusals = new Refusals(powers, running);
    this.#reversals = new Reversals({ powers, running, insist });
    this.#invalidations = new Invalidations({
      realm: powers.realm,
      run: (invalidated) => void this.#runImporters(invalidated),
      circle: (module, chain) => this.#refusals.tell('invalidate', [], [ofInvalidationCircle(module, chain)], 0),
    });
    followInvalidations(powers.realm, (invalidation) => this.#invalidations.follow(invalidation));
    const { emit, realm } = powers;
    this.#lingering = new Lingering({ emit, realm, versionOf: (id) => running.versionOf(id) });
    this.#lives = new LiveExports(running, powers);
    this.#intrinsics = new IntrinsicsLook(powers);
    const errors = new EvaluationErrors();
    const imports = new RunningImports({
      graph,
      powers,
      errors,
      has: (id) => running.has(id),
      stays: (record) => this.#wishes.stays(record),
      insist,
    });
    const attempts = {
      powers,
      graph,
      index: this.#index,
      dynamicImports: new DynamicImports(
        (importer, request) => imports.import(importer, request),
        () => this.#queue.isBusy,
      ),
      errors,
      committed: surroundingsOf(running),
    };
    this.#rehearsals = new Rehearsals({
      ...attempts,
      running,
      targets: this.#targets,
      reversals: this.#reversals,
      signal: closing,
    });
    const commits = new Commits({
      powers,
      running,
      refusals: this.#refusals,
      reversals: this.#reversals,
      invalidations: this.#invalidations,
      evaluationErrors: errors,
      lingering: this.#lingering,
      lives: this.#lives,
      intrinsics: this.#intrinsics,
      left: (modules) => {
        for (const module of modules) this.#errors.delete(module);
      },
    });
    this.#wishes = new Wishes({
      powers,
      running,
      targets: this.#targets,
      refusals: this.#refusals,
      reversals: this.#reversals,
      trial: new ReleaseTrial({ trials: powers.trials, reversals: this.#reversals, running }),
      imports,
      moment: this.#moment,
      commits,
      closing,
      attempts,
      isFollowing: () => this.isFollowing,
      waits: () => this.#queue.waits(),
    });
    this.#queue = new ReloadQueue({
      powers,
      running,
      closing,
      waiting: () => this.#wishes.waiting,
      newest: () => this.newest(),
      transact: (wish, onPrepared) => this.#wishes.transact(wish, onPrepared),
    });
  }

  get name(): string {
    return this.#powers.namespace;
  }

  /** What runs. */
  get release(): ReleaseInfo {
    return this.#running.release;
  }

  /** The loaded scripts, in evaluation order. */
  modules(): ModuleInfo[] {
    const { scopes, origin } = this.#powers;
    return this.#running.versions().map((version) => {
      const { key, importers } = version.record;
      const scope = scopes.known(version);
      return {
        id: key,
        revision: version.unit.revision,
        origin: this.#running.texts.has(idOf(key)) ? undefined : origin(idOf(key)),
        importers: [...importers].map((importer) => importer.key),
        since: scope?.since ?? 0,
        errors: this.#errors.get(key) ?? 0,
        spent: scope?.spent ?? 0,
      };
    });
  }

  /** The version of a module that is committed, for those who attribute errors. */
  versionOf(id: string): SourceTextInstance | undefined {
    return this.#running.versionOf(id);
  }

  /** Whether the code of a revision runs, be it that only comments were edited since. */
  runs(id: string, revision: string): boolean {
    return this.#running.runs(id, revision);
  }

  /**
   * Loads the entries and all that they import, in one transaction.
   * @param origin what the event says of where the release came from
   * @throws ScriptLoadError when anything of it does not compile, link or run: nothing is left then
   */
  async start(
    entries: readonly string[],
    origin: Pick<HostBooted, 'from' | 'error'> = { from: 'stores' },
  ): Promise<void> {
    const start = this.#powers.clock.now();
    const imports = entries.map((specifier) => ({ specifier }));
    const outcome = await this.#queue.exclusive(() => this.#wishes.transact({ cause: 'start', imports }));
    if (outcome.status === 'refused') {
      const what = entries.map((entry) => `'${entry}'`).join(', ');
      throw new ScriptLoadError(what === '' ? 'The release' : what, outcome.diagnostics);
    }
    const modules = this.modules().map((module) => module.id);
    this.#powers.emit({ type: 'host:booted', modules, duration: this.#powers.clock.now() - start, ...origin });
  }

  /**
   * Loads a module and what it imports, once.
   * @param id the module's id, or what a script at the root would write
   * @returns its live namespace object: one object for the life of the module
   * @throws ScriptLoadError
   */
  async import(id: string): Promise<object> {
    const { graph } = this.#running;
    const loaded = graph.records.get(id);
    if (loaded !== undefined && this.#unloads === 0 && this.#wishes.stays(loaded)) {
      graph.roots.add(loaded);
      return graph.liveView(loaded);
    }
    this.#queue.checkReentrance();
    let importing = this.#importing.get(id);
    if (importing === undefined) {
      importing = this.#load(id, { cause: 'import', imports: [{ specifier: id }] });
      this.#importing.set(id, importing);
      const done = () => this.#importing.delete(id);
      importing.then(done, done);
    }
    return importing;
  }

  /**
   * Loads a text as a module that stands in no store; again with the same id, it is a reload of that module.
   * @param id where it stands as far as its imports are concerned
   * @returns its live namespace object
   * @throws ScriptLoadError when it is refused; a version that was there before runs on
   */
  async evaluate(source: string, id: string): Promise<object> {
    const text = { source, revision: revisionOf(source) };
    return this.#load(id, { cause: 'evaluate', imports: [{ specifier: `/${id}` }], texts: [[id, text]] });
  }

  /** Takes modules out completely. Refused while others import them, unless those shall leave too. */
  async unload(ids: readonly string[], { cascade = false }: { cascade?: boolean } = {}): Promise<Outcome> {
    this.#unloads += 1;
    try {
      return await this.#queue.insist({ cause: 'unload', unload: { ids, cascade } });
    } finally {
      this.#unloads -= 1;
    }
  }

  /** A function that calls what a module exports under a name at the moment. */
  live<Fn extends (...args: never[]) => unknown>(id: string, name: string): LiveFunction<Fn> {
    return this.#lives.get(id, name);
  }

  /** What is known of a module; changes nothing. */
  explain(id: string): Promise<Explanation> {
    return explain(id, {
      graph: this.#running.graph,
      index: this.#index,
      powers: this.#powers,
      manifest: this.#running.target.manifest,
    });
  }

  async #load(id: string, wish: Wish): Promise<object> {
    let record: ModuleRecord | undefined;
    const outcome = await this.#queue.insist(wish, (prepared) => {
      [record] = prepared.imported;
    });
    if (outcome.status === 'refused') throw new ScriptLoadError(`'${id}'`, outcome.diagnostics);
    return this.#running.graph.liveView(record as ModuleRecord);
  }

  /** Applies the newest release of the stores now. Calls that wait become one. Never resolves to `superseded`. */
  sync({ cause = 'sync', quiet = false }: { cause?: Cause; quiet?: boolean } = {}): Promise<Outcome> {
    return this.#queue.sync({ cause, quiet });
  }

  /** Takes the newest release, and runs these modules even if their text did not change. */
  reload(ids: readonly string[]): Promise<Outcome> {
    return this.#queue.insist({ cause: 'reload', rerun: ids });
  }

  /** Takes the newest release and runs everything, in one transaction. */
  reloadAll(): Promise<Outcome> {
    return this.#queue.insist({ cause: 'reload-all', rerun: 'all' });
  }

  /**
   * Takes an earlier release again, code and state; following does not bring back the one that runs now.
   * @param release the release itself, or its number: the newest that ran under it; the one before, if absent
   */
  revert(release?: number | ReleaseInfo): Promise<Outcome> {
    return this.#queue.insist(() => this.#backTo(release));
  }

  #backTo(release?: number | ReleaseInfo): Wish | Outcome {
    const running = this.#running.release;
    if (typeof release === 'number' ? release === running.number : release?.hash === running.hash) {
      return { status: 'unchanged', release: running };
    }
    const to = this.#reversals.find(release);
    if ('code' in to) return { status: 'refused', release: running, modules: [], diagnostics: [to] };
    return { cause: 'revert', back: { to } };
  }

  /** What a release would come to, on a copy of the state; the newest, if absent. */
  async rehearse(release?: number | ReleaseInfo): Promise<Rehearsal> {
    return this.#queue.exclusive(() => this.#rehearsals.rehearse(release));
  }

  /** True for code of a release that is only rehearsed: what it does is not told. */
  get isUnheard(): boolean {
    return this.#rehearsals.isUnheard;
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** True while the stores are followed for this namespace. */
  get isFollowing(): boolean {
    return this.#powers.follow !== false && this.#held === undefined;
  }

  /** Stops following until `resume`; what the game asks for itself is done all the same. */
  hold(why: string): void {
    if (this.#held !== undefined) return;
    this.#held = { why, since: this.#powers.clock.time() };
    this.#powers.emit({ type: 'follow:held', why });
    const { waiting } = this.#wishes;
    if (waiting?.cause === 'store') waiting.end({ status: 'unchanged', release: this.release });
  }

  /** Follows again: takes the newest release in one transaction. */
  async resume(): Promise<Outcome> {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) {
      const { clock, emit } = this.#powers;
      emit({ type: 'follow:resumed', why: held.why, held: clock.time() - held.since });
    }
    return this.sync();
  }

  /** Where it stands. */
  status(): NamespaceStatus {
    const { until } = this.#reversals;
    const refused = this.#refusals.standing;
    return {
      name: this.name,
      release: this.release,
      modules: this.#running.scripts,
      following: this.isFollowing,
      ...(until === undefined ? {} : { probationUntil: until }),
      ...(this.#held === undefined ? {} : { held: this.#held }),
      ...(refused === undefined ? {} : { refused }),
    };
  }

  /** The slots as they are without what a running transaction has done; at once, and without waiting for it. */
  savedSlots(): readonly SavedSlot[] {
    return this.#powers.realm.slots.saved();
  }

  /** Tells of what came from a snapshot and no module has asked for. */
  tellWaitingSlots(): void {
    this.#powers.realm.slots.tellWaiting(this.#powers.realm);
  }

  /** Calls into scripts from outside: loops have their whole time. */
  outside<Result>(fn: () => Result): Result {
    this.#powers.realm.loops.beginTurn();
    return fn();
  }

  /** Calls what scripts have given to `import.meta.hot.on`. */
  send(event: string, data: unknown): void {
    sendHot(this.#powers.realm, event, data);
  }

  async #runImporters(invalidated: Invalidated): Promise<void> {
    try {
      await this.#queue.insist({ cause: 'invalidate', invalidated });
    } catch (error) {
      if (!this.#closing.signal.aborted) warnOf('An invalidation could not be followed', error, 'REKINDLE_INVALIDATE');
    }
  }

  /** Told of an error that a script's code did not keep to itself: an event, and counted. */
  erred({ owner, where, place, counted }: EscapedError): void {
    const { module } = owner;
    const revision = owner.revision ?? this.#running.revisionOf(module);
    this.#errors.set(module, (this.#errors.get(module) ?? 0) + 1);
    const { error } = counted;
    this.#powers.emit({
      type: 'script:error',
      module,
      revision,
      error,
      where,
      ...(place === undefined ? {} : { place }),
    });
    this.#reversals.note(counted);
  }

  /** The names of what a head in the stores would be here, without taking it. */
  newest(): Promise<Head | undefined> {
    return this.#targets.newest();
  }

  /** Announces a refusal that has lasted, unless it has been told already. */
  announce(refused: Refused, duration: number): void {
    this.#refusals.announce(refused, duration);
  }

  /** Ends everything that the scripts own; what runs in flight finishes. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const reason = new ReloadError('CLOSED', `Namespace '${this.name}' has been closed.`);
    this.#closing.abort(reason);
    this.#moment.close(reason);
    await this.#queue.idle(); // a step that runs at the moment comes to its end
    this.#reversals.end();
    this.#lingering.end();
    const { realm, scopes } = this.#powers;
    this.#intrinsics.end();
    endScopes(
      realm,
      this.#running.versions().flatMap((version) => scopes.known(version) ?? []),
    );
    const { graph } = this.#running;
    graph.records.clear();
    graph.roots.clear();
  }

  /** Not taken by itself while its content is what it is: see `Barred`. */
  bar(hash: string, why: string): void {
    this.#reversals.bar(hash, why);
  }
}

/** What the code of versions that run sees of them. */
function surroundingsOf(running: RunningRelease): Surroundings {
  return {
    state: 'committed',
    evaluating: false,
    held: [],
    importStaged: () => Promise.reject(new ReloadError('IMPORT_ABORTED', 'The release has been committed.')),
    has: (id) => running.target.manifest.has(id),
  };
}
