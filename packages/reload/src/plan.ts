/**
 * The plan: which modules run again.
 *
 * A module runs again if and only if its top level could have observed a binding of a module that runs; then what was
 * committed equals what a fresh start with the new sources would give. Two rules more, for cycles: what a top level
 * reads although it comes later runs again too, since a fresh start would find it uninitialised; and where new import
 * edges turn the order of two modules round, both run again. The plan is static: nothing runs while it is made.
 * What accepts itself (`import.meta.hot.accept`) runs again on any change below it: its author has asked for that.
 * The set-up of an effect is judged as a top level is; where it alone could observe something, it runs again alone.
 */

import type { ModuleRecord, SourceTextInstance, Stage, View } from '@rekindle/loader';
import { type Boundaries, boundariesOf, type HotOf, withReplaced } from './acceptance.ts';
import { foreseenVersions } from './awaiting.ts';
import { type Observation, type ObservedEffect, observe, type Reading, readingsOf } from './observation.ts';
import type { ObserverIndex } from './observer-index.ts';
import { calledBy, isStale, leadsElsewhere, unchangedVersion } from './stale-code.ts';

export interface Plan {
  /** Why each module runs, in words that name a module or a binding. */
  readonly reasons: Map<ModuleRecord, string>;
  /** What each module that runs, or that finds its bindings on another way, observes in the staged graph. */
  readonly observations: Map<ModuleRecord, Observation>;
  /** Effects of modules that do not run which are set up again. */
  readonly effects: ReadonlyMap<ModuleRecord, EffectsAgain>;
  /** Who takes the change; undefined where nobody accepts anything. */
  readonly boundaries: Boundaries | undefined;
}

/** What is set up again of a module that does not run. */
export interface EffectsAgain {
  /** The regions of the set-ups. */
  readonly regions: ReadonlySet<string>;
  /** Why, of the first of them. */
  readonly reason: string;
}

export interface PlanInput {
  readonly stage: Stage;
  readonly committed: View;
  readonly index: ObserverIndex;
  /** Records that run because their text changed, because they are new, or because somebody asked: with the reason. */
  readonly given: ReadonlyMap<ModuleRecord, string>;
  /** Place of each record in the evaluation order of the staged graph. */
  readonly order: (record: ModuleRecord) => number;
  /** Whether import edges changed. */
  readonly reordered: boolean;
  /** What the running versions have said through `import.meta.hot`; absent where none accepts anything. */
  readonly hotOf?: HotOf | undefined;
}

/** Stages again every module that has to run beside those given. */
export function plan(input: PlanInput): Plan {
  const planning = new Planning(input);
  planning.settle();
  return planning;
}

class Planning implements Plan {
  readonly reasons: Map<ModuleRecord, string>;
  readonly observations = new Map<ModuleRecord, Observation>();
  readonly effects = new Map<ModuleRecord, { readonly regions: Set<string>; readonly reason: string }>();
  boundaries: Boundaries | undefined;
  readonly #input: PlanInput;
  readonly #queue: ModuleRecord[];

  constructor(input: PlanInput) {
    this.#input = input;
    this.reasons = new Map(input.given);
    this.#queue = [...input.given.keys()];
  }

