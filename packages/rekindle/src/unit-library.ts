/**
 * Compiled revisions of a host, shared by all its namespaces: each text is read and compiled once while anybody uses it.
 *
 * What nobody uses any more is not kept: the library holds units weakly.
 */

import { compile, instantiate } from '@rekindle/compiler';
import type { Unit } from '@rekindle/loader';
import type { UnitLibrary, UnitOrDiagnostics } from '@rekindle/reload';
import type { ReleaseSource } from '@rekindle/store';

export class SourceUnits implements UnitLibrary {
  readonly #source: ReleaseSource;
  readonly #units = new Map<string, WeakRef<Unit>>();
  readonly #reading = new Map<string, Promise<UnitOrDiagnostics>>();
  readonly #collected = new FinalizationRegistry<string>((key) => {
    if (this.#units.get(key)?.deref() === undefined) this.#units.delete(key);
  });

  constructor(source: ReleaseSource) {
    this.#source = source;
  }

  get(id: string, revision: string): UnitOrDiagnostics | Promise<UnitOrDiagnostics> {
    const key = `${revision} ${id}`;
    const unit = this.#units.get(key)?.deref();
    if (unit !== undefined) return { ok: true, unit };
    let reading = this.#reading.get(key);
    if (reading === undefined) {
      reading = this.#make(key, id, revision).finally(() => this.#reading.delete(key));
      this.#reading.set(key, reading);
    }
    return reading;
  }

  compile(id: string, revision: string, source: string): UnitOrDiagnostics {
    const key = `${revision} ${id}`;
    const unit = this.#units.get(key)?.deref();
    return unit === undefined ? this.#compile(key, id, revision, source) : { ok: true, unit };
  }

  async #make(key: string, id: string, revision: string): Promise<UnitOrDiagnostics> {
    return this.#compile(key, id, revision, await this.#source.read(id, revision));
  }

  #compile(key: string, id: string, revision: string, source: string): UnitOrDiagnostics {
    const compiled = compile(source, { id });
    if (!compiled.ok) return compiled;
    const instantiated = instantiate(compiled.artifact);
    if (!instantiated.ok) return { ok: false, diagnostics: [instantiated.diagnostic] };
    const unit: Unit = { id, revision, source, artifact: compiled.artifact, factory: instantiated.body };
    this.#units.set(key, new WeakRef(unit));
    this.#collected.register(unit, key);
    return { ok: true, unit };
  }
}
