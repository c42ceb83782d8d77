/**
 * Earlier releases of a folder, with their texts: in `.rekindle/releases` and `.rekindle/texts`, both named by hash.
 *
 * As many as the ledger remembers. It is a convenience and never the truth: what is damaged or was deleted is not there,
 * and what cannot be written is not kept. Nothing is brought to the disk: each text is verified by its hash when it is
 * read.
 */
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import { type Manifest, type ModuleId, manifestHash, type Revision, revisionOf } from '@rekindle/store';
import { readFile } from './files.ts';
import { unlessThere } from './ledger.ts';

const FORMAT = 1;
/** Texts that are read and written at once. */
const BATCH = 32;
/** What another process has just written for a release whose manifest comes next is left alone. */
const FRESH_MS = 60_000;

export class Archive {
  readonly #releases: string;
  readonly #texts: string;
  /** What is known to be there. */
  readonly #known = new Set<Revision>();

  /** @param directory `.rekindle` in the folder */
  constructor(directory: string) {
    this.#releases = join(directory, 'releases');
    this.#texts = join(directory, 'texts');
  }

  /** Keeps a release. Rejects where that cannot be; a text that is gone already is left out. */
  async keep(hash: string, manifest: Manifest, text: (id: ModuleId, revision: Revision) => Promise<string>) {
    for (const directory of [this.#releases, this.#texts]) await fs.mkdir(directory).catch(unlessThere);
    const there = this.#known.size === 0 ? await this.#names() : this.#known;
    for (const revision of there) this.#known.add(revision);
    const missing = [...manifest].filter(([, revision]) => !there.has(revision));
    for (let start = 0; start < missing.length; start += BATCH) {
      const some = missing.slice(start, start + BATCH);
      await Promise.all(some.map(([id, revision]) => this.#keepText(id, revision, text)));
    }
    await this.#write(join(this.#releases, `${hash}.json`), JSON.stringify({ format: FORMAT, modules: [...manifest] }));
  }

  /** The manifest of a release that is kept; undefined where it is not, or damaged. */
  async manifest(hash: string): Promise<Manifest | undefined> {
    try {
      const { format, modules } = JSON.parse(await readFile(join(this.#releases, `${hash}.json`), 'utf8')) as {
        format?: unknown;
        modules: [ModuleId, Revision][];
      };
      const manifest = new Map(modules);
      return format === FORMAT && manifestHash(manifest) === hash ? manifest : undefined;
    } catch {
      return undefined;
    }
  }

  /** Whether every text of a manifest is there. */
  async isWhole(manifest: Manifest): Promise<boolean> {
    const names = await this.#names();
    return [...manifest.values()].every((revision) => names.has(revision));
  }

  /** A text; undefined where it is not kept, or damaged. */
  async text(revision: Revision): Promise<string | undefined> {
    try {
      const text = await readFile(join(this.#texts, revision), 'utf8');
      return revisionOf(text) === revision ? text : undefined;
    } catch {
      return undefined;
    }
  }

  /** Removes what none of these releases needs. Never rejects. */
  async prune(hashes: ReadonlySet<string>): Promise<void> {
    const gone = (await list(this.#releases)).filter((name) => !hashes.has(name.replace(/\.json$/, '')));
    if (gone.length === 0) return;
    for (const name of gone) await removeOld(join(this.#releases, name));
    const needed = new Set<string>();
    for (const hash of hashes) for (const revision of (await this.manifest(hash))?.values() ?? []) needed.add(revision);
    for (const name of await list(this.#texts)) {
      if (needed.has(name)) continue;
      this.#known.delete(name);
      await removeOld(join(this.#texts, name));
    }
  }

  async #keepText(id: ModuleId, revision: Revision, text: (id: ModuleId, revision: Revision) => Promise<string>) {
    let content: string;
    try {
      content = await text(id, revision);
    } catch {
      return; // the author has saved again
    }
    await this.#write(join(this.#texts, revision), content);
    this.#known.add(revision);
  }

  async #write(path: string, content: string): Promise<void> {
    const beside = `${path}.${randomUUID()}.tmp`;
    await fs.writeFile(beside, content);
    await fs.rename(beside, path);
  }

  async #names(): Promise<Set<Revision>> {
    return new Set(await list(this.#texts));
  }
}

async function list(directory: string): Promise<string[]> {
  return fs.readdir(directory).catch(() => []);
}

async function removeOld(path: string): Promise<void> {
  try {
    if (Date.now() - (await fs.stat(path)).mtimeMs > FRESH_MS) await fs.rm(path, { force: true });
  } catch {
    // somebody else has removed it
  }
}
