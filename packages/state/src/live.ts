/**
 * Live functions: what code that keeps a function is given, so that it always calls the current version.
 *
 * The function that is handed out calls through a *seat*. At the swap the seats of the old version pass to what stands
 * for it in the new one: the function of the same name, or, where it has none, of the same text or place. One that has
 * no counterpart goes on with the code that it has. It has to be asked for at the top level, where every version asks:
 * what `init` of a slot asks for is asked once.
 */
import type { Change } from './change.ts';
import { ended, StateError } from './errors.ts';
import { enter } from './running.ts';
import type { Scope } from './scope.ts';
import { succeed } from './succession.ts';

type AnyFunction = (...args: never[]) => unknown;

/** As its function, except that what it throws is reported and `undefined` comes back. */
export type LiveFunction<Fn extends AnyFunction> = (
  this: ThisParameterType<Fn>,
  ...args: Parameters<Fn>
) => ReturnType<Fn> | undefined;

interface Seat {
  live: Live;
}

/** One function that a version has asked for. */
export interface Live {
  readonly scope: Scope;
  readonly fn: AnyFunction;
  /** Its own and those that it has taken over. Held weakly: most of the functions handed out are soon forgotten. */
  seats: readonly WeakRef<Seat>[];
}

export function addLive<Fn extends AnyFunction>(scope: Scope, fn: Fn): LiveFunction<Fn> {
  const { module } = scope.owner;
  if (typeof fn !== 'function') {
    throw new StateError({ code: 'INVALID_ARGUMENT', message: `'live' in '${module}' needs a function.`, module });
  }
  if (scope.phase === 'ended') throw ended(scope, 'make a live function');
  const live: Live = { scope, fn, seats: [] };
  const seat: Seat = { live };
  live.seats = [new WeakRef(seat)];
  scope.lives ??= [];
  scope.lives.push(live);
  return function (...args) {
    const { scope: owner, fn: current } = seat.live;
    if (owner.end === 'unloaded' || owner.end === 'refused') throw ended(owner, 'be called: it is unloaded');
    return enter(owner, 'live function', current as (this: unknown, ...args: never[]) => ReturnType<Fn>, this, args);
  };
}

/** The participant `live functions`: a swap of seats that can be taken back. */
export class LiveSwap {
  readonly #change: Change;
  #passed: { readonly old: Live; readonly next: Live; readonly own: readonly WeakRef<Seat>[] }[] = [];

  constructor(change: Change) {
    this.#change = change;
  }

  apply(): void {
    for (const { old, next } of this.#change.pairs) {
      if (old?.lives === undefined || next?.lives === undefined) continue;
      for (const [live, predecessor] of counterparts(old.lives, next.lives)) {
        this.#passed.push({ old: predecessor, next: live, own: live.seats });
        const seats = predecessor.seats.filter((seat) => seat.deref() !== undefined);
        live.seats = [...live.seats, ...seats];
        for (const seat of seats) sit(seat, live);
      }
    }
  }

  undo(): void {
    for (const { old, next, own } of this.#passed) {
      next.seats = own;
      for (const seat of old.seats) sit(seat, old);
    }
    this.#passed = [];
  }

  finish(): void {
    this.#passed = [];
    for (const { old } of this.#change.pairs) if (old !== undefined) old.lives = undefined;
  }
}

function sit(seat: WeakRef<Seat>, live: Live): void {
  const held = seat.deref();
  if (held !== undefined) held.live = live;
}

/** A name says what a function is for, so a function with a name stands for none of another name. */
function counterparts(going: readonly Live[], coming: readonly Live[]): Map<Live, Live> {
  const isNamed = ({ fn }: Live): boolean => fn.name !== '';
  const pairs = succeed(
    going.filter((live) => !isNamed(live)),
    coming.filter((live) => !isNamed(live)),
    ({ fn }) => String(fn),
  );
  const named = going.filter(isNamed);
  for (const live of coming.filter(isNamed)) {
    const at = named.findIndex(({ fn }) => fn.name === live.fn.name);
    const [old] = at < 0 ? [] : named.splice(at, 1);
    if (old !== undefined) pairs.set(live, old);
  }
  return pairs;
}
