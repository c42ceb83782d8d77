/**
 * `import()` while a stage is open: what is imported joins the stage, and goes with it. Bodies that await while a release
 * is prepared do so, and running code while a load that it asked for awaits.
 *
 * What could not be loaded or linked, and what failed and was caught, does not come with the commit. One import is
 * staged at a time, because each links the graph as it then stands; the bodies run beside each other.
 */

import type { Diagnostic } from '@rekindle/compiler';
import {
  type AsyncEvaluation,
  HostModuleError,
  type LoadFault,
  linkVersions,
  type ModuleRecord,
  type NewImport,
  namespaceObject,
  type SourceTextInstance,
  type Stage,
} from '@rekindle/loader';
import { discard } from '@rekindle/state';
import { isStoreError } from '@rekindle/store';
import { ofHostModule, ofLinking, ofLoading } from './diagnose.ts';
import { DroppedImports } from './dropped-imports.ts';
import { type DynamicImports, type ImportRequest, importError } from './dynamic-imports.ts';
import type { Foresight } from './foresight.ts';
import type { Powers } from './powers.ts';
import type { Prepared } from './prepare.ts';
import { StaleCalls } from './stale-calls.ts';
import { calledBy, isStale } from './stale-code.ts';
import { turns } from './turns.ts';

export interface StagedImportsInput {
  readonly prepared: Prepared;
  readonly powers: Pick<Powers, 'diagnose' | 'realm' | 'scopes'>;
  readonly evaluation: AsyncEvaluation;
  readonly dynamicImports: DynamicImports;
  /** Makes the code of a version that has joined. */
  instantiate(instance: SourceTextInstance): void;
  /** Throws where the release has been refused meanwhile. */
  check(): void;
  /** The limit of one import, where the stage has none as a whole. */
  limit?(record: ModuleRecord): { readonly promise: Promise<never>; clear(): void };
  /** Settles with the commit, which the last of the imports waits for; absent where a body waits for them. */
  readonly committed?: Promise<void>;
  /** Told that the release has to be prepared again, at once; absent where it replaces nothing. */
  unforeseen?(what: Foresight): void;
  /** Told of what an import rejects with, when its modules have been linked. */
  failed?(importer: SourceTextInstance, error: unknown): void;
  /** The version whose top level is awaited and calls now, if one does. */
  body(): SourceTextInstance | undefined;
  /** Whether a version's top level is still awaited. */
  awaits(instance: SourceTextInstance): boolean;
  /** What an import is known to reject with, before anything runs. */
  recall?(importer: SourceTextInstance, record: ModuleRecord): { readonly error: unknown } | undefined;
}

/** An `import()` of a top level that does not await, or no longer: who does may have what it exports of it. */
export interface LooseImport {
  readonly by: ModuleRecord;
  readonly to: ModuleRecord;
  /** Versions that had ended when it settled. */
  readonly ended: ReadonlySet<SourceTextInstance>;
}

export class StagedImports {
  readonly #input: StagedImportsInput;
  /** True once a body has called `import()`. */
  used = false;
  /** What is wrong with a module that runs already and was imported. */
  broken: { readonly error: unknown } | undefined;
  /** True once an import has resolved: the commit has still to come. */
  early = false;
  readonly #pending = new Set<Promise<unknown>>();
  readonly #joined = new Set<SourceTextInstance>();
  /** Why imports were rejected, by what they were rejected with. */
  readonly #faults = new Map<unknown, readonly Diagnostic[]>();
  readonly #unread = new Set<unknown>();
  readonly loose: LooseImport[] = [];
  /** Keys of modules that were to leave and have been imported: the release has to be prepared again, with them. */
  readonly kept = new Set<string>();
  readonly #stale: StaleCalls;
  readonly #dropped: DroppedImports;
  #calls = 0;
  /** Those that came to a good end, in the order of their calls. */
  readonly #made: { readonly call: number; readonly entry: NewImport }[] = [];
  #staging: Promise<unknown> = Promise.resolve();

  constructor(input: StagedImportsInput) {
    this.#input = input;
    this.#stale = new StaleCalls(input.prepared.stage);
    this.#dropped = new DroppedImports(input.prepared.stage, input.dynamicImports);
  }

