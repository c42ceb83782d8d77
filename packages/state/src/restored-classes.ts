/**
 * What can be wrong between a snapshot and the code that is to take it: an older version of a slot, a class that is not
 * there any more.
 *
 * A class whose module has not been loaded yet may still come, and its instances wait for it. Only slots that somebody
 * names are looked at: what nobody asks for is in nobody's way.
 */
import { types } from 'node:util';
import type { Change, DeclaredSlot } from './change.ts';
import type { Obstacle } from './class-comparison.ts';
import { StateError } from './errors.ts';
import type { Realm } from './realm.ts';
import type { ReleaseName, SavedSlot } from './slots.ts';
import { member } from './snapshot-obstacles.ts';

interface BelowSaved {
  readonly module: string;
  readonly name: string;
  /** What the code has. */
  readonly version: number;
  /** What the snapshot has. */
  readonly saved: number;
  readonly by: ReleaseName;
  readonly now: ReleaseName | undefined;
  /** Where the author has written it, where no call has come to it. */
  readonly at?: DeclaredSlot['at'];
}

/** For a slot that newer code has saved. */
export function belowSaved({ module, name, version, saved, by, now, at }: BelowSaved): StateError {
  const here = now === undefined ? 'this code' : `release ${now.number}`;
  return new StateError({
    code: 'RESTORE_BELOW_VERSION',
    message:
      `The slot '${name}' of '${module}' was saved at version ${saved} by release ${by.number}, ` +
      `and ${here} has version ${version}.`,
    hint: `Restore it on release ${by.number} or a later one, or restore a snapshot that release ${now?.number ?? 'of this code'} has made.`,
    module,
    ...(at === undefined ? {} : { place: { stack: `\n    at ${module}:${at.line}:${at.column}` } }),
  });
}

const CHANGED: Readonly<Record<Obstacle, string>> = {
  private: 'now has #private members, which only its constructor can give',
  frozen: 'cannot be led to by a prototype',
  heritage: 'now extends another built-in class',
};

/** @throws StateError `RESTORE_CLASS_GONE`, `RESTORE_CLASS_CHANGED` */
export function checkRestoredClasses({ slots, classes }: Realm, change: Change): void {
  const { standing = () => 'not loaded' } = change;
  classes.follow(change); // awaiting bodies may have imported more
  const missing = classes
    .waiting()
    .filter(({ module, obstacle }) => obstacle !== undefined || standing(module) !== 'not loaded');
  if (missing.length === 0) return;
  const prototypes = new Map(missing.map((each) => [each.made.prototype, each]));
  for (const slot of slots.list()) {
    if (slot.restored === undefined || slot.named.size === 0) continue;
    const found = firstOf(slot, prototypes);
    if (found === undefined) continue;
    const { path, of } = found;
    const { name, module, obstacle } = of;
    const what = `The slot '${slot.name}' of '${slot.module}' was saved with instances of '${name}' of '${module}' (${path})`;
    if (obstacle !== undefined) {
      throw new StateError({
        code: 'RESTORE_CLASS_CHANGED',
        message: `${what}, which ${CHANGED[obstacle]}.`,
        hint: `Keep '${name}' as it was, and let 'up' of the slot turn its instances into those of a new class.`,
        module: slot.module,
        place: slot.place,
      });
    }
    const gone = standing(module) === 'gone';
    throw new StateError({
      code: 'RESTORE_CLASS_GONE',
      message: `${what}, and ${gone ? 'that module is not there any more' : 'the module has no such class any more'}.`,
      hint: `Put the class back, or raise the version of the slot and let 'up' turn what it held into something else.`,
      module: slot.module,
      place: slot.place,
    });
  }
}

/** The first object of a slot, by the shortest way, that has one of these prototypes. */
function firstOf<Of>(
  { name, value }: SavedSlot,
  prototypes: ReadonlyMap<object, Of>,
): { readonly path: string; readonly of: Of } | undefined {
  const seen = new Set<unknown>([value]);
  const open: { readonly object: object; readonly path: string }[] = [{ object: value, path: name }];
  for (let index = 0; index < open.length; index++) {
    const { object, path } = open[index] as (typeof open)[number];
    if (types.isProxy(object)) continue;
    const of = prototypes.get(Reflect.getPrototypeOf(object) as object);
    if (of !== undefined) return { path, of };
    for (const [part, way] of partsOf(object, path)) {
      if (typeof part !== 'object' || part === null || seen.has(part)) continue;
      seen.add(part);
      open.push({ object: part, path: way });
    }
  }
  return undefined;
}

/** What an object holds as data, and the way to it. */
export function* partsOf(object: object, path: string): Iterable<readonly [unknown, string]> {
  if (ArrayBuffer.isView(object)) return;
  if (types.isMap(object)) {
    for (const [key, value] of Map.prototype.entries.call(object)) {
      yield [key, `a key of ${path}`];
      yield [
        value,
        typeof key === 'object' ? `a value of ${path}` : `${path}.get(${JSON.stringify(key) ?? String(key)})`,
      ];
    }
  } else if (types.isSet(object)) {
    for (const value of Set.prototype.values.call(object)) yield [value, `an element of ${path}`];
  }
  for (const key of Reflect.ownKeys(object)) {
    const property = Reflect.getOwnPropertyDescriptor(object, key);
    if (property !== undefined && 'value' in property) yield [property.value, member(path, key)];
  }
}
