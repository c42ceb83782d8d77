/**
 * Earlier releases of a folder, with their texts: in `.rekindle/releases` and `.rekindle/texts`, both named by hash.
 *
 * As many as the ledger remembers. It is a convenience and never the truth: what is damaged or was deleted is not there,
 * and what cannot be written is not kept. Nothing is brought to the disk: each text is verified by its hash when it is
 * read.
 *
 * What keeping a release costs does not grow with the number of modules: it is written as what differs from one that is
 * kept already, with the whole manifest in every so many, and what nothing needs any more is looked for as seldom.
 */
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { join } from 'node:path';
import {
  deriveManifest,
  diffManifests,
  type Manifest,
  type ModuleId,
  manifestHash,
  RecentMap,
  type Revision,
  revisionOf,
} from '@rekindle/store';
import { type KeptManifest, nameOf, parseKept, recordOf } from './archive-record.ts';
import { readFile, stat } from './files.ts';
import { unlessThere } from './ledger.ts';

/** Texts that are read and written at once. */
const BATCH = 32;
/** What another process has just written for a release whose manifest comes next is left alone. */
const FRESH_MS = 60_000;
/** So many releases in a row have only their changes before one has the whole manifest again. */
const LONGEST_WAY = 50;
/** Files beyond those that can be needed, before anybody looks which of them are. */
const SLACK = 16;
/** Manifests that were read or written lately. */
const REMEMBERED = 4;

type ReadText = (id: ModuleId, revision: Revision) => Promise<string>;

/** A manifest, and how many changes lie between it and a whole one. */
interface Placed {
  readonly manifest: Manifest;
  readonly way: number;
}

export class Archive {
  readonly #releases: string;
  readonly #texts: string;
  readonly #recent = new RecentMap<Placed>(REMEMBERED);
  /** Files that the last look left: those that are too new to go are looked at again when there are more. */
  #left = 0;

  /** @param directory `.rekindle` in the folder */
  constructor(directory: string) {
    this.#releases = join(directory, 'releases');
    this.#texts = join(directory, 'texts');
  }

