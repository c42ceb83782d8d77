/**
 * `createHost({ restore })`: reads a snapshot when the host is first used, and gives each namespace its slots when that
 * comes.
 *
 * What belongs to namespaces that have not come is kept for a day, and goes into the next snapshot again.
 */

import { readFile } from 'node:fs/promises';
import { type Clock, KEPT, type ReadSlots, type Realm, readSlots, type SlotToWrite } from '@rekindle/state';
import { SnapshotError } from './errors.ts';
import type { Snapshot } from './snapshot.ts';
import { damaged, type SnapshotAbout, unpackSnapshot } from './snapshot-format.ts';

/** Where a snapshot is: a file, what `host.snapshot()` gave, or its bytes. */
export type RestoreFrom = string | Uint8Array | Pick<Snapshot, 'bytes'>;

export interface RestorationParts {
  readonly clock: Clock;
  /** A day has passed, and nobody has asked for these. */
  dropped(slots: readonly SlotToWrite[], releases: SnapshotAbout['releases']): void;
}

export class Restoration {
  /** Undefined once it has been read: it is as large as the state. */
  #from: RestoreFrom | undefined;
  readonly #parts: RestorationParts;
  #reading: Promise<void> | undefined;
  #read: (ReadSlots & { readonly about: SnapshotAbout }) | undefined;
  readonly #given = new Set<string>();
  /** What was given to rooms whose entries are being loaded. */
  readonly #lent = new Map<string, ReadSlots>();
  #end = () => {};

  constructor(from: RestoreFrom, parts: RestorationParts) {
    this.#from = from;
    this.#parts = parts;
  }

  /**
   * Gives a namespace what is its own, the first time that one of its name comes.
   * @throws SnapshotError where the snapshot cannot be read: always the same one, and nothing of it is restored
   */
  into(realm: Realm): Promise<void> | undefined {
    if (this.#given.has(realm.namespace)) return undefined;
    const read = this.#read;
    if (read === undefined) return this.read().then(() => void this.into(realm));
    const { namespace } = realm;
    this.#given.add(namespace);
    const isOwn = (one: { readonly namespace: string }) => one.namespace === namespace;
    const isOther = (one: { readonly namespace: string }) => one.namespace !== namespace;
    const own = { slots: read.slots.filter(isOwn), classes: read.classes.filter(isOwn) };
    for (const expected of own.classes) realm.classes.expect(expected);
    if (this.#lent.has(namespace)) this.#lent.set(namespace, own);
    realm.slots.restore(own.slots, read.about.releases[namespace] ?? UNKNOWN, realm);
    // what has been given is the namespace's, and goes when that lets go of it
    this.#read = { ...read, slots: read.slots.filter(isOther), classes: read.classes.filter(isOther) };
    return undefined;
  }

  /** A room is being opened: what it is given comes back where its entries do not load, for the next of that name. */
  async lend(namespace: string, loaded: Promise<void>): Promise<void> {
    this.#lent.set(namespace, NOTHING);
    const came = await loaded.then(
      () => true,
      () => false,
    );
    const lent = this.#lent.get(namespace);
    this.#lent.delete(namespace);
    const read = this.#read;
    if (came || lent === undefined || read === undefined) return;
    this.#given.delete(namespace);
    this.#read = { ...read, slots: [...read.slots, ...lent.slots], classes: [...read.classes, ...lent.classes] };
  }

  /** Reads it, once. */
  read(): Promise<void> {
    this.#reading ??= this.#readOnce();
    return this.#reading;
  }

  /** What no namespace has come for. */
  waiting(): readonly SlotToWrite[] {
    return this.#read?.slots ?? [];
  }

  /** The release that a namespace ran which has not come. */
  releaseOf(namespace: string): SnapshotAbout['releases'][string] {
    return this.#read?.about.releases[namespace] ?? UNKNOWN;
  }

  close(): void {
    this.#end();
  }

  async #readOnce(): Promise<void> {
    const [bytes, from] = await bytesOf(this.#from as RestoreFrom);
    this.#from = undefined;
    const { about, state } = unpackSnapshot(bytes, from);
    try {
      this.#read = { ...readSlots(state), about };
    } catch (error) {
      throw damaged(from, error);
    }
    const { clock } = this.#parts;
    const timer = clock.setTimeout(() => this.#drop(), KEPT);
    timer.unref();
    this.#end = () => clock.clear(timer);
  }

  #drop(): void {
    const slots = this.waiting();
    const read = this.#read;
    if (read === undefined || slots.length === 0) return;
    this.#read = { ...read, slots: [], classes: [] };
    this.#parts.dropped(slots, read.about.releases);
  }
}

/** The bytes, and what people are told of where they are. */
async function bytesOf(from: RestoreFrom): Promise<[Uint8Array, string]> {
  if (typeof from !== 'string') return [from instanceof Uint8Array ? from : from.bytes, 'The snapshot'];
  try {
    return [await readFile(from), `'${from}'`];
  } catch (cause) {
    const message = `The snapshot '${from}' cannot be read: ${(cause as Error).message}`;
    const hint = 'Mend the path, or leave `restore` out to begin without.';
    throw new SnapshotError('SNAPSHOT_UNREADABLE', message, hint, cause);
  }
}

const NOTHING: ReadSlots = { slots: [], classes: [] };
const UNKNOWN = { number: 0, hash: '' };
