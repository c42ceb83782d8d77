/**
 * What a namespace runs: its graph, the release that stands in it, and the texts beside that are in no store.
 *
 * It is told what was committed, and decides nothing.
 */

import { ModuleGraph, type SourceTextInstance } from '@rekindle/loader';
import { diffManifests, type Manifest } from '@rekindle/store';
import { type Checkpoint, isNothing, NOTHING, type Target } from './checkpoints.ts';
import type { ReleaseInfo } from './events.ts';
import type { EvaluatedText } from './prepare.ts';

export class RunningRelease {
  readonly graph = new ModuleGraph();
  target: Target = NOTHING;
  release: ReleaseInfo = { number: 0, hash: '' };
  /** Modules that stand in no store. */
  texts: ReadonlyMap<string, EvaluatedText> = new Map();
  /** How many scripts are loaded. */
  scripts = 0;

  /** True until the first release has been committed. */
  get isNothing(): boolean {
    return isNothing(this.target);
  }

  /** Whether there is a text for a module, be it loaded or not. */
  has(id: string): boolean {
    return this.target.manifest.has(id) || this.texts.has(id);
  }

  /** The version of a module that runs. */
  versionOf(id: string): SourceTextInstance | undefined {
    const current = this.graph.records.get(id)?.current;
    return current?.kind === 'source' ? current : undefined;
  }

  /** Whether the code of a revision runs, be it that only comments were edited since. */
  runs(id: string, revision: string): boolean {
    const version = this.versionOf(id);
    return version?.unit.revision === revision || version?.running.revision === revision;
  }

  /** The versions that run, in evaluation order. */
  versions(): SourceTextInstance[] {
    const records = [...this.graph.records.values()].sort((a, b) => a.order - b.order);
    return records.flatMap(({ current }) => (current?.kind === 'source' ? [current] : []));
  }

  /** The revision of a module that runs; '' where none does. */
  revisionOf(id: string): string {
    return this.versionOf(id)?.unit.revision ?? '';
  }

  /** Enough to come back to it. */
  checkpoint(): Checkpoint {
    return { release: this.release, target: this.target, texts: this.texts };
  }

  /** Ids whose text differs between what runs and a manifest; what a first load brings, where nothing runs yet. */
  changedIds(release: Manifest, loaded: readonly string[]): string[] {
    const ids = new Set(loaded);
    if (!this.isNothing) {
      const { added, changed, removed } = diffManifests(this.target.release, release);
      for (const id of [...added, ...changed, ...removed]) ids.add(id);
    }
    return [...ids].sort();
  }
}