  /**
   * Keeps a release. Rejects where that cannot be; a text that is gone already is left out.
   *
   * @param before the releases that the ledger remembers, by hash, the newest first: one of them is built upon
   */
  async keep(hash: string, manifest: Manifest, before: Iterable<string>, text: ReadText): Promise<void> {
    for (const directory of [this.#releases, this.#texts]) await fs.mkdir(directory).catch(unlessThere);
    const known = await isThere(this.#fileOf(hash));
    if (known && (await this.#placed(hash)) !== undefined && (await this.isWhole(manifest))) return;
    // one that has to be mended may be built upon by all others
    const base = known ? undefined : await this.#baseOf(hash, before);
    const entries = base && changesBetween(base.placed.manifest, manifest);
    const short = base !== undefined && entries !== undefined && entries.length <= manifest.size / 2;
    const follows = short && base.placed.way < LONGEST_WAY;
    const record: KeptManifest = follows ? { after: base.hash, changes: entries } : { modules: [...manifest] };
    await this.#keepTexts(follows ? entries : [...manifest], text, follows ? undefined : await this.#names());
    await write(this.#fileOf(hash), recordOf(record));
    this.#recent.set(hash, { manifest, way: follows ? base.placed.way + 1 : 0 });
  }

  /** The manifest of a release that is kept; undefined where it is not, or damaged. */
  async manifest(hash: string): Promise<Manifest | undefined> {
    return (await this.#placed(hash))?.manifest;
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

  /** Removes what none of these releases needs, once there is enough of it. Never rejects. */
  async prune(hashes: ReadonlySet<string>): Promise<void> {
    const names = await list(this.#releases);
    if (names.length < Math.max(hashes.size + LONGEST_WAY, this.#left) + SLACK) return;
    const [releases, texts] = await this.#needed(hashes);
    for (const name of names) if (!releases.has(name)) await removeOld(join(this.#releases, name));
    this.#left = (await list(this.#releases)).length;
    for (const name of await list(this.#texts)) if (!texts.has(name)) await removeOld(join(this.#texts, name));
  }

  /** The files of these releases and of those that they build upon, and all texts that these name. */
  async #needed(hashes: ReadonlySet<string>): Promise<[files: Set<string>, texts: Set<string>]> {
    const files = new Set<string>();
    const texts = new Set<string>();
    for (const start of hashes) {
      for (let hash: string | undefined = start; hash !== undefined && !files.has(nameOf(hash)); ) {
        files.add(nameOf(hash));
        const record = await this.#record(hash);
        hash = record !== undefined && 'after' in record ? record.after : undefined;
        for (const [, revision] of entriesOf(record)) if (revision !== null) texts.add(revision);
      }
    }
    return [files, texts];
  }

  /** The newest of the releases whose manifest can be had. */
  async #baseOf(hash: string, before: Iterable<string>): Promise<{ hash: string; placed: Placed } | undefined> {
    for (const candidate of before) {
      // somebody may have removed it since it was remembered
      if (candidate === hash || !(await isThere(this.#fileOf(candidate)))) continue;
      const placed = await this.#placed(candidate);
      if (placed !== undefined) return { hash: candidate, placed };
    }
    return undefined;
  }

  async #placed(hash: string): Promise<Placed | undefined> {
    const recent = this.#recent.get(hash);
    if (recent !== undefined) return recent;
    const way: (readonly (readonly [ModuleId, Revision | null])[])[] = [];
    for (let at = hash; way.length <= LONGEST_WAY; ) {
      const known = this.#recent.get(at);
      const record = known ? undefined : await this.#record(at);
      if (known === undefined && record === undefined) return undefined;
      if (record !== undefined && 'after' in record) {
        way.push(record.changes);
        at = record.after;
        continue;
      }
      const start = known ?? { manifest: new Map(record?.modules ?? []), way: 0 };
      const entries = way
        .reverse()
        .flat()
        .map(([id, revision]) => [id, revision ?? undefined] as const);
      const manifest = way.length === 0 ? start.manifest : deriveManifest(start.manifest, entries);
      if (manifestHash(manifest) !== hash) return undefined;
      const placed = { manifest, way: start.way + way.length };
      this.#recent.set(hash, placed);
      return placed;
    }
    return undefined;
  }

  async #record(hash: string): Promise<KeptManifest | undefined> {
    try {
      return parseKept(await readFile(this.#fileOf(hash), 'utf8'));
    } catch {
      return undefined;
    }
  }

  /** @param there what needs not be looked for one by one */
  async #keepTexts(
    entries: readonly (readonly [ModuleId, Revision | null])[],
    text: ReadText,
    there: ReadonlySet<string> | undefined,
  ): Promise<void> {
    const missing = entries.flatMap(([id, revision]) =>
      revision === null || there?.has(revision) ? [] : [[id, revision] as const],
    );
    for (let start = 0; start < missing.length; start += BATCH) {
      const some = missing.slice(start, start + BATCH);
      await Promise.all(some.map(([id, revision]) => this.#keepText(id, revision, text)));
    }
  }

  async #keepText(id: ModuleId, revision: Revision, text: ReadText): Promise<void> {
    const path = join(this.#texts, revision);
    if (await isThere(path)) return;
    let content: string;
    try {
      content = await text(id, revision);
    } catch {
      return; // the author has saved again
    }
    await write(path, content);
  }

  #fileOf(hash: string): string {
    return join(this.#releases, nameOf(hash));
  }

  async #names(): Promise<Set<string>> {
    return new Set(await list(this.#texts));
  }
}

function entriesOf(record: KeptManifest | undefined): readonly (readonly [ModuleId, Revision | null])[] {
  if (record === undefined) return [];
  return 'after' in record ? record.changes : record.modules;
}

function changesBetween(from: Manifest, to: Manifest): (readonly [ModuleId, Revision | null])[] {
  const { added, changed, removed } = diffManifests(from, to);
  return [...added, ...changed, ...removed].map((id) => [id, to.get(id) ?? null] as const);
}

async function write(path: string, content: string): Promise<void> {
  const beside = `${path}.${randomUUID()}.tmp`;
  await fs.writeFile(beside, content);
  await fs.rename(beside, path);
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
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
