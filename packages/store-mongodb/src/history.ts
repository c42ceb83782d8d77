/**
 * Releases of one channel: the newest complete one, and manifests put together from a whole one and what came after it.
 *
 * A release whose texts are not all there (a dump that is being restored) is passed over for the one before it.
 * Numbers alone name no release: a restored dump may have another one under a number that was seen before.
 */

import {
  deriveManifest,
  type HistoryOptions,
  type Manifest,
  manifestHash,
  type Release,
  type Revision,
  releaseGone,
  StoreError,
} from '@rekindle/store';
import type { Collection } from 'mongodb';
import type { Contents } from './contents.ts';
import type { ReleaseDocument } from './documents.ts';
import { type Entry, entriesIn, linesOf, manifestIn } from './entries.ts';

export interface KeptRelease {
  readonly release: Release;
  readonly manifest: Manifest;
  readonly document: ReleaseDocument;
}

/** The newest release, complete or not, as far as it can be told without reading it. */
export interface Newest {
  /** 0 where there is none. */
  readonly number: number;
  /** Tells releases with one number apart; empty where there is none. */
  readonly publish: string;
}

/** The newest release that a watch knows of. */
export interface Heard extends Newest {
  /** The release, where it came with the news: not with a whole manifest. */
  readonly document?: ReleaseDocument;
}

/** Manifests that stay at hand. */
const KEPT = 16;
/** Incomplete releases that are passed over in a row before the store is said to be damaged. */
const MOST_INCOMPLETE = 30;
/** So many releases have only their changes before one has the whole manifest again. */
const BETWEEN_MANIFESTS = 50;

const NONE: Newest = { number: 0, publish: '' };

export class History {
  readonly #store: string;
  readonly #channel: string;
  readonly #releases: Collection<ReleaseDocument>;
  readonly #contents: Contents;
  /** By publish, newest last. */
  readonly #kept = new Map<string, KeptRelease>();
  #passedOver = false;
  /** The highest number that was seen: what is newer has one above it. */
  #highest = 0;

  constructor(store: string, channel: string, releases: Collection<ReleaseDocument>, contents: Contents) {
    this.#store = store;
    this.#channel = channel;
    this.#releases = releases;
    this.#contents = contents;
  }

  /** Whether the last head was not the newest release: it can change without a new release then. */
  get passedOver(): boolean {
    return this.#passedOver;
  }

  /**
   * The newest release. Looked for from the last one on: without a bound some servers sort all that there are, whole
   * manifests among them, with every look of every host.
   */
  async newest(): Promise<Newest> {
    const since = this.#highest > 0 ? await this.#newestIn({ $gte: this.#highest }) : NONE;
    // a database that was restored has lower numbers
    const newest = since.number > 0 ? since : await this.#newestIn(undefined);
    this.#highest = newest.number;
    return newest;
  }

