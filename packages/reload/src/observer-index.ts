/**
 * Who observes whom, kept at each commit, so that planning costs the observers of what changed and not the graph.
 */

import type { ModuleRecord } from '@rekindle/loader';
import { type Observation, observeWidely, type Reading, readingsOf } from './observation.ts';

export class ObserverIndex {
  readonly #observations = new Map<ModuleRecord, Observation>();
  readonly #topLevels = new Readers();
  readonly #effects = new Readers();

  get(record: ModuleRecord): Observation | undefined {
    return this.#observations.get(record);
  }

  /**
   * Records whose top level observes a binding of this one, or found one through its export tables.
   *
   * @param running records that are asked for, too: of what observes by reaching, only what is below them is needed here
   */
  observersOf(record: ModuleRecord, running: ReadonlyMap<ModuleRecord, unknown>): Iterable<ModuleRecord> {
    return this.#topLevels.of(record, running);
  }

  /** Records whose top level observes the global of this name, or any global. */
  observersOfGlobal(name: string): Iterable<ModuleRecord> {
    return this.#topLevels.ofGlobal(name);
  }

  /** As `observersOf`, for the set-ups of effects. */
  effectsOn(record: ModuleRecord, running: ReadonlyMap<ModuleRecord, unknown>): Iterable<ModuleRecord> {
    return this.#effects.of(record, running);
  }

  /** As `observersOfGlobal`, for the set-ups of effects. */
  effectsOnGlobal(name: string): Iterable<ModuleRecord> {
    return this.#effects.ofGlobal(name);
  }

  entries(): Iterable<[ModuleRecord, Observation]> {
    return this.#observations;
  }

  set(record: ModuleRecord, observation: Observation): void {
    this.#forget(record); // what is deleted from a map and comes again costs more than what is replaced
    const kept = committed(record, observation);
    this.#observations.set(record, kept);
    for (const reading of readingsOf(kept)) this.#topLevels.add(record, reading);
    for (const effect of kept.effects) this.#effects.add(record, effect);
  }

  delete(record: ModuleRecord): void {
    this.#forget(record);
    this.#observations.delete(record);
  }

  #forget(record: ModuleRecord): void {
    const observation = this.#observations.get(record);
    if (observation === undefined) return;
    for (const reading of readingsOf(observation)) this.#topLevels.remove(record, reading);
    for (const effect of observation.effects) this.#effects.remove(record, effect);
  }
}

/** From now on by the committed imports: the stage is not to be kept. */
function committed(record: ModuleRecord, observation: Observation): Observation {
  if (!observation.wide && !observation.effects.some(({ wide }) => wide)) return observation;
  const now = <Read extends Reading>(reading: Read) =>
    reading.wide ? { ...reading, ...observeWidely(record) } : reading;
  return { ...now(observation), effects: observation.effects.map(now) };
}

/** One kind of code that reads: top levels, or the set-ups of effects. */
class Readers {
  readonly #observers = new Map<ModuleRecord, Set<ModuleRecord>>();
  /** Records that observe whatever they reach. */
  readonly #wide = new Set<ModuleRecord>();
  readonly #globals = new Map<string, Set<ModuleRecord>>();

  *of(record: ModuleRecord, running: ReadonlyMap<ModuleRecord, unknown>): Iterable<ModuleRecord> {
    yield* this.#observers.get(record) ?? [];
    if (this.#wide.size === 0) return;
    const above = new Set([record]);
    for (const reaching of above) {
      if (reaching !== record && this.#wide.has(reaching)) yield reaching;
      if (reaching === record || !running.has(reaching)) for (const importer of reaching.importers) above.add(importer);
    }
  }

  *ofGlobal(name: string): Iterable<ModuleRecord> {
    if (name === '*') for (const observers of this.#globals.values()) yield* observers;
    else {
      yield* this.#globals.get(name) ?? [];
      yield* this.#globals.get('*') ?? [];
    }
  }

  add(record: ModuleRecord, reading: Reading): void {
    if (reading.wide) this.#wide.add(record);
    else for (const observed of watched(reading)) addTo(this.#observers, observed, record);
    for (const name of reading.globals) addTo(this.#globals, name, record);
  }

  remove(record: ModuleRecord, reading: Reading): void {
    if (reading.wide) this.#wide.delete(record);
    else for (const observed of watched(reading)) removeFrom(this.#observers, observed, record);
    for (const name of reading.globals) removeFrom(this.#globals, name, record);
  }
}

function watched(reading: Reading): Iterable<ModuleRecord> {
  if (reading.surfaces.size === 0) return reading.records.keys();
  return new Set([...reading.records.keys(), ...reading.surfaces]);
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
