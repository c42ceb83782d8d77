/**
 * What top levels are given by `import()` while they are awaited: they may have observed it, as what they import by name.
 *
 * Whose top level calls is not decided here, nor what of a module it observes.
 */

import type { ModuleRecord, SourceTextInstance, Stage } from '@rekindle/loader';
import { type Observation, readingsOf } from './observation.ts';

interface Place {
  /** Whose code called `import()`: the module itself, or one that it calls. */
  readonly importer: ModuleRecord;
  /** What came of it in time. */
  record: ModuleRecord | undefined;
}

export class AwaitedImports {
  readonly #stage: Stage;
  /** In the order of the calls. */
  readonly #places = new Map<SourceTextInstance, Place[]>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Takes a place for what a top level asks for; returns what is told of the record that it is given: whether it counts. */
  ask(body: SourceTextInstance, importer: SourceTextInstance): (record: ModuleRecord) => boolean {
    let places = this.#places.get(body);
    if (places === undefined) {
      places = [];
      this.#places.set(body, places);
    }
    const place: Place = { importer: importer.record, record: undefined };
    places.push(place);
    return (record) => {
      // what the host gives is never replaced
      if (record === body.record || this.#stage.at(record)?.kind !== 'source') return false;
      place.record = record;
      return true;
    };
  }

  /**
   * What a version's top level was given. An unchanged module that it calls may have given it once more, from a cache of
   * its own and without another `import()`: what came through such a one counts as before.
   */
  of(instance: SourceTextInstance, observation: Observation | undefined): ReadonlyMap<ModuleRecord, ModuleRecord> {
    const given = new Map<ModuleRecord, ModuleRecord>();
    for (const { record, importer } of this.#places.get(instance) ?? []) {
      if (record !== undefined && (importer !== instance.record || !given.has(record))) given.set(record, importer);
    }
    if (observation === undefined || instance.awaited.size === 0) return given;
    const called = new Set(readingsOf(observation).flatMap(({ through }) => [...through]));
    for (const [record, importer] of instance.awaited) {
      if (this.#stage.instances.has(importer) || !called.has(importer) || given.has(record)) continue;
      given.set(record, importer);
    }
    return given;
  }
}
