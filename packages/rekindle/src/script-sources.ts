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

interface Source {
  readonly reference: WeakRef<Unit>;
  readonly library: object;
}

class ScriptSources {
  readonly #units = new Map<string, { sources: Source[]; sweepAt: number }>();
  readonly #hashes = new WeakMap<Unit, string>();

  /**
   * @param library the mark of who compiled it, and for whom
   * @param reference to the unit: another one would cost a reload as much as the first
   */
  add(unit: Unit, library: object, reference = new WeakRef(unit)): void {
    const { sources, sweepAt } = this.#units.get(unit.id) ?? { sources: [], sweepAt: FEW };
    sources.push({ reference, library });
    if (sources.length <= sweepAt) {
      this.#units.set(unit.id, { sources, sweepAt });
      return;
    }
    // only when there are twice as many as the last time were alive: an edit must not cost what all edits before it did
    const alive = sources.filter(({ reference }) => reference.deref() !== undefined);
    this.#units.set(unit.id, { sources: alive, sweepAt: Math.max(FEW, alive.length * 2) });
  }

  has(id: string): boolean {
    return this.#units.has(id);
  }

  /** The unit of a script, the newest where comments alone were edited. Without a hash, the newest of that name. */
  find(id: string, hash?: string): Unit | undefined {
    const units = this.#alive(id)
      .map(({ unit }) => unit)
      .reverse();
    if (hash === undefined || units.length < 2) return units[0];
    return units.find((unit) => this.#hashOf(unit) === hash);
  }

  /** What is known of a script by the hash of its code; without one, of all that have its id. */
  versionOf(id: string, hash?: string): StackVersion {
    const same = this.#alive(id).filter(({ unit }) => hash === undefined || this.#hashOf(unit) === hash);
    const revisions = new Set(same.map(({ unit }) => unit.revision));
    return {
      module: id,
      revision: revisions.size === 1 ? [...revisions][0] : undefined,
      libraries: new Set(same.map(({ library }) => library)),
    };
  }

  #alive(id: string): { unit: Unit; library: object }[] {
    const { sources = [] } = this.#units.get(id) ?? {};
    return sources.flatMap(({ reference, library }) => {
      const unit = reference.deref();
      return unit === undefined ? [] : [{ unit, library }];
    });
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

/** A version of a module, as far as it is known. */
export interface StackVersion {
  readonly module: string;
  /** Undefined where several editions of its text have the same code. */
  readonly revision: string | undefined;
  /** Those that have compiled it: hosts, and namespaces with stores of their own, that may run it. */
  readonly libraries: ReadonlySet<object>;
}

const versions = new WeakMap<object, readonly StackVersion[]>();

/** Notes the versions that a stack leads through, the innermost first: its text only says which modules. */
export function noteVersions(error: object, frames: readonly NodeJS.CallSite[]): void {
  try {
    const found: StackVersion[] = [];
    for (const frame of frames) {
      const module = frame.getFileName();
      if (typeof module !== 'string' || frame.isEval() || !scriptSources.has(module)) continue;
      found.push(scriptSources.versionOf(module, frame.getScriptHash()));
    }
    if (found.length > 0) versions.set(error, found);
  } catch {
    // the stack is nearly used up, say: what reads a trace must not get another error
  }
}

/** The versions of an error whose stack has been read. */
export function versionsOf(error: unknown): readonly StackVersion[] {
  return (typeof error === 'object' && error !== null ? versions.get(error) : undefined) ?? [];
}

/** One for the process: `Error.prepareStackTrace` is one for the process too. */
export const scriptSources = new ScriptSources();
