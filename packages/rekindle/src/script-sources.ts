/**
 * Which text a stack frame or a breakpoint is about: the compiled scripts of this process, by file name and hash.
 *
 * Every version of a module has the same file name, so that breakpoints bind again; V8 tells them apart by the SHA-256
 * of their text. Units are held weakly: a version's code keeps its own unit alive through its token.
 */

import { createHash } from 'node:crypto';
import type { Unit } from '@rekindle/loader';

export class ScriptSources {
  readonly #units = new Map<string, WeakRef<Unit>[]>();
  readonly #hashes = new WeakMap<Unit, string>();

  add(unit: Unit): void {
    const alive = (this.#units.get(unit.id) ?? []).filter((reference) => reference.deref() !== undefined);
    alive.push(new WeakRef(unit));
    this.#units.set(unit.id, alive);
  }

  has(id: string): boolean {
    return this.#units.has(id);
  }

  /** The unit of a script, the newest where comments alone were edited. Without a hash, the newest of that name. */
  find(id: string, hash?: string): Unit | undefined {
    const units = (this.#units.get(id) ?? []).flatMap((reference) => reference.deref() ?? []).reverse();
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
