/**
 * Everything of a store in one file, and back into any other kind of store: content, history, channels.
 *
 * A backup is checked to its last byte before anything of it is written.
 */

import { createHash } from 'node:crypto';
import { type BackupEntry, damaged, packEntries, unpackEntries } from './backup-file.ts';
import type { Manifest, ModuleId, Release, Revision, Store } from './contract.ts';
import { StoreError } from './errors.ts';
import { deriveManifest } from './lineage.ts';
import { manifestHash } from './manifest.ts';
import { revisionOf } from './text.ts';
import { Destination, releasesOf, stepsOf, type TransferOptions } from './transfer.ts';

const FORMAT = 1;
/** The channel of a store that has one. */
const OWN = 'live';

const EMPTY: Manifest = new Map();

/** What is restored. */
export interface RestoreOptions extends TransferOptions {
  /** One channel of the backup, into the store's own. @default all, each into the one of its name */
  readonly channel?: string;
}

/** What a backup holds. */
export interface BackupContent {
  /** The store that it was made of. */
  readonly source: string;
  /** The releases of each channel, oldest first. */
  readonly channels: ReadonlyMap<string, readonly Release[]>;
}

/** A release as the file has it. */
interface ReleaseEntry {
  readonly channel: string;
  readonly release: Release;
  readonly changes: readonly (readonly [ModuleId, Revision | null])[];
}

/** An entry of a backup that was verified. */
type Part =
  | { readonly type: 'format'; readonly source: string }
  | { readonly type: 'text'; readonly revision: Revision; readonly text: string }
  | { readonly type: 'release'; readonly entry: ReleaseEntry };

/**
 * A store as the bytes of a tar archive, streamed: no more than one text stands in memory.
 *
 * @example
 * await writeFile('arena.tar', backupStore(mongoStore({ uri, database: 'arena' })));
 */
export function backupStore(store: Store, options: TransferOptions = {}): AsyncIterable<Uint8Array> {
  return packEntries(sealed(entriesOf(store, options)));
}

async function* entriesOf(store: Store, { signal, onProgress }: TransferOptions): AsyncIterable<BackupEntry> {
  const abortable = signal === undefined ? {} : { signal };
  yield { name: 'rekindle.json', content: JSON.stringify({ format: FORMAT, source: store.name }) };
  const names = store.channels === undefined ? [OWN] : await store.channels(abortable);
  const channels = await Promise.all(
    names.map(async (name) => {
      const channel = store.channels === undefined ? undefined : name;
      return { name, channel, releases: await releasesOf(store, channel, abortable) };
    }),
  );
  const total = channels.reduce((sum, { releases }) => sum + releases.length, 0);
  const written = new Set<Revision>();
  let done = 0;
  for (const [place, { name, channel, releases }] of channels.entries()) {
    for await (const { release, changes, text } of stepsOf(store, channel, releases, abortable)) {
      for (const [id, revision] of changes) {
        if (revision === undefined || written.has(revision)) continue;
        written.add(revision);
        yield { name: `texts/${revision}`, content: await text(id, revision) };
      }
      const entry: ReleaseEntry = {
        channel: name,
        release,
        changes: [...changes].map(([id, revision]) => [id, revision ?? null]),
      };
      yield {
        name: `releases/${place}/${String(release.number).padStart(8, '0')}.json`,
        content: JSON.stringify(entry),
      };
      done += 1;
      onProgress?.({ channel, release: release.number, done, total });
    }
  }
}

/** The same entries, and in the end one with what all of them hash to. */
async function* sealed(entries: AsyncIterable<BackupEntry>): AsyncIterable<BackupEntry> {
  const seal = new Seal();
  for await (const entry of entries) {
    seal.add(entry);
    yield entry;
  }
  yield { name: 'end.json', content: JSON.stringify({ sha256: seal.digest() }) };
}

/** The hash over all entries, names and contents. */
class Seal {
  readonly #hash = createHash('sha256');

