/**
 * Gives added fields to the living objects that slots hold, some at a time: JSON, spread and `structuredClone` see what
 * an object has itself, and touch nothing.
 *
 * It follows data: own properties, and what arrays, maps and sets hold. It calls no getter and enters no proxy, no
 * function and no closure. An object that it misses, because the game moved it meanwhile, gets its fields when it is
 * touched.
 */
import { types } from 'node:util';
import type { ClockTimer } from './clock.ts';
import { lineageOf } from './instances.ts';
import type { Realm } from './realm.ts';

/** Objects that are looked at in one turn of the event loop. */
const EACH_TURN = 1_000;
/** And values of any kind: a list of a million numbers has to be walked, too. */
const STEPS = 20_000;

export class InstanceSweep {
  #realm: Realm | undefined;
  #timer: ClockTimer | undefined;

  /** Begins anew, also where one is under way: its objects may lack what has come since. */
  begin(realm: Realm): void {
    this.stop();
    this.#realm = realm;
    const objects = reachable(realm.slots.list().map(({ value }) => value));
    const fields = new Map<object, readonly string[]>();
    const turn = () => {
      let count = 0;
      for (let steps = 0; steps < STEPS && count < EACH_TURN; steps++) {
        const { value, done } = objects.next();
        if (done === true) {
          this.stop();
          return;
        }
        if (value === undefined) continue;
        count += 1;
        this.#give(value, fields);
      }
      this.#next(realm, turn);
    };
    this.#next(realm, turn);
  }

  stop(): void {
    if (this.#timer !== undefined) this.#realm?.clock.clear(this.#timer);
    this.#timer = undefined;
    this.#realm = undefined;
  }

  #next(realm: Realm, turn: () => void): void {
    this.#timer = realm.clock.setImmediate(turn);
    this.#timer.unref();
  }

  #give(object: object, known: Map<object, readonly string[]>): void {
    const prototype: unknown = Object.getPrototypeOf(object);
    if (prototype === null) return;
    let fields = known.get(prototype as object);
    if (fields === undefined) {
      fields = addedBehind(prototype as object);
      known.set(prototype as object, fields);
    }
    for (const name of fields) {
      try {
        if (!Object.hasOwn(object, name)) Reflect.get(object, name);
      } catch {
        // an initialiser that throws is met by whoever touches the field
      }
    }
  }
}

/** Names of the fields that objects with this prototype may lack. */
function addedBehind(prototype: object): readonly string[] {
  const names = new Set<string>();
  for (let each: object | null = prototype; each !== null; each = Object.getPrototypeOf(each) as object | null) {
    for (const name of lineageOf(each)?.added ?? []) names.add(name);
  }
  return [...names];
}

/** Every object that these lead to, once; undefined for each other value on the way. */
function* reachable(roots: readonly object[]): Generator<object | undefined, void> {
  const seen = new Set<object>();
  const stack: Iterator<unknown>[] = [roots.values()];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const { value, done } = top.next();
    if (done === true) {
      stack.pop();
      continue;
    }
    if (typeof value !== 'object' || value === null || seen.has(value) || types.isProxy(value)) {
      yield undefined;
      continue;
    }
    seen.add(value);
    yield value;
    stack.push(partsOf(value));
  }
}

function* partsOf(object: object): Generator<unknown, void> {
  if (ArrayBuffer.isView(object)) return;
  if (types.isMap(object)) {
    // the intrinsic iterators: a class that extends Map may have its own
    for (const [key, value] of Map.prototype.entries.call(object)) {
      yield key;
      yield value;
    }
  } else if (types.isSet(object)) yield* Set.prototype.values.call(object);
  if (Array.isArray(object) && Object.getPrototypeOf(object) === Array.prototype) {
    // not by its keys: a long list of them takes long to make
    for (let index = 0; index < object.length; index++) yield Object.getOwnPropertyDescriptor(object, index)?.value;
    return;
  }
  for (const key of Reflect.ownKeys(object)) {
    const property = Object.getOwnPropertyDescriptor(object, key);
    if (property !== undefined && 'value' in property) yield property.value;
  }
}
