/**
 * The compiled modules of a release that is prepared: each is asked for once, and some are asked for ahead.
 *
 * What of them is staged is decided elsewhere.
 */

import { idOf, type MaybePromise, type Unit, type UnitResult } from '@rekindle/loader';
import { isStoreError } from '@rekindle/store';
import type { UnitOrDiagnostics } from './powers.ts';
import type { PrepareInput } from './prepare.ts';
import type { WantedModules } from './wanted-modules.ts';

/** New modules of one release that are expected to be loaded: of a thousand, most are no part of what runs. */
const MOST_EXPECTED = 200;

export class WantedUnits {
  readonly #input: Pick<PrepareInput, 'committed' | 'powers' | 'texts' | 'signal'>;
  readonly #manifest: WantedModules;
  readonly #units = new Map<string, MaybePromise<UnitResult>>();

  constructor(input: Pick<PrepareInput, 'committed' | 'powers' | 'texts' | 'signal'>, manifest: WantedModules) {
    this.#input = input;
    this.#manifest = manifest;
  }

  /** Whether the release has a module; a source that cannot list its modules is asked. */
  has(id: string): MaybePromise<boolean> {
    const { source } = this.#input.powers;
    // where a source cannot list its modules, a manifest does not say that an earlier source lacks one
    if (source.find === undefined || this.#input.texts.has(id)) return this.#manifest.has(id);
    return source.find(id, { signal: this.#input.signal }).then(
      (revision) => {
        if (revision !== undefined) this.#manifest.set(id, revision);
        return revision !== undefined || this.#manifest.has(id);
      },
      (error) => {
        if (isStoreError(error, 'STORE_BAD_ID')) return false; // a specifier can be any text
        throw error;
      },
    );
  }

  /**
   * Says which texts will be wanted: those of loaded modules that changed, and those that came.
   * @param changed keys of the former
   * @param ids of everything that differs
   */
  expect(changed: readonly string[], ids: readonly string[]): void {
    const { committed, powers, texts } = this.#input;
    if (powers.units.expect === undefined) return;
    const wanted: { key: string; revision: string }[] = [];
    const want = (key: string) => {
      const revision = this.#manifest.get(key);
      if (revision !== undefined && !texts.has(idOf(key))) wanted.push({ key, revision });
    };
    for (const key of changed) want(key);
    let added = 0;
    for (const id of ids) {
      if (committed.has(id) || added === MOST_EXPECTED) continue;
      added += 1;
      want(id);
    }
    if (wanted.length > 0) powers.units.expect(wanted);
  }

  /** The compiled module; kept for the preparation, since a module can be wanted more than once. */
  get(key: string): MaybePromise<UnitResult> {
    const known = this.#units.get(key);
    if (known !== undefined) return known;
    const revision = this.#manifest.get(key);
    if (revision === undefined) throw new RangeError(`'${key}' is not in the release`);
    const text = this.#input.texts.get(idOf(key));
    const { units } = this.#input.powers;
    const result = text === undefined ? units.get(key, revision) : units.compile(key, revision, text.source);
    if (!('then' in result)) return this.#keep(key, resultOf(key, result));
    return this.#keep(
      key,
      result.then((settled) => this.#keep(key, resultOf(key, settled))),
    );
  }

  /**
   * Whether only comments, types or layout differ. The emitted text alone does not tell: it has the local names of
   * imports and exports and not the others (`import { clamp as c }`, `export { c as clamp }`).
   */
  isSame(a: Unit, b: Unit): MaybePromise<boolean> {
    const same = this.#input.powers.units.isSameCode(a, b);
    if (typeof same === 'boolean') return same && interfaceOf(a) === interfaceOf(b);
    return same.then((known) => known && interfaceOf(a) === interfaceOf(b));
  }

  #keep<Given extends MaybePromise<UnitResult>>(key: string, unit: Given): Given {
    this.#units.set(key, unit);
    return unit;
  }
}

function resultOf(id: string, result: UnitOrDiagnostics): UnitResult {
  return result.ok ? result : { ok: false, fault: { kind: 'unit', id, detail: result.diagnostics } };
}

/** What an artifact says to the linker, without the places in the text. */
function interfaceOf({ artifact }: Unit): string {
  const { requests, imports, locals, indirect, stars } = artifact;
  return JSON.stringify([requests, imports, locals, indirect, stars], (key, value) =>
    key === 'at' ? undefined : value,
  );
}
