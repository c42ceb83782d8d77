/**
 * Releases of one channel: the newest complete one, and manifests put together from a whole one and what came after it.
 *
 * A release whose texts are not all there (a dump that is being restored) is passed over for the one before it.
 */

import { type Manifest, manifestHash, type Release, type Revision, releaseGone, StoreError } from '@rekindle/store';
import type { Contents } from './contents.ts';
import type { Collections, ReleaseDocument } from './documents.ts';

export interface KeptRelease {
  readonly release: Release;
  readonly manifest: Manifest;
  readonly document: ReleaseDocument;
}

/** Manifests that stay at hand. */
const KEPT = 16;
/** Incomplete releases that are passed over in a row before the store is said to be damaged. */
const MOST_INCOMPLETE = 100;

export class History {
  readonly #store: string;
  readonly #channel: string;
  readonly #collections: () => Promise<Collections>;
  readonly #contents: Contents;
  /** By number, newest last. */
  readonly #kept = new Map<number, KeptRelease>();
  /** Revisions that are known to be there. */
  #present = new Set<Revision>();

  constructor(store: string, channel: string, collections: () => Promise<Collections>, contents: Contents) {
    this.#store = store;
    this.#channel = channel;
    this.#collections = collections;
    this.#contents = contents;
  }

  /** The number of the newest release, complete or not; 0 where there is none. */
  async newestNumber(): Promise<number> {
    const { releases } = await this.#collections();
    const [newest] = await releases
      .find({ '_id.channel': this.#channel }, { projection: { _id: 1 } })
      .sort({ '_id.number': -1 })
      .limit(1)
      .toArray();
    return newest?._id.number ?? 0;
  }

  /** The newest release all of whose texts are there. */
  async head(): Promise<KeptRelease | undefined> {
    return (await this.newest()).complete;
  }

  /** As `head`, with the newest number of all, as it was before: the next one is free unless somebody took it since. */
  async newest(): Promise<{ readonly number: number; readonly complete: KeptRelease | undefined }> {
    const number = await this.newestNumber();
    return { number, complete: await this.#completeFrom(number) };
  }

  async #completeFrom(newest: number): Promise<KeptRelease | undefined> {
    let number = newest;
    for (let passed = 0; number > 0; passed++) {
      const kept = await this.read(number);
      if (kept !== undefined && (await this.#isComplete(kept))) return kept;
      if (passed === MOST_INCOMPLETE) {
        const message = `${this.#store}: none of the last ${passed} releases is complete. Restore the revisions, or the dump as a whole.`;
        throw new StoreError('STORE_CONTENT_MISSING', message);
      }
      number = await this.#numberBelow(number);
    }
    return undefined;
  }

  /** A release by its number; undefined where there is none, or where its base is gone. */
  async read(number: number): Promise<KeptRelease | undefined> {
    const known = this.#kept.get(number);
    const { releases } = await this.#collections();
    const document = await releases.findOne(this.#id(number));
    if (document === null) return undefined;
    // a restore may have put another release under this number
    if (known !== undefined && known.document.publish.toString('hex') === document.publish.toString('hex'))
      return known;
    const manifest = await this.#assemble(document);
    if (manifest === undefined) return undefined;
    return this.keep(document, manifest);
  }

  /** Remembers a release, as read or as just published. */
  keep(document: ReleaseDocument, manifest: Manifest): KeptRelease {
    const { number } = document._id;
    const { hash, parent, author, message, time } = document;
    const kept = { release: { number, hash, parent, author, message, time }, manifest, document };
    this.#kept.delete(number);
    this.#kept.set(number, kept);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(oldest);
    }
    return kept;
  }

  /** The manifest that a head named. @throws StoreError `STORE_RELEASE_GONE` */
  async manifest(hash: string): Promise<Manifest> {
    for (const { release, manifest } of this.#kept.values()) if (release.hash === hash) return manifest;
    const { releases } = await this.#collections();
    const document = await releases.findOne({ '_id.channel': this.#channel, hash });
    const manifest = document === null ? undefined : await this.#assemble(document);
    if (document === null || manifest === undefined) throw releaseGone(this.#store, hash);
    return this.keep(document, manifest).manifest;
  }

  clear(): void {
    this.#kept.clear();
    this.#present = new Set();
  }

  async #assemble(document: ReleaseDocument): Promise<Manifest | undefined> {
    if (document.manifest !== undefined) return new Map(document.manifest);
    const nearest = this.#nearestKept(document);
    const from = nearest === undefined ? document.base : nearest.release.number + 1;
    const { releases } = await this.#collections();
    const range = { $gte: from, $lte: document._id.number };
    const steps = await releases
      .find({ '_id.channel': this.#channel, '_id.number': range })
      .sort({ '_id.number': 1 })
      .toArray();
    if (steps.length !== document._id.number - from + 1) return undefined; // a part of the history is missing
    const manifest = new Map(nearest?.manifest ?? steps[0]?.manifest);
    for (const step of nearest === undefined ? steps.slice(1) : steps) {
      for (const [id, revision] of step.changes) {
        if (revision === null) manifest.delete(id);
        else manifest.set(id, revision);
      }
    }
    return manifestHash(manifest) === document.hash ? manifest : undefined;
  }

  /** The newest release at hand on the way from the base. */
  #nearestKept({ _id: { number }, base }: ReleaseDocument): KeptRelease | undefined {
    let nearest: KeptRelease | undefined;
    for (const kept of this.#kept.values()) {
      const at = kept.release.number;
      if (at >= base && at < number && at > (nearest?.release.number ?? 0)) nearest = kept;
    }
    return nearest;
  }

  async #isComplete({ manifest }: KeptRelease): Promise<boolean> {
    const unknown = [...manifest.values()].filter((revision) => !this.#present.has(revision));
    if (unknown.length === 0) return true;
    const missing = await this.#contents.missing(unknown);
    for (const revision of unknown) if (!missing.has(revision)) this.#present.add(revision);
    return missing.size === 0;
  }

  async #numberBelow(number: number): Promise<number> {
    const { releases } = await this.#collections();
    const [below] = await releases
      .find({ '_id.channel': this.#channel, '_id.number': { $lt: number } }, { projection: { _id: 1 } })
      .sort({ '_id.number': -1 })
      .limit(1)
      .toArray();
    return below?._id.number ?? 0;
  }

  #id(number: number): { _id: ReleaseDocument['_id'] } {
    return { _id: { channel: this.#channel, number } };
  }
}
