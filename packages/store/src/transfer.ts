/**
 * Histories on their way from one place to another: read oldest first, and appended to a store under the numbers, times
 * and authors that they had.
 *
 * Nothing is ever overwritten: what is there already has to be a part of what comes, else nothing is written at all.
 */
import type { Abortable, Manifest, ModuleId, Release, Revision, Store, StoredRelease } from './contract.ts';
import { releaseNotKept, StoreError } from './errors.ts';
import { diffManifests } from './manifest.ts';

/** Releases that are asked for at once. */
const PAGE = 500;
/** Texts that are read at once. */
const BATCH = 64;

const EMPTY: Manifest = new Map();

/** How far it has come. */
export interface TransferProgress {
  /** The channel; `undefined` for the own one of a store that has no other. */
  readonly channel: string | undefined;
  /** The number of the release that is done. */
  readonly release: number;
  /** Releases of all channels that are done, and that there are. */
  readonly done: number;
  readonly total: number;
}

/** What copying, backing up and restoring take. */
export interface TransferOptions extends Abortable {
  /** Told after each release. */
  readonly onProgress?: (progress: TransferProgress) => void;
}

/** A release with the texts that the one before does not have. */
export interface Step {
  readonly release: Release;
  readonly manifest: Manifest;
  /** Revision by id; `undefined` for a module that goes. */
  readonly changes: ReadonlyMap<ModuleId, Revision | undefined>;
  text(id: ModuleId, revision: Revision): Promise<string>;
}

const inChannel = (channel: string | undefined) => (channel === undefined ? {} : { channel });

/**
 * The releases that a store keeps on a channel, oldest first, and what it has now, where that is none of them: the
 * content of a working tree, or of a source that keeps no history.
 */
export async function releasesOf(store: Store, channel: string | undefined, { signal }: Abortable): Promise<Release[]> {
  const abortable = signal === undefined ? {} : { signal };
  const releases: Release[] = [];
  for (let before = Number.POSITIVE_INFINITY; store.history !== undefined; ) {
    const range = Number.isFinite(before) ? { before } : {};
    const page = await store.history({ ...inChannel(channel), ...abortable, ...range, limit: PAGE });
    releases.push(...page);
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) break;
    before = last.number;
  }
  releases.reverse();
  if (store.channels !== undefined) return releases;
  const head = await store.head(abortable);
  const last = releases.at(-1);
  if (head === undefined || head.hash === last?.hash) return releases;
  const number = Math.max(head.next ?? head.number, (last?.number ?? 0) + 1);
  const { hash, time = Date.now() } = head;
  return [...releases, { number, hash, parent: last?.number ?? null, author: '', message: '', time }];
}

/** What leads from one release of a store to the next. */
export async function* stepsOf(
  store: Store,
  channel: string | undefined,
  releases: readonly Release[],
  { signal }: Abortable,
): AsyncIterable<Step> {
  let before = EMPTY;
  for (const release of releases) {
    signal?.throwIfAborted();
    const { manifest } = await storedIn(store, channel, release, signal);
    const { added, changed, removed } = diffManifests(before, manifest);
    const ids = [...added, ...changed, ...removed];
    yield {
      release,
      manifest,
      changes: new Map(ids.map((id) => [id, manifest.get(id)])),
      text: (id, revision) => store.read(id, revision, signal && { signal }),
    };
    before = manifest;
  }
}

async function storedIn(
  store: Store,
  channel: string | undefined,
  release: Release,
  signal: AbortSignal | undefined,
): Promise<StoredRelease> {
  const stored = await store.release?.(release.number, { ...inChannel(channel), ...(signal && { signal }) });
  if (stored === undefined && store.channels === undefined) {
    // what it has now, and nobody has published
    return { release, manifest: await store.manifest(release.hash, signal && { signal }) };
  }
  if (stored === undefined || stored.release.hash !== release.hash) {
    throw releaseNotKept(store.name, release.number, channel);
  }
  return stored;
}

/** Texts by id, read a few at a time. */
export async function textsOf({ changes, text }: Step): Promise<Map<ModuleId, string | null>> {
  const texts = new Map<ModuleId, string | null>();
  const entries = [...changes];
  for (let start = 0; start < entries.length; start += BATCH) {
    const some = entries.slice(start, start + BATCH);
    const read = some.map(([id, revision]) => (revision === undefined ? null : text(id, revision)));
    for (const [index, content] of (await Promise.all(read)).entries())
      texts.set(some[index]?.[0] as ModuleId, content);
  }
  return texts;
}

/** Appends a history to a channel of a store. */
export class Destination {
  readonly #store: Store;
  readonly #channel: string | undefined;
  readonly #options: Abortable;
  /** The number of the last release that is there. */
  #last = 0;
  /** The hash of the last one that is there, which its head has. */
  #hash: string | undefined;

  constructor(store: Store, channel: string | undefined, options: Abortable) {
    this.#store = store;
    this.#channel = channel;
    this.#options = options;
  }

  /**
   * Compares what is there with what shall come.
   *
   * @param from names where it comes from
   * @returns those that are not there yet
   * @throws StoreError `STORE_DIVERGED`: nothing has been written
   */
  async missing(from: string, releases: readonly Release[]): Promise<readonly Release[]> {
    const there = await releasesOf(this.#store, this.#channel, this.#options);
    const coming = new Map(releases.map((release) => [release.number, release]));
    for (const release of there) {
      const same = coming.get(release.number);
      if (same?.hash === release.hash) continue;
      throw diverged(this.#store.name, release, from, same);
    }
    const last = there.at(-1);
    this.#last = last?.number ?? 0;
    this.#hash = last?.hash;
    return releases.filter(({ number }) => number > this.#last);
  }

  /** The hash of the newest release that is there. */
  get hash(): string | undefined {
    return this.#hash;
  }

  /** @param texts by id; `null` for a module that goes */
  async append(release: Release, texts: ReadonlyMap<ModuleId, string | null>): Promise<void> {
    const { number, hash, author, message, time } = release;
    const published = await this.#store.publish(texts, {
      ...this.#options,
      ...inChannel(this.#channel),
      expected: this.#last,
      author,
      message,
      as: { number, time },
    });
    if (published.hash !== hash) throw changed(this.#store.name, number);
    this.#last = number;
    this.#hash = hash;
  }
}

function diverged(to: string, there: Release, from: string, other: Release | undefined): StoreError {
  const instead = other === undefined ? 'has none of that number' : `has ${told(other)} under that number`;
  return new StoreError(
    'STORE_DIVERGED',
    `${to} has ${told(there)}, and ${from} ${instead}. Nothing was written. Copy to a channel or a store that is empty, ` +
      'compare the two, and publish there what shall be kept of both.',
  );
}

function told({ number, author, message, hash }: Release): string {
  const by = author === '' ? '' : ` by '${author}'`;
  return `release ${number}${by}${message === '' ? '' : `, '${message}'`} (${hash.slice(0, 12)})`;
}

function changed(to: string, number: number): StoreError {
  return new StoreError(
    'STORE_DIVERGED',
    `Release ${number} has become another one in ${to}: it holds modules that were not copied. ` +
      'Look at it before anybody follows it.',
  );
}
