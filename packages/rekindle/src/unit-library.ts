/**
 * Compiled revisions of a host, shared by all its namespaces: each text is read and compiled once while anybody uses it.
 *
 * What nobody uses any more is not kept here (units are held weakly), but its artifact may be in the cache on disk.
 */

import {
  type CompileOptions,
  compileSteps,
  complete,
  type DiskCache,
  instantiate,
  ParseMemory,
  type Steps,
} from '@rekindle/compiler';
import { idOf, isText, type Unit } from '@rekindle/loader';
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
  readonly #reading = new Map<string, Promise<UnitOrDiagnostics>>();
  readonly #collected = new FinalizationRegistry<string>((key) => {
    if (this.#units.get(key)?.deref() === undefined) this.#units.delete(key);
  });

  constructor(parts: UnitLibraryParts) {
    this.#parts = parts;
  }

  get(id: string, revision: string): UnitOrDiagnostics | Promise<UnitOrDiagnostics> {
    const key = keyOf(id, revision);
    const unit = this.#units.get(key)?.deref();
    if (unit !== undefined) return { ok: true, unit };
    let reading = this.#reading.get(key);
    if (reading === undefined) {
      reading = this.#make(key, id, revision).finally(() => this.#reading.delete(key));
      this.#reading.set(key, reading);
    }
    return reading;
  }

  compile(id: string, revision: string, source: string): UnitOrDiagnostics | Promise<UnitOrDiagnostics> {
    const key = keyOf(id, revision);
    const unit = this.#units.get(key)?.deref();
    if (unit !== undefined) return { ok: true, unit };
    if (this.#parts.transforms.takes(id)) return this.#transform(key, id, revision, source);
    return complete(this.#compile(key, id, revision, source));
  }

  /** Resolves when what was compiled has been written to the cache. */
  async close(): Promise<void> {
    await this.#parts.cache?.idle();
  }

  async #make(key: string, id: string, revision: string): Promise<UnitOrDiagnostics> {
    const source = await this.#parts.source.read(idOf(id), revision);
    const opening = this.#parts.cache?.open();
    if (opening !== undefined) await opening;
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
      yield;
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
