/**
 * Which text a stack frame or a breakpoint is about: the compiled scripts of this process, by file name and hash.
 *
 * Every version of a module has the same file name, so that breakpoints bind again; V8 tells them apart by the SHA-256
 * of their text. Units are held weakly: a version's code keeps its own unit alive through its token.
 */

import { createHash } from 'node:crypto';
import type { Unit } from '@rekindle/loader';

/** Versions of one module that are looked through at most before the dead ones among them are looked for. */
const FEW = 8;

class ScriptSources {
  readonly #units = new Map<string, { references: WeakRef<Unit>[]; sweepAt: number }>();
  readonly #hashes = new WeakMap<Unit, string>();

  add(unit: Unit): void {
    const { references, sweepAt } = this.#units.get(unit.id) ?? { references: [], sweepAt: FEW };
    references.push(new WeakRef(unit));
    if (references.length <= sweepAt) {
      this.#units.set(unit.id, { references, sweepAt });
      return;
    }
    // only when there are twice as many as the last time were alive: an edit must not cost what all edits before it did
    const alive = references.filter((reference) => reference.deref() !== undefined);
    this.#units.set(unit.id, { references: alive, sweepAt: Math.max(FEW, alive.length * 2) });
  }

  has(id: string): boolean {
    return this.#units.has(id);
  }

  /** The unit of a script, the newest where comments alone were edited. Without a hash, the newest of that name. */
  find(id: string, hash?: string): Unit | undefined {
    const units = (this.#units.get(id)?.references ?? []).flatMap((reference) => reference.deref() ?? []).reverse();
    if (hash === undefined || units.length < 2) return units[0];
    return units.find((unit) => this.#hashOf(unit) === hash);
  }

  #hashOf(unit: Unit): string {
    let hash = this.#hashes.get(unit);
    if (hash === undefined) {
      hash = createHash('sha256').update(unit.artifact.code).digest('hex');
      this.#hashes.set(unit, hash);
    }
    return hash;
  }
}

/** One for the process: `Error.prepareStackTrace` is one for the process too. */
export const scriptSources = new ScriptSources();
