/**
 * Which release is rehearsed, and how far it comes before anything would run. What runs is in `rehearsal.ts`.
 *
 * It decides nothing about the namespace: afterwards all is as it was.
 */

import type { Diagnostic } from '@rekindle/compiler';
import { currentScope } from '@rekindle/state';
import { abortable, isStoreError } from '@rekindle/store';
import type { AttemptInput } from './attempt.ts';
import { releaseOf, type Target } from './checkpoints.ts';
import type { ReleaseInfo } from './events.ts';
import { foreseeing } from './foresight.ts';
import { type EvaluatedText, prepare } from './prepare.ts';
import { notRehearsed, type Rehearsal, rehearse } from './rehearsal.ts';
import type { Reversals } from './reversals.ts';
import type { RunningRelease } from './running-release.ts';
import type { Targets } from './targets.ts';

export interface RehearsalsParts extends Omit<AttemptInput, 'prepared' | 'rehearsal' | 'release' | 'occasion'> {
  readonly reversals: Pick<Reversals, 'find' | 'refusal'>;
  readonly signal: AbortSignal;
  readonly running: RunningRelease;
  readonly targets: Pick<Targets, 'newest'>;
}

interface Found {
  readonly target: Target;
  readonly texts: ReadonlyMap<string, EvaluatedText>;
  readonly isBack: boolean;
}

export class Rehearsals {
  readonly #parts: RehearsalsParts;
  #running = false;

  constructor(parts: RehearsalsParts) {
    this.#parts = parts;
  }

  /** True for code of a release that is only rehearsed: what it does is not told. */
  get isUnheard(): boolean {
    return this.#running && currentScope()?.phase === 'staged';
  }

  /**
   * One transaction at a time, as for everything else.
   * @param wanted the newest, if absent; else one that ran here, or any that the stores have
   */
  async rehearse(wanted: number | ReleaseInfo | undefined): Promise<Rehearsal> {
    this.#running = true;
    try {
      return await this.#rehearse(wanted);
    } finally {
      this.#running = false;
    }
  }

  async #rehearse(wanted: number | ReleaseInfo | undefined): Promise<Rehearsal> {
    const { powers, graph, index, signal, reversals } = this.#parts;
    const start = powers.clock.now();
    const { running } = this.#parts;
    const found = await this.#find(wanted);
    const nothing = { release: running.release, modules: [], start, isBack: false };
    if ('code' in found) return notRehearsed('refused', nothing, [found], powers);
    const { target, texts, isBack } = found;
    if (target.head.hash === running.target.head.hash) return notRehearsed('unchanged', nothing, [], powers);
    const release = releaseOf(target.head);
    const refused = (loaded: readonly string[], diagnostics: readonly Diagnostic[]) => {
      const modules = running.changedIds(target.release, loaded);
      return notRehearsed('refused', { release, modules, start, isBack }, diagnostics, powers);
    };
    const barred = isBack ? undefined : reversals.refusal(release, target.release);
    if (barred !== undefined) return refused([], [barred]);
    return foreseeing(async (foresight) => {
      const prepared = await prepare({
        graph,
        index,
        powers,
        manifest: target.manifest,
        release: target.release,
        committed: running.target.manifest,
        imports: [],
        rerun: [],
        foresight,
        texts,
        signal,
      });
      if (!prepared.ok) return refused(prepared.modules, prepared.diagnostics);
      const modules = running.changedIds(target.release, prepared.modules);
      return await rehearse(prepared, this.#parts, { release, modules, start, isBack }, signal);
    });
  }

  /** What is to be rehearsed, or why it cannot be. */
  async #find(wanted: number | ReleaseInfo | undefined): Promise<Found | Diagnostic> {
    const { powers, signal, reversals } = this.#parts;
    const { target: running, release, texts } = this.#parts.running;
    const newest = (await this.#parts.targets.newest()) ?? running.head;
    const isThis = ({ number, hash }: { readonly number: number; readonly hash: string }) =>
      typeof wanted === 'number' ? number === wanted : hash === wanted?.hash;
    if (isThis(release)) return { target: running, texts, isBack: false };
    const isNewest = wanted === undefined || isThis(newest);
    const ran = isNewest ? undefined : reversals.find(wanted);
    if (ran !== undefined && !('code' in ran)) return { ...ran, isBack: true };
    const head = typeof wanted === 'object' && !isNewest ? wanted : newest;
    if (typeof wanted === 'number' && ran !== undefined) return ran;
    if (head.hash === running.head.hash) return { target: running, texts, isBack: false };
    try {
      const manifest = await abortable(powers.source.manifest(head.hash, { signal }), signal);
      return { target: { head, release: manifest, manifest }, texts, isBack: false };
    } catch (error) {
      if (ran === undefined || !isStoreError(error, 'STORE_RELEASE_GONE')) throw error;
      return ran;
    }
  }
}
