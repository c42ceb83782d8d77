/**
 * Effects: what Rekindle cannot know about is set up by one function and taken back by the one that it returns.
 *
 * One that a body asks for is recorded and set up by the transaction; one that running code asks for is set up at once.
 * When, in which order and what follows a failure is the business of `effects-participant.ts`.
 */
import { ended, type Place, placeOf, StateError } from './errors.ts';
import { runIn, watch } from './running.ts';
import type { Scope } from './scope.ts';
import { OwnedTimer } from './timer.ts';
import { handOver } from './timers-participant.ts';

export type Cleanup = () => unknown;
export type Setup = () => unknown;

/** What a set-up has made by the way (a timer, an entry of a hook, another effect): it goes when that runs again. */
export interface Made {
  close(): unknown;
}

export interface Effect extends Made {
  readonly scope: Scope;
  readonly setup: Setup;
  /** Where the script asked for it. */
  readonly place: Place;
  /** What the set-up returned; absent where it is not set up, and where there is nothing to clean up. */
  cleanup: Cleanup | undefined;
  /** While a clean-up that turned out to be asynchronous is still under way. */
  cleaning: Promise<void> | undefined;
  /** True once a clean-up of it has returned a promise. */
  asynchronous: boolean;
  /** What the set-up made, beyond what its clean-up takes back. */
  made: Made[];
  /** Timers whose due times wait for the next set-up that succeeds. */
  due: readonly OwnedTimer[] | undefined;
  /** True while it is set up again: callbacks that it adds are no news then. */
  renewed: boolean;
}

/** Records an effect of a staged version, or sets it up for one that runs. */
export function addEffect(scope: Scope, setup: Setup, below: (...args: never[]) => unknown): void {
  const { module } = scope.owner;
  if (typeof setup !== 'function') {
    const message = `An effect of '${module}' must be a function that sets it up, not ${String(setup)}.`;
    throw new StateError({ code: 'INVALID_ARGUMENT', message, module });
  }
  if (scope.phase === 'ended') throw ended(scope, 'set up an effect');
  const effect: Effect = {
    scope,
    setup,
    place: placeOf(below),
    cleanup: undefined,
    cleaning: undefined,
    asynchronous: false,
    made: [],
    due: undefined,
    renewed: false,
    close() {
      cleanUp(effect);
      for (const made of effect.made) made.close();
      scope.effects = scope.effects?.filter((one) => one !== effect);
    },
  };
  if (scope.phase === 'active') setUp(effect);
  scope.effects ??= [];
  scope.effects.push(effect);
  scope.making?.made.push(effect);
}

/** Runs the set-up; throws what it throws, and a `StateError` where it returns what is no clean-up. */
export function setUp(effect: Effect): void {
  const { scope, place } = effect;
  const { module } = scope.owner;
  const before = scope.making;
  scope.making = effect;
  let cleanup: unknown;
  try {
    cleanup = runIn(scope, effect.setup);
  } finally {
    scope.making = before;
  }
  if (cleanup === undefined || typeof cleanup === 'function') {
    effect.cleanup = cleanup as Cleanup | undefined;
    return;
  }
  if (cleanup instanceof Promise) {
    watch(cleanup, scope, 'effect');
    throw new StateError({
      code: 'EFFECT_ASYNC_SETUP',
      message: `The set-up of an effect of '${module}' returned a promise.`,
      hint: WAY_OUT,
      module,
      place,
    });
  }
  throw new StateError({
    code: 'EFFECT_CLEANUP_INVALID',
    message: `The set-up of an effect of '${module}' returned what is no function.`,
    hint: 'Return the function that takes the set-up back, or nothing. An arrow function without braces returns its value.',
    module,
    place,
  });
}

/**
 * Runs the set-up once more. What it made the first time and its clean-up left goes before; a timer that it sets again
 * keeps its due time.
 */
export function renew(effect: Effect): void {
  const before = effect.made;
  effect.made = [];
  effect.due ??= timersIn(before).filter(({ state }) => state === 'set' || state === 'recorded');
  for (const made of before) made.close();
  effect.renewed = true;
  try {
    setUp(effect);
  } finally {
    effect.renewed = false;
  }
  handOver(effect.due, timersIn(effect.made));
  effect.due = undefined;
}

/** Also those of effects that the set-up asked for. */
function timersIn(made: readonly Made[]): OwnedTimer[] {
  return made.flatMap((one) => {
    if (one instanceof OwnedTimer) return [one];
    return 'made' in one ? timersIn((one as Effect).made) : [];
  });
}

/**
 * Runs the clean-up, if there is one; what it throws is an event and stops nothing.
 * Returns true where it goes on asynchronously.
 */
export function cleanUp(effect: Effect): boolean {
  const { cleanup, scope } = effect;
  effect.cleanup = undefined;
  if (cleanup === undefined) return false;
  let result: unknown;
  try {
    result = runIn(scope, cleanup);
  } catch (error) {
    failed(effect, 'cleanup', error);
  }
  if (!(result instanceof Promise)) return false;
  effect.asynchronous = true;
  const over = (): void => {
    effect.cleaning = undefined;
  };
  effect.cleaning = Promise.prototype.then.call(result, over, (error: unknown) => {
    over();
    failed(effect, 'cleanup', error);
  }) as Promise<void>;
  return true;
}

/** True for a clean-up of which it is known, before it is called, that it returns before it is done. */
export function isAsynchronous({ cleanup, cleaning, asynchronous }: Effect): boolean {
  return cleaning !== undefined || (cleanup !== undefined && (asynchronous || cleanup instanceof AsyncFunction));
}

/** The refusal of a change that would set things up while the clean-up of the old ones is still under way. */
export function asyncCleanup({ scope, place }: Effect): StateError {
  const { module } = scope.owner;
  return new StateError({
    code: 'EFFECT_ASYNC_CLEANUP',
    message: `The clean-up of an effect of '${module}' is asynchronous: its successor would be set up in the middle of it.`,
    hint: WAY_OUT,
    module,
    place,
  });
}

export function failed({ scope }: Effect, when: 'cleanup' | 'restart', error: unknown): void {
  const { realm, owner } = scope;
  const { module, revision } = owner;
  if (realm.emit === undefined) realm.report({ error, scope, where: `${when} of an effect` });
  else realm.emit({ type: 'effect:failed', module, revision, when, error });
}

const WAY_OUT =
  "An effect is set up and cleaned up at once. What takes time belongs in a slot with 'dispose': " +
  "state('name', () => open(), { dispose: (it) => it.close() }). " +
  'To get there, take the effect out in one release and put the slot in with the next.';

const AsyncFunction = (async () => {}).constructor as new () => Cleanup;
