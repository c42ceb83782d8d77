/**
 * Prepare: from a wish to a staged, linked graph of which nothing has run yet.
 *
 * It reads and compiles what changed, plans what runs again, finds what no root reaches any more, links against the
 * untouched rest. The committed graph is only read here; to drop the result is to undo it.
 */

import type { Diagnostic } from '@rekindle/compiler';
import {
  GraphLoad,
  HostModuleError,
  idOf,
  type Linked,
  type LinkFault,
  type LoadFault,
  link,
  linkFaults,
  type ModuleGraph,
  type ModuleRecord,
  type SourceTextInstance,
  Stage,
  textKey,
} from '@rekindle/loader';
import { discard } from '@rekindle/state';
import { abortable, type Manifest } from '@rekindle/store';
import { hotOf } from './acceptance.ts';
import { ofDeclined, ofDeletedRoot, ofHostModule, ofImporters, ofLinking, ofLoading, ofUnknown } from './diagnose.ts';
import { areOut, doubtsOf } from './doubts.ts';
import type { ReleaseInfo } from './events.ts';
import { assumeImports, type Foresight } from './foresight.ts';
import { MovedImports } from './moved-imports.ts';
import type { ObserverIndex } from './observer-index.ts';
import { type Plan, plan, runOrder } from './plan.ts';
import type { Powers } from './powers.ts';
import { resolveSafely } from './resolve-safely.ts';
import { keepersOfLeft, unchangedVersion } from './stale-code.ts';
import { turns } from './turns.ts';
import { WantedModules } from './wanted-modules.ts';
import { WantedUnits } from './wanted-units.ts';

export interface WishedImport {
  readonly specifier: string;
  /** The running version that imports; undefined for the game. */
  readonly importer?: SourceTextInstance;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** The text of a module that stands in no store. */
export interface EvaluatedText {
  readonly source: string;
  readonly revision: string;
}

export interface PrepareInput {
  readonly graph: ModuleGraph;
  readonly index: ObserverIndex;
  readonly powers: Powers;
  /** What the graph shall hold afterwards. */
  readonly manifest: Manifest;
  /** The release alone, without what stands beside it. */
  readonly release: Manifest;
  /** Present where that release ran before, and runs again. */
  readonly back?: ReleaseInfo;
  /** What it holds now. */
  readonly committed: Manifest;
  /** Imports that no text makes, beside those that there are. */
  readonly imports: readonly WishedImport[];
  /** Ids of modules that run even if their text did not change. */
  readonly rerun: Iterable<string>;
  /** Why they run. @default 'was asked to run' */
  readonly rerunReason?: string | undefined;
  /** What an earlier attempt has shown of the imports of its bodies. */
  readonly foresight: Foresight;
  /** Modules that stand in no store: texts that were given to `evaluate`. */
  readonly texts: ReadonlyMap<string, EvaluatedText>;
  /** Ids of modules that leave, and whether what imports them leaves with them. */
  readonly unload?: { readonly ids: readonly string[]; readonly cascade: boolean };
  readonly signal: AbortSignal;
}

export interface Prepared {
  readonly ok: true;
  readonly stage: Stage;
  /** Completes the stage with what awaiting bodies import meanwhile. */
  readonly load: GraphLoad;
  readonly linked: Linked;
  /** What the graph would hold: the release's manifest, and what was found beside it. */
  readonly manifest: Manifest;
  readonly plan: Plan;
  /** The versions that run, in evaluation order. */
  readonly order: SourceTextInstance[];
  /** The evaluation order of the whole graph, where import edges or roots changed; awaiting bodies can change it yet. */
  reordered: readonly ModuleRecord[] | undefined;
  /** Ids whose text changed, that came or that went. */
  readonly modules: readonly string[];
  /** The records of the wished imports, in their order. */
  readonly imported: readonly ModuleRecord[];
  /** Takes out of the stage what bodies are foreseen to import; undefined where that is nothing. */
  readonly forgetAssumed?: (() => void) | undefined;
}

export type PrepareResult =
  | Prepared
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[]; readonly modules: readonly string[] };

/** @throws what the store throws, and the reason of the signal; nothing is left then either */
export async function prepare(input: PrepareInput): Promise<PrepareResult> {
  const doubted = new Set<string>();
  let refused: PrepareResult | undefined;
  for (;;) {
    const preparation = new Preparation(input, doubted);
    const result = await prepared(preparation, input);
    if (result.ok && areOut(doubted, preparation.stage)) return result;
    if (result.ok) preparation.refuse();
    refused ??= result;
    const doubts = result.ok ? [] : doubtsOf(result.diagnostics, preparation.stage);
    if (doubts.every((key) => doubted.has(key))) return refused;
    for (const key of doubts) doubted.add(key);
  }
}

