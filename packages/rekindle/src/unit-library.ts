/**
 * Compiled revisions of a host, shared by all its namespaces: each text is read and compiled once while anybody uses it.
 *
 * What nobody uses any more is not kept here (units are held weakly), but its artifact may be in the cache on disk.
 */

import type { Script } from 'node:vm';
import {
  type CachedArtifact,
  type CompileOptions,
  compileSteps,
  type DiskCache,
  instantiate,
  isBeingEdited,
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
import type { StoredArtifacts, StoredBytes } from './stored-artifacts.ts';
import { aboutTransformed, type Transforms } from './transforms.ts';

export interface UnitLibraryParts {
  readonly source: ReleaseSource;
  readonly cache: DiskCache | undefined;
  readonly transforms: Transforms;
  /** Compiled modules in the stores; absent where they are not used. */
  readonly stored?: StoredArtifacts | undefined;
  /** How a module is compiled. */
  options(id: string): CompileOptions;
}

/** Units that may be gone, and are still named here. */
const MANY = 100;

export class SourceUnits implements UnitLibrary {
  /** Stands for it where the process remembers who compiled what: it is held by nothing else, and holds nothing. */
  readonly mark: object = Object.freeze({});
  readonly #parts: UnitLibraryParts;
  readonly #pace = new Pace();
  readonly #parses = new ParseMemory();
  readonly #units = new Map<string, WeakRef<Unit>>();
  /** As many units are kept before those are looked for that are gone. */
  #sweepAt = MANY;
  readonly #making = new Map<string, Promise<UnitOrDiagnostics>>();

  constructor(parts: UnitLibraryParts) {
    this.#parts = parts;
  }

  get(id: string, revision: string): MaybePromise<UnitOrDiagnostics> {
    return this.#unit(
      id,
      revision,
      () => this.#read(id, revision),
      this.#isStorable(id) ? this.#parts.stored : undefined,
    );
  }

  expect(modules: readonly { readonly key: string; readonly revision: string }[]): void {
    const { stored } = this.#parts;
    if (stored === undefined) return;
    const wanted: { revision: string; options: CompileOptions }[] = [];
    for (const { key: id, revision } of modules) {
      const key = keyOf(id, revision);
      const isMade = this.#units.get(key)?.deref() !== undefined || this.#making.has(key);
      if (!isMade && this.#isStorable(id)) wanted.push({ revision, options: this.#parts.options(id) });
    }
    stored.expect(wanted);
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

  /** Only when there are twice as many as the last time were alive: a registry of what is gone would cost each edit. */
  #sweep(): void {
    for (const [key, reference] of this.#units) if (reference.deref() === undefined) this.#units.delete(key);
    this.#sweepAt = Math.max(MANY, this.#units.size * 2);
  }

  /** What comes from its text and the compiler alone: not what a transform made, nor what is for a debugger here. */
  #isStorable(id: string): boolean {
    return !isText(id) && !this.#parts.transforms.takes(id) && inspectorUrl() === undefined;
  }

  #unit(
    id: string,
    revision: string,
    text: () => MaybePromise<string>,
    stored?: StoredArtifacts,
  ): MaybePromise<UnitOrDiagnostics> {
    const key = keyOf(id, revision);
    const unit = this.#units.get(key)?.deref();
    if (unit !== undefined) return { ok: true, unit };
    let making = this.#making.get(key);
    if (making === undefined) {
      making = this.#make(key, id, revision, text, stored);
      this.#making.set(key, making);
      const made = () => this.#making.delete(key);
      making.then(made, made); // not `finally`, for whose promise everybody would wait
    }
    return making;
  }

  async #read(id: string, revision: string): Promise<string> {
    const source = await this.#parts.source.read(idOf(id), revision);
    const opening = this.#parts.cache?.open();
    if (opening !== undefined) await opening;
    return source;
  }

  async #make(
    key: string,
    id: string,
    revision: string,
    read: () => MaybePromise<string>,
    stored?: StoredArtifacts,
  ): Promise<UnitOrDiagnostics> {
    const source = await read();
    if (this.#parts.transforms.takes(id)) return this.#transform(key, id, revision, source);
    const text = this.#textOf(key, id, revision, source, isText(id) ? 'text' : undefined);
    const ahead = stored?.ahead(id, revision);
    if (stored === undefined || ahead !== undefined) {
      const found = ahead !== undefined && 'then' in ahead ? await ahead : ahead;
      const loaded = this.#pace.complete(this.#load(text, found));
      return 'then' in loaded ? await loaded : loaded;
    }
    const cached = await this.#pace.complete(this.#cached(text));
    return cached ?? (await this.#pace.complete(this.#compile(text, await stored.get(revision, text.options))));
  }

  async #transform(key: string, id: string, revision: string, source: string): Promise<UnitOrDiagnostics> {
    const transformed = await this.#parts.transforms.run(id, source);
    if (!transformed.ok) return transformed;
    const text = this.#textOf(key, id, revision, transformed.text, 'typescript');
    const result = await this.#pace.complete(this.#load(text));
    return result.ok ? result : { ok: false, diagnostics: result.diagnostics.map(aboutTransformed) };
  }

  #textOf(key: string, id: string, revision: string, source: string, as: CompileOptions['as']): Text {
    const options = moduleOptions(this.#parts.options(idOf(id)), id, as);
    const { cache } = this.#parts;
    let known: string | undefined;
    const cacheKey = () => {
      known ??= cache?.keyOf(source, options) ?? '';
      return known;
    };
    return { key, id, revision, source, options, cacheKey };
  }

  /** @param found what a store has of it: where it has something, the disk is not looked at */
  *#load(text: Text, found?: StoredBytes): Steps<UnitOrDiagnostics> {
    const cached = found?.bytes === undefined ? yield* this.#cached(text) : undefined;
    return cached ?? (yield* this.#compile(text, found));
  }

  // biome-ignore lint/correctness/useYield: one step, which the pace counts
  *#cached(text: Text): Steps<UnitOrDiagnostics | undefined> {
    const { cache } = this.#parts;
    const isEdited = isBeingEdited(text.options, this.#parses);
    const cached = isEdited ? cache?.getLoaded(text.cacheKey()) : cache?.get(text.cacheKey());
    if (cached === undefined) return undefined;
    const instantiated = this.#instantiate(text, cached);
    if (instantiated.ok) cache?.loaded(text.cacheKey(), cached.artifact, instantiated.script);
    return instantiated;
  }

  *#compile(text: Text, found?: StoredBytes): Steps<UnitOrDiagnostics> {
    const { cache, stored } = this.#parts;
    let made: CachedArtifact | undefined = found && stored?.open(found);
    if (made === undefined) {
      const compiled = yield* compileSteps(text.source, text.options, this.#parses);
      if (!compiled.ok) return compiled;
      made = compiled;
      if (found !== undefined) stored?.compiled(text.revision, text.options, made.artifact);
    }
    const { artifact } = made;
    yield pauseBefore(artifact.code);
    const instantiated = this.#instantiate(text, made);
    if (instantiated.ok) cache?.keep({ key: text.cacheKey, artifact, script: instantiated.script });
    return instantiated;
  }

  #instantiate(
    text: Text,
    { artifact, code }: CachedArtifact,
  ): Instantiated | Extract<UnitOrDiagnostics, { ok: false }> {
    const { key, id, revision, source, options } = text;
    const instantiated = instantiate(artifact, { source, options }, code);
    if (!instantiated.ok) return { ok: false, diagnostics: [instantiated.diagnostic] };
    const unit: Unit = { id, revision, source, options, artifact, factory: instantiated.body };
    const reference = new WeakRef(unit);
    this.#units.set(key, reference);
    if (this.#units.size > this.#sweepAt) this.#sweep();
    scriptSources.add(unit, this.mark, reference);
    return { ok: true, unit, script: instantiated.script };
  }
}

/** What is to be run, and how it is named. */
interface Text {
  readonly key: string;
  readonly id: string;
  readonly revision: string;
  readonly source: string;
  readonly options: CompileOptions;
  /** Made when it is first asked for. */
  readonly cacheKey: () => string;
}

interface Instantiated {
  readonly ok: true;
  readonly unit: Unit;
  readonly script: Script;
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
