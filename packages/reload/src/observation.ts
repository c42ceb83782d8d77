/**
 * What a module's top level could observe, by the mention graph that the compiler recorded.
 *
 * A top level reads the bindings it mentions. Where a statement can run code, everything reachable from what it mentions
 * may run, and what that code mentions is observed too. No code runs to find this out, and no value is looked at: the
 * answer is the same in `check`, in `explain` and in the reload itself.
 *
 * What a top level imports with `import()` while it is awaited is known when it has run, and observed whole.
 *
 * The set-up of an effect is judged by itself: it runs when all bodies have run, and can run again without its module.
 */

import type { Mention } from '@rekindle/compiler';
import {
  AMBIGUOUS,
  exportedNames,
  type ModuleInstance,
  type ModuleRecord,
  resolveExport,
  type SourceTextInstance,
  type View,
} from '@rekindle/loader';
import { reachedBy } from './reached.ts';

/** Records, and what is told of each; asked only of one that is observed. */
export interface Observed {
  get(record: ModuleRecord): string | undefined;
  keys(): Iterable<ModuleRecord>;
}

export interface Observation extends Reading {
  /** What the set-ups of its effects observe, beyond that. */
  readonly effects: readonly ObservedEffect[];
  /** What it observes of the modules that `import()` gave it while it was awaited; undefined where it was given none. */
  readonly awaited: Reading | undefined;
}

/** What a top level observes, by its imports and by `import()`. */
export function readingsOf(observation: Observation): readonly Reading[] {
  return observation.awaited === undefined ? [observation] : [observation, observation.awaited];
}

/** The set-up of an effect that the top level asks for in its own text. */
export interface ObservedEffect extends Reading {
  /** The region of its code. */
  readonly region: string;
}

/** What some code that runs by itself could observe. */
export interface Reading {
  /** Records of which a binding is observed, with one of these bindings, for the reason that people are told. */
  readonly records: Observed;
  /** Records whose export tables were consulted on the way to the bindings. */
  readonly surfaces: ReadonlySet<ModuleRecord>;
  /** Records whose code may run while the top level runs. */
  readonly through: Iterable<ModuleRecord>;
  /** Globals that are observed: names, or `*`. */
  readonly globals: ReadonlySet<string>;
  /** Too much to be followed, or kept: everything that the module reaches by its imports counts as observed. */
  readonly wide: boolean;
}

/**
 * Records that are followed. Each module of a chain of imports may observe all below it, so that the whole grows with
 * the square of its length: 5,000 would take gigabytes.
 */
const FOLLOWED = 500;

export function observe(view: View, instance: SourceTextInstance): Observation {
  const walk = new Walk(view, instance);
  walk.top();
  const effects = walk.setUps.map((region): ObservedEffect => {
    const inside = new Walk(view, instance);
    inside.setUp(region);
    return { ...readingOf(inside, view, instance), region };
  });
  const { records, surfaces, through, globals, wide } = readingOf(walk, view, instance);
  return { records, surfaces, through, globals, wide, effects, awaited: observeAwaited(view, instance) };
}

/** Few modules import so, and they are no chain: all of it is followed, since no importers lead up to them. */
function observeAwaited(view: View, instance: SourceTextInstance): Reading | undefined {
  if (instance.awaited.size === 0) return undefined;
  const walk = new Walk(view, instance, Number.POSITIVE_INFINITY);
  for (const record of instance.awaited.keys()) walk.given(record);
  return readingOf(walk, view, instance);
}

/** Records whose code may run in top levels that are awaited; each piece of code is followed once, whoever leads to it. */
export class Callees {
  readonly #walk: Walk;

  /** @param body one of those top levels */
  constructor(view: View, body: SourceTextInstance) {
    this.#walk = new Walk(view, body, Number.POSITIVE_INFINITY);
  }

  /** Those of what `import()` gives to a top level. */
  give(record: ModuleRecord): void {
    this.#walk.given(record);
  }

  /** Those of a top level itself. */
  run(instance: SourceTextInstance): void {
    this.#walk.top(instance);
    for (const record of instance.awaited.keys()) this.#walk.given(record);
  }

  /** Those that have been found since the last time. */
  take(): ModuleRecord[] {
    const { through } = this.#walk;
    const found = [...through];
    through.clear();
    return found;
  }
}

function readingOf(
  { records, surfaces, through, globals, wide }: Walk,
  view: View,
  { record }: SourceTextInstance,
): Reading {
  return wide ? observeWidely(record, (other) => view.at(other)) : { records, surfaces, through, globals, wide };
}

/** @param at the versions by whose imports is gone: those of a stage, or the committed ones */
export function observeWidely(
  from: ModuleRecord,
  at: (record: ModuleRecord) => ModuleInstance | undefined = ({ current }) => current,
): Reading {
  const below: Iterable<ModuleRecord> = {
    [Symbol.iterator]: () => reachedBy(at(from)?.requested ?? [], at, new Set([from])),
  };
  return {
    records: { get: () => '*', keys: () => below },
    surfaces: new Set(),
    through: below,
    globals: new Set(['*']),
    wide: true,
  };
}

type Depth = 'value' | 'run';

class Walk {
  readonly records = new Map<ModuleRecord, string>();
  readonly surfaces = new Set<ModuleRecord>();
  readonly through = new Set<ModuleRecord>();
  readonly globals = new Set<string>();
  /** Regions of the set-ups of effects. */
  readonly setUps: string[] = [];
  readonly #view: View;
  readonly #instance: SourceTextInstance;
  readonly #seen = new Map<ModuleRecord, Map<string, Depth>>();
  readonly #stack: { owner: SourceTextInstance; region: string }[] = [];

