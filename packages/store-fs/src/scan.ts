/**
 * The folder as a manifest. A scan asks the file system about every file and reads those that may have changed, so a
 * head costs about what a `stat` of each file costs, however large the files are.
 */
import { assertTree, type Manifest, type ModuleId, manifestHash, parseModuleId, type Revision } from '@rekindle/store';
import { fileFailure } from './errors.ts';
import { isAbsent, realpath, stat } from './files.ts';
import { type Fingerprint, fingerprintOf, isSame, isSettled } from './fingerprint.ts';
import type { IgnoreRules } from './ignore-rules.ts';
import { readSource, type SourceFile } from './source-file.ts';
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

interface Known {
  readonly fingerprint: Fingerprint;
  readonly revision: Revision;
  /** Whether an equal fingerprint proves an equal text. */
  settled: boolean;
}

export class Scanner {
  readonly #options: ScannerOptions;
  #known = new Map<string, Known>();
  #last: Scan | undefined;

  constructor(options: ScannerOptions) {
    this.#options = options;
  }

  /** @throws an ENOENT or ENOTDIR of the file system when the folder is not there; StoreError otherwise */
  async scan(): Promise<Scan> {
    const { name, rules, gitignore } = this.#options;
    const root = await realpath(this.#options.path);
    const known = new Map<string, Known>();
    const found = new Map<ModuleId, { readonly path: string; readonly revision: Revision; readonly spelled: string }>();
    const twins: string[] = [];
    await walk({
      name,
      root,
      rules,
      gitignore,
      file: async (spelled, path) => {
        const id = parseModuleId(spelled);
        const entry = await this.#look(spelled, path);
        if (!entry) return;
        known.set(path, entry);
        const twin = found.get(id);
        if (twin) twins.push(twin.spelled, spelled);
        else found.set(id, { path, revision: entry.revision, spelled });
      },
    });
    if (twins.length > 0) assertTree(name, twins);
    this.#known = known;
    this.#last = this.#describe(found);
    return this.#last;
  }

  /** The revision of one file now, or `undefined` when there is none. */
  async #look(id: string, path: string): Promise<Known | undefined> {
    try {
      const fingerprint = fingerprintOf(await stat(path, { bigint: true }));
      const known = this.#known.get(path);
      if (known?.settled && isSame(known.fingerprint, fingerprint)) return known;
      const source = await readSource(path);
      this.#told(source);
      return { ...source, settled: isSettled(source.fingerprint, Date.now()) };
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw fileFailure(this.#options.name, `reading '${id}'`, error);
    }
  }

  #told({ revision, text }: SourceFile): void {
    if (text !== undefined) this.#options.onText(revision, text);
  }

  #describe(found: ReadonlyMap<ModuleId, { readonly path: string; readonly revision: Revision }>): Scan {
    const last = this.#last;
    if (last && found.size === last.manifest.size) {
      let same = true;
      for (const [id, { path, revision }] of found) {
        if (last.manifest.get(id) === revision && last.paths.get(id) === path) continue;
        same = false;
        break;
      }
      if (same) return last;
    }
    const ids = [...found.keys()].sort();
    assertTree(this.#options.name, ids);
    const manifest = new Map<ModuleId, Revision>();
    const paths = new Map<ModuleId, string>();
    for (const id of ids) {
      const { path, revision } = found.get(id) ?? { path: '', revision: '' };
      manifest.set(id, revision);
      paths.set(id, path);
    }
    return { hash: manifestHash(manifest), manifest, paths };
  }
}
