/**
 * The point of no return for timers: the old version's repeating ones and those that it began with are dropped, the
 * new version's are started, and one that is set again keeps its due time.
 *
 * There is nothing to apply or to undo: until then the old ones run as they are and the new ones are only recorded.
 */
import type { Change } from './change.ts';
import type { Scope } from './scope.ts';
import { succeed } from './succession.ts';
import type { OwnedTimer } from './timer.ts';

export function finishTimers(change: Change): void {
  for (const { old, next } of change.pairs) {
    const going = old === undefined ? [] : endTimers(old, next === undefined);
    if (next !== undefined) startTimers(next, going);
  }
}

/** Forgets what a refused version has recorded; what its awaiting body had started is told of the end. */
export function discardTimers(scope: Scope): void {
  for (const timer of scope.pending ?? []) {
    if (timer.state === 'recorded') timer.close();
    else timer.abandon();
  }
}

/** Nothing that waits in an unloaded version is left; of a replaced one, the one-shots that it set while active. */
function endTimers(scope: Scope, unloaded: boolean): OwnedTimer[] {
  const going: OwnedTimer[] = [];
  for (const timer of scope.pending ?? []) {
    const repeats = timer.kind === 'setInterval';
    const waits = timer.abandoned !== undefined;
    if (!unloaded && !repeats && (waits || !timer.early)) continue;
    if (!waits || repeats) going.push(timer);
    timer.abandon();
  }
  return going;
}

function startTimers(scope: Scope, going: readonly OwnedTimer[]): void {
  const coming = [...(scope.pending ?? [])];
  handOver(going, coming);
  for (const timer of coming) if (timer.state === 'recorded') timer.start();
}

/** Starts those of `coming` that stand for one of `going`, each when that was due. */
export function handOver(going: readonly OwnedTimer[], coming: readonly OwnedTimer[]): void {
  if (going.length === 0 || coming.length === 0) return;
  const old = families(going);
  for (const [family, timers] of families(coming)) {
    const pairs = succeed(old.get(family) ?? [], timers, ({ callback }) => String(callback));
    for (const [timer, { due }] of pairs) timer.start(due);
  }
}

/** Those of one kind and one delay: only among these may one stand for another. */
function families(timers: readonly OwnedTimer[]): Map<string, OwnedTimer[]> {
  const families = new Map<string, OwnedTimer[]>();
  for (const timer of timers) {
    const family = `${timer.kind} ${timer.delay}`;
    const same = families.get(family);
    if (same === undefined) families.set(family, [timer]);
    else same.push(timer);
  }
  return families;
}
