/**
 * The folder as a manifest. A scan asks the file system about every file and reads those that may have changed, so a
 * head costs about what a `stat` of each file costs, however large the files are.
 */
import { statSync } from 'node:fs';
import { relative, sep } from 'node:path';
import {
  assertTree,
  deriveManifest,
  diffManifests,
  duplicateId,
  isStoreError,
  type Manifest,
  type ModuleId,
  manifestHash,
  parseModuleId,
  type Revision,
} from '@rekindle/store';
import { fileFailure } from './errors.ts';
import { isAbsent, realpath, stat } from './files.ts';
import { type Fingerprint, fingerprintOf, isSame, isSettled } from './fingerprint.ts';
import type { IgnoreRules } from './ignore-rules.ts';
import { QuickReader } from './quick-reader.ts';
import { readSource, readSourceNow, type SourceFile } from './source-file.ts';
import { walk } from './walk.ts';

/** What is in the folder at one time. */
export interface Scan {
  readonly hash: string;
  readonly manifest: Manifest;
  /** Where each module lies. Not always the id below the root: the disk may spell it in another normal form. */
  readonly paths: ReadonlyMap<ModuleId, string>;
}

export interface ScannerOptions {
  readonly name: string;
  readonly path: string;
  readonly rules: IgnoreRules;
  readonly gitignore: boolean;
  /** Told of every text that was read. */
  readonly onText: (revision: Revision, text: string) => void;
}

/** What is known of a file since it was last read. */
interface Known {
  readonly id: ModuleId;
  readonly path: string;
  readonly fingerprint: Fingerprint;
  readonly revision: Revision;
  /** Whether an equal fingerprint proves an equal text. */
  readonly settled: boolean;
}

/** How many files are asked about without a turn of the event loop for each. */
interface Quick {
  readonly sources?: QuickReader<SourceFile | undefined>;
  readonly fingerprints?: QuickReader<Fingerprint>;
}

function fingerprintNow(path: string): Fingerprint {
  return fingerprintOf(statSync(path, { bigint: true }));
}

export class Scanner {
  readonly #options: ScannerOptions;
  /** By the id as the disk spells it. */
  #known: ReadonlyMap<string, Known> = new Map();
  #last: Scan | undefined;
  /** There was a symbolic link: then one file may be several modules. */
  #linked = false;

  constructor(options: ScannerOptions) {
    this.#options = options;
  }

