/**
 * What keeps a version that has ended: things of its own that are still to come, in words. What others hold (the game,
 * a slot, a function in flight) cannot be seen from here.
 */
import type { Scope } from './scope.ts';

/** One for each thing, such as `setTimeout of 60000 ms`. */
export function holdersOf(scope: Scope): string[] {
  const holders: string[] = [];
  for (const timer of scope.pending ?? []) {
    if (timer.state === 'set')
      holders.push(`${timer.kind}${timer.kind === 'setImmediate' ? '' : ` of ${timer.delay} ms`}`);
  }
  for (const task of scope.tasks?.values() ?? []) if (task.isRunning) holders.push(`task '${task.name}'`);
  return holders;
}
