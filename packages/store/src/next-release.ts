/** A release as it is made on a head: its number, its place in the line, and who says what. */
import type { Manifest, PublishOptions, Release } from './contract.ts';
import { StoreError } from './errors.ts';
import { manifestHash } from './manifest.ts';

/** What a release is made of. */
export interface NextRelease {
  /** The store, for messages. */
  readonly source: string;
  /** The number of the head; `undefined` where there is none. */
  readonly head: number | undefined;
  /** The number that it gets unless `options.as` says another. */
  readonly number: number;
  readonly manifest: Manifest;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly options: PublishOptions;
}

/** @throws StoreError `STORE_BAD_OPTION` for a number that is taken, or none */
export function nextRelease({ source, head, number, manifest, now, options }: NextRelease): Release {
  const { author = '', message = '', as } = options;
  if (as !== undefined && !(Number.isSafeInteger(as.number) && as.number >= number)) {
    throw new StoreError(
      'STORE_BAD_OPTION',
      `The next release of ${source} is ${number}, so it cannot be published as ${as.number}.`,
    );
  }
  return {
    number: as?.number ?? number,
    hash: manifestHash(manifest),
    parent: head ?? null,
    author,
    message,
    time: as?.time ?? now,
  };
}
