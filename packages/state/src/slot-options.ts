/**
 * What a script says about a slot: the public types of `state`, and the form in which the rest of the package reads it.
 */
import { StateError } from './errors.ts';
import type { Step, Steps } from './migration.ts';

/** Itself for an object; for a primitive the text that the compiler shows. */
export type InSlot<Value> = Value extends object
  ? Value
  : 'A slot holds an object: wrap the value, state(name, () => ({ value: … }))';

/** 0, 1, … up to the number before `Version`. */
type Below<Version extends number, Count extends readonly 0[] = [], All = never> = Count['length'] extends Version
  ? All
  : Below<Version, [...Count, 0], All | Count['length']>;

/** The versions to which, and from which, there are steps: 2, 3, … `Version`. */
type StepsTo<Version extends number> = number extends Version ? number : Exclude<Below<Version>, 0 | 1>;

/** A version as a key. Also as text: the compiler gives a parameter its type by the text of the key. */
type Key<Version extends number> = Version | `${Version}`;

/**
 * Steps up: `{ 2: (old: OldShape) => newShape }` leads from version 1 to 2.
 * The step to the slot's own version returns its value; the shape that a step is given has to be written down, because
 * nothing in the code of today knows it.
 */
export type UpSteps<Value, Version extends number> = {
  readonly [At in Key<Version>]?: (old: never) => Value;
} & { readonly [At in StepsTo<Version>]?: (old: never) => object };

/** Steps down: `{ 2: (now) => oldShape }` leads from version 2 to 1. */
export type DownSteps<Value, Version extends number> = {
  readonly [At in Key<Version>]?: (now: Value) => object;
} & { readonly [At in StepsTo<Version>]?: (now: never) => object };

/** How a slot passes to a version with another shape, and how it ends. */
export interface SlotOptions<Value, Version extends number = number> {
  /**
   * Raise it when the shape of the value changes.
   * @default 1
   */
  readonly version?: Version;
  /** How to get a value of an older version to this one, step by step. */
  readonly up?: UpSteps<Value, Version>;
  /** The way back, for a release that is taken back; kept with the slot, because then this code is gone. */
  readonly down?: DownSteps<Value, Version>;
  /** `module#name` of a slot whose value this one takes over when it is first asked for. */
  readonly from?: string;
  /** Called with the value when no version names the slot any more. A slot without it is kept for a day. */
  readonly dispose?: (value: Value) => unknown;
}

export interface SlotSettings {
  readonly version: number;
  readonly up: Steps;
  readonly down: Steps;
  readonly from: { readonly module: string; readonly name: string } | undefined;
  readonly dispose: ((value: never) => unknown) | undefined;
}

/** As `SlotOptions`, with nothing promised: scripts may be plain JavaScript. */
export interface LooseOptions {
  readonly version?: unknown;
  readonly up?: unknown;
  readonly down?: unknown;
  readonly from?: unknown;
  readonly dispose?: unknown;
}

const NONE: Steps = new Map();
const PLAIN: SlotSettings = { version: 1, up: NONE, down: NONE, from: undefined, dispose: undefined };

/** Checks what a script has given; throws `INVALID_ARGUMENT`. */
export function readOptions(name: string, options: LooseOptions | undefined, module: string): SlotSettings {
  const fail = (what: string): never => {
    throw new StateError({ code: 'INVALID_ARGUMENT', message: `The slot '${name}' of '${module}': ${what}.`, module });
  };
  if (typeof name !== 'string' || name === '') fail('the name must be a string that is not empty');
  if (options === undefined) return PLAIN;
  const { version = 1, up, down, from, dispose } = options;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1) {
    return fail(`the version must be a whole number from 1, not ${String(version)}`);
  }
  if (dispose !== undefined && typeof dispose !== 'function') fail("'dispose' must be a function");
  return {
    version,
    up: readSteps(up, 'up', fail),
    down: readSteps(down, 'down', fail),
    from: readFrom(from, fail),
    dispose: dispose as SlotSettings['dispose'],
  };
}

function readSteps(steps: unknown, which: string, fail: (what: string) => never): Steps {
  if (steps === undefined) return NONE;
  if (typeof steps !== 'object' || steps === null) return fail(`'${which}' must be an object of steps`);
  const read = new Map<number, Step>();
  for (const [key, step] of Object.entries(steps)) {
    const at = Number(key);
    if (!Number.isInteger(at) || at < 2) fail(`'${which}' has the key '${key}', which is no version from 2`);
    if (typeof step !== 'function') fail(`${which}[${key}] must be a function`);
    read.set(at, step as Step);
  }
  return read;
}

function readFrom(from: unknown, fail: (what: string) => never): SlotSettings['from'] {
  if (from === undefined) return undefined;
  const at = typeof from === 'string' ? from.lastIndexOf('#') : -1;
  if (typeof from !== 'string' || at < 1 || at === from.length - 1) {
    return fail(`'from' must name a module and a slot, 'npc/orc.ts#orcs', not '${String(from)}'`);
  }
  return { module: from.slice(0, at), name: from.slice(at + 1) };
}