  import(importer: SourceTextInstance, request: ImportRequest): Promise<object> {
    const call = this.#calls++;
    // in what the game's own loop calls, nobody knows for whom it runs: the importer itself, if that is awaited
    const body = this.#input.body() ?? (this.#input.awaits(importer) ? importer : undefined);
    const staging = this.#staging.then(() => this.#stage(importer, request, body));
    this.#staging = staging.catch(() => {});
    const imported = this.#track(this.#settle(importer, staging, call, body));
    const isOfBody = this.#input.committed === undefined;
    return isOfBody && importer.record.current === importer ? this.#dropped.guard(importer, imported) : imported;
  }

  /** The import for which the stage was prepared: it settles by itself, like those that join. */
  adopt(importer: SourceTextInstance, record: ModuleRecord, versions: readonly SourceTextInstance[]): Promise<object> {
    for (const instance of versions) this.#joined.add(instance);
    const ready = Promise.all(versions.map((instance) => instance.ready)).then(() => record);
    return this.#track(this.#settle(importer, ready, this.#calls++));
  }

  #track(importing: Promise<object>): Promise<object> {
    this.used = true;
    this.#pending.add(importing);
    return importing.then(
      (namespace) => {
        this.#pending.delete(importing);
        const { committed } = this.#input;
        if (committed !== undefined && this.#pending.size === 0) return committed.then(() => namespace);
        this.early = true;
        return namespace;
      },
      (error) => {
        this.#pending.delete(importing);
        throw error;
      },
    );
  }

  /** Why an import was rejected, for a body that lets it through; undefined where the error is another one. */
  faultsOf(error: unknown): readonly Diagnostic[] | undefined {
    return this.#faults.get(error);
  }

  /** Whether an import was rejected with this because the stores could not be read: nothing is wrong with the release. */
  isUnread(error: unknown): boolean {
    return this.#unread.has(error);
  }

  /** Resolves when no import is under way: also those that no body waits for belong to the release. */
  async settled(): Promise<void> {
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
  }

  /** The versions that have joined and are in the stage at this moment. */
  joined(): readonly SourceTextInstance[] {
    const { stage } = this.#input.prepared;
    return [...this.#joined].filter((instance) => stage.instances.get(instance.record) === instance);
  }

  async #settle(
    importer: SourceTextInstance,
    staging: Promise<ModuleRecord>,
    call: number,
    body?: SourceTextInstance,
  ): Promise<object> {
    const { prepared, check } = this.#input;
    const { stage } = prepared;
    const record = await staging;
    check();
    try {
      await this.#evaluate(record);
    } catch (error) {
      this.#input.failed?.(importer, error);
      throw error;
    }
    const isAwaited = body !== undefined && this.#input.awaits(body); // what it gets later it has not observed
    const isScript = stage.at(record)?.kind === 'source'; // what the host gives is never replaced
    if (isScript && !isAwaited) this.#noteLoose(body ?? importer, record);
    const isObserved = isScript && isAwaited && record !== body.record;
    this.#note(call, { from: importer.record, to: record, body: isObserved ? body.record : undefined });
    importer.noteImported(record.key);
    if (importer.record.current === importer) this.#dropped.given(importer, record);
    return namespaceObject(stage, importer, record);
  }

  /** These do not come, or nothing does: unchanged code may have kept what it was given of them. */
  dropped(records?: Iterable<ModuleRecord>): void {
    this.#dropped.drop(records);
  }