  settle(): void {
    const { hotOf, stage } = this.#input;
    if (hotOf !== undefined) this.boundaries = this.#spreadAccepted(hotOf);
    for (;;) {
      for (let record = this.#queue.pop(); record !== undefined; record = this.#queue.pop()) this.#spread(record);
      if (this.#input.reordered) this.#spreadOrder();
      this.#spreadAwaiting();
      if (this.#queue.length === 0) break;
    }
    this.#findEffects();
    if (hotOf !== undefined && this.boundaries !== undefined) {
      this.boundaries = withReplaced(this.boundaries, this.reasons.keys(), { stage, hotOf });
    }
  }

  /** What accepts itself runs again on a change below it. */
  #spreadAccepted(hotOf: HotOf): Boundaries {
    const { given, stage } = this.#input;
    const changed = [...given.keys()].filter(({ current }) => current !== undefined);
    const boundaries = boundariesOf(changed, { stage, hotOf });
    for (const [record, below] of boundaries.selves) this.#run(record, `accepts itself, and is above '${below}'`);
    return boundaries;
  }

  /** The observers of a record that runs run too; so does what its top level reads before its turn. */
  #spread(record: ModuleRecord): void {
    const { index, order, stage } = this.#input;
    for (const observer of index.observersOf(record, this.reasons)) {
      const observation = index.get(observer) as Observation;
      const { awaited } = observation;
      const binding = observation.records.get(record) ?? awaited?.records.get(record);
      if (binding !== undefined) this.#run(observer, `observes ${nameOf(binding)} of '${record.key}'`);
      else if (awaited?.surfaces.has(record) === true || this.#leadElsewhere(observer, observation)) {
        this.#run(observer, `'${record.key}' exports differently`);
      } else this.#lookAgain(observer);
    }
    const instance = stage.at(record);
    if (instance?.kind !== 'source') return;
    this.#spreadGlobals(record, instance);
    const observation = observe(stage, instance);
    this.observations.set(record, observation);
    if (observation.wide && !this.#hasCycle()) return;
    for (const observed of observation.records.keys()) {
      if (order(observed) > order(record))
        this.#run(observed, `is read by '${record.key}', which comes first in a cycle`);
    }
  }

  #cyclic: boolean | undefined;

  /** Whether any module imports one that comes later. */
  #hasCycle(): boolean {
    const { index, order, stage } = this.#input;
    const importsLater = (record: ModuleRecord) =>
      stage.at(record)?.requested.some((requested) => order(requested) > order(record)) === true;
    this.#cyclic ??=
      [...stage.instances.keys()].some(importsLater) || [...index.entries()].some(([record]) => importsLater(record));
    return this.#cyclic;
  }

  /** Which effects of modules that do not run are set up again: when it stands which modules run. */
  #findEffects(): void {
    const { index } = this.#input;
    for (const record of this.reasons.keys()) {
      for (const observer of index.effectsOn(record, this.reasons)) {
        let isAbove = false;
        for (const effect of index.get(observer)?.effects ?? []) {
          const binding = effect.records.get(record);
          isAbove ||= binding !== undefined || effect.surfaces.has(record);
          if (binding !== undefined)
            this.#setUpAgain(observer, effect, `observes ${nameOf(binding)} of '${record.key}'`);
          else if (effect.surfaces.has(record) && this.#leadElsewhere(observer, effect)) {
            this.#setUpAgain(observer, effect, `'${record.key}' exports differently`);
          }
        }
        if (isAbove) this.#lookAgain(observer);
      }
      const instance = this.#input.stage.at(record);
      if (instance?.kind !== 'source') continue;
      for (const name of globalsOf(record, instance)) {
        for (const observer of index.effectsOnGlobal(name)) {
          for (const effect of index.get(observer)?.effects ?? []) {
            if (!effect.globals.has(name) && !effect.globals.has('*') && name !== '*') continue;
            this.#setUpAgain(observer, effect, `observes global '${name}' of '${record.key}'`);
          }
        }
      }
    }
  }

  #setUpAgain(record: ModuleRecord, { region }: ObservedEffect, reason: string): void {
    const { current } = record;
    if (this.reasons.has(record) || current?.kind !== 'source' || this.#input.stage.removed.has(record)) return;
    const known = this.effects.get(record);
    if (known === undefined) this.effects.set(record, { regions: new Set([region]), reason });
    else known.regions.add(region);
  }

