/**
 * Why a release is taken back: which texts erred, and with what the release brought.
 *
 * A text that the earlier release has too erred because of others. To have it barred by itself would bar the earlier
 * release, and whatever mends the others.
 */

import { idOf } from '@rekindle/loader';
import { diffManifests, type Manifest } from '@rekindle/store';
import type { Checkpoint } from './checkpoints.ts';
import type { Verdict } from './probation.ts';

/** A release that was committed, and what ran before it. */
export interface Succession {
  readonly before: Checkpoint;
  readonly release: Manifest;
}

/** Revisions by the key of a module; undefined for one that left. */
export type Brought = ReadonlyMap<string, string | undefined>;

/** A text whose errors counted. */
export interface Ground {
  readonly id: string;
  readonly revision: string;
  /** What else it takes for the errors; nothing where the text itself is new. */
  readonly brought: Brought;
}

export function groundsOf({ step, ran, guilty }: Verdict<Succession>): Ground[] {
  const earlier = step.before.target.release;
  let brought: Brought | undefined;
  return [...guilty].map(([id, revision]) => {
    if (earlier.get(idOf(id)) !== revision) return { id, revision, brought: new Map() };
    brought ??= broughtBy(step, ran);
    return { id, revision, brought };
  });
}

/** Whether a release has all that it takes. */
export function isIn(manifest: Manifest, { id, revision, brought }: Ground): boolean {
  if (manifest.get(idOf(id)) !== revision) return false;
  return [...brought].every(([key, text]) => manifest.get(idOf(key)) === text);
}

/** What a release brought of what ran; all that it brought, where nothing of that ran. */
function broughtBy({ before, release }: Succession, ran: ReadonlyMap<string, string>): Brought {
  const { added, changed, removed } = diffManifests(before.target.release, release);
  const texts = new Map([...added, ...changed].map((id) => [id, release.get(id)]));
  const left = removed.map((id) => [id, undefined] as const);
  const run = [...ran].filter(([key]) => texts.has(idOf(key)));
  return new Map([...(run.length + left.length > 0 ? run : texts), ...left]);
}
