/**
 * One namespace of scripts at run time: its graph, the release that it runs, and the one transaction at a time that
 * changes them.
 *
 * It does not decide when to look for a new release (`follow.ts` does) and prints nothing: events say it.
 */

import type { Diagnostic } from '@rekindle/compiler';
import { ModuleGraph, type ModuleRecord, namespaceObject, type SourceTextInstance } from '@rekindle/loader';
import { currentScope, participants } from '@rekindle/state';
import { type Head, isStoreError, type Manifest, revisionOf } from '@rekindle/store';
import { Attempt } from './attempt.ts';
import { DynamicImports, importError } from './dynamic-imports.ts';
import { ReloadError, ScriptLoadError } from './errors.ts';
import type { Cause, ReleaseInfo } from './events.ts';
import { type Explanation, explain } from './explain.ts';
import { ObserverIndex } from './observer-index.ts';
import type { Outcome, Refused } from './outcome.ts';
import type { Origin, Powers } from './powers.ts';
import { type EvaluatedText, type Prepared, type PrepareInput, prepare, type WishedImport } from './prepare.ts';
import { Transaction, warnOfParticipant } from './transaction.ts';

/** What a namespace shows of a loaded module. */
export interface ModuleInfo {
  readonly id: string;
  /** SHA-256 of the source, hexadecimal. */
  readonly revision: string;
  /** The store that it comes from; undefined for what `evaluate` loaded. */
  readonly origin: Origin | undefined;
  /** Ids of the loaded modules that import it. */
  readonly importers: readonly string[];
}

interface Wish {
  readonly cause: Cause;
  readonly imports?: readonly WishedImport[];
  /** Ids that run even if their text did not change; `all` for every script. */
  readonly rerun?: readonly string[] | 'all';
  /** Texts of modules that stand in no store. */
  readonly texts?: readonly (readonly [string, EvaluatedText])[];
  readonly unload?: PrepareInput['unload'];
  /** True where a refusal is not an event yet, because the state may last a moment only. */
  readonly quiet?: boolean;
}

interface Target {
  readonly head: Head;
  readonly manifest: Manifest;
}

/** An attempt that waits for its moment. */
interface Ready {
  readonly wish: Wish;
  readonly target: Target;
  readonly modules: readonly string[];
  readonly texts: ReadonlyMap<string, EvaluatedText>;
  readonly attempt: Attempt;
  readonly start: number;
}

const MOVING_STORE_ATTEMPTS = 5;

const NOTHING: Target = { head: { number: 0, hash: '' }, manifest: new Map() };

export class ScriptNamespace {
  readonly #powers: Powers;
  readonly #graph = new ModuleGraph();
  readonly #index = new ObserverIndex();
  readonly #dynamicImports: DynamicImports;
  /** Loads under way, by id: those who ask meanwhile share them. */
  readonly #importing = new Map<string, Promise<object>>();
  readonly #closing = new AbortController();
  /** Modules that stand in no store. */
  #texts: ReadonlyMap<string, EvaluatedText> = new Map();
  #committed: Target = NOTHING;
  #release: ReleaseInfo = { number: 0, hash: '' };
  /** True where the store no longer has the texts of the release that runs: what is loaded next takes the newest. */
  #stale = false;
  #tail: Promise<unknown> = Promise.resolve();
  #waitingSync: Promise<Outcome> | undefined;
  /** The release that waits for the game's moment. */
  #gate: { readonly hash: string; supersede(by: ReleaseInfo): void } | undefined;

