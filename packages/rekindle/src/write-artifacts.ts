/**
 * Compiles for other hosts: a publisher puts compiled modules beside the texts before it publishes them, so that each host
 * that takes the release finds them there.
 *
 * It publishes nothing and judges nothing: a text that does not compile is told of, and is the release's affair.
 */

import { type CompileOptions, compileSteps, type Diagnostic, languageOf } from '@rekindle/compiler';
import {
  type Abortable,
  type Artifacts,
  type Changes,
  type ModuleId,
  normalizeText,
  parseModuleId,
  type Revision,
  revisionOf,
  type Store,
  type StoredArtifact,
  StoreError,
} from '@rekindle/store';
import { compileSettings } from './compile-settings.ts';
import type { HostOptions } from './options.ts';
import { Pace } from './pace.ts';
import { artifactName, sealSteps } from './stored-artifacts.ts';

/** What is compiled, and how. */
export interface WriteArtifactsOptions extends Abortable {
  /** What is about to be published. @default all modules of the newest release */
  readonly changes?: Changes;
  /** As the hosts have it: an artifact that was made with other options is not found. @default that of the store's folder */
  readonly tsconfig?: HostOptions['tsconfig'];
  /** As the hosts have them. @default none */
  readonly limits?: Pick<NonNullable<HostOptions['limits']>, 'nesting' | 'source'>;
}

/** What became of it. */
export interface WrittenArtifacts {
  /** Ids of the modules that were compiled and written. */
  readonly written: readonly ModuleId[];
  /** Ids of those that were there already. */
  readonly known: readonly ModuleId[];
  /** Why others were not: they do not compile. */
  readonly diagnostics: readonly Diagnostic[];
}

interface Wanted {
  readonly id: ModuleId;
  readonly revision: Revision;
  readonly options: CompileOptions;
  readonly text: () => string | Promise<string>;
}

/** Modules that are looked for, compiled and written at a time. */
const BATCH = 50;

/**
 * Compiles modules and puts them beside the texts of a store that keeps artifacts. What is there already is left alone.
 * Files that are no scripts by their extension are left out: hosts transform them by themselves.
 *
 * @throws StoreError `STORE_BAD_OPTION` where the store keeps no artifacts; `STORE_BAD_ID`; and what the store throws
 * @example
 * const changes = new Map([['npc/goblin.ts', 'export const hp = 10;']]);
 * await writeArtifacts(store, { changes });
 * await store.publish(changes, { expected: 7, author: 'dana' });
 */
export async function writeArtifacts(store: Store, options: WriteArtifactsOptions = {}): Promise<WrittenArtifacts> {
  const { artifacts } = store;
  if (artifacts === undefined) {
    throw new StoreError('STORE_BAD_OPTION', `Cannot write artifacts to ${store.name}: it keeps none.`);
  }
  const { tsconfig, limits, signal } = options;
  const call = signal === undefined ? {} : { signal };
  const settings = compileSettings(
    { ...(tsconfig && { tsconfig }), ...(limits && { limits }) },
    [store],
    () => undefined,
  );
  const texts = options.changes === undefined ? await published(store, call) : changed(options.changes);
  const wanted = texts.flatMap(({ id, ...text }): Wanted[] => {
    // what is for a debugger of this process is for nobody else
    const { debug: _, ...compileOptions } = settings(id);
    return languageOf(id) === undefined ? [] : [{ id, ...text, options: compileOptions }];
  });
  const writer = new Writer(artifacts, call);
  for (let start = 0; start < wanted.length; start += BATCH) await writer.write(wanted.slice(start, start + BATCH));
  return writer.result;
}

class Writer {
  readonly result = { written: [] as ModuleId[], known: [] as ModuleId[], diagnostics: [] as Diagnostic[] };
  readonly #artifacts: Artifacts;
  readonly #call: Abortable;
  readonly #pace = new Pace();

  constructor(artifacts: Artifacts, call: Abortable) {
    this.#artifacts = artifacts;
    this.#call = call;
  }

  async write(wanted: readonly Wanted[]): Promise<void> {
    const named = wanted.map(({ revision, options, text }) => ({
      name: artifactName(revision, options),
      options,
      text,
    }));
    const names = named.map(({ name }) => name);
    const there = await this.#artifacts.read(names, this.#call);
    const made: StoredArtifact[] = [];
    for (const { name, options, text } of named) {
      if (there.has(name.key)) {
        this.result.known.push(name.id);
        continue;
      }
      const compiled = await this.#pace.complete(compileSteps(await text(), options));
      this.#call.signal?.throwIfAborted();
      if (compiled.ok) made.push(await this.#pace.complete(sealSteps(name, compiled.artifact)));
      else this.result.diagnostics.push(...compiled.diagnostics);
    }
    if (made.length === 0) return;
    await this.#artifacts.write(made, this.#call);
    this.result.written.push(...made.map(({ id }) => id));
  }
}

type Text = Omit<Wanted, 'options'>;

function changed(changes: Changes): Text[] {
  return [...changes].flatMap(([given, source]) => {
    if (source === null) return [];
    const id = parseModuleId(given);
    const text = normalizeText(source);
    return [{ id, revision: revisionOf(text), text: () => text }];
  });
}

async function published(store: Store, call: Abortable): Promise<Text[]> {
  const head = await store.head(call);
  const manifest = head === undefined ? [] : await store.manifest(head.hash, call);
  return Array.from(manifest, ([id, revision]) => ({ id, revision, text: () => store.read(id, revision, call) }));
}
