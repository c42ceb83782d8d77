/** `host.snapshot()`: the state of all namespaces at one moment, as bytes and as a file. */

import type { ReleaseInfo } from '@rekindle/reload';
import { type SlotToWrite, type UnwrittenSlot, writeSlots } from '@rekindle/state';
import { replaceDurably } from './durable-file.ts';
import { SnapshotError } from './errors.ts';
import { packSnapshot } from './snapshot-format.ts';

/** The state of a host at one moment, for `createHost({ restore })`. */
export interface Snapshot {
  /** All of it, verified by SHA-256 when it is restored. As trusted as the code that made it, and no more. */
  readonly bytes: Uint8Array;
  /** When it was made, in milliseconds since the epoch. */
  readonly time: number;
  /** What ran, by namespace. */
  readonly releases: Readonly<Record<string, ReleaseInfo>>;
  /** How many slots it has. */
  readonly slots: number;
  /** Slots that it does not have, each with the way to what cannot be written: `goblins.get(3).socket`. */
  readonly unwritten: readonly UnwrittenSlot[];
  /**
   * Writes it to a file, which is there whole or not at all, also where the process is killed meanwhile.
   * @throws SnapshotError `SNAPSHOT_NOT_WRITTEN`
   */
  write(file: string): Promise<void>;
}

export interface SnapshotParts {
  readonly time: number;
  readonly releases: Snapshot['releases'];
  readonly slots: readonly SlotToWrite[];
}

/** Takes everything at once: what happens later is not in it. */
export function makeSnapshot({ time, releases, slots }: SnapshotParts): Snapshot {
  const { bytes: state, count, unwritten } = writeSlots(slots);
  const bytes = packSnapshot({ time, releases, slots: count }, state);
  return { bytes, time, releases, slots: count, unwritten, write: (file) => writeWhole(file, bytes) };
}

async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  try {
    await replaceDurably(file, bytes);
  } catch (cause) {
    const message = `The snapshot could not be written to '${file}': ${(cause as Error).message}`;
    throw new SnapshotError('SNAPSHOT_NOT_WRITTEN', message, 'What stood there before still does.', cause);
  }
}