  #noteLoose(version: SourceTextInstance, to: ModuleRecord): void {
    const { stage } = this.#input.prepared;
    const by = version.record;
    if (stage.instances.get(by) !== version) return; // a function of running code
    const ended = [...stage.sources()].filter(({ artifact, status }) => artifact.async && status === 'evaluated');
    this.loose.push({ by, to, ended: new Set(ended) });
  }

  /** In the order of the calls: that in which they settle would depend on what else runs. */
  #note(call: number, entry: NewImport): void {
    const { imports } = this.#input.prepared.stage;
    const next = this.#made.findIndex((other) => other.call > call);
    const later = this.#made[next];
    if (later === undefined) {
      this.#made.push({ call, entry });
      imports.push(entry);
    } else {
      this.#made.splice(next, 0, { call, entry });
      imports.splice(imports.indexOf(later.entry), 0, entry);
    }
  }

  async #evaluate(record: ModuleRecord): Promise<void> {
    const { evaluation, limit } = this.#input;
    const evaluated = evaluation.evaluateAt(record);
    const limited = limit?.(record);
    try {
      await (limited === undefined ? evaluated : Promise.race([evaluated, limited.promise]));
    } finally {
      limited?.clear();
    }
  }

  /** Loads, links and instantiates what the stage lacks; leaves the stage as it was where that fails. */
  async #stage(importer: SourceTextInstance, request: ImportRequest, body?: SourceTextInstance): Promise<ModuleRecord> {
    const { prepared, powers, instantiate, check, recall } = this.#input;
    const { load, stage } = prepared;
    const turn = turns.take({ begun: true }); // a list of many plugins leaves the game its time
    if (turn !== undefined) await turn;
    let before:
      | { readonly sources: ReadonlySet<SourceTextInstance>; readonly left: readonly ModuleRecord[] }
      | undefined;
    try {
      check();
      const known = load.faults.length;
      const record = await load.resolve(request, importer);
      if (record !== undefined && !stage.has(record.key)) {
        before = { sources: new Set(stage.sources()), left: [...stage.removed] };
        await load.add([record.key]);
      }
      const faults = load.faults.splice(known);
      check();
      if (record === undefined || faults.length > 0) {
        const rejection = this.#rejection(
          request,
          faults.flatMap((fault) => ofLoading(fault, () => prepared.manifest.keys(), powers)),
        );
        const isOwn = (fault: LoadFault) => fault.kind === 'unresolved' && fault.importer === importer;
        const faulty = faults.filter((fault) => !isOwn(fault)).map((fault) => recordOf(fault, stage));
        throw this.#rejected(rejection, faulty);
      }
      const again = recall?.(importer, record);
      if (again !== undefined) throw again.error;
      const joined = before === undefined ? [] : sourcesBeside(before.sources, stage);
      const linkFaults = linkVersions(stage, joined);
      if (linkFaults.length > 0)
        throw this.#rejected(
          this.#rejection(
            request,
            linkFaults.map((fault) => ofLinking(fault, powers)),
          ),
          linkFaults.map((fault) => fault.importer.record),
        );
      for (const instance of joined) this.#joined.add(instance);
      const kept = before?.left.filter((other) => !stage.removed.has(other)) ?? [];
      if (body !== undefined && this.#isUnforeseen(body, record, kept)) {
        return await new Promise(() => {}); // it begins anew
      }
      for (const instance of joined) instantiate(instance);
      await Promise.all(joined.map((instance) => instance.ready));
      return record;
    } catch (error) {
      if (isStoreError(error)) this.#unread.add(error);
      if (error instanceof HostModuleError) this.#faults.set(error, [ofHostModule(error, powers)]);
      if (before === undefined) throw error;
      const dropped = sourcesBeside(before.sources, stage);
      discard(
        powers.realm,
        dropped.flatMap((instance) => powers.scopes.known(instance) ?? []),
      );
      for (const { record } of dropped) stage.drop(record);
      for (const record of before.left) if (!stage.removed.has(record)) stage.remove(record);
      throw error;
    }
  }

  /**
   * Whether a body is given what would show it old values, and was in no plan: unchanged code that leads to what the release
   * replaces, be it called by the body or by those that run for its import. What was to leave is noted besides: bodies go
   * on where it reads nothing that is edited, so that all of it is known at once.
   */
  #isUnforeseen(body: SourceTextInstance, given: ModuleRecord, kept: readonly ModuleRecord[]): boolean {
    const { prepared, unforeseen } = this.#input;
    const { stage } = prepared;
    if (unforeseen === undefined) return false;
    for (const { key } of kept) this.kept.add(key);
    const stale = this.#stale.of(body, given);
    if (stale.length === 0 && !kept.some((record) => stage.instances.has(record) || isStale(record, stage)))
      return false;
    unforeseen({ called: new Map(stale.map(({ key }) => [key, calledBy(body.record)])), kept: this.kept });
    return true;
  }

  #rejected(error: unknown, faulty: readonly (ModuleRecord | undefined)[]): unknown {
    if (faulty.some((record) => record?.current !== undefined)) this.broken ??= { error };
    return error;
  }

  #rejection({ specifier }: ImportRequest, diagnostics: readonly Diagnostic[]): unknown {
    const error = importError(specifier, diagnostics);
    this.#faults.set(error, diagnostics);
    return error;
  }
}

function recordOf(fault: LoadFault, stage: Stage): ModuleRecord | undefined {
  return fault.kind === 'unit' ? stage.record(fault.id) : fault.importer?.record;
}

function sourcesBeside(before: ReadonlySet<SourceTextInstance>, stage: Stage): SourceTextInstance[] {
  return [...stage.sources()].filter((instance) => !before.has(instance));
}
