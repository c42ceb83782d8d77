/**
 * One namespace of scripts at run time: its graph, the release that it runs, and the one transaction at a time that
 * changes them.
 *
 * It does not decide when to look for a new release (`follow.ts` does) and prints nothing: events say it.
 */

import type { Diagnostic } from '@rekindle/compiler';
import { idOf, ModuleGraph, type ModuleRecord, type SourceTextInstance, type Stage } from '@rekindle/loader';
import {
  currentScope,
  endScopes,
  followInvalidations,
  type LiveFunction,
  type SavedSlot,
  sendHot,
} from '@rekindle/state';
import {
  abortable,
  diffManifests,
  type Head,
  type HeadOptions,
  isStoreError,
  type Manifest,
  revisionOf,
} from '@rekindle/store';
import { withDynamic } from './acceptance.ts';
import { Attempt } from './attempt.ts';
import { behind } from './behind.ts';
import type { Checkpoint, Target } from './checkpoints.ts';
import { ofInvalidationCircle } from './diagnose.ts';
import { DynamicImports } from './dynamic-imports.ts';
import { ReloadError, ScriptLoadError } from './errors.ts';
import { EvaluationErrors } from './evaluation-errors.ts';
import type { Cause, HostBooted, ReleaseInfo } from './events.ts';
import { type Explanation, explain } from './explain.ts';
import { besideOf, type Running } from './going-back.ts';
import { errorPayload } from './hot-events.ts';
import { IntrinsicsLook } from './intrinsics-look.ts';
import { type Invalidated, Invalidations, reasonOf } from './invalidations.ts';
import { Lingering } from './lingering.ts';
import { LiveExports } from './live-exports.ts';
import { diagnoseLoss, lossEvents, lostOf } from './lost-variables.ts';
import { Moment } from './moment.ts';
import type { EscapedError, ModuleInfo, NamespaceStatus } from './namespace-info.ts';
import { ObserverIndex } from './observer-index.ts';
import type { LostVariable, Outcome, Refused } from './outcome.ts';
import type { Powers } from './powers.ts';
import { type EvaluatedText, type Prepared, prepare } from './prepare.ts';
import { KEPT } from './probation.ts';
import type { Rehearsal } from './rehearsal.ts';
import { Rehearsals } from './rehearsals.ts';
import { ReleaseTrial } from './release-trial.ts';
import { releaseWarnings, withNewText } from './release-warnings.ts';
import { Reversals } from './reversals.ts';
import { RunningImports } from './running-imports.ts';
import { SlotLook } from './slot-look.ts';
import { warnOf } from './thrown.ts';
import { turns } from './turns.ts';
import type { Surroundings } from './version-context.ts';
import { isLoad, type Wish } from './wish.ts';

interface Sync {
  readonly wish: Wish;
  readonly outcome: Promise<Outcome>;
}

/** An attempt that waits for its moment. */
interface Ready {
  readonly wish: Wish;
  readonly modules: readonly string[];
  readonly texts: ReadonlyMap<string, EvaluatedText>;
  readonly attempt: Attempt;
  readonly start: number;
  /** The slots as they were before. */
  readonly slots: SlotLook;
}

/** What is known of a wish before it is prepared. */
interface Preparing {
  readonly rerun: readonly string[] | 'all' | undefined;
  readonly texts: ReadonlyMap<string, EvaluatedText>;
  readonly manifest: Manifest;
  readonly start: number;
  readonly onPrepared: ((prepared: Prepared) => void) | undefined;
}

const MOVING_STORE_ATTEMPTS = 5;

const NOTHING: Target = { head: { number: 0, hash: '' }, release: new Map(), manifest: new Map() };