  /** An unchanged observer may find the same bindings through other export tables from now on. */
  #lookAgain(observer: ModuleRecord): void {
    const { stage } = this.#input;
    const current = unchangedVersion(observer, stage);
    if (current !== undefined) this.observations.set(observer, observe(stage, current));
  }

  /** Whether imports of a module, or of those whose code it may run, lead to other bindings than before. */
  #leadElsewhere(observer: ModuleRecord, { through }: Reading): boolean {
    if (this.#leadsElsewhere(observer)) return true;
    for (const record of through) if (this.#leadsElsewhere(record)) return true;
    return false;
  }

  readonly #elsewhere = new Map<ModuleRecord, boolean>();

  #leadsElsewhere(record: ModuleRecord): boolean {
    let leads = this.#elsewhere.get(record);
    if (leads === undefined) {
      leads = leadsElsewhere(record, this.#input.stage);
      this.#elsewhere.set(record, leads);
    }
    return leads;
  }

  /** A module that runs may write other globals than before: who reads them after it runs again. */
  #spreadGlobals(record: ModuleRecord, instance: SourceTextInstance): void {
    const { index, order } = this.#input;
    for (const name of globalsOf(record, instance)) {
      for (const observer of index.observersOfGlobal(name)) {
        const isNew = record.current === undefined;
        if (observer === record || (isNew && order(observer) < order(record))) continue;
        this.#run(observer, `observes global '${name}' of '${record.key}'`);
      }
    }
  }

  /** Two modules of which one observes the other, and whose order the new edges turn round, run again. */
  #spreadOrder(): void {
    const { index, order, stage } = this.#input;
    for (const [record, observation] of index.entries()) {
      for (const observed of observation.records.keys()) {
        if (observed.current?.kind !== 'source' || stage.removed.has(observed)) continue;
        if (order(observed) > order(record) !== observed.order > record.order) {
          const [first, second] = order(observed) > order(record) ? [record, observed] : [observed, record];
          this.#run(first, `now runs before '${second.key}'`);
          this.#run(second, `now runs after '${first.key}'`);
        }
      }
    }
  }

  /**
   * What awaits, and what that needs, runs while the old version does, so that nothing can be lent to the unchanged
   * modules that it calls: those that import something staged run again, or have imported it with `import()`.
   */
  #spreadAwaiting(): void {
    const { stage } = this.#input;
    for (const { record } of foreseenVersions(stage, stage.sources())) {
      const observation = this.observations.get(record);
      for (const { through } of observation === undefined ? [] : readingsOf(observation)) {
        for (const called of through) {
          if (isStale(called, stage)) this.#run(called, calledBy(record));
        }
      }
    }
  }

  #run(record: ModuleRecord, reason: string): void {
    const { stage } = this.#input;
    const { current } = record;
    if (this.reasons.has(record) || current?.kind !== 'source' || stage.removed.has(record)) return;
    if (!stage.instances.has(record)) stage.again(record);
    this.reasons.set(record, reason);
    this.#queue.push(record);
  }
}

/** Names of the globals that the old and the new text of a module know. */
function globalsOf(record: ModuleRecord, instance: SourceTextInstance): Set<string> {
  const names = new Set(instance.artifact.facts.globals);
  if (record.current?.kind === 'source') for (const name of record.current.artifact.facts.globals) names.add(name);
  return names;
}

function nameOf(binding: string): string {
  if (binding === '*') return 'the exports';
  return /@\d+$/.test(binding) ? 'code' : `'${binding}'`;
}

/** The staged versions in the order in which they run. */
export function runOrder(stage: Stage, order: (record: ModuleRecord) => number): SourceTextInstance[] {
  return [...stage.sources()].sort((a, b) => order(a.record) - order(b.record));
}

/** Ids of the modules of which only effects are set up again, in evaluation order, and why. */
export function effectsOf(
  effects: Plan['effects'],
  order: (record: ModuleRecord) => number,
): { readonly module: string; readonly reason: string }[] {
  return [...effects].sort(([a], [b]) => order(a) - order(b)).map(([{ key }, { reason }]) => ({ module: key, reason }));
}
