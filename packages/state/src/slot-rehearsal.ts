/**
 * The slots of a rehearsal: what a release would make of them, done to copies.
 *
 * The slots themselves are not touched. A step of a migration that writes to the value it is given is found by comparing
 * that with another copy; only then is the migration done once more, behind a membrane that tells the line.
 */
import { types } from 'node:util';
import type { Steps } from './migration.ts';
import { type NotedWrite, readOnly } from './read-only-membrane.ts';
import type { SlotSettings } from './slot-options.ts';
import type { Slot } from './slots.ts';
import { differences, nameOf, StateCopy } from './state-copy.ts';

/** What a value looks like: enough for people to compare two of them. */
export interface ValueShape {
  /** `Object`, `Array`, `Map`, the name of a class, `number`, `string`, … */
  readonly kind: string;
  /** How many elements an array, a map or a set has. */
  readonly size?: number;
  /** Of objects: their own properties. */
  readonly keys?: Readonly<Record<string, ValueShape>>;
  /** The first element of an array, a map or a set. */
  readonly element?: ValueShape;
}

/** A slot at one version. */
export interface SlotState {
  readonly version: number;
  readonly shape: ValueShape;
}

/** What became of one slot. */
export interface SlotTrial {
  readonly module: string;
  readonly name: string;
  /** The slot that it took over, `npc/orc.ts#orcs`. */
  readonly from: string | undefined;
  /** Absent for one that was made. */
  readonly before: SlotState | undefined;
  /** Absent for one that failed. */
  readonly after: SlotState | undefined;
  /** Milliseconds for its migration, or for making it. */
  readonly duration: number;
  readonly error: unknown;
  /** The copies: what there was, and what there would be. */
  readonly values: { readonly before: object | undefined; readonly after: object | undefined };
  /** Where a step wrote to the value that it was given; `error` has the stack of the write, where it was found. */
  readonly writes: readonly (Pick<NotedWrite, 'path'> & Partial<NotedWrite>)[];
}

type Migrate = (slot: Pick<Slot, 'module' | 'name' | 'version' | 'value' | 'down'>) => {
  readonly value: object;
  readonly down: Steps;
};

export class SlotRehearsal {
  readonly trials: SlotTrial[] = [];
  readonly #copy = new StateCopy();
  readonly #made: { readonly value: object; readonly dispose: ((value: never) => unknown) | undefined }[] = [];

  /** What could not be copied, and is handed on as it is: names of classes. */
  get shared(): readonly string[] {
    return this.#copy.shared;
  }

  /** Copies values before anything runs, so that it does not count for the time of what runs. */
  copy(slots: Iterable<Readonly<Slot>>): void {
    for (const { value } of slots) this.#copy.of(value);
  }

  /** A slot that is there, as the version that comes would have it. */
  keep(slot: Readonly<Slot>, from: string | undefined, settings: SlotSettings, migrate: Migrate): object {
    const { module, name, version, down } = slot;
    const value = this.#copy.of(slot.value);
    const before = { version, shape: shapeOf(slot.value) };
    const trial = { module, name, from, before };
    if (settings.version === version) {
      const values = { before: value, after: value };
      this.trials.push({ ...trial, after: before, duration: 0, error: undefined, values, writes: [] });
      return value;
    }
    // what a step for another slot wrote to what both hold has been told
    const pristine = new StateCopy().of(value);
    const start = performance.now();
    let error: unknown;
    let next: { readonly value: object } | undefined;
    try {
      next = migrate({ module, name, version, value, down });
    } catch (thrown) {
      error = thrown;
    }
    const duration = performance.now() - start;
    const written = differences(value, pristine);
    const writes =
      written.length === 0
        ? []
        : this.#linesOf(written, pristine, (given) => migrate({ module, name, version, value: given, down }));
    const after = next === undefined ? undefined : { version: settings.version, shape: shapeOf(next.value) };
    const values = { before: pristine, after: next?.value };
    this.trials.push({ ...trial, after, duration, error, values, writes });
    if (next === undefined) throw error;
    return next.value;
  }

  /** A slot that there would be. */
  make(module: string, name: string, { version, dispose }: SlotSettings, init: () => object): object {
    const start = performance.now();
    const trial = { module, name, from: undefined, before: undefined, writes: [] };
    try {
      const value = init();
      const duration = performance.now() - start;
      const values = { before: undefined, after: value };
      this.trials.push({ ...trial, after: { version, shape: shapeOf(value) }, duration, error: undefined, values });
      this.#made.push({ value, dispose });
      return value;
    } catch (error) {
      const values = { before: undefined, after: undefined };
      this.trials.push({ ...trial, after: undefined, duration: performance.now() - start, error, values });
      throw error;
    }
  }

  /** What a value looks like. */
  shapeOf(value: object): ValueShape {
    return shapeOf(value);
  }

  /** Whether a slot was asked for. */
  has(module: string, name: string): boolean {
    return this.trials.some((trial) => trial.module === module && trial.name === name);
  }

  /** Disposes of what was made and says how: a socket that `init` has opened, say. */
  end(): void {
    for (const { value, dispose } of this.#made.splice(0)) {
      try {
        dispose?.(value as never);
      } catch {
        // nobody's value any more
      }
    }
  }

  #linesOf(written: readonly string[], pristine: object, migrate: (given: object) => unknown): SlotTrial['writes'] {
    const guarded = readOnly(new StateCopy().of(pristine));
    try {
      migrate(guarded.value);
    } catch {
      // a step may not like what it is given; it was rehearsed with the real thing
    }
    return guarded.writes.length > 0 ? guarded.writes : written.map((path) => ({ path }));
  }
}

const DEPTH = 4;
const KEYS = 32;

function shapeOf(value: unknown, depth = DEPTH): ValueShape {
  if (typeof value !== 'object') return { kind: typeof value };
  if (value === null) return { kind: 'null' };
  if (types.isProxy(value)) return { kind: 'Proxy' };
  const kind = nameOf(value) ?? 'Object';
  if (depth === 0) return { kind };
  if (Array.isArray(value)) return collection(kind, value.length, dataOf(value, '0'), depth);
  if (types.isMap(value)) {
    return collection(kind, value.size, Map.prototype.values.call(value).next().value, depth);
  }
  if (types.isSet(value)) {
    return collection(kind, value.size, Set.prototype.values.call(value).next().value, depth);
  }
  if (ArrayBuffer.isView(value)) return { kind, size: value.byteLength };
  const names = Object.keys(value).slice(0, KEYS);
  if (names.length === 0) return { kind };
  const keys = names.map((name) => [name, shapeOf(dataOf(value, name), depth - 1)] as const);
  return { kind, keys: Object.fromEntries(keys) };
}

function collection(kind: string, size: number, first: unknown, depth: number): ValueShape {
  return size === 0 ? { kind, size } : { kind, size, element: shapeOf(first, depth - 1) };
}

/** A getter is not called. */
function dataOf(object: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(object, name)?.value;
}