  /**
   * The folder as it was when it was last looked at, but for these files, which are looked at now.
   *
   * @param expected what the folder should be, where it is known: it is taken as it is where the files say the same
   * @returns undefined where that cannot be told: then all has to be looked at
   */
  async update(
    paths: Iterable<string>,
    expected: Pick<Scan, 'hash' | 'manifest'> | undefined,
  ): Promise<Scan | undefined> {
    const last = this.#last;
    if (last === undefined || this.#linked) return undefined;
    const known = this.#known as Map<string, Known>;
    const root = await realpath(this.#options.path);
    const entries = new Map<ModuleId, Revision | undefined>();
    for (const path of paths) {
      const spelled = relative(root, path).split(sep).join('/');
      const old = known.get(spelled);
      const now = await this.#look(spelled, path, old, {});
      if (old === undefined && now === undefined) continue;
      // whether a name that is new is a module, the patterns of its folder say; one that was published is one
      if (old === undefined && !(now && expected?.manifest.get(now.id) === now.revision)) return undefined;
      if (now) known.set(spelled, now);
      else known.delete(spelled);
      entries.set((now ?? (old as Known)).id, now?.revision);
    }
    if (this.#last !== last) return undefined; // another look came between
    const moved = [...entries].filter(([id, revision]) => last.manifest.get(id) !== revision);
    if (moved.length === 0) return last;
    const isExpected = expected !== undefined && leadsTo(last.manifest, entries, expected.manifest);
    const manifest = isExpected ? expected.manifest : deriveManifest(last.manifest, moved);
    const same = moved.every(([id, revision]) => revision !== undefined && last.manifest.has(id));
    const places = same ? last.paths : new Map([...known.values()].map(({ id, path }) => [id, path]));
    this.#last = { hash: isExpected ? expected.hash : manifestHash(manifest), manifest, paths: places };
    return this.#last;
  }

  /**
   * @param hurried whether it may hold the thread for a few milliseconds at a time: it takes a fifth of the work then
   * @throws an ENOENT or ENOTDIR of the file system when the folder is not there; StoreError otherwise
   */
  async scan({ hurried = false } = {}): Promise<Scan> {
    const { name, rules, gitignore } = this.#options;
    const before = this.#known;
    const root = await realpath(this.#options.path);
    const known = new Map<string, Known>();
    // the first scan reads every file; later ones read few, and look at all of them while a game runs
    const quick: Quick = {
      ...(before.size === 0 ? { sources: new QuickReader(readSourceNow) } : {}),
      ...(hurried ? { fingerprints: new QuickReader(fingerprintNow) } : {}),
    };
    let moved = false;
    let linked = false;
    await walk({
      name,
      root,
      rules,
      gitignore,
      link: () => {
        linked = true;
      },
      file: async (spelled, path) => {
        const old = before.get(spelled);
        const now = await this.#look(spelled, path, old, quick);
        if (!now) return;
        known.set(spelled, now);
        if (now.revision !== old?.revision || now.path !== old.path) moved = true;
      },
    });
    this.#known = known;
    this.#linked = linked;
    // A set of names that only lost some has another size.
    const last = this.#last;
    if (last && !moved && known.size === before.size) return last;
    this.#last = undefined;
    this.#last = this.#describe(known, last);
    return this.#last;
  }

  /** A file as it is now, or `undefined` when there is none. */
  async #look(
    spelled: string,
    path: string,
    old: Known | undefined,
    { sources, fingerprints }: Quick,
  ): Promise<Known | undefined> {
    try {
      if (old?.settled && old.path === path) {
        const fingerprint = (await fingerprints?.read(path)) ?? fingerprintOf(await stat(path, { bigint: true }));
        if (isSame(old.fingerprint, fingerprint)) return old;
      }
      const source = (await sources?.read(path)) ?? (await readSource(path));
      if (source.text !== undefined) this.#options.onText(source.revision, source.text);
      return {
        id: old?.id ?? parseModuleId(spelled),
        path,
        fingerprint: source.fingerprint,
        revision: source.revision,
        settled: isSettled(source.fingerprint, Date.now()),
      };
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw isStoreError(error) ? error : fileFailure(this.#options.name, `reading '${spelled}'`, error);
    }
  }

  #describe(known: ReadonlyMap<string, Known>, last: Scan | undefined): Scan {
    const paths = new Map<ModuleId, string>();
    const entries: [ModuleId, Revision | undefined][] = [];
    const spellings = new Map<ModuleId, string>();
    let isNew = false;
    for (const [spelled, { id, path, revision }] of known) {
      const twin = spellings.get(id);
      if (twin !== undefined) throw duplicateId(this.#options.name, twin, spelled);
      spellings.set(id, spelled);
      paths.set(id, path);
      const before = last?.manifest.get(id);
      if (before !== revision) entries.push([id, revision]);
      if (before === undefined) isNew = true;
    }
    // Only a new id can stand in the way of another one.
    if (isNew) assertTree(this.#options.name, paths.keys());
    if (last) for (const id of last.manifest.keys()) if (!paths.has(id)) entries.push([id, undefined]);
    const manifest = deriveManifest(last?.manifest ?? new Map(), last ? entries : entries.sort(byId));
    return { hash: manifestHash(manifest), manifest, paths };
  }
}

/** Whether a manifest with these entries is another one. */
function leadsTo(from: Manifest, entries: ReadonlyMap<ModuleId, Revision | undefined>, to: Manifest): boolean {
  const { added, changed, removed } = diffManifests(from, to);
  const after = (id: ModuleId) => (entries.has(id) ? entries.get(id) : from.get(id));
  return [...added, ...changed, ...removed, ...entries.keys()].every((id) => after(id) === to.get(id));
}

function byId([one]: readonly [ModuleId, unknown], [other]: readonly [ModuleId, unknown]): number {
  return one < other ? -1 : 1;
}
