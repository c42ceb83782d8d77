/**
 * Who observes whom, kept at each commit, so that planning costs the observers of what changed and not the graph.
 */

import type { ModuleRecord } from '@rekindle/loader';
import type { Observation } from './observation.ts';

export class ObserverIndex {
  readonly #observations = new Map<ModuleRecord, Observation>();
  readonly #observers = new Map<ModuleRecord, Set<ModuleRecord>>();
  readonly #globals = new Map<string, Set<ModuleRecord>>();

  get(record: ModuleRecord): Observation | undefined {
    return this.#observations.get(record);
  }

  /** Records whose top level observes a binding of this one, or found one through its export tables. */
  observersOf(record: ModuleRecord): Iterable<ModuleRecord> {
    return this.#observers.get(record) ?? [];
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
    this.#observations.set(record, observation);
    for (const observed of watched(observation)) addTo(this.#observers, observed, record);
    for (const name of observation.globals) addTo(this.#globals, name, record);
  }

  delete(record: ModuleRecord): void {
    const observation = this.#observations.get(record);
    if (observation === undefined) return;
    this.#observations.delete(record);
    for (const observed of watched(observation)) removeFrom(this.#observers, observed, record);
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