export class ScriptNamespace {
  readonly #powers: Powers;
  readonly #graph = new ModuleGraph();
  readonly #index = new ObserverIndex();
  readonly #dynamicImports: DynamicImports;
  readonly #evaluationErrors = new EvaluationErrors();
  /** How often each module erred. */
  readonly #errors = new Map<string, number>();
  readonly #imports: RunningImports;
  readonly #lives: LiveExports;
  /** Loads of the game under way, by id: those who ask meanwhile share them. */
  readonly #importing = new Map<string, Promise<object>>();
  readonly #closing = new AbortController();
  /** How many scripts are loaded. */
  #scripts = 0;
  /** Modules that stand in no store. */
  #texts: ReadonlyMap<string, EvaluatedText> = new Map();
  #committed: Target = NOTHING;
  #release: ReleaseInfo = { number: 0, hash: '' };
  /** True where the store no longer has the texts of the release that runs: what is loaded next takes the newest. */
  #stale = false;
  #tail: Promise<unknown> = Promise.resolve();
  /** A look for the newest release that has not begun: who asks meanwhile shares it. */
  #waitingSync: Sync | undefined;
  /** What took the place of a release that was superseded. */
  readonly #successors = new WeakMap<Outcome, Sync>();
  /** The graph that a transaction has prepared and not activated yet. */
  #staged: Stage | undefined;
  readonly #moment: Moment;
  readonly #intrinsics: IntrinsicsLook;
  readonly #invalidations: Invalidations;
  readonly #reversals: Reversals;
  readonly #rehearsals: Rehearsals;
  readonly #trial: ReleaseTrial;
  readonly #lingering: Lingering;
  /** What running code sees of the graph. */
  readonly #surroundings: Surroundings = {
    state: 'committed',
    evaluating: false,
    held: [],
    importStaged: () => Promise.reject(new ReloadError('IMPORT_ABORTED', 'The release has been committed.')),
    has: (id) => this.#committed.manifest.has(id),
  };
  /** The refusal that was announced last and still stands. */
  #refusal: NamespaceStatus['refused'];
  #held: NamespaceStatus['held'];
  /** The head behind what runs that was told of last. */
  #behind: string | undefined;

  constructor(powers: Powers) {
    this.#powers = powers;
    this.#reversals = new Reversals({
      powers,
      versionOf: (id) => this.versionOf(id),
      insist: (wish) => this.#insist(wish),
    });
    this.#invalidations = new Invalidations({
      realm: powers.realm,
      run: (invalidated) => void this.#runImporters(invalidated),
      circle: (module, chain) => this.#tell('invalidate', [], [ofInvalidationCircle(module, chain)], 0),
    });
    followInvalidations(powers.realm, (invalidation) => this.#invalidations.follow(invalidation));
    this.#lingering = new Lingering(powers.emit);
    this.#lives = new LiveExports(this.#graph, powers);
    this.#moment = new Moment(powers);
    this.#intrinsics = new IntrinsicsLook(powers);
    this.#imports = new RunningImports({
      graph: this.#graph,
      powers,
      errors: this.#evaluationErrors,
      has: (id) => this.#committed.manifest.has(id) || this.#texts.has(id),
      stays: (record) => this.#stays(record),
      insist: (wish, onPrepared) => this.#insist(wish, onPrepared),
    });
    this.#dynamicImports = new DynamicImports((importer, request) => this.#imports.import(importer, request));
    this.#rehearsals = new Rehearsals({
      graph: this.#graph,
      index: this.#index,
      powers,
      dynamicImports: this.#dynamicImports,
      errors: this.#evaluationErrors,
      committed: this.#surroundings,
      reversals: this.#reversals,
      signal: this.#closing.signal,
      now: () => this.#checkpoint(),
      newest: () => this.newest(),
      changedIds: (manifest, loaded) => this.#changedIds(manifest, loaded),
      releaseOf,
    });
    this.#trial = new ReleaseTrial({
      trials: powers.trials,
      reversals: this.#reversals,
      now: () => this.#checkpoint(),
      isNothing: (target) => target === NOTHING,
      releaseOf: ({ head }) => releaseOf(head),
      revisionOf: (id) => this.versionOf(id)?.unit.revision,
    });
  }

  /** What runs. */
  #checkpoint(): Checkpoint {
    return { release: this.#release, target: this.#committed, texts: this.#texts };
  }

  get name(): string {
    return this.#powers.namespace;
  }

  /** What runs. */
  get release(): ReleaseInfo {
    return this.#release;
  }

  /** The loaded scripts, in evaluation order. */
  modules(): ModuleInfo[] {
    const records = [...this.#graph.records.values()].sort((a, b) => a.order - b.order);
    return records.flatMap(({ key, current, importers }) =>
      current?.kind === 'source'
        ? [
            {
              id: key,
              revision: current.unit.revision,
              origin: this.#texts.has(idOf(key)) ? undefined : this.#powers.origin(idOf(key)),
              importers: [...importers].map((importer) => importer.key),
              since: this.#powers.scopes.known(current)?.since ?? 0,
              errors: this.#errors.get(key) ?? 0,
              spent: this.#powers.scopes.known(current)?.spent ?? 0,
            },
          ]
        : [],
    );
  }

  /** The version of a module that is committed, for those who attribute errors. */
  versionOf(id: string): SourceTextInstance | undefined {
    const current = this.#graph.records.get(id)?.current;
    return current?.kind === 'source' ? current : undefined;
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
    const outcome = await this.#exclusive(() =>
      this.#transact({ cause: 'start', imports: entries.map((specifier) => ({ specifier })) }),
    );
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
    const loaded = this.#graph.records.get(id);
    if (loaded !== undefined && this.#stays(loaded)) {
      this.#graph.roots.add(loaded);
      return this.#graph.liveView(loaded);
    }
    this.#checkReentrance();
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
  unload(ids: readonly string[], { cascade = false }: { cascade?: boolean } = {}): Promise<Outcome> {
    return this.#insist({ cause: 'unload', unload: { ids, cascade } });
  }

  /** A function that calls what a module exports under a name at the moment. */
  live<Fn extends (...args: never[]) => unknown>(id: string, name: string): LiveFunction<Fn> {
    return this.#lives.get(id, name);
  }

  /** What is known of a module; changes nothing. */
  explain(id: string): Promise<Explanation> {
    return explain(id, {
      graph: this.#graph,
      index: this.#index,
      powers: this.#powers,
      manifest: this.#committed.manifest,
    });
  }

  async #load(id: string, wish: Wish): Promise<object> {
    let record: ModuleRecord | undefined;
    const outcome = await this.#insist(wish, (prepared) => {
      [record] = prepared.imported;
    });
    if (outcome.status === 'refused') throw new ScriptLoadError(`'${id}'`, outcome.diagnostics);
    return this.#graph.liveView(record as ModuleRecord);
  }

  /** Applies the newest release of the stores now. Calls that wait become one. Never resolves to `superseded`. */
  async sync({ cause = 'sync', quiet = false }: { cause?: Cause; quiet?: boolean } = {}): Promise<Outcome> {
    this.#checkReentrance();
    let sync = this.#waitingSync;
    if (sync === undefined) {
      sync = this.#newSync({ cause, quiet });
      this.#waitingSync = sync;
    } else if (!quiet) Object.assign(sync.wish, { cause, quiet }); // somebody asked: a refusal is told at once
    for (;;) {
      const outcome = await sync.outcome;
      const successor = this.#successors.get(outcome);
      if (successor === undefined) return outcome;
      sync = successor;
    }
  }

  #newSync(wish: Wish): Sync {
    const take = () => {
      this.#waitingSync = undefined;
      return this.#transact(wish);
    };
    const outcomeOf = async (): Promise<Outcome> => {
      await undefined; // who asks in the same breath shares it
      if (this.#moment.hash !== undefined) await this.#supersedeGate(sync);
      return await this.#exclusive(take);
    };
    const sync: Sync = { wish, outcome: outcomeOf() };
    return sync;
  }

  /** Takes the newest release, and runs these modules even if their text did not change. */
  reload(ids: readonly string[]): Promise<Outcome> {
    return this.#insist({ cause: 'reload', rerun: ids });
  }

  /** Takes the newest release and runs everything, in one transaction. */
  reloadAll(): Promise<Outcome> {
    return this.#insist({ cause: 'reload-all', rerun: 'all' });
  }

  /**
   * Takes an earlier release again, code and state; following does not bring back the one that runs now.
   * @param release the release itself, or its number: the newest that ran under it; the one before, if absent
   */
  async revert(release?: number | ReleaseInfo): Promise<Outcome> {
    this.#checkReentrance();
    const { number, hash } = this.#release;
    if (typeof release === 'number' ? release === number : release?.hash === hash) {
      return { status: 'unchanged', release: this.#release };
    }
    const to = this.#reversals.find(release);
    if ('code' in to) return { status: 'refused', release: this.#release, modules: [], diagnostics: [to] };
    return this.#insist({ cause: 'revert', back: { to } });
  }

  /** What a release would come to, on a copy of the state; the newest, if absent. */
  async rehearse(release?: number | ReleaseInfo): Promise<Rehearsal> {
    return this.#exclusive(() => this.#rehearsals.rehearse(release));
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
    return {
      name: this.name,
      release: this.#release,
      modules: this.#scripts,
      following: this.isFollowing,
      ...(until === undefined ? {} : { probationUntil: until }),
      ...(this.#held === undefined ? {} : { held: this.#held }),
      ...(this.#refusal === undefined ? {} : { refused: this.#refusal }),
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

  /** Nothing was refused, so that no outcome can say it. */
  #tellDisposed({ module = '', message, code }: Diagnostic): void {
    const revision = this.versionOf(module)?.unit.revision ?? '';
    const error = Object.assign(new Error(message), { code });
    this.#powers.emit({ type: 'script:error', module, revision, error, where: 'hot.dispose' });
  }

  async #runImporters(invalidated: Invalidated): Promise<void> {
    try {
      await this.#insist({ cause: 'invalidate', invalidated });
    } catch (error) {
      if (!this.#closing.signal.aborted) warnOf('An invalidation could not be followed', error, 'REKINDLE_INVALIDATE');
    }
  }

  /** Ids of the scripts that import modules which were invalidated. */
  #importersOf({ modules }: Invalidated): string[] {
    const importersOf = withDynamic(this.#graph);
    const importers = modules.flatMap(({ module }) => {
      const record = this.#graph.records.get(module);
      return record === undefined ? [] : [...importersOf(record)];
    });
    return [...new Set(importers)].filter(({ current }) => current?.kind === 'source').map(({ key }) => key);
  }

  /** Whether a module runs here. */
  has(module: string): boolean {
    return this.versionOf(module) !== undefined;
  }

  /** Told of an error that a script's code did not keep to itself: an event, and counted. */
  erred({ owner, where, place, counted }: EscapedError): void {
    const { module } = owner;
    const revision = owner.revision ?? this.versionOf(module)?.unit.revision ?? '';
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
    return this.#head({});
  }

  #head({ woken = false }: Omit<HeadOptions, 'signal'>): Promise<Head | undefined> {
    const { signal } = this.#closing;
    return abortable(this.#powers.source.head({ woken, signal }), signal);
  }

  /** Announces a refusal that has lasted, unless it has been told already. */
  announce({ modules, diagnostics }: Refused, duration: number): void {
    if (this.#refusal !== undefined && wordsOf(this.#refusal.diagnostics) === wordsOf(diagnostics)) return;
    this.#tell('store', modules, diagnostics, duration);
  }

  #tell(cause: Cause, modules: readonly string[], diagnostics: readonly Diagnostic[], duration: number): void {
    // an invalidation is about the release that runs
    if (cause !== 'invalidate') this.#refusal = { modules, diagnostics, since: this.#powers.clock.time() };
    this.#powers.emit({ type: 'reload:refused', cause, modules, diagnostics, duration });
    sendHot(this.#powers.realm, 'vite:error', errorPayload(diagnostics));
  }

  /** Ends everything that the scripts own; what runs in flight finishes. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const reason = new ReloadError('CLOSED', `Namespace '${this.name}' has been closed.`);
    this.#closing.abort(reason);
    this.#reversals.end();
    this.#lingering.end();
    this.#moment.close(reason);
    await this.#tail;
    const { realm, scopes, clock } = this.#powers;
    this.#intrinsics.end();
    const owners = [...this.#graph.records.values()].flatMap(({ current }) =>
      current?.kind === 'source' ? (scopes.known(current) ?? []) : [],
    );
    endScopes(realm, owners);
    realm.slots.clear(clock); // nobody can ask for a slot of a namespace that is gone
    this.#graph.records.clear();
    this.#graph.roots.clear();
  }

  /** Whether a record is loaded, and no release that is on its way takes it out. */
  #stays(record: ModuleRecord): boolean {
    return record.current !== undefined && this.#staged?.removed.has(record) !== true;
  }

  /** A body that a transaction runs cannot wait for another transaction. */
  #checkReentrance(): void {
    if (currentScope()?.phase !== 'staged') return;
    const id = currentScope()?.owner.module;
    throw new ReloadError(
      'REENTRANT',
      `'${id}' asks for a reload or a load while a transaction runs its top level, and would wait for itself. ` +
        'Ask after the commit: from a callback, a timer or an effect.',
    );
  }

  /** One transaction at a time. */
  #exclusive<Result>(task: () => Promise<Result>): Promise<Result> {
    this.#checkReentrance();
    const result = this.#after(this.#tail, task);
    const ended = () => {};
    this.#tail = result.then(ended, ended);
    return result;
  }

  async #after<Result>(before: Promise<unknown>, task: () => Promise<Result>): Promise<Result> {
    await before;
    this.#closing.signal.throwIfAborted();
    const ready = this.#powers.ready?.();
    if (ready !== undefined) await ready;
    return await task();
  }

  /** Takes a wish to its end: one that a newer release superseded comes again after that. */
  async #insist(wish: Wish, onPrepared?: (prepared: Prepared) => void): Promise<Outcome> {
    for (;;) {
      const outcome = await this.#exclusive(() => this.#transact(wish, onPrepared));
      if (outcome.status !== 'superseded') return outcome;
    }
  }

  /** A release that waits for the game's moment gives way to a newer one. */
  async #supersedeGate(by: Sync): Promise<void> {
    const head = await this.newest();
    if (head === undefined || head.hash === this.#moment.hash) return;
    const superseded = this.#moment.supersede(head);
    if (superseded !== undefined) this.#successors.set(superseded, by);
  }

  /** Loads keep to the release that runs, so that two modules never come from two releases. */
  async #targetOf({ cause, back, quiet }: Wish): Promise<Target> {
    if (back !== undefined) return back.to.target;
    const keeps = cause === 'import' || cause === 'evaluate' || cause === 'unload' || cause === 'invalidate';
    if (keeps && this.#committed !== NOTHING && !this.#stale) return this.#committed;
    // whoever follows comes again with the next wake; others want what is there now
    const woken = cause === 'store' && quiet === true && !this.#stale;
    this.#stale = false;
    const { source } = this.#powers;
    const { signal } = this.#closing;
    const head = await this.#head({ woken });
    if (cause === 'store' && this.#isBehind(head)) return this.#committed;
    if (head === undefined) return this.#committed;
    if (head.hash === this.#committed.head.hash) return { ...this.#committed, head };
    const release = await abortable(source.manifest(head.hash, { signal }), signal);
    return { head, release, manifest: release };
  }

  /** What is older than what runs is told once, and not taken by following: a store is being restored. */
  #isBehind(head: Head | undefined): boolean {
    if (this.#committed === NOTHING) return false;
    const found = behind(this.#committed.head, head, this.#powers.source.name);
    const words = found && JSON.stringify([found, head?.hash]);
    if (found !== undefined && words !== this.#behind) {
      const { source: store, number, running } = found;
      this.#powers.emit({ type: 'store:behind', store, number, running });
    }
    this.#behind = words;
    return found !== undefined;
  }

  /** Not taken by itself while its content is what it is: see `Barred`. */
  bar(hash: string, why: string): void {
    this.#reversals.bar(hash, why);
  }

  /** A store that moved on between its head and its texts is read again. */
  async #transact(wish: Wish, onPrepared?: (prepared: Prepared) => void): Promise<Outcome> {
    const start = this.#powers.clock.now();
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#try(wish, start, onPrepared);
      } catch (error) {
        const moved = isStoreError(error, 'STORE_CONTENT_MISSING') || isStoreError(error, 'STORE_RELEASE_GONE');
        if (!moved || attempt === MOVING_STORE_ATTEMPTS) throw error;
        this.#stale = true;
      }
    }
  }

  async #try(wish: Wish, start: number, onPrepared?: (prepared: Prepared) => void): Promise<Outcome> {
    const { signal } = this.#closing;
    const turn = turns.take({ begun: true });
    if (turn !== undefined) {
      await turn;
      signal.throwIfAborted();
    }
    if (wish.asked?.taken === true) return { status: 'unchanged', release: this.#release };
    const target = await this.#targetOf(wish);
    const { invalidated } = wish;
    const rerun = invalidated === undefined ? wish.rerun : this.#importersOf(invalidated);
    if (invalidated !== undefined && rerun?.length === 0) return { status: 'unchanged', release: this.#release };
    const asked = (wish.imports?.length ?? 0) > 0 || rerun !== undefined || wish.unload !== undefined;
    const beside = wish.back && besideOf(wish.back.to, this.#running());
    const texts = new Map([...(beside?.texts ?? this.#texts), ...(wish.texts ?? [])]);
    if (!asked && target.head.hash === this.#committed.head.hash) {
      return { status: 'unchanged', release: this.#release };
    }
    if (wish.back !== undefined && !this.#reversals.isDue(wish.back)) {
      return { status: 'unchanged', release: this.#release };
    }
    const barred =
      wish.back === undefined ? this.#reversals.refusal(releaseOf(target.head), target.release) : undefined;
    if (barred !== undefined) {
      return this.#refuse(wish, this.#changedIds(target.release, []), [barred], start);
    }
    return await this.#trial.run(wish, target, () =>
      this.#prepareAndRun(wish, target, {
        rerun,
        texts,
        manifest: beside?.manifest ?? target.manifest,
        start,
        onPrepared,
      }),
    );
  }

  async #prepareAndRun(
    wish: Wish,
    target: Target,
    { rerun, texts, manifest, start, onPrepared }: Preparing,
  ): Promise<Outcome> {
    const { signal } = this.#closing;
    const prepared = await prepare({
      graph: this.#graph,
      index: this.#index,
      powers: this.#powers,
      manifest,
      release: target.release,
      ...(wish.back === undefined ? {} : { back: wish.back.to.release }),
      committed: this.#committed.manifest,
      imports: wish.imports ?? [],
      rerun: rerun === 'all' ? this.modules().map((module) => module.id) : (rerun ?? []),
      rerunReason: wish.invalidated && reasonOf(wish.invalidated),
      texts,
      ...(wish.unload === undefined ? {} : { unload: wish.unload }),
      signal,
    });
    const modules = this.#changedIds(target.release, prepared.modules);
    if (!prepared.ok) return this.#refuse(wish, modules, prepared.diagnostics, start);
    onPrepared?.(prepared);
    if (wish.asked !== undefined && this.#imports.rejectsAgain(wish.asked, prepared)) {
      return { status: 'unchanged', release: this.#release };
    }
    this.#staged = prepared.stage;
    try {
      return await this.#run(wish, target, prepared, { modules, texts, start });
    } finally {
      this.#staged = undefined;
    }
  }

  /** What runs, for who goes back from it. */
  #running(): Running {
    const { source } = this.#powers;
    return { manifest: this.#committed.manifest, texts: this.#texts, isListed: source.find === undefined };
  }

  /** Runs what was prepared: bodies that await at once, the rest at the game's moment. */
  async #run(
    wish: Wish,
    target: Target,
    prepared: Prepared,
    { modules, texts, start }: Pick<Ready, 'modules' | 'texts' | 'start'>,
  ): Promise<Outcome> {
    const { signal } = this.#closing;
    if (!isLoad(wish)) {
      this.#powers.emit({ type: 'reload:started', cause: wish.cause, modules });
    }
    const attempt = new Attempt({
      prepared,
      graph: this.#graph,
      index: this.#index,
      powers: this.#powers,
      dynamicImports: this.#dynamicImports,
      passed: () => {
        this.#committed = { ...target, manifest: prepared.manifest };
        this.#release = wish.back?.to.release ?? releaseOf(target.head);
        this.#refusal = undefined;
      },
      errors: this.#evaluationErrors,
      committed: this.#surroundings,
      release: wish.back?.to.release ?? releaseOf(target.head),
      occasion: { isFirst: wish.cause === 'start' || this.#committed === NOTHING, isBack: wish.back !== undefined },
    });
    const { asked } = wish;
    if (asked !== undefined && attempt.canOpen) {
      if (!(await this.#imports.evaluateOpen(asked, attempt, signal)))
        return { status: 'unchanged', release: this.#release };
    } else {
      const diagnostics = await attempt.evaluateAwaiting(signal); // what has been said is heard before the step
      if (diagnostics !== undefined) return this.#refuse(wish, modules, diagnostics, start);
    }
    const slots = new SlotLook(prepared.order, this.#powers); // now: the moment is the game's
    const ready = { wish, modules, texts, attempt, start, slots };
    // what replaces nothing needs no moment
    const outcome = isLoad(wish) ? this.#activate(ready) : await this.#atMoment(ready, target.head.hash);
    if (outcome.status === 'refused' && attempt.resolvedEarly) {
      // who imported holds what will not be there: no promise is left that could say so
      this.#tell(wish.cause, modules, outcome.diagnostics, this.#powers.clock.now() - start);
    }
    if (outcome.status !== 'committed') return outcome;
    const told = this.#powers.committed(target.head);
    const number = typeof told === 'object' ? await told : told;
    if (number === undefined || number === outcome.release.number) return outcome;
    // another host committed something in between
    const release = { ...outcome.release, number };
    if (this.#release === outcome.release) this.#release = release;
    return { ...outcome, release };
  }

  /** Ids whose text differs between what runs and a manifest; what a first load brings, where nothing runs yet. */
  #changedIds(release: Manifest, loaded: readonly string[]): string[] {
    const ids = new Set(loaded);
    if (this.#committed !== NOTHING) {
      const { added, changed, removed } = diffManifests(this.#committed.release, release);
      for (const id of [...added, ...changed, ...removed]) ids.add(id);
    }
    return [...ids].sort();
  }

  #atMoment(ready: Ready, hash: string): Promise<Outcome> {
    const { wish, modules, attempt, start } = ready;
    return this.#moment.wait({
      hash,
      cause: wish.cause,
      modules,
      apply: () => this.#activate(ready),
      drop: (reason) => attempt.drop(reason),
      superseded: () => {
        for (const diagnostic of attempt.disposed()) this.#tellDisposed(diagnostic);
      },
      refuse: (diagnostics) =>
        this.#closing.signal.aborted
          ? { status: 'refused', release: this.#release, modules, diagnostics }
          : this.#refuse(wish, modules, [...diagnostics, ...attempt.disposed()], start),
    });
  }

  #activate({ wish, modules, texts, attempt, start, slots }: Ready): Outcome {
    const { clock, emit } = this.#powers;
    const { prepared } = attempt;
    const loaded = prepared.order.filter(({ record }) => record.current === undefined);
    const leaving = [...prepared.stage.removed].map(({ key, current }) => ({
      module: key,
      revision: current?.kind === 'source' ? current.unit.revision : '',
    }));
    const before = this.#checkpoint();
    const { replaced, removed } = goingVersions(prepared);
    const retexted = prepared.stage.retexted.keys();
    const units = [...replaced, ...removed, ...retexted].map(({ unit }) => unit); // before they get another text
    const lost: LostVariable[] = [];
    for (const version of replaced) lost.push(...lostOf(version));
    if (lost.length > 0 && this.#powers.onStateLoss === 'refuse' && wish.back === undefined) {
      attempt.drop(new ReloadError('IMPORT_ABORTED', 'The release was refused.'));
      return this.#refuse(wish, modules, [...diagnoseLoss(replaced, this.#powers), ...attempt.disposed()], start);
    }
    const edited = wish.back === undefined ? withNewText(prepared.order) : [];
    const activated = this.#invalidations.within(wish.invalidated, () => attempt.activate());
    if (!activated.ok) {
      const { failure } = attempt;
      if (wish.asked !== undefined && failure !== undefined) {
        this.#evaluationErrors.note(wish.asked.importer, prepared.stage, failure.instance, failure.error);
      }
      return this.#refuse(wish, modules, activated.diagnostics, start);
    }
    this.#texts = texts.size === 0 ? texts : new Map([...texts].filter(([id]) => this.#graph.records.has(id)));
    const time = clock.time();
    for (const instance of [...replaced, ...removed])
      this.#lingering.watch(instance, this.#powers.scopes.known(instance), time);
    for (const instance of prepared.order) {
      this.#powers.scopes.of(instance).since = time;
      instance.remember();
    }
    for (const { module } of leaving) this.#errors.delete(module);
    this.#lives.committed(this.#release);
    const evaluated = prepared.order.map((instance) => instance.record.key);
    const reasons: Record<string, string> = {};
    for (const [record, reason] of prepared.plan.reasons) reasons[record.key] = reason;
    const { effects } = attempt;
    const duration = clock.now() - start;
    const { pause } = activated;
    this.#scripts += loaded.length - leaving.length;
    for (const { record, unit } of loaded) emit({ type: 'module:loaded', module: record.key, revision: unit.revision });
    for (const { module, revision } of leaving) emit({ type: 'module:unloaded', module, revision });
    const { back } = wish;
    if (back !== undefined) {
      this.#reversals.wentBack(back, before, units, { modules, evaluated, duration, pause });
    } else if (!isLoad(wish)) {
      const kept = this.#scripts - evaluated.length;
      emit({
        type: 'reload:committed',
        cause: wish.cause,
        modules,
        evaluated,
        reasons,
        effects,
        kept,
        duration,
        pause,
      });
    }
    for (const event of lossEvents(lost, (id) => this.versionOf(id)?.unit.revision ?? '')) emit(event);
    const warnings =
      back === undefined ? releaseWarnings({ edited, slots, lost, order: prepared.order }, this.#powers) : [];
    for (const diagnostic of warnings) {
      const { module = '' } = diagnostic;
      emit({ type: 'script:warning', module, revision: this.versionOf(module)?.unit.revision ?? '', diagnostic });
    }
    this.#intrinsics.after(evaluated);
    const isNew = back === undefined && before.target !== NOTHING && before.release.hash !== this.#release.hash;
    const settled = isNew ? this.#reversals.committed(before, units, prepared.order) : KEPT;
    const { release } = this;
    return {
      status: 'committed',
      release,
      modules,
      evaluated,
      reasons,
      effects,
      lost,
      warnings,
      duration,
      pause,
      settled,
    };
  }

  #refuse(wish: Wish, modules: readonly string[], diagnostics: readonly Diagnostic[], start: number): Outcome {
    if (wish.quiet !== true && !isLoad(wish)) {
      this.#tell(wish.cause, modules, diagnostics, this.#powers.clock.now() - start);
    }
    return { status: 'refused', release: this.#release, modules, diagnostics };
  }
}

/** The versions that a commit will replace or take out. */
function goingVersions({ order, stage }: Prepared): Record<'replaced' | 'removed', SourceTextInstance[]> {
  const sources = (records: Iterable<ModuleRecord>): SourceTextInstance[] => {
    const versions: SourceTextInstance[] = [];
    for (const { current } of records) if (current?.kind === 'source') versions.push(current);
    return versions;
  };
  return { replaced: sources(order.map(({ record }) => record)), removed: sources(stage.removed) };
}

function wordsOf(diagnostics: readonly Diagnostic[]): string {
  return JSON.stringify(diagnostics.map(({ code, module, line, message }) => [code, module, line, message]));
}

/** What people are told of the release that a head becomes when it is committed. */
function releaseOf({ number, next = number, hash, origins }: Head & Partial<ReleaseInfo>): ReleaseInfo {
  return origins === undefined ? { number: next, hash } : { number: next, hash, origins };
}
