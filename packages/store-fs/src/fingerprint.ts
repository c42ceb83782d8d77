/**
 * What the file system says about a file, so that an unchanged one is not read again.
 *
 * Equal times prove nothing by themselves: `cp -p`, `touch -d` and a checkout set the modification time as they like, and
 * two writes within one tick of the clock have the same. So the change time counts too, which nobody can set, with the
 * inode; and a file that changed just now is not trusted until its clock has moved on.
 */
import type { BigIntStats } from 'node:fs';

/** A coarse kernel clock ticks 100 times a second; this is a few ticks. */
const FINE_TICK_MS = 50;
/** FAT, and network file systems that keep whole seconds: two seconds, and a little. */
const COARSE_TICK_MS = 2_100;

export interface Fingerprint {
  readonly device: bigint;
  readonly inode: bigint;
  readonly size: bigint;
  readonly modified: bigint;
  readonly changed: bigint;
}

export function fingerprintOf(stats: BigIntStats): Fingerprint {
  return {
    device: stats.dev,
    inode: stats.ino,
    size: stats.size,
    modified: stats.mtimeNs,
    changed: stats.ctimeNs,
  };
}

export function isSame(one: Fingerprint, other: Fingerprint): boolean {
  return (
    one.changed === other.changed &&
    one.size === other.size &&
    one.inode === other.inode &&
    one.modified === other.modified &&
    one.device === other.device
  );
}

/** Milliseconds since the file changed, by the clock of this machine; negative where the file's clock is ahead. */
export function ageOf(fingerprint: Fingerprint, now: number): number {
  return now - Number(fingerprint.changed / 1_000_000n);
}

/** Whether a later write would certainly show in the fingerprint. */
export function isSettled(fingerprint: Fingerprint, now: number): boolean {
  const coarse = fingerprint.changed % 1_000_000_000n === 0n && fingerprint.modified % 1_000_000_000n === 0n;
  return ageOf(fingerprint, now) > (coarse ? COARSE_TICK_MS : FINE_TICK_MS);
}