async function prepared(preparation: Preparation, input: PrepareInput): Promise<PrepareResult> {
  try {
    return await abortable(preparation.run(), input.signal); // a store need not heed the signal
  } catch (error) {
    const diagnostic = error instanceof HostModuleError ? ofHostModule(error, input.powers) : undefined;
    const refused = preparation.refuse(diagnostic);
    if (diagnostic === undefined) throw error;
    return refused;
  }
}

class Preparation {
  readonly #input: PrepareInput;
  readonly stage: Stage;
  readonly #load: GraphLoad;
  readonly #manifest: WantedModules;
  readonly #units: WantedUnits;
  readonly #moved: MovedImports;
  readonly #given = new Map<ModuleRecord, string>();
  readonly #modules = new Set<string>();
  readonly #diagnostics: Diagnostic[] = [];
  readonly #imported: ModuleRecord[] = [];
  readonly #doubted: ReadonlySet<string>;

  /** @param doubted keys of modules that bodies are taken not to import with `import()` any more */
  constructor(input: PrepareInput, doubted: ReadonlySet<string>) {
    this.#input = input;
    this.#doubted = doubted;
    this.stage = new Stage(input.graph);
    const { powers } = input;
    const texts = [...input.texts].map(([id, { revision }]) => [id, revision] as const);
    this.#manifest = new WantedModules(input.manifest, texts);
    this.#units = new WantedUnits(input, this.#manifest);
    this.#load = new GraphLoad(
      this.stage,
      {
        namespace: powers.namespace,
        resolve: (specifier, context) => resolveSafely(powers.steps, specifier, context, input.signal),
        has: (id) => this.#units.has(id),
        unit: (id) => this.#units.get(id),
        host: powers.host,
        native: powers.native,
      },
      input.signal,
    );
    this.#moved = new MovedImports({
      input,
      stage: this.stage,
      load: this.#load,
      manifest: this.#manifest,
      moved: (record) => this.#give(record, 'imports lead elsewhere'),
      refused: (diagnostic) => this.#diagnostics.push(diagnostic),
    });
  }

  async run(): Promise<PrepareResult> {
    const { index, graph, powers, signal } = this.#input;
    // what has nothing to wait for is not awaited: a reload of one module spends as much on waiting as on work
    const deleted = graph.records.size === 0 ? [] : await this.#stageChanges();
    const turn = turns.take({ begun: true }); // namespaces that wait for the same text go on together
    if (turn !== undefined) await turn;
    if (this.#input.imports.length > 0) await this.#stageImports();
    const forgetAssumed = assumeImports(this.stage, this.#input.foresight, this.#doubted);
    this.#removeDeleted(deleted);
    this.#unload();
    const shadowed = this.#moved.shadowed();
    if (shadowed.length > 0) await this.#moved.followShadowed(shadowed);
    if (deleted.length > 0) await this.#moved.followDeletions(deleted);
    for (const record of [...shadowed, ...deleted]) this.#moved.askAgain(record);
    this.#stageReruns();
    const reordered = this.#edgesChanged() ? this.#orderAndReach() : undefined;
    const reached = reordered && new Set(reordered);
    for (const [record, reason] of keepersOfLeft(this.stage)) {
      this.stage.again(record);
      this.#give(record, reason);
    }
    for (const fault of this.#load.faults) {
      if (reached !== undefined && !this.#concerns(fault, reached)) continue;
      this.#diagnostics.push(...ofLoading(fault, () => this.#manifest.keys(), powers));
    }
    if (this.#diagnostics.length > 0) {
      for (const fault of this.#linkFaults()) this.#diagnostics.push(ofLinking(fault, powers));
      return this.refuse();
    }
    for (const { record } of this.stage.sources()) {
      this.#give(record, record.current === undefined ? 'is new' : 'imports lead elsewhere');
    }
    const places = reordered && new Map(reordered.map((record, place) => [record, place]));
    const place = (record: ModuleRecord) => places?.get(record) ?? record.order;
    const planned = plan({
      stage: this.stage,
      committed: graph,
      index,
      given: this.#given,
      order: place,
      reordered: reordered !== undefined,
      hotOf: hotOf(powers),
    });
    for (const { current } of planned.reasons.keys()) {
      const declined = current?.kind === 'source' ? powers.scopes.known(current)?.hot?.declined : undefined;
      if (declined !== undefined) this.#diagnostics.push(ofDeclined(current as SourceTextInstance, declined, powers));
    }
    const linked = link(this.stage);
    for (const fault of linked.faults) this.#diagnostics.push(ofLinking(fault, powers));
    if (this.#diagnostics.length > 0) return this.refuse();
    const last = turns.take({ begun: true });
    if (last !== undefined) await last;
    signal.throwIfAborted();
    for (const id of this.#input.texts.keys())
      if (this.#leaves(id)) this.#manifest.forget(id, this.#input.release.get(id));
    return {
      ok: true,
      stage: this.stage,
      load: this.#load,
      linked,
      manifest: this.#manifest.whole(),
      plan: planned,
      order: runOrder(this.stage, place),
      reordered,
      modules: [...this.#modules],
      imported: this.#imported,
      forgetAssumed,
    };
  }

  /** What is wrong beside the modules that could not be loaded, so that an author is told everything at once. */
  #linkFaults(): readonly LinkFault[] {
    const faulty = this.#load.faults.flatMap((fault) => (fault.kind === 'unit' ? [this.stage.record(fault.id)] : []));
    return linkFaults(this.stage, new Set(faulty));
  }

  /** Whether a text that was given to `evaluate` goes with its module. */
  #leaves(id: string): boolean {
    const record = this.stage.record(id);
    return this.stage.at(record) === undefined;
  }

  /** Ends what has been staged. */
  refuse(diagnostic?: Diagnostic): PrepareResult {
    if (diagnostic !== undefined) this.#diagnostics.push(diagnostic);
    const { realm, scopes } = this.#input.powers;
    // factories of host modules may have set something up for versions that will not come
    discard(
      realm,
      [...this.stage.sources()].flatMap((instance) => scopes.known(instance) ?? []),
    );
    return { ok: false, diagnostics: unique(this.#diagnostics), modules: [...this.#modules] };
  }

  /** Stages every loaded module whose text changed; returns the deleted ones. */
  async #stageChanges(): Promise<ModuleRecord[]> {
    const { graph, committed } = this.#input;
    const manifest = this.#manifest;
    const deleted: ModuleRecord[] = [];
    const changed: { record: ModuleRecord; current: SourceTextInstance }[] = [];
    const ids = manifest.changes(committed);
    for (const key of [...ids, ...ids.map(textKey)]) {
      const record = graph.records.get(key);
      if (record?.current?.kind !== 'source') continue;
      const revision = manifest.get(key);
      if (revision === undefined) deleted.push(record);
      else if (revision !== record.current.unit.revision) changed.push({ record, current: record.current });
    }
    deleted.sort((a, b) => a.order - b.order);
    changed.sort((a, b) => a.record.order - b.record.order);
    this.#units.expect(
      changed.map(({ record }) => record.key),
      ids,
    );
    const texts: string[] = [];
    for (const { record, current } of changed) {
      this.#modules.add(idOf(record.key));
      const unit = this.#units.get(record.key);
      const result = 'then' in unit ? await unit : unit;
      const same = result.ok && this.#units.isSame(current.unit, result.unit);
      if (result.ok && (typeof same === 'boolean' ? same : await same)) this.stage.retexted.set(current, result.unit);
      else {
        texts.push(record.key);
        this.#give(record, 'was edited');
      }
    }
    if (texts.length > 0) await this.#load.add(texts);
    return deleted;
  }

  /** Stages what shall run anyway; after those whose imports lead elsewhere, which have been staged with their new ones. */
  #stageReruns(): void {
    for (const id of this.#input.rerun) {
      for (const record of this.#scriptsOf(id)) {
        if (this.stage.at(record) !== record.current) continue;
        this.stage.again(record);
        this.#give(record, this.#input.rerunReason ?? 'was asked to run');
      }
    }
    for (const [key, reason] of this.#input.foresight.called) {
      const record = this.stage.record(key);
      if (unchangedVersion(record, this.stage) === undefined) continue;
      this.stage.again(record);
      this.#give(record, reason);
    }
  }

  /** What is loaded of a file that somebody named; a diagnostic where nothing is. */
  #scriptsOf(id: string): ModuleRecord[] {
    const { graph } = this.#input;
    const scripts = graph.scriptsOf(id);
    if (scripts.length === 0) this.#diagnostics.push(ofUnknown(id, new Set([...graph.records.keys()].map(idOf))));
    return scripts;
  }

  async #stageImports(): Promise<void> {
    const missing: string[] = [];
    for (const { specifier, importer, attributes } of this.#input.imports) {
      const request = attributes === undefined ? { specifier } : { specifier, attributes };
      const record = await this.#load.resolve(request, importer);
      if (record === undefined) continue;
      this.#imported.push(record);
      this.stage.imports.push({ from: importer?.record ?? null, to: record });
      if (!this.stage.has(record.key)) missing.push(record.key);
    }
    await this.#load.add(missing);
  }

  #removeDeleted(deleted: readonly ModuleRecord[]): void {
    const { graph, back } = this.#input;
    for (const record of deleted) {
      this.#modules.add(idOf(record.key));
      this.stage.remove(record);
      if (graph.roots.has(record)) this.#diagnostics.push(ofDeletedRoot(record.key, back));
    }
  }

  /** Modules that were asked to leave; refused while something that stays imports them. */
  #unload(): void {
    const { unload } = this.#input;
    if (unload === undefined) return;
    const leaving = new Set<ModuleRecord>();
    for (const id of unload.ids) for (const record of this.#scriptsOf(id)) leaving.add(record);
    for (const record of leaving) {
      if (unload.cascade) for (const importer of this.#importersOf(record)) leaving.add(importer);
    }
    for (const record of leaving) {
      const importers = this.#importersOf(record).filter((importer) => !leaving.has(importer));
      if (importers.length > 0) {
        this.#diagnostics.push(
          ofImporters(
            idOf(record.key),
            importers.map((importer) => importer.key),
          ),
        );
      }
      this.#modules.add(idOf(record.key));
      this.stage.remove(record);
    }
  }

  /** Who imports a module by name, or was given it by an `import()` at top level. */
  #importersOf(record: ModuleRecord): ModuleRecord[] {
    const importers = new Set(record.importers);
    for (const other of this.#input.graph.records.values()) {
      const from = other.current?.kind === 'source' ? other.current.awaited.get(record) : undefined;
      if (from?.dynamicImports.get(record)?.bodies.has(other) === true) importers.add(other);
    }
    return [...importers].filter(({ current }) => current?.kind === 'source');
  }

  #give(record: ModuleRecord, reason: string): void {
    if (this.#given.has(record)) return;
    this.#given.set(record, reason);
    if (record.current === undefined) this.#modules.add(idOf(record.key));
  }

  #edgesChanged(): boolean {
    if (this.stage.imports.length > 0 || this.stage.removed.size > 0 || this.stage.doubts.size > 0) return true;
    for (const instance of this.stage.sources()) {
      const { current } = instance.record;
      const before = current?.requested;
      if (before === undefined || before.length !== instance.requested.length) return true;
      if (current?.kind === 'source' && current.awaited.size > instance.awaited.size) return true; // it awaits no longer
      if (instance.requested.some((record, index) => record !== before[index])) return true;
    }
    return false;
  }

  /** The new evaluation order; what it does not reach leaves with the commit, or does not come. */
  #orderAndReach(): ModuleRecord[] {
    const order = this.stage.evaluationOrder();
    const reached = new Set(order);
    const staged = [...this.stage.instances.keys()];
    for (const record of [...this.#input.graph.records.values(), ...staged]) {
      if (reached.has(record) || this.stage.at(record)?.kind !== 'source') continue;
      this.#given.delete(record);
      if (record.current === undefined) this.stage.drop(record);
      else {
        this.stage.remove(record);
        this.#modules.add(idOf(record.key));
      }
    }
    return order;
  }

  /** Whether a fault stands in a module that the release would load; what nobody loads refuses nothing. */
  #concerns(fault: LoadFault, reached: ReadonlySet<ModuleRecord>): boolean {
    if (fault.kind === 'unresolved') return fault.importer === undefined || reached.has(fault.importer.record);
    const record = this.stage.record(fault.id);
    if (reached.has(record) || this.#imported.includes(record)) return true;
    for (const importer of reached) if (this.stage.at(importer)?.requested.includes(record) === true) return true;
    return false;
  }
}

function unique(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<string>();
  return diagnostics.filter((diagnostic) => {
    const key = JSON.stringify([
      diagnostic.code,
      diagnostic.module,
      diagnostic.line,
      diagnostic.column,
      diagnostic.message,
    ]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
