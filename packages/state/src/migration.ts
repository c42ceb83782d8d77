/**
 * The way of a slot's value from one version to another: `up` by the code that comes, `down` by the steps that newer
 * code has left behind.
 *
 * A step gets the value and returns another one. That it leaves the old one alone is its author's promise: only what
 * is returned can be looked at here.
 */
import { type Place, placeOf, StateError, type StateErrorCode } from './errors.ts';
import type { SlotSettings } from './slot-options.ts';
import type { Slot } from './slots.ts';

export type Step = (value: never) => unknown;
export type Steps = ReadonlyMap<number, Step>;

interface Migrated {
  readonly value: object;
  readonly down: Steps;
}

/** What of a slot a migration has to do with. */
type Migrating = Pick<Slot, 'module' | 'name' | 'version' | 'value' | 'down'>;

/** What the slot will hold at the version that the code knows. The slot itself is not changed. */
export function migrate(slot: Migrating, { version, up, down }: SlotSettings): Migrated {
  let value = slot.value;
  for (let at = slot.version + 1; at <= version; at++) {
    const step = up.get(at) ?? missing(slot, version, `'up' has no step to ${at}`, hintUp(at));
    const next = take(step, value, slot, `up[${at}]`);
    if (next === value) fail(slot, 'MIGRATION_IN_PLACE', `up[${at}] returned the object that it was given`, IN_PLACE);
    value = next;
  }
  for (let at = slot.version; at > version; at--) {
    const step = slot.down.get(at) ?? missing(slot, version, `no step down from ${at} was kept`, HINT_DOWN);
    value = take(step, value, slot, `down[${at}]`);
  }
  // Steps of newer code win; older ones stay for the versions below; those above belong to code that was taken back.
  const kept = new Map([...slot.down, ...down]);
  for (const at of kept.keys()) if (at > version) kept.delete(at);
  return { value, down: kept };
}

/** A slot's value is an object: what was handed out as a number could not be written back. */
export function checkValue(value: unknown, name: string, module: string): object {
  if ((typeof value === 'object' && value !== null) || typeof value === 'function') return value;
  const shown = typeof value === 'string' ? `'${value}'` : String(value);
  throw new StateError({
    code: 'SLOT_PRIMITIVE',
    message: `The slot '${name}' of '${module}' would hold ${shown}, which is no object.`,
    hint: `A slot holds an object, so that a change to it is kept. Wrap it: state('${name}', () => ({ value: ${shown} })).`,
    module,
  });
}

const IN_PLACE = 'A step returns a new value and leaves the old one alone: a release that is refused goes back to it.';
const HINT_DOWN =
  "The version that brought the newer shape had no 'down' for it. Publish code that knows the newer version.";

function hintUp(at: number): string {
  return `Add it: up: { ${at}: (old: …) => … }. It gets the value of version ${at - 1} and returns one of version ${at}.`;
}

function take(step: Step, value: object, slot: Migrating, what: string): object {
  let next: unknown;
  try {
    next = step(value as never);
  } catch (cause) {
    fail(
      slot,
      'MIGRATION_FAILED',
      `${what} threw: ${cause instanceof Error ? cause.message : String(cause)}`,
      THREW,
      cause,
    );
  }
  if (next === undefined) fail(slot, 'MIGRATION_EMPTY', `${what} returned nothing`, EMPTY);
  if (next instanceof Promise && !(value instanceof Promise)) {
    next.catch(() => {}); // what becomes of it is nobody's any more
    fail(slot, 'MIGRATION_ASYNC', `${what} returned a promise`, ASYNC);
  }
  return checkValue(next, slot.name, slot.module);
}

const THREW = 'The slot keeps the value and the version that it had.';
const ASYNC =
  'A step is done at once, because the game waits for it and may be given back the old value. Load what it needs before, ' +
  'in a release of its own.';
const EMPTY = 'A step returns the new value; an arrow function with braces needs a return.';

function missing(slot: Migrating, version: number, what: string, hint: string): never {
  return fail(slot, 'MIGRATION_MISSING', `it is at version ${slot.version}, the code at ${version}, and ${what}`, hint);
}

function fail(slot: Migrating, code: StateErrorCode, what: string, hint: string, cause?: unknown): never {
  throw new StateError({
    code,
    message: `The slot '${slot.name}' of '${slot.module}' cannot migrate: ${what}.`,
    hint,
    module: slot.module,
    place: placeIn(cause, slot.module) ?? placeOf(migrate), // frames of ours would take those of the author's from ten
    cause,
  });
}

/** The stack of what a step threw, where it leads through its module; what was thrown may be anything. */
function placeIn(thrown: unknown, module: string): Place | undefined {
  try {
    return thrown instanceof Error && thrown.stack?.includes(module) === true ? { stack: thrown.stack } : undefined;
  } catch {
    return undefined;
  }
}
