/**
 * Where scripts come from: stores as one view, and the compiled revisions of what is read from them.
 *
 * A host has one, which all its namespaces share; a namespace with stores of its own has another. A store that several
 * libraries have is disposed of with the last of them.
 */

import type { EventBody } from '@rekindle/reload';
import { systemClock } from '@rekindle/state';
import { type Overlay, overlay, type ReleaseSource, type SourceNotice } from '@rekindle/store';
import { compileCache, compileSettings } from './compile-settings.ts';
import { BootView } from './known-good/boot-view.ts';
import { type LastKnownGood, lastKnownGood } from './known-good/last-known-good.ts';
import { type HostOptions, type PolicedStore, policedStores } from './options.ts';
import { type ArtifactTrouble, StoredArtifacts } from './stored-artifacts.ts';
import type { Transforms } from './transforms.ts';
import { SourceUnits } from './unit-library.ts';

/** How many libraries have a store. */
const users = new WeakMap<ReleaseSource, number>();

export interface ScriptLibraryParts {
  readonly transforms: Transforms;
  emit(event: EventBody): void;
  /** Whether a last known good release is kept: of the stores of the host itself. */
  readonly isMain: boolean;
}

export class ScriptLibrary implements AsyncDisposable {
  readonly stores: readonly PolicedStore[];
  readonly view: Overlay;
  /** Absent where nothing of these stores is kept. */
  readonly known: LastKnownGood | undefined;
  readonly units: SourceUnits;
  readonly #stored: StoredArtifacts | undefined;

  constructor(stores: HostOptions['stores'], options: HostOptions, { transforms, emit, isMain }: ScriptLibraryParts) {
    this.stores = policedStores(stores);
    const sources = this.stores.map(({ store }) => store);
    for (const source of sources) {
      users.set(source, (users.get(source) ?? 0) + 1);
      source.accept?.(transforms.extensions);
    }
    this.view = overlay(sources, { owned: false });
    this.known = isMain ? lastKnownGood(options.lastKnownGood, this.view, { emit }) : undefined;
    this.#stored = storedArtifacts(this.view, options, emit);
    this.units = new SourceUnits({
      source: new BootView(this.view, this.known),
      cache: compileCache(options.cache, sources),
      transforms,
      stored: this.#stored,
      options: compileSettings(options, sources, (id) => this.stores[this.view.origin(id)?.index ?? -1]?.store.folder),
    });
  }

  watch(wake: () => void, signal: AbortSignal, notice: (notice: SourceNotice) => void): Promise<void> {
    return this.view.watch(wake, { signal, notice });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stored?.close();
    await this.view[Symbol.asyncDispose]();
    for (const { store } of this.stores) {
      const others = (users.get(store) ?? 1) - 1;
      users.set(store, others);
      if (others === 0) await store[Symbol.asyncDispose]();
    }
    await this.units.close();
  }
}

/** Those of the stores; undefined where they keep none, or none are to be used. */
function storedArtifacts(
  { artifacts, name }: Overlay,
  { artifacts: use = 'read', clock = systemClock }: HostOptions,
  emit: (event: EventBody) => void,
): StoredArtifacts | undefined {
  if (artifacts === undefined || use === false) return undefined;
  const told = (trouble: ArtifactTrouble) => emit({ type: 'artifacts:failed', store: name, ...trouble });
  return new StoredArtifacts({ artifacts, writes: use === 'write', store: name, clock, told });
}
