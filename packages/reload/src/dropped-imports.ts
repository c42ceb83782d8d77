/**
 * What unchanged code was given by `import()` for a body whose release did not come: it may have kept it.
 *
 * Nobody can take it out of its variables. So the namespace objects show what is committed from then on, once something is,
 * what was in flight is rejected, and where either is given to another body, the release of that one is prepared again,
 * and the code that has kept it runs again with it.
 */

import {
  exportReaders,
  type ModuleRecord,
  type NamespaceObject,
  type ReadExport,
  type SourceTextInstance,
  type Stage,
} from '@rekindle/loader';
import type { DynamicImports } from './dynamic-imports.ts';
import { ReloadError } from './errors.ts';
import { IntrinsicPromise } from './intrinsic-promise.ts';

/** Whose import was rejected with an error because its release did not come. */
const keepers = new WeakMap<object, SourceTextInstance>();

/** The version that was given this error by an import that did not come, where it is one. */
export function keepersOf(error: unknown): SourceTextInstance[] {
  const keeper = typeof error === 'object' && error !== null ? keepers.get(error) : undefined;
  return keeper === undefined ? [] : [keeper];
}

export class DroppedImports {
  readonly #stage: Stage;
  readonly #dynamicImports: Pick<DynamicImports, 'awaiting'>;
  /** By what they were given. */
  readonly #given = new Map<ModuleRecord, Set<SourceTextInstance>>();
  readonly #inFlight = new Map<(error: unknown) => void, SourceTextInstance>();

  constructor(stage: Stage, dynamicImports: Pick<DynamicImports, 'awaiting'>) {
    this.#stage = stage;
    this.#dynamicImports = dynamicImports;
  }

  /** The promise of an import by unchanged code: it settles, also where the release is dropped before. */
  guard(importer: SourceTextInstance, imported: Promise<object>): Promise<object> {
    return new IntrinsicPromise((resolve, reject) => {
      this.#inFlight.set(reject, importer);
      const ended = () => this.#inFlight.delete(reject);
      imported.then(ended, ended);
      imported.then(resolve, reject);
    });
  }

  /** Unchanged code has been given a module of the stage. */
  given(importer: SourceTextInstance, record: ModuleRecord): void {
    if (!this.#stage.touched.has(record)) return; // it is what is committed
    const known = this.#given.get(record);
    if (known === undefined) this.#given.set(record, new Set([importer]));
    else known.add(importer);
  }

  /** These do not come; without them nothing does. */
  drop(records?: Iterable<ModuleRecord>): void {
    const namespaces = this.#stage.stagedNamespaces();
    for (const record of records ?? this.#given.keys()) {
      const given = this.#given.get(record);
      const namespace = namespaces.get(record);
      if (given === undefined || namespace === undefined) continue;
      namespace.repoint(this.#readers(record, namespace));
      namespace.watch(this.#toldOf(given));
    }
    if (records !== undefined) return;
    for (const [reject, importer] of this.#inFlight) {
      const error = didNotCome(`What '${importer.record.key}' has imported`);
      keepers.set(error, importer);
      reject(error);
    }
    this.#inFlight.clear();
  }

  #toldOf(given: ReadonlySet<SourceTextInstance>): () => void {
    const dynamicImports = this.#dynamicImports;
    return () => {
      const { awaiting } = dynamicImports;
      if (awaiting?.body() !== undefined) awaiting.givenDropped(given);
    };
  }

  #readers({ key }: ModuleRecord, namespace: NamespaceObject): Map<string, ReadExport> {
    const { graph } = this.#stage;
    const readers = new Map<string, ReadExport>();
    for (const name of namespace.names) {
      const last = lastValue(namespace.object, name);
      readers.set(name, () => {
        const record = graph.records.get(key); // a later release has a record of its own
        const committed = record && exportReaders(graph, undefined, record).get(name);
        return (committed ?? last)();
      });
    }
    return readers;
  }
}

/** Reads what an export was, without holding the version. */
function lastValue(namespace: object, name: string): ReadExport {
  try {
    const value: unknown = Reflect.get(namespace, name);
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

function didNotCome(what: string): ReloadError {
  return new ReloadError('IMPORT_ABORTED', `${what} is of a release that did not come. Import it once more.`);
}
