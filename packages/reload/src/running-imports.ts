/**
 * `import()` of code that runs in the committed graph: from what is loaded already, by a load of its own that waits its
 * turn, or beside another load that awaits.
 */

import {
  attributesFault,
  keyOf,
  type ModuleGraph,
  type ModuleRecord,
  namespaceObject,
  resolveBy,
  type SourceTextInstance,
  unloaded,
} from '@rekindle/loader';
import { discard } from '@rekindle/state';
import type { Attempt } from './attempt.ts';
import { type ImportRequest, importError } from './dynamic-imports.ts';
import type { EvaluationErrors } from './evaluation-errors.ts';
import type { Outcome } from './outcome.ts';
import type { Powers } from './powers.ts';
import type { Prepared } from './prepare.ts';
import type { AskedImport, Wish } from './wish.ts';

export interface RunningImportsParts {
  readonly graph: ModuleGraph;
  readonly powers: Powers;
  readonly errors: EvaluationErrors;
  /** Whether the release that runs, or a text beside it, has a module. */
  has(id: string): boolean;
  /** Whether a record is loaded, and no release that is on its way takes it out. */
  stays(record: ModuleRecord): boolean;
  /** Takes a wish to its end. */
  insist(wish: Wish, onPrepared: (prepared: Prepared) => void): Promise<Outcome>;
}

export class RunningImports {
  readonly #parts: RunningImportsParts;
  /** Those that wait their turn. */
  readonly #asked = new Set<AskedImport>();
  /** A load that awaits: others join it. */
  #open: Attempt | undefined;

  constructor(parts: RunningImportsParts) {
    this.#parts = parts;
  }

  /** `import()` of code that runs in the committed graph. */
  async import(importer: SourceTextInstance, request: ImportRequest): Promise<object> {
    const { record: from } = importer;
    if (from.current === undefined) throw unloaded(importer);
    const loaded = await this.#loadedBy(importer, request);
    if (loaded === undefined) return this.#ask(importer, request);
    this.#parts.graph.imported(from, loaded);
    return namespaceObject(this.#parts.graph, importer, loaded);
  }

  /** Joins a load that awaits, or waits its turn; a load that begins to await meanwhile takes it along. */
  #ask(importer: SourceTextInstance, request: ImportRequest): Promise<object> {
    return new Promise((settle, reject) => {
      const asked: AskedImport = { importer, request, settle, taken: false };
      if (this.#open?.evaluating === true) this.#join(asked, this.#open);
      else this.#loadFor(asked).catch(reject);
    });
  }

  #join(asked: AskedImport, load: Attempt): void {
    asked.taken = true;
    asked.settle(load.importStaged(asked.importer, asked.request));
  }

  async #loadFor(asked: AskedImport): Promise<void> {
    const { importer, request } = asked;
    const imports = [{ ...request, importer }];
    let record: ModuleRecord | undefined;
    this.#asked.add(asked);
    try {
      const outcome = await this.#parts.insist({ cause: 'import', imports, asked }, (prepared) => {
        [record] = prepared.imported;
      });
      if (asked.taken) return;
      if (outcome.status === 'refused') throw importError(request.specifier, outcome.diagnostics);
      asked.settle(namespaceObject(this.#parts.graph, importer, record as ModuleRecord));
    } finally {
      this.#asked.delete(asked);
    }
  }

  /** The loaded module that a request of running code leads to: it need not wait for a transaction. */
  async #loadedBy(
    importer: SourceTextInstance,
    { specifier, attributes }: ImportRequest,
  ): Promise<ModuleRecord | undefined> {
    const answer = await resolveBy(this.#parts.powers.steps, specifier, {
      parent: importer.record.key,
      namespace: this.#parts.powers.namespace,
      ...(attributes === undefined ? {} : { attributes }),
      has: (id) => this.#parts.has(id),
      looked: [],
    });
    if (answer?.kind !== 'script') return undefined;
    if (attributes !== undefined && attributesFault(attributes, answer.id) !== undefined) return undefined;
    const record = this.#parts.graph.records.get(keyOf(answer.id, attributes));
    return record !== undefined && this.#parts.stays(record) ? record : undefined;
  }

  /** Rejects an `import()` of a module that has failed for the same importer and is as it was. */
  rejectsAgain(asked: AskedImport, { stage, imported: [record] }: Prepared): boolean {
    const known = record && this.#parts.errors.recall(asked.importer, stage, record);
    if (known === undefined) return false;
    asked.taken = true;
    asked.settle(Promise.reject(known.error));
    const { realm, scopes } = this.#parts.powers;
    discard(
      realm,
      [...stage.sources()].flatMap((instance) => scopes.known(instance) ?? []),
    );
    return true;
  }

  /** Runs a load that awaits, with all `import()`s of running code that come or wait meanwhile. */
  async evaluateOpen(asked: AskedImport, attempt: Attempt, signal: AbortSignal): Promise<boolean> {
    this.#open = attempt;
    const [record] = attempt.prepared.imported;
    const opened = (imported: Promise<object>) => {
      asked.taken = true;
      asked.settle(imported);
      for (const other of this.#asked) if (!other.taken) this.#join(other, attempt);
    };
    try {
      return await attempt.awaiting.runOpen(
        { importer: asked.importer, record: record as ModuleRecord, opened },
        signal,
      );
    } finally {
      this.#open = undefined;
    }
  }
}