  add({ name, content }: BackupEntry): void {
    this.#hash.update(`${name}\0${Buffer.byteLength(content)}\0${content}`);
  }

  digest(): string {
    return this.#hash.digest('hex');
  }
}

/**
 * Reads a backup to its end and verifies every text and every release by its hash.
 *
 * @throws StoreError `STORE_BACKUP_DAMAGED`
 */
export async function verifyBackup(bytes: AsyncIterable<Uint8Array>): Promise<BackupContent> {
  const channels = new Map<string, Release[]>();
  let source = '';
  for await (const part of partsOf(bytes)) {
    if (part.type === 'format') source = part.source;
    if (part.type !== 'release') continue;
    const { channel, release } = part.entry;
    channels.set(channel, [...(channels.get(channel) ?? []), release]);
  }
  return { source, channels };
}

/**
 * Brings a backup into a store: an empty one, or one that has a part of it already.
 *
 * @param open gives the bytes of the file from their beginning; called twice, since all of it is verified first
 * @throws StoreError `STORE_BACKUP_DAMAGED`, and `STORE_DIVERGED` where the store has something else: nothing has been
 * written then; `STORE_BAD_OPTION` for several channels into a store that has one
 * @example
 * await restoreStore(folderStore('scripts'), () => createReadStream('arena.tar'));
 */
export async function restoreStore(
  store: Store,
  open: () => AsyncIterable<Uint8Array>,
  { channel: only, signal, onProgress }: RestoreOptions = {},
): Promise<BackupContent> {
  const abortable = signal === undefined ? {} : { signal };
  const content = await verifyBackup(open());
  const chosen = [...content.channels.keys()].filter((name) => only === undefined || name === only);
  if (only !== undefined && chosen.length === 0) throw noChannel(only, [...content.channels.keys()]);
  if (only === undefined && chosen.length > 1 && store.channels === undefined) throw oneChannel(store.name, chosen);
  const destinations = new Map<string, { readonly to: Destination; readonly missing: ReadonlySet<number> }>();
  for (const name of chosen) {
    const target = only === undefined && store.channels !== undefined ? name : undefined;
    const to = new Destination(store, target, abortable);
    const missing = await to.missing(`the backup of ${content.source}`, content.channels.get(name) ?? []);
    destinations.set(name, { to, missing: new Set(missing.map(({ number }) => number)) });
  }
  const total = [...destinations.values()].reduce((sum, { missing }) => sum + missing.size, 0);
  const texts = new Texts(await neededTexts(open(), destinations));
  let done = 0;
  for await (const part of partsOf(open())) {
    signal?.throwIfAborted();
    if (part.type === 'text') texts.add(part.revision, part.text);
    if (part.type !== 'release') continue;
    const { channel, release, changes } = part.entry;
    const destination = destinations.get(channel);
    if (destination?.missing.has(release.number) !== true) continue;
    await destination.to.append(
      release,
      new Map(changes.map(([id, revision]) => [id, revision === null ? null : texts.take(revision)])),
    );
    done += 1;
    onProgress?.({ channel, release: release.number, done, total });
  }
  return content;
}

/** How often each text is needed by releases that are written. */
async function neededTexts(
  bytes: AsyncIterable<Uint8Array>,
  destinations: ReadonlyMap<string, { readonly missing: ReadonlySet<number> }>,
): Promise<Map<Revision, number>> {
  const needed = new Map<Revision, number>();
  for await (const part of partsOf(bytes)) {
    if (part.type !== 'release') continue;
    const { channel, release, changes } = part.entry;
    if (destinations.get(channel)?.missing.has(release.number) !== true) continue;
    for (const [, revision] of changes) if (revision !== null) needed.set(revision, (needed.get(revision) ?? 0) + 1);
  }
  return needed;
}

/** Texts that are still needed. */
class Texts {
  readonly #needed: Map<Revision, number>;
  readonly #texts = new Map<Revision, string>();

  constructor(needed: Map<Revision, number>) {
    this.#needed = needed;
  }