  /**
   * The newest release all of whose texts are there, and the newest number of all, as it was before.
   *
   * @param heard what is taken for the newest; nothing is if that is known to be past
   */
  async head(heard?: Heard): Promise<{ readonly newest: number; readonly head: KeptRelease | undefined }> {
    const isCurrent = heard !== undefined && heard.number > 0 && heard.number >= this.#highest;
    const document = isCurrent ? heard.document : await this.#next();
    const first = isCurrent ? heard : document === undefined ? await this.newest() : newestOf(document);
    this.#highest = first.number;
    if (document?.changes !== undefined && !this.#kept.has(first.publish)) {
      const { texts = [], ...rest } = document;
      this.#contents.came(texts);
      await this.#keep(rest);
    }
    let at = first;
    for (let passed = 0; at.number > 0; ) {
      const kept = await this.#read(at);
      if (kept !== undefined && (await this.#contents.isComplete(kept.manifest))) {
        this.#passedOver = passed > 0;
        return { newest: first.number, head: kept };
      }
      passed += 1;
      this.#passedOver = true;
      if (passed === MOST_INCOMPLETE) throw this.#damaged(passed);
      at = await this.#newestIn({ $lt: at.number });
    }
    if (first.number === 0) this.#passedOver = false;
    return { newest: first.number, head: undefined };
  }

  /** The document of a release, whatever else is missing. */
  async document(number: number): Promise<ReleaseDocument | undefined> {
    // by its fields, which have an index: that of a whole `_id` is of no use to some servers where it is a document
    const filter = { '_id.channel': this.#channel, '_id.number': number };
    return (await this.#releases.findOne(filter, { projection: { texts: 0 } })) ?? undefined;
  }

  /** The manifest of a release; undefined where it is gone, or cannot be put together. */
  async manifestOf(number: number): Promise<Manifest | undefined> {
    const document = await this.document(number);
    return document && this.manifestIn(document);
  }

  /** The releases that are there, the newest first, whatever is missing of their content. */
  async list({ before = Number.POSITIVE_INFINITY, limit = 50 }: HistoryOptions): Promise<Release[]> {
    const range = Number.isFinite(before) ? { '_id.number': { $lt: before } } : {};
    const found = this.#releases
      .find({ '_id.channel': this.#channel, ...range }, { projection: { manifest: 0, changes: 0, texts: 0 } })
      .sort({ '_id.number': -1 })
      .limit(Math.max(1, limit));
    return (await found.toArray()).map(releaseOf);
  }

  /** A release with its manifest; undefined where it is not there, or its manifest cannot be put together. */
  async release(number: number): Promise<KeptRelease | undefined> {
    const document = await this.document(number);
    return document && this.#keep(document);
  }

  async manifestIn(document: ReleaseDocument): Promise<Manifest | undefined> {
    return (await this.#keep(document))?.manifest;
  }

  /** The manifest that a head named. @throws StoreError `STORE_RELEASE_GONE` */
  async manifest(hash: string): Promise<Manifest> {
    for (const { release, manifest } of this.#kept.values()) if (release.hash === hash) return manifest;
    const [document] = await this.#releases
      .find({ '_id.channel': this.#channel, hash }, { projection: { texts: 0 } })
      .sort({ '_id.number': -1 })
      .limit(1)
      .toArray();
    const kept = document && (await this.#keep(document));
    if (kept === undefined) throw releaseGone(this.#store, hash);
    return kept.manifest;
  }

  /** Which of both a release has: its changes, or, where they would not be much shorter, its manifest. */
  contentOf(
    number: number,
    head: KeptRelease | undefined,
    manifest: Manifest,
    changes: readonly Entry<Revision | null>[],
  ): Pick<ReleaseDocument, 'base' | 'manifest' | 'changes'> {
    // what was passed over cannot be built upon
    const follows = head !== undefined && head.release.number === number - 1;
    if (follows && number - head.document.base < BETWEEN_MANIFESTS && changes.length <= manifest.size / 2) {
      return { base: head.document.base, changes: linesOf(changes) };
    }
    return { base: number, manifest: linesOf(manifest) };
  }

  /** Remembers a release of which all is known, because it was just published. */
  add(document: ReleaseDocument, manifest: Manifest): KeptRelease {
    const kept = { release: releaseOf(document), manifest, document };
    const key = nameOf(document);
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT) break;
      this.#kept.delete(oldest);
    }
    return kept;
  }

  clear(): void {
    this.#highest = 0;
    this.#kept.clear();
  }

  #damaged(passed: number): StoreError {
    const message =
      `${this.#store}: none of the last ${passed} releases is complete. ` +
      'Restore the revisions, or the dump as a whole.';
    return new StoreError('STORE_CONTENT_MISSING', message);
  }

  /** The newest release from the last one on, with what it changed, but for a whole manifest. */
  async #next(): Promise<ReleaseDocument | undefined> {
    if (this.#highest === 0) return undefined;
    const [document] = await this.#releases
      .find(
        { '_id.channel': this.#channel, '_id.number': { $gte: this.#highest } },
        { projection: { manifest: 0, texts: 0 } },
      )
      .sort({ '_id.number': -1 })
      .limit(1)
      .toArray();
    return document;
  }

  async #newestIn(range: { readonly $gte: number } | { readonly $lt: number } | undefined): Promise<Newest> {
    const numbers = range === undefined ? {} : { '_id.number': range };
    const [document] = await this.#releases
      .find({ '_id.channel': this.#channel, ...numbers }, { projection: { _id: 1, publish: 1 } })
      .sort({ '_id.number': -1 })
      .limit(1)
      .toArray();
    return document === undefined ? NONE : newestOf(document);
  }

  async #read({ number, publish }: Newest): Promise<KeptRelease | undefined> {
    const kept = this.#kept.get(publish);
    if (kept !== undefined) return this.add(kept.document, kept.manifest);
    const document = await this.document(number);
    return document && this.#keep(document);
  }

  async #keep(document: ReleaseDocument): Promise<KeptRelease | undefined> {
    const manifest = await this.#assemble(document);
    return manifest && this.add(document, manifest);
  }

  /** Undefined where a part of the history is missing. */
  async #assemble(document: ReleaseDocument): Promise<Manifest | undefined> {
    if (document.manifest !== undefined) return this.#checked(manifestIn(document.manifest), document);
    const nearest = this.#nearestKept(document);
    const onward = nearest && (await this.#onward(nearest.manifest, nearest.release.number + 1, document));
    if (onward !== undefined) return onward;
    const base = await this.document(document.base);
    if (base?.manifest === undefined) return undefined;
    return this.#onward(manifestIn(base.manifest), document.base + 1, document);
  }

  /** A manifest with the changes of all releases from one on, up to a document. */
  async #onward(start: Manifest, from: number, document: ReleaseDocument): Promise<Manifest | undefined> {
    const { number } = document._id;
    const between = this.#releases
      .find({ '_id.channel': this.#channel, '_id.number': { $gte: from, $lt: number } }, { projection: { texts: 0 } })
      .sort({ '_id.number': 1 });
    const entries = [...(from < number ? await between.toArray() : []), document].flatMap(({ changes }) => [
      ...entriesIn(changes),
    ]);
    const manifest = deriveManifest(
      start,
      entries.map(([id, revision]) => [id, revision ?? undefined] as const),
    );
    return this.#checked(manifest, document);
  }

  /** A missing or an exchanged release on the way makes another manifest than the one that was published. */
  #checked(manifest: Manifest, { hash }: ReleaseDocument): Manifest | undefined {
    return manifestHash(manifest) === hash ? manifest : undefined;
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
}

export function releaseOf({ _id, hash, parent, author, message, time }: ReleaseDocument): Release {
  return { number: _id.number, hash, parent, author, message, time };
}

function newestOf(document: Pick<ReleaseDocument, '_id' | 'publish'>): Newest {
  return { number: document._id.number, publish: nameOf(document) };
}

/** Names a release beyond its number. */
export function nameOf({ publish }: Pick<ReleaseDocument, 'publish'>): string {
  return publish.toString('hex');
}
