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
  readonly #from: RestoreFrom;
  readonly #parts: RestorationParts;
  #reading: Promise<void> | undefined;
  #read: (ReadSlots & { readonly about: SnapshotAbout }) | undefined;
  readonly #given = new Set<string>();
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
    for (const expected of read.classes.filter(isOwn)) realm.classes.expect(expected);
    realm.slots.restore(read.slots.filter(isOwn), read.about.releases[namespace] ?? UNKNOWN, realm);
    return undefined;
  }

  /** Reads it, once. */
  read(): Promise<void> {
    this.#reading ??= this.#readOnce();
    return this.#reading;
  }

  /** What no namespace has come for. */
  waiting(): readonly SlotToWrite[] {
    return this.#read?.slots.filter(({ namespace }) => !this.#given.has(namespace)) ?? [];
  }

  /** The release that a namespace ran which has not come. */
  releaseOf(namespace: string): SnapshotAbout['releases'][string] {
    return this.#read?.about.releases[namespace] ?? UNKNOWN;
  }

  close(): void {
    this.#end();
  }

  async #readOnce(): Promise<void> {
    const [bytes, from] = await this.#bytes();
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

  async #bytes(): Promise<[Uint8Array, string]> {
    if (typeof this.#from !== 'string') {
      return [this.#from instanceof Uint8Array ? this.#from : this.#from.bytes, 'The snapshot'];
    }
    try {
      return [await readFile(this.#from), `'${this.#from}'`];
    } catch (cause) {
      const message = `The snapshot '${this.#from}' cannot be read: ${(cause as Error).message}`;
      throw new SnapshotError(
        'SNAPSHOT_UNREADABLE',
        message,
        'Mend the path, or leave `restore` out to begin without.',
        cause,
      );
    }
  }
}

const UNKNOWN = { number: 0, hash: '' };
