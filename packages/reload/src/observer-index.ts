/**
 * Who observes whom, kept at each commit, so that planning costs the observers of what changed and not the graph.
 */

import type { ModuleRecord } from '@rekindle/loader';
import { type Observation, observeWidely } from './observation.ts';

export class ObserverIndex {
  readonly #observations = new Map<ModuleRecord, Observation>();
  readonly #observers = new Map<ModuleRecord, Set<ModuleRecord>>();
  /** Records that observe whatever they reach. */
  readonly #wide = new Set<ModuleRecord>();
  readonly #globals = new Map<string, Set<ModuleRecord>>();

  get(record: ModuleRecord): Observation | undefined {
    return this.#observations.get(record);
  }

  /**
   * Records whose top level observes a binding of this one, or found one through its export tables.
   *
   * @param running records that are asked for, too: of what observes by reaching, only what is below them is needed here
   */
  *observersOf(record: ModuleRecord, running: ReadonlyMap<ModuleRecord, unknown>): Iterable<ModuleRecord> {
    yield* this.#observers.get(record) ?? [];
    if (this.#wide.size === 0) return;
    const above = new Set([record]);
    for (const reaching of above) {
      if (reaching !== record && this.#wide.has(reaching)) yield reaching;
      if (reaching === record || !running.has(reaching)) for (const importer of reaching.importers) above.add(importer);
    }
  }

  /** Records whose top level observes the global of this name, or any global. */
  *observersOfGlobal(name: string): Iterable<ModuleRecord> {
    if (name === '*') for (const observers of this.#globals.values()) yield* observers;
    else {
      yield* this.#globals.get(name) ?? [];
      yield* this.#globals.get('*') ?? [];
    }
  }

  entries(): Iterable<[ModuleRecord, Observation]> {
    return this.#observations;
  }

  set(record: ModuleRecord, observation: Observation): void {
    this.delete(record);
    // from now on by the committed imports: the stage is not to be kept
    this.#observations.set(record, observation.wide ? observeWidely(record) : observation);
    if (observation.wide) this.#wide.add(record);
    else for (const observed of watched(observation)) addTo(this.#observers, observed, record);
    for (const name of observation.globals) addTo(this.#globals, name, record);
  }

  delete(record: ModuleRecord): void {
    const observation = this.#observations.get(record);
    if (observation === undefined) return;
    this.#observations.delete(record);
    if (observation.wide) this.#wide.delete(record);
    else for (const observed of watched(observation)) removeFrom(this.#observers, observed, record);
    for (const name of observation.globals) removeFrom(this.#globals, name, record);
  }
}

function watched(observation: Observation): Iterable<ModuleRecord> {
  if (observation.surfaces.size === 0) return observation.records.keys();
  return new Set([...observation.records.keys(), ...observation.surfaces]);
}

function addTo<Key>(index: Map<Key, Set<ModuleRecord>>, key: Key, record: ModuleRecord): void {
  const set = index.get(key);
  if (set === undefined) index.set(key, new Set([record]));
  else set.add(record);
}

function removeFrom<Key>(index: Map<Key, Set<ModuleRecord>>, key: Key, record: ModuleRecord): void {
  const set = index.get(key);
  set?.delete(record);
  if (set?.size === 0) index.delete(key);
}
