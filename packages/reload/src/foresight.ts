/**
 * What no plan can foresee: a body that awaits imports, with `import()` and for the first time, what was to leave, or what
 * leads to unchanged code that reads what the release edits. The release is prepared again then, as if it had been known.
 */

import type { Stage } from '@rekindle/loader';

/** What is known of the imports of bodies before they run. */
export interface Foresight {
  /** Modules that run again, because they are called while a body is awaited: why, by key. */
  readonly called: ReadonlyMap<string, string>;
  /** Keys of modules that stay although nothing else leads to them. */
  readonly kept: ReadonlySet<string>;
}

/** Whether an earlier attempt at the release has been made. */
export function isAgain({ called, kept }: Foresight): boolean {
  return called.size + kept.size > 0;
}

/** Ends an attempt that has to be prepared again. */
export class Unforeseen extends Error implements Foresight {
  readonly called: Foresight['called'];
  readonly kept: Foresight['kept'];

  constructor({ called = new Map(), kept = new Set() }: Partial<Foresight>) {
    super(`Imported while a release is prepared: ${[...called.keys(), ...kept].join(', ')}`);
    this.name = 'Unforeseen';
    this.called = called;
    this.kept = kept;
  }
}

/**
 * Does a task anew for as long as its bodies import what nobody has foreseen. Each time something more is known, so it
 * comes to an end.
 */
export async function foreseeing<Result>(task: (known: Foresight) => Promise<Result>): Promise<Result> {
  const called = new Map<string, string>();
  const kept = new Set<string>();
  for (;;) {
    try {
      return await task({ called, kept });
    } catch (error) {
      if (!(error instanceof Unforeseen)) throw error;
      const known = called.size + kept.size;
      for (const [module, reason] of error.called) called.set(module, reason);
      for (const module of error.kept) kept.add(module);
      if (called.size + kept.size === known) throw error;
    }
  }
}

/**
 * Puts into a stage what is foreseen of the imports of bodies, and what is doubted; returns what takes it out, when the
 * bodies are about to say so themselves. Undefined where there is nothing.
 */
export function assumeImports(
  stage: Stage,
  { kept }: Foresight,
  doubted: ReadonlySet<string>,
): (() => void) | undefined {
  if (kept.size + doubted.size === 0) return undefined;
  const assumed = [...kept].map((key) => ({ from: null, to: stage.record(key) }));
  stage.imports.push(...assumed);
  for (const key of doubted) stage.doubts.add(stage.record(key));
  return () => {
    stage.doubts.clear();
    for (const entry of assumed) stage.imports.splice(stage.imports.indexOf(entry), 1);
  };
}
