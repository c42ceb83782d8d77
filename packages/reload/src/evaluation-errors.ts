/**
 * ECMA-262 [[EvaluationError]]: a module whose body failed rejects with the same error when it is imported again.
 *
 * A failed load leaves nothing, so the error is remembered by the version that imported, and only while the texts that
 * led to it are the same: a release that mends them is tried, and so is everything by a new version of the importer. The
 * game's own `import` always tries again.
 */

import type { ModuleRecord, SourceTextInstance, View } from '@rekindle/loader';
import { isTimeLimit } from './time-limit.ts';

interface Met {
  readonly error: unknown;
  /** Key of the module whose body failed. */
  readonly key: string;
  /** Revisions of all that it imports, and its own. */
  readonly texts: ReadonlyMap<string, string>;
}

export class EvaluationErrors {
  readonly #met = new WeakMap<SourceTextInstance, Met[]>();

  /** Notes what an import by this version rejected with. That a limit was met is no error of the module. */
  note(importer: SourceTextInstance, view: View, failed: SourceTextInstance, error: unknown): void {
    if (isTimeLimit(error)) return;
    const met = { error, key: failed.record.key, texts: textsBelow(view, failed.record) };
    const others = this.#met.get(importer)?.filter(({ key }) => key !== met.key) ?? [];
    this.#met.set(importer, [...others, met]);
  }

  /** What an import of this record by this version rejects with, where that is known before anything runs. */
  recall(importer: SourceTextInstance, view: View, record: ModuleRecord): { readonly error: unknown } | undefined {
    const known = this.#met.get(importer);
    if (known === undefined) return undefined;
    const texts = textsBelow(view, record);
    return known.find((met) => texts.has(met.key) && [...met.texts].every(([key, text]) => texts.get(key) === text));
  }
}

function textsBelow(view: View, from: ModuleRecord): Map<string, string> {
  const texts = new Map<string, string>();
  const stack = [from];
  for (let record = stack.pop(); record !== undefined; record = stack.pop()) {
    const instance = view.at(record);
    if (instance?.kind !== 'source' || texts.has(record.key)) continue;
    texts.set(record.key, instance.unit.revision);
    stack.push(...instance.requested);
  }
  return texts;
}
