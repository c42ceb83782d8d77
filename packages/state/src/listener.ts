/**
 * Listeners: handlers of a version on emitters that do not know of versions.
 *
 * The emitter holds a *seat*, not the handler. At the point of no return the successor's handler takes the seat, so
 * that it keeps its place among the listeners of others and no event is lost or doubled.
 */
import type { Change } from './change.ts';
import { ended, StateError } from './errors.ts';
import { enter, report } from './running.ts';
import type { Scope } from './scope.ts';

/**
 * A handler of any event. Declared as a method, so that its parameters may be given narrower types than `unknown`: what
 * an emitter passes is known to the author, not to this package.
 */
export type Handler = {
  /** Called with what the emitter passes. */
  handle(...args: unknown[]): unknown;
}['handle'];

/** What Node's `EventEmitter` and everything like it has. */
export interface EmitterLike {
  /** Adds a handler. */
  readonly on: (event: never, handler: never) => unknown;
  /** Takes a handler away. */
  readonly off: (event: never, handler: never) => unknown;
}

/** What the web's `EventTarget` and everything like it has. */
export interface TargetLike {
  /** Adds a handler. */
  readonly addEventListener: (event: never, handler: never) => unknown;
  /** Takes a handler away. */
  readonly removeEventListener: (event: never, handler: never) => unknown;
}

export interface Listener {
  readonly scope: Scope;
  readonly emitter: EmitterLike | TargetLike;
  readonly event: string | symbol;
  readonly handler: Handler;
  /** What the emitter holds; absent until the commit. */
  seat: Seat | undefined;
}

interface Seat {
  listener: Listener;
  readonly call: (this: unknown, ...args: unknown[]) => void;
}

/** Records a listener of a staged version, or adds one for a version that runs. */
export function addListener(
  scope: Scope,
  emitter: EmitterLike | TargetLike,
  event: string | symbol,
  handler: Handler,
): void {
  const { module } = scope.owner;
  const fail = (message: string): never => {
    throw new StateError({ code: 'INVALID_ARGUMENT', message, module });
  };
  if (!isEmitter(emitter) && !isTarget(emitter)) {
    fail(`'listen' in '${module}' needs an emitter with 'on' and 'off', or 'addEventListener'.`);
  }
  if (typeof handler !== 'function') fail(`'listen' in '${module}' needs a function for '${String(event)}'.`);
  if (scope.phase === 'ended') throw ended(scope, `listen to '${String(event)}'`);
  const listener: Listener = { scope, emitter, event, handler, seat: undefined };
  scope.listeners ??= new Set();
  scope.listeners.add(listener);
  scope.making?.made.push({
    close() {
      scope.listeners?.delete(listener);
      leave(listener);
    },
  });
  if (scope.phase === 'active') sit(listener);
}

/** The point of no return: seats pass to the successors, in order, and the rest come and go. */
export function finishListeners(change: Change): void {
  for (const { old, next } of change.pairs) {
    const going = [...(old?.listeners ?? [])];
    for (const listener of next?.listeners ?? []) {
      const at = going.findIndex(({ emitter, event }) => emitter === listener.emitter && event === listener.event);
      const [predecessor] = at < 0 ? [] : going.splice(at, 1);
      guarded(listener, () => {
        if (predecessor?.seat === undefined) sit(listener);
        else pass(predecessor.seat, listener);
      });
    }
    for (const listener of going) guarded(listener, () => leave(listener));
    if (old !== undefined) old.listeners = undefined;
  }
}

function sit(listener: Listener): void {
  const { emitter, event } = listener;
  const seat: Seat = {
    listener,
    call(...args) {
      const { scope, handler } = seat.listener;
      enter(scope, `listener of '${String(event)}'`, handler, this, args);
    },
  };
  subscribe(emitter, event, seat.call);
  listener.seat = seat;
}

export function subscribe(emitter: EmitterLike | TargetLike, event: string | symbol, handler: Handler): void {
  if (isEmitter(emitter)) emitter.on(event as never, handler as never);
  else emitter.addEventListener(event as never, handler as never);
}

function pass(seat: Seat, listener: Listener): void {
  seat.listener = listener;
  listener.seat = seat;
}

function leave({ emitter, event, seat }: Listener): void {
  if (seat === undefined) return;
  if (isEmitter(emitter)) emitter.off(event as never, seat.call as never);
  else emitter.removeEventListener(event as never, seat.call as never);
}

/** A foreign emitter may throw (a `newListener` handler does): the commit stands. */
function guarded({ scope, event }: Listener, act: () => void): void {
  try {
    act();
  } catch (error) {
    report(error, scope, `listener of '${String(event)}'`);
  }
}

function isEmitter(emitter: unknown): emitter is EmitterLike {
  return has(emitter, 'on') && has(emitter, 'off');
}

function isTarget(emitter: unknown): emitter is TargetLike {
  return has(emitter, 'addEventListener') && has(emitter, 'removeEventListener');
}

function has(value: unknown, method: string): boolean {
  return typeof (value as Record<string, unknown> | null | undefined)?.[method] === 'function';
}
