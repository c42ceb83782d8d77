/**
 * Imports that lead elsewhere though nobody edited them: what they led to was deleted, or a new module stands before it.
 * The module that imports so runs again.
 *
 * Which modules are deleted, and what else would run, is decided elsewhere.
 */

import type { Diagnostic } from '@rekindle/compiler';
import {
  candidates,
  type GraphLoad,
  idOf,
  type ModuleRecord,
  type SourceTextInstance,
  type Stage,
} from '@rekindle/loader';
import { ofDeletion } from './diagnose.ts';
import type { PrepareInput } from './prepare.ts';
import { unchangedVersion } from './stale-code.ts';
import type { WantedModules } from './wanted-modules.ts';

export interface MovedImportsParts {
  readonly input: Pick<PrepareInput, 'graph' | 'index' | 'committed' | 'powers'>;
  readonly stage: Stage;
  readonly load: GraphLoad;
  readonly manifest: WantedModules;
  /** Told of a module that has been staged again. */
  moved(record: ModuleRecord): void;
  /** Told of an import that finds nothing any more. */
  refused(diagnostic: Diagnostic): void;
}

export class MovedImports {
  readonly #parts: MovedImportsParts;

  constructor(parts: MovedImportsParts) {
    this.#parts = parts;
  }

  /** A new module can take the place of one that an import led to until now: `orc.ts` before `orc/index.ts`. */
  shadowed(): ModuleRecord[] {
    const { input, manifest } = this.#parts;
    const { graph, committed, powers } = input;
    if (graph.records.size === 0) return [];
    const shadowed: ModuleRecord[] = [];
    for (const id of manifest.changes(committed)) {
      if (committed.has(id)) continue;
      for (const alternative of alternatives(id, powers.extensions)) {
        const record = graph.records.get(alternative);
        if (record !== undefined) shadowed.push(record);
      }
    }
    return shadowed;
  }

  /** Who imports modules that are shadowed looks again. */
  async followShadowed(shadowed: readonly ModuleRecord[]): Promise<void> {
    for (const { importers } of shadowed) for (const importer of importers) await this.#lookAgain(importer);
  }

  /**
   * Importers of deleted modules look again; where they find nothing, the release is refused. As far as the roots reach
   * them: what others find then can bring back one that was reached through a deleted module alone.
   */
  async followDeletions(deleted: readonly ModuleRecord[]): Promise<void> {
    const { input, stage, manifest, refused } = this.#parts;
    const looked = new Map(deleted.map((record) => [record, new Set<ModuleRecord>()]));
    for (let isDone = deleted.length === 0; !isDone; ) {
      isDone = true;
      const reached = new Set(stage.evaluationOrder());
      for (const [record, done] of looked) {
        for (const importer of record.importers) {
          if (done.has(importer) || !reached.has(importer) || !manifest.has(importer.key)) continue;
          done.add(importer);
          isDone = false;
          await this.#lookAgain(importer, (instance, request) => {
            const missing = instance.artifact.requests[request];
            if (instance.requested[request] !== record || missing === undefined) return;
            refused(ofDeletion(instance, missing, idOf(record.key), input.powers));
          });
        }
      }
    }
  }

  /**
   * Whose top level was given a module by `import()` asks for it again, as at a fresh start: no note says by which name. So
   * does a helper that imported it for that: it may have kept it. After the others, because what runs again is looked at no
   * more.
   */
  askAgain(given: ModuleRecord): void {
    const { input, stage, moved } = this.#parts;
    for (const observer of input.index.observersOf(given, new Map())) {
      const helper = unchangedVersion(observer, stage)?.awaited.get(given);
      if (helper === undefined) continue;
      for (const record of new Set([observer, helper])) {
        if (unchangedVersion(record, stage) === undefined) continue;
        stage.again(record);
        moved(record);
      }
    }
  }

  /** Resolves the requests of an unchanged importer again; where one leads elsewhere, the importer runs again. */
  async #lookAgain(
    importer: ModuleRecord,
    unresolved?: (instance: SourceTextInstance, request: number) => void,
  ): Promise<void> {
    const { stage, load, moved } = this.#parts;
    const current = unchangedVersion(importer, stage);
    if (current === undefined) return;
    const requested: ModuleRecord[] = [];
    for (const [index, request] of current.artifact.requests.entries()) {
      const known = load.faults.length;
      const record = await load.resolve(request, current);
      if (record === undefined) {
        load.faults.length = known;
        unresolved?.(current, index);
        return;
      }
      requested.push(record);
    }
    if (requested.every((record, index) => record === current.requested[index])) return;
    stage.again(importer).requested = requested;
    moved(importer);
    await load.add(requested.map((record) => record.key).filter((key) => !stage.has(key)));
  }
}

const EXTENSION = /(?:\/index)?\.[^./]+$/;

/** The ids that an import without extension could mean as well as `id`. */
function alternatives(id: string, extensions: readonly string[] | undefined): string[] {
  const stem = id.replace(EXTENSION, '');
  return [...candidates(stem, extensions), ...candidates(`${stem}.js`)].filter((candidate) => candidate !== id);
}
