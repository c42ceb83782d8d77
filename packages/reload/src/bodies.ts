/**
 * The participant `bodies`: runs the top levels of the staged versions on their staged cells.
 *
 * While they run, unchanged modules that they can call see the staged values too (the *lent view*), as they would at a
 * fresh start; afterwards they are pointed back, before anything is committed.
 */

import {
  evaluateSync,
  type Linked,
  type ModuleRecord,
  type SourceTextInstance,
  type Stage,
  viewsOf,
} from '@rekindle/loader';
import { runIn } from '@rekindle/state';
import type { Observation } from './observation.ts';
import type { Participant } from './participant.ts';
import type { Powers } from './powers.ts';
import { limited } from './time-limit.ts';

export interface BodiesInput {
  readonly stage: Stage;
  readonly linked: Linked;
  /** The versions that run in the synchronous step, in evaluation order. */
  readonly order: readonly SourceTextInstance[];
  readonly observations: ReadonlyMap<ModuleRecord, Observation>;
  /** Milliseconds for all of them together. */
  readonly limit: number;
  readonly powers: Pick<Powers, 'limitsRest' | 'realm'>;
}

export class Bodies implements Participant {
  readonly name = 'bodies';
  readonly stage = 'evaluate';
  /** The version whose body threw. */
  failed: SourceTextInstance | undefined;
  readonly #input: BodiesInput;

  constructor(input: BodiesInput) {
    this.#input = input;
  }

  apply(): void {
    const { order, limit, powers } = this.#input;
    const takeBack = this.#lend();
    let running: SourceTextInstance | undefined;
    const run = () =>
      evaluateSync(order, {
        starts: (instance) => {
          running = instance;
        },
      });
    try {
      if (order.some((instance) => instance.artifact.facts.unbounded)) {
        runIn(undefined, () => limited(limit, powers, run)); // the limit ends frames without their `finally`
      } else run();
    } catch (error) {
      this.failed = running;
      throw error;
    } finally {
      takeBack();
    }
  }

  undo(): void {} // the staged cells are dropped with the stage

  finish(): void {}

  /** Points unchanged modules that a body may call at the staged cells; returns the way back. */
  #lend(): () => void {
    const { stage, linked, order, observations } = this.#input;
    const lent: { instance: SourceTextInstance; views: readonly unknown[] }[] = [];
    for (const record of reachedBy([...order].reverse(), observations)) {
      const instance = record.current;
      if (instance?.kind !== 'source' || stage.at(record) !== instance) continue;
      const rebound = linked.rebinds.get(instance);
      const bindings = rebound ?? instance.bindings;
      if (rebound === undefined && !bindings.some((binding) => stage.instances.has(binding.record))) continue;
      lent.push({ instance, views: instance.views });
      instance.views = viewsOf(stage, instance, bindings);
      instance.wire();
    }
    const takeNamespacesBack = stage.lendNamespaces();
    return () => {
      takeNamespacesBack();
      for (const { instance, views } of lent) {
        instance.views = views;
        instance.wire();
      }
    };
  }
}

/** @param order importers first: what one of them reaches by all of its imports need not be followed again */
function reachedBy(
  order: readonly SourceTextInstance[],
  observations: ReadonlyMap<ModuleRecord, Observation>,
): Set<ModuleRecord> {
  const reached = new Set<ModuleRecord>();
  const followed = new Set<ModuleRecord>();
  for (const { record } of order) {
    const observation = observations.get(record);
    if (observation === undefined || (observation.wide && followed.has(record))) continue;
    for (const through of observation.through) {
      reached.add(through);
      if (observation.wide) followed.add(through);
    }
  }
  return reached;
}
