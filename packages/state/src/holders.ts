/**
 * What keeps a version that has ended, in words: things of its own that are still to come, and what slots hold of it.
 * What others hold (the game, a variable of another module, a function in flight) cannot be seen from here.
 */
import { type ClassVersion, classVersionsOf } from './class-versions.ts';
import { reachable } from './reachable.ts';
import type { Realm } from './realm.ts';
import type { Scope } from './scope.ts';

/** Values that are looked at in one slot, and in all of them: a look holds the event loop. */
const LOOKS = 2_000;
const MOST_LOOKS = 10_000;

/** Code and objects of code in a slot, each once. */
export interface SlotContent {
  readonly module: string;
  readonly name: string;
  readonly functions: ReadonlySet<object>;
  readonly classes: ReadonlySet<ClassVersion>;
}

/** Its own, one for each thing, such as `setTimeout of 60000 ms`. */
export function holdersOf(scope: Scope): string[] {
  const holders: string[] = [];
  for (const timer of scope.pending ?? []) {
    if (timer.state === 'set')
      holders.push(`${timer.kind}${timer.kind === 'setImmediate' ? '' : ` of ${timer.delay} ms`}`);
  }
  for (const task of scope.tasks?.values() ?? []) if (task.isRunning) holders.push(`task '${task.name}'`);
  return holders;
}

/** What of code the slots of a namespace hold, as far as a short look shows it. */
export function contentOfSlots({ slots }: Realm): SlotContent[] {
  let left = MOST_LOOKS;
  return slots.list().map(({ module, name, value }) => {
    const functions = new Set<object>();
    const classes = new Set<ClassVersion>();
    const values = reachable([value]);
    for (let looks = Math.min(LOOKS, left); looks > 0; looks -= 1) {
      const { value: each, done } = values.next();
      if (done === true) break;
      left -= 1;
      if (typeof each === 'function') functions.add(each);
      else if (each !== undefined) for (const version of classVersionsOf(each)) classes.add(version);
    }
    return { module, name, functions, classes };
  });
}