  constructor(powers: Powers) {
    this.#powers = powers;
    this.#dynamicImports = new DynamicImports((importer, request) => this.#importFrom(importer, request));
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
              origin: this.#texts.has(key) ? undefined : this.#powers.origin(key),
              importers: [...importers].map((importer) => importer.key),
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
   * @throws ScriptLoadError when anything of it does not compile, link or run: nothing is left then
   */
  async start(entries: readonly string[]): Promise<void> {
    const start = this.#powers.clock.now();
    const outcome = await this.#exclusive(() =>
      this.#transact({ cause: 'start', imports: entries.map((specifier) => ({ specifier })) }),
    );
    if (outcome.status === 'refused') {
      const what = entries.map((entry) => `'${entry}'`).join(', ');
      throw new ScriptLoadError(what === '' ? 'The release' : what, outcome.diagnostics);
    }
    const modules = this.modules().map((module) => module.id);
    this.#powers.emit({ type: 'host:booted', modules, duration: this.#powers.clock.now() - start });
  }

  /**
   * Loads a module and what it imports, once.
   * @param id the module's id, or what a script at the root would write
   * @returns its live namespace object: one object for the life of the module
   * @throws ScriptLoadError
   */
  async import(id: string): Promise<object> {
    const loaded = this.#graph.records.get(id);
    if (loaded?.current !== undefined) {
      this.#graph.roots.add(loaded);
      return this.#graph.liveView(loaded);
    }
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
    return this.#exclusive(() => this.#transact({ cause: 'unload', unload: { ids, cascade } }));
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
    const outcome = await this.#exclusive(() =>
      this.#transact(wish, (prepared) => {
        [record] = prepared.imported;
      }),
    );
    if (outcome.status === 'refused') throw new ScriptLoadError(`'${id}'`, outcome.diagnostics);
    return this.#graph.liveView(record as ModuleRecord);
  }

  /** Applies the newest release of the stores now. Calls that wait become one. */
  sync({ cause = 'sync', quiet = false }: { cause?: Cause; quiet?: boolean } = {}): Promise<Outcome> {
    if (this.#waitingSync !== undefined) return this.#waitingSync;
    const waiting = this.#supersedeGate().then(() =>
      this.#exclusive(() => {
        this.#waitingSync = undefined;
        return this.#transact({ cause, quiet });
      }),
    );
    this.#waitingSync = waiting;
    return waiting;
  }

  /** Takes the newest release, and runs these modules even if their text did not change. */
  reload(ids: readonly string[]): Promise<Outcome> {
    return this.#exclusive(() => this.#transact({ cause: 'reload', rerun: ids }));
  }

  /** Takes the newest release and runs everything, in one transaction. */
  reloadAll(): Promise<Outcome> {
    return this.#exclusive(() => this.#transact({ cause: 'reload-all', rerun: 'all' }));
  }

  /** The names of what a head in the stores would be here, without taking it. */
  async newest(): Promise<Head | undefined> {
    return this.#powers.source.head({ signal: this.#closing.signal });
  }

  /** Announces a refusal that has lasted. */
  announce({ modules, diagnostics }: Refused, duration: number): void {
    this.#powers.emit({ type: 'reload:refused', cause: 'store', modules, diagnostics, duration });
  }

  /** Ends everything that the scripts own; what runs in flight finishes. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new ReloadError('CLOSED', `Namespace '${this.name}' has been closed.`));
    await this.#tail;
    const { realm, scopes } = this.#powers;
    const pairs = [...this.#graph.records.values()].flatMap(({ current }) => {
      const old = current?.kind === 'source' ? scopes.known(current) : undefined;
      return old === undefined ? [] : [{ old }];
    });
    new Transaction(participants(realm, { pairs }), warnOfParticipant).commit();
    this.#graph.records.clear();
    this.#graph.roots.clear();
  }

  /** `import()` of code that runs in the committed graph. */
  async #importFrom(
    importer: SourceTextInstance,
    request: { readonly specifier: string; readonly attributes?: Readonly<Record<string, string>> },
  ): Promise<object> {
    let record: ModuleRecord | undefined;
    const outcome = await this.#exclusive(() =>
      this.#transact({ cause: 'import', imports: [{ ...request, importer }] }, (prepared) => {
        [record] = prepared.imported;
      }),
    );
    if (outcome.status === 'refused') throw importError(outcome.diagnostics);
    return namespaceObject(this.#graph, importer, record as ModuleRecord);
  }

  /** One transaction at a time; a body that a transaction runs cannot wait for another one. */
  #exclusive<Result>(task: () => Promise<Result>): Promise<Result> {
    if (currentScope()?.phase === 'staged') {
      const id = currentScope()?.owner.module;
      return Promise.reject(
        new ReloadError(
          'REENTRANT',
          `'${id}' asks for a reload or a load while a transaction runs its top level, and would wait for itself. ` +
            'Ask after the commit: from a callback, a timer or an effect.',
        ),
      );
    }
    const result = this.#tail.then(() => {
      this.#closing.signal.throwIfAborted();
      return task();
    });
    this.#tail = result.catch(() => {});
    return result;
  }

  /** A release that waits for the game's moment gives way to a newer one. */
  async #supersedeGate(): Promise<void> {
    if (this.#gate === undefined) return;
    const head = await this.newest();
    if (head === undefined || this.#gate === undefined || head.hash === this.#gate.hash) return;
    this.#gate.supersede(head);
  }

  /** Loads keep to the release that runs, so that two modules never come from two releases. */
  async #targetOf({ cause }: Wish): Promise<Target> {
    const keeps = cause === 'import' || cause === 'evaluate' || cause === 'unload';
    if (keeps && this.#committed !== NOTHING && !this.#stale) return this.#committed;
    this.#stale = false;
    const { source } = this.#powers;
    const { signal } = this.#closing;
    const head = await source.head({ signal });
    if (head === undefined) return this.#committed;
    if (head.hash === this.#committed.head.hash) return { head, manifest: this.#committed.manifest };
    return { head, manifest: await source.manifest(head.hash, { signal }) };
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
    const target = await this.#targetOf(wish);
    const { signal } = this.#closing;
    const asked = (wish.imports?.length ?? 0) > 0 || wish.rerun !== undefined || wish.unload !== undefined;
    const texts = new Map([...this.#texts, ...(wish.texts ?? [])]);
    if (!asked && target.head.hash === this.#committed.head.hash) {
      return { status: 'unchanged', release: this.#release };
    }
    const prepared = await prepare({
      graph: this.#graph,
      index: this.#index,
      powers: this.#powers,
      manifest: target.manifest,
      committed: this.#committed.manifest,
      imports: wish.imports ?? [],
      rerun: wish.rerun === 'all' ? this.modules().map((module) => module.id) : (wish.rerun ?? []),
      texts,
      ...(wish.unload === undefined ? {} : { unload: wish.unload }),
      signal,
    });
    const modules = this.#changedIds(target.manifest, prepared.modules);
    if (!prepared.ok) return this.#refuse(wish, modules, prepared.diagnostics, start);
    onPrepared?.(prepared);
    if (wish.cause !== 'start' && wish.cause !== 'import') {
      this.#powers.emit({ type: 'reload:started', cause: wish.cause, modules });
    }
    const attempt = new Attempt({
      prepared,
      graph: this.#graph,
      index: this.#index,
      powers: this.#powers,
      dynamicImports: this.#dynamicImports,
    });
    const diagnostics = await attempt.evaluateAwaiting(signal);
    if (diagnostics !== undefined) return this.#refuse(wish, modules, diagnostics, start);
    const outcome = await this.#atMoment({ wish, target, modules, texts, attempt, start });
    if (outcome.status === 'committed') await this.#powers.committed(target.head);
    return outcome;
  }

  /** Ids whose text differs between what runs and a manifest; what a first load brings, where nothing runs yet. */
  #changedIds(manifest: Manifest, loaded: readonly string[]): string[] {
    const ids = new Set(loaded);
    if (this.#committed !== NOTHING) {
      for (const [id, revision] of manifest) if (this.#committed.manifest.get(id) !== revision) ids.add(id);
      for (const id of this.#committed.manifest.keys()) if (!manifest.has(id)) ids.add(id);
    }
    return [...ids].sort();
  }

  /** Lets the game choose the moment; a change that replaces nothing needs none. */
  #atMoment(ready: Ready): Promise<Outcome> {
    const { wish, target, modules, attempt, start } = ready;
    return new Promise((resolve) => {
      let outcome: Outcome | undefined;
      const decide = (decided: Outcome): Outcome => {
        outcome = decided;
        this.#gate = undefined;
        resolve(decided);
        return decided;
      };
      const apply = () => outcome ?? decide(this.#activate(ready));
      this.#gate = {
        hash: target.head.hash,
        supersede: (by) => {
          attempt.drop(new ReloadError('IMPORT_ABORTED', 'A newer release took its place.'));
          decide({ status: 'superseded', by });
        },
      };
      if (wish.cause === 'start' || wish.cause === 'import') {
        apply();
        return;
      }
      try {
        this.#powers.activate(apply);
      } catch (error) {
        if (outcome !== undefined) throw error;
        attempt.drop(error);
        const diagnostic = {
          code: 'ACTIVATE_THREW',
          message: `The game's 'activate' threw before it applied the release: ${String(error)}`,
          hint: "Call apply() from 'activate', now or later, and let nothing throw before it.",
          cause: error,
        };
        decide(this.#refuse(wish, modules, [diagnostic], start));
      }
    });
  }

  #activate({ wish, target, modules, texts, attempt, start }: Ready): Outcome {
    const { clock, emit } = this.#powers;
    const { prepared } = attempt;
    const before = new Set(this.#graph.records.keys());
    const leaving = [...prepared.stage.removed].map(({ key, current }) => ({
      module: key,
      revision: current?.kind === 'source' ? current.unit.revision : '',
    }));
    const activated = attempt.activate();
    if (!activated.ok) return this.#refuse(wish, modules, activated.diagnostics, start);
    this.#committed = { head: target.head, manifest: prepared.manifest };
    this.#release = target.head;
    this.#texts = new Map([...texts].filter(([id]) => this.#graph.records.has(id)));
    const evaluated = prepared.order.map((instance) => instance.record.key);
    const reasons = Object.fromEntries([...prepared.plan.reasons].map(([record, reason]) => [record.key, reason]));
    const duration = clock.now() - start;
    const { pause } = activated;
    for (const { record, unit } of prepared.order) {
      if (!before.has(record.key)) emit({ type: 'module:loaded', module: record.key, revision: unit.revision });
    }
    for (const { module, revision } of leaving) emit({ type: 'module:unloaded', module, revision });
    if (wish.cause !== 'start' && wish.cause !== 'import') {
      const kept = this.modules().length - evaluated.length;
      emit({ type: 'reload:committed', cause: wish.cause, modules, evaluated, reasons, kept, duration, pause });
    }
    this.#lookAtIntrinsics(evaluated);
    return { status: 'committed', release: this.#release, modules, evaluated, reasons, duration, pause };
  }

  /** After the commit, not in its pause. */
  #lookAtIntrinsics(modules: readonly string[]): void {
    const { clock, emit, intrinsicsChanges } = this.#powers;
    if (modules.length === 0) return;
    clock
      .setImmediate(() => {
        const changes = intrinsicsChanges();
        if (changes.length > 0) emit({ type: 'intrinsics:changed', changes, modules });
      })
      .unref();
  }

  #refuse(wish: Wish, modules: readonly string[], diagnostics: readonly Diagnostic[], start: number): Outcome {
    const refused = { status: 'refused', release: this.#release, modules, diagnostics } as const;
    if (wish.quiet !== true && wish.cause !== 'start' && wish.cause !== 'import') {
      const duration = this.#powers.clock.now() - start;
      this.#powers.emit({ type: 'reload:refused', cause: wish.cause, modules, diagnostics, duration });
    }
    return refused;
  }
}
