/**
 * What `rekindle/script` is for one importing version.
 *
 * The functions belong to the owner of the moment and, when nobody is running, to the version that imports them.
 */
import { addEffect } from './effect.ts';
import { later } from './lexical.ts';
import { addListener, type EmitterLike, type Handler, type TargetLike } from './listener.ts';
import { addLive, type LiveFunction } from './live.ts';
import { ownerOf } from './running.ts';
import { addSchedule, type Schedule } from './schedule.ts';
import type { Reason, Scope } from './scope.ts';
import type { InSlot, LooseOptions, SlotOptions } from './slot-options.ts';
import { openSlot } from './state.ts';
import { addTask, type TaskTools } from './task.ts';

/**
 * An object that outlives edits of the module.
 *
 * @param name unique in the module.
 * @param init makes the object when there is none.
 * @returns the same object for every version, migrated by `up` when `version` is raised.
 * @throws StateError with one of the codes of `openSlot`.
 * @example
 * const goblins = state('goblins', () => new Map<number, Goblin>());
 */
export type State = <Value, const Version extends number = 1>(
  name: string,
  init: () => InSlot<Value>,
  options?: SlotOptions<NoInfer<Value>, Version>,
) => Value;

/**
 * Sets up something that Rekindle cannot know about, and takes it back when the version ends.
 *
 * @param setup runs when the release commits; returns the function that takes it back, or nothing.
 * @example
 * effect(() => {
 *   bus.subscribe('chat', onChat);
 *   return () => bus.unsubscribe('chat', onChat);
 * });
 */
// biome-ignore lint/suspicious/noConfusingVoidType: a set-up without a return statement is one that needs no clean-up.
export type AddEffect = (setup: () => (() => unknown) | undefined | void) => void;

/**
 * Listens to an emitter for as long as the version lives; an edit keeps the place among the emitter's listeners.
 *
 * @param emitter has `on` and `off`, or `addEventListener` and `removeEventListener`.
 * @example
 * listen(server, 'connection', (socket) => greet(socket));
 */
export type Listen = (emitter: EmitterLike | TargetLike, event: string | symbol, handler: Handler) => void;

/**
 * A loop of this version: starts when the release commits, ends with the version.
 *
 * @param name unique in the module; the task of the same name in the next version takes over what is left of a sleep.
 * @example
 * task('interest', async ({ sleep }) => {
 *   for (;;) {
 *     await sleep(60_000);
 *     bounty.gold += 1;
 *   }
 * });
 */
export type AddTask = (name: string, body: (tools: TaskTools) => Promise<unknown>) => void;

/**
 * Waits that outlive edits and restarts; the newest handler is called when they are due.
 *
 * @param name unique in the module.
 * @param handler called with what `after` was given.
 * @example
 * const respawn = schedule('respawn', (id: number) => spawn('goblin', id));
 * respawn.after(20 * 60_000, 7);
 */
export type AddSchedule = <Args extends readonly unknown[]>(
  name: string,
  handler: (...args: Args) => unknown,
) => Schedule<Args>;

/**
 * A function that always calls the current version's code, for whoever keeps it. It is an entry point: what the code
 * throws is reported, and `undefined` comes back.
 *
 * Ask for it at the top level. The next version's function of the same name takes its place; functions without a name
 * are told apart by their text, then by their order.
 *
 * @typeParam Fn its signature, which stays.
 * @throws StateError `VERSION_ENDED`, when it is called after an unload.
 * @example
 * const onRequest = live(function onRequest(request, response) { … });
 * const server = state('server', () => createServer(onRequest).listen(8080), { dispose: (it) => it.close() });
 */
export type MakeLive = <Fn extends (...args: never[]) => unknown>(fn: Fn) => LiveFunction<Fn>;

export interface ScriptModule {
  readonly state: State;
  readonly effect: AddEffect;
  /** As `effect`: for functions of the game that subscribe on behalf of whoever calls them. */
  readonly own: AddEffect;
  readonly listen: Listen;
  readonly live: MakeLive;
  readonly task: AddTask;
  readonly schedule: AddSchedule;
  /** Aborts when the version to which what is made now belongs has ended: in a helper, that of whoever calls it. */
  readonly signal: AbortSignal;
  /** Why this version of the module runs. */
  readonly reason: Reason;
}

/** The values of `rekindle/script` for the version `lexical`. */
export function scriptModule(lexical: Scope): ScriptModule {
  const effect: AddEffect = (setup) => addEffect(ownerOf(lexical), setup, effect);
  const own: AddEffect = (setup) => addEffect(ownerOf(lexical), setup, own);
  return {
    state: ((name: string, init: () => unknown, options?: LooseOptions) =>
      openSlot(ownerOf(lexical), name, init, options)) as State,
    effect,
    own,
    listen: later((emitter, event, handler) => addListener(ownerOf(lexical), emitter, event, handler)),
    live: later((fn) => addLive(ownerOf(lexical), fn)) as MakeLive,
    task: (name, body) => addTask(ownerOf(lexical), name, body),
    schedule: later((name: string, handler: () => unknown) =>
      addSchedule(ownerOf(lexical), name, handler),
    ) as AddSchedule,
    get signal() {
      return ownerOf(lexical).signal;
    },
    get reason() {
      return lexical.reason;
    },
  };
}