  readonly #followed: number;

  /** @param followed how many records are followed before everything counts as observed */
  constructor(view: View, instance: SourceTextInstance, followed = FOLLOWED) {
    this.#view = view;
    this.#instance = instance;
    this.#followed = followed;
  }

  top(instance = this.#instance): void {
    const { facts } = instance.artifact;
    const runs = new Set(facts.runs);
    for (const mention of facts.observes) this.#mention(instance, mention, runs.has(mention) ? 'run' : 'value');
    for (const callback of facts.callbacks) {
      if (callback.import === null) continue;
      const takes = this.#takes(instance, callback.import);
      if (takes === 'set-up' && callback.mark !== undefined) this.setUps.push(callback.region);
      else if (takes !== 'later') this.#binding(instance.record, callback.region, 'run');
    }
    this.#follow();
  }

  /** The code of a region runs by itself. */
  setUp(region: string): void {
    this.#binding(this.#instance.record, region, 'run');
    this.#follow();
  }

  /** `import()` has given the namespace object of a record: what is done with it no text tells. */
  given(record: ModuleRecord): void {
    this.#namespace(this.#instance, record, 'run');
    this.#follow();
  }

  #follow(): void {
    for (let next = this.#stack.pop(); next !== undefined && !this.wide; next = this.#stack.pop()) {
      this.through.add(next.owner.record);
      const { mentions } = next.owner.artifact.facts;
      if (!Object.hasOwn(mentions, next.region)) continue; // a binding may be called `constructor`
      for (const mention of mentions[next.region] ?? []) this.#mention(next.owner, mention, 'run');
    }
  }

  get wide(): boolean {
    return this.records.size > this.#followed || this.surfaces.size > this.#followed;
  }

  /** When the imported function runs its callback: `later`, or as the set-up of an effect; undefined where at once. */
  #takes(instance: SourceTextInstance, index: number): 'later' | 'set-up' | undefined {
    const entry = instance.artifact.imports[index];
    if (entry === undefined || entry.name === null) return undefined;
    const record = instance.requested[entry.request] as ModuleRecord;
    const resolution = resolveExport(this.#view, instance, record, entry.name);
    if (resolution === null || resolution === AMBIGUOUS || resolution.kind !== 'binding') return undefined;
    const target = this.#view.at(resolution.record);
    if (target?.kind !== 'synthetic') return undefined;
    if (target.setsUp(resolution.name)) return 'set-up';
    return target.later(resolution.name) ? 'later' : undefined;
  }

  #mention(owner: SourceTextInstance, mention: Mention, depth: Depth): void {
    if (typeof mention === 'string') {
      if (mention.startsWith('g:')) this.globals.add(mention.slice(2));
      else this.#binding(owner.record, mention, depth);
      return;
    }
    const entry = owner.artifact.imports[mention];
    if (entry === undefined) return;
    const record = owner.requested[entry.request] as ModuleRecord;
    if (entry.name === null) this.#namespace(owner, record, depth);
    else this.#export(owner, record, entry.name, depth);
  }

  #export(owner: SourceTextInstance, record: ModuleRecord, name: string, depth: Depth): void {
    const resolution = resolveExport(this.#view, owner, record, name, (visited) => this.surfaces.add(visited));
    if (resolution === null || resolution === AMBIGUOUS) this.#observed(record, name);
    else if (resolution.kind === 'namespace') this.#namespace(owner, resolution.record, depth);
    else if (resolution.kind === 'binding') this.#binding(resolution.record, resolution.local, depth);
  }

  /** The whole namespace object is mentioned: every export may be read, and those of namespaces among them. */
  #namespace(owner: SourceTextInstance, record: ModuleRecord, depth: Depth): void {
    if (!this.#deepens(record, '*', depth)) return;
    const visit = (visited: ModuleRecord) => this.surfaces.add(visited);
    this.#observed(record, '*');
    for (const name of exportedNames(this.#view, owner, record, visit)) {
      const resolution = resolveExport(this.#view, owner, record, name, visit);
      if (resolution === null || resolution === AMBIGUOUS) continue;
      if (resolution.kind === 'namespace') this.#namespace(owner, resolution.record, depth);
      else if (resolution.kind === 'binding') this.#binding(resolution.record, resolution.local, depth);
    }
  }

  #binding(record: ModuleRecord, local: string, depth: Depth): void {
    if (!this.#deepens(record, local, depth)) return;
    this.#observed(record, local);
    const owner = this.#view.at(record);
    if (depth === 'run' && owner?.kind === 'source') this.#stack.push({ owner, region: local });
  }

  /** Notes how deep a binding is observed; false where it was already. */
  #deepens(record: ModuleRecord, local: string, depth: Depth): boolean {
    if (this.wide) return false;
    let bindings = this.#seen.get(record);
    if (bindings === undefined) {
      bindings = new Map();
      this.#seen.set(record, bindings);
    }
    const had = bindings.get(local);
    if (had === 'run' || had === depth) return false;
    bindings.set(local, depth);
    return true;
  }

  #observed(record: ModuleRecord, binding: string): void {
    if (record !== this.#instance.record && !this.records.has(record)) this.records.set(record, binding);
  }
}
