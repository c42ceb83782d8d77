/**
 * Compiled revisions of a host, shared by all its namespaces: each text is read and compiled once while anybody uses it.
 *
 * What nobody uses any more is not kept here (units are held weakly), but its artifact may be in the cache on disk.
 */

import {
  type CompileOptions,
  compileSteps,
  type DiskCache,
  instantiate,
  isSameCodeSteps,
  ParseMemory,
  pauseBefore,
  type Steps,
} from '@rekindle/compiler';
import { idOf, isText, type MaybePromise, type Unit } from '@rekindle/loader';
import type { UnitLibrary, UnitOrDiagnostics } from '@rekindle/reload';
import type { ReleaseSource } from '@rekindle/store';
import { inspectorUrl } from './debugger.ts';
import { scriptUrl } from './import-meta.ts';
import { Pace } from './pace.ts';
import { scriptSources } from './script-sources.ts';
import { aboutTransformed, type Transforms } from './transforms.ts';

export interface UnitLibraryParts {
  readonly source: ReleaseSource;
  readonly cache: DiskCache | undefined;
  readonly transforms: Transforms;
  /** How a module is compiled. */
  options(id: string): CompileOptions;
}

export class SourceUnits implements UnitLibrary {
  readonly #parts: UnitLibraryParts;
  readonly #pace = new Pace();
  readonly #parses = new ParseMemory();
  readonly #units = new Map<string, WeakRef<Unit>>();
  readonly #making = new Map<string, Promise<UnitOrDiagnostics>>();
  readonly #collected = new FinalizationRegistry<string>((key) => {
    if (this.#units.get(key)?.deref() === undefined) this.#units.delete(key);
  });

  constructor(parts: UnitLibraryParts) {
    this.#parts = parts;
  }

  get(id: string, revision: string): MaybePromise<UnitOrDiagnostics> {
    return this.#unit(id, revision, () => this.#read(id, revision));
  }

  compile(id: string, revision: string, source: string): MaybePromise<UnitOrDiagnostics> {
    return this.#unit(id, revision, () => source);
  }

  isSameCode(earlier: Unit, later: Unit): MaybePromise<boolean> {
    const steps = isSameCodeSteps(earlier, later);
    const first = steps.next(); // of most edits it tells already
    return first.done === true ? first.value : this.#pace.complete(steps);
  }

  /** Resolves when what was compiled has been written to the cache. */
  async close(): Promise<void> {
    await this.#parts.cache?.idle();
  }

  #unit(id: string, revision: string, text: () => MaybePromise<string>): MaybePromise<UnitOrDiagnostics> {
    const key = keyOf(id, revision);
    const unit = this.#units.get(key)?.deref();
    if (unit !== undefined) return { ok: true, unit };
    let making = this.#making.get(key);
    if (making === undefined) {
      making = this.#make(key, id, revision, text).finally(() => this.#making.delete(key));
      this.#making.set(key, making);
    }
    return making;
  }

  async #read(id: string, revision: string): Promise<string> {
    const source = await this.#parts.source.read(idOf(id), revision);
    const opening = this.#parts.cache?.open();
    if (opening !== undefined) await opening;
    return source;
  }

  async #make(key: string, id: string, revision: string, text: () => MaybePromise<string>): Promise<UnitOrDiagnostics> {
    const source = await text();
    if (this.#parts.transforms.takes(id)) return this.#transform(key, id, revision, source);
    return this.#pace.complete(this.#compile(key, id, revision, source));
  }

  async #transform(key: string, id: string, revision: string, source: string): Promise<UnitOrDiagnostics> {
    const transformed = await this.#parts.transforms.run(id, source);
    if (!transformed.ok) return transformed;
    const result = await this.#pace.complete(this.#compile(key, id, revision, transformed.text, 'typescript'));
    return result.ok ? result : { ok: false, diagnostics: result.diagnostics.map(aboutTransformed) };
  }

  *#compile(
    key: string,
    id: string,
    revision: string,
    source: string,
    as: CompileOptions['as'] = isText(id) ? 'text' : undefined,
  ): Steps<UnitOrDiagnostics> {
    const options = moduleOptions(this.#parts.options(idOf(id)), id, as);
    const { cache } = this.#parts;
    const cacheKey = cache?.keyOf(source, options) ?? '';
    const cached = cache?.get(cacheKey);
    let artifact = cached?.artifact;
    if (artifact === undefined) {
      const compiled = yield* compileSteps(source, options, this.#parses);
      if (!compiled.ok) return compiled;
      artifact = compiled.artifact;
      cache?.set(cacheKey, artifact);
      yield pauseBefore(artifact.code);
    }
    const instantiated = instantiate(artifact, { source, options }, cached?.code);
    if (!instantiated.ok) return { ok: false, diagnostics: [instantiated.diagnostic] };
    cache?.loaded(cacheKey, artifact, instantiated.script);
    const unit: Unit = { id, revision, source, options, artifact, factory: instantiated.body };
    this.#units.set(key, new WeakRef(unit));
    this.#collected.register(unit, key);
    scriptSources.add(unit);
    return { ok: true, unit };
  }
}

/** What was compiled before a debugger came is compiled anew when it is asked for again. */
function keyOf(id: string, revision: string): string {
  return inspectorUrl() === undefined ? `${revision} ${id}` : `${revision} ${id} debug`;
}

function moduleOptions(options: CompileOptions, id: string, as: CompileOptions['as']): CompileOptions {
  if (as === undefined) return options;
  // the file does not hold what the debugger is to show
  return { ...options, id, as, ...(options.debug === undefined ? {} : { debug: { url: scriptUrl(id) } }) };
}
