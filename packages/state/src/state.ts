/**
 * `openSlot`: what `state(name, init, options)` does for a version.
 */
import { StateError } from './errors.ts';
import type { Scope } from './scope.ts';
import { type LooseOptions, readOptions } from './slot-options.ts';

/**
 * Gives the object of a slot: the one that is there, migrated where its version is another, or what `init` makes.
 *
 * Throws a `StateError`: `SLOT_PRIMITIVE`, `SLOT_TWICE`, `SLOT_OUTSIDE_TOP_LEVEL`, `SLOT_MOVED`, `SLOT_FROM_IN_USE`,
 * `MIGRATION_MISSING`, `MIGRATION_EMPTY`, `MIGRATION_ASYNC`, `MIGRATION_IN_PLACE`, `MIGRATION_FAILED`, `AWAIT_AND_MIGRATION`,
 * `INVALID_ARGUMENT`. What `init` throws is passed on.
 */
export function openSlot(scope: Scope, name: string, init: () => unknown, options?: LooseOptions): object {
  const { module } = scope.owner;
  const settings = readOptions(name, options, module);
  if (typeof init !== 'function') {
    throw new StateError({
      code: 'INVALID_ARGUMENT',
      message: `The slot '${name}' of '${module}': the second argument must be a function that makes the value.`,
      hint: `Write state('${name}', () => …).`,
      module,
    });
  }
  return scope.realm.slots.open(scope, name, init, settings);
}
