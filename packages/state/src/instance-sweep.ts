/**
 * Gives added fields to the living objects that slots hold, some at a time: JSON, spread and `structuredClone` see what
 * an object has itself, and touch nothing.
 *
 * An object that it misses, because the game moved it meanwhile, gets its fields when it is touched.
 */
import type { ClockTimer } from './clock.ts';
import { lineageOf } from './instances.ts';
import { reachable } from './reachable.ts';
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
        if (typeof value !== 'object') continue;
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