  add(revision: Revision, text: string): void {
    if (this.#needed.has(revision)) this.#texts.set(revision, text);
  }

  take(revision: Revision): string {
    const text = this.#texts.get(revision);
    if (text === undefined) throw damaged(`the text ${revision.slice(0, 12)} is missing`);
    const left = (this.#needed.get(revision) ?? 1) - 1;
    this.#needed.set(revision, left);
    if (left === 0) this.#texts.delete(revision);
    return text;
  }
}

/** The entries of a backup, each verified; to the end, or it is damaged. */
async function* partsOf(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Part> {
  const manifests = new Map<string, Manifest>();
  const texts = new Set<Revision>();
  const seal = new Seal();
  let stage: 'before' | 'within' | 'after' = 'before';
  for await (const entry of unpackEntries(bytes)) {
    const { name, content } = entry;
    if (name !== 'end.json') seal.add(entry);
    if (stage === 'after') throw damaged(`'${name}' comes after its end`);
    if (stage === 'before') {
      const { format, source } = parsed<{ format: unknown; source: string }>(name, content);
      if (name !== 'rekindle.json') throw damaged(`it begins with '${name}' and is no backup of a store`);
      if (format !== FORMAT) throw damaged(`its format is ${String(format)}, and this version reads ${FORMAT}`);
      stage = 'within';
      yield { type: 'format', source };
    } else if (name.startsWith('texts/')) {
      const revision = name.slice('texts/'.length);
      if (revisionOf(content) !== revision) throw damaged(`the text ${revision.slice(0, 12)} is not what it was`);
      texts.add(revision);
      yield { type: 'text', revision, text: content };
    } else if (name.startsWith('releases/')) {
      const described = parsed<ReleaseEntry>(name, content);
      if (!isReleaseEntry(described)) throw damaged(`'${name}' is no release`);
      const { channel, release, changes } = described;
      const entries = changes.map(([id, revision]) => [id, revision ?? undefined] as const);
      const manifest = deriveManifest(manifests.get(channel) ?? EMPTY, entries);
      if (manifestHash(manifest) !== release.hash) throw damaged(`release ${release.number} is not what it was`);
      for (const [id, revision] of changes) {
        if (revision !== null && !texts.has(revision)) throw damaged(`the text of '${id}' is missing`);
      }
      manifests.set(channel, manifest);
      yield { type: 'release', entry: described };
    } else if (name === 'end.json') {
      const { sha256 } = parsed<{ sha256: unknown }>(name, content);
      if (sha256 !== seal.digest()) throw damaged('its entries are not what they were');
      stage = 'after';
    } else throw damaged(`'${name}' does not belong to a backup`);
  }
  if (stage !== 'after') throw damaged('it was not written, or not copied, to its end');
}

function isReleaseEntry({ channel, release, changes }: Partial<ReleaseEntry>): boolean {
  return (
    typeof channel === 'string' &&
    Number.isSafeInteger(release?.number) &&
    typeof release?.hash === 'string' &&
    Array.isArray(changes) &&
    changes.every((change) => Array.isArray(change) && typeof change[0] === 'string')
  );
}

function parsed<Value>(name: string, content: string): Value {
  try {
    const value: unknown = JSON.parse(content);
    if (typeof value === 'object' && value !== null) return value as Value;
  } catch (error) {
    throw damaged(`'${name}' cannot be read`, error);
  }
  throw damaged(`'${name}' cannot be read`);
}

function oneChannel(store: string, channels: readonly string[]): StoreError {
  const names = channels.map((name) => `'${name}'`).join(', ');
  return new StoreError(
    'STORE_BAD_OPTION',
    `The backup has the channels ${names}, and ${store} has one. Say which: { channel }.`,
  );
}

function noChannel(channel: string, channels: readonly string[]): StoreError {
  const names = channels.map((name) => `'${name}'`).join(', ') || 'none';
  return new StoreError('STORE_BAD_OPTION', `The backup does not have the channel '${channel}'; it has: ${names}.`);
}
