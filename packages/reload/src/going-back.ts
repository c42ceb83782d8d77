/**
 * What an earlier release finds beside it when it runs again: what no release had, and what came since and need not go.
 *
 * It decides nothing about what imports what: a text that stays and imports what the earlier release lacks refuses it.
 */

import { deriveManifest, type Manifest } from '@rekindle/store';
import type { Checkpoint } from './checkpoints.ts';
import type { EvaluatedText } from './prepare.ts';

export interface Beside {
  /** What the graph shall hold, without the texts. */
  readonly manifest: Manifest;
  readonly texts: ReadonlyMap<string, EvaluatedText>;
}

export interface Running {
  readonly manifest: Manifest;
  readonly texts: ReadonlyMap<string, EvaluatedText>;
  /** Whether a manifest says all that its source has. */
  readonly isListed: boolean;
}

/**
 * - Texts that were given to `evaluate` are as they were then. One that came since stays, because it is of no release;
 *   in the place of a module that the earlier release has, it goes.
 * - Where a source cannot list its modules, an earlier manifest lacks those that nobody had asked for yet: they stay.
 */
export function besideOf({ target, texts }: Checkpoint, running: Running): Beside {
  const since = [...running.texts].filter(([id]) => !texts.has(id) && !target.release.has(id));
  const beside = { texts: new Map([...texts, ...since]) };
  if (running.isListed) return { ...beside, manifest: target.manifest };
  const found = [...running.manifest].filter(([id]) => !target.manifest.has(id) && !running.texts.has(id));
  return { ...beside, manifest: found.length === 0 ? target.manifest : deriveManifest(target.manifest, found) };
}
