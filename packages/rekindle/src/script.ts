/**
 * `rekindle/script`: what a script asks Rekindle for.
 *
 * In a host, each importing version gets functions bound to itself. This file is what Node itself finds: a script that is
 * imported directly, by a test say, just runs things once.
 */

import {
  type AddEffect,
  type AddSchedule,
  type AddTask,
  type HotContext,
  type Listen,
  type MakeLive,
  type Reason,
  type State,
  standalone,
} from '@rekindle/state';

/**
 * What Rekindle adds to `import.meta` in scripts. A base of `ImportMeta`, not a member of it: where Vite's own types are
 * there too, theirs count, and the two do not contradict each other.
 */
export interface ScriptImportMeta {
  /** Vite's API for modules that are swapped; absent where a script is imported without a host. */
  readonly hot?: HotContext;
}

declare global {
  interface ImportMeta extends ScriptImportMeta {}
}

/**
 * An object that outlives edits of the module, migrated when the `version` of its shape is raised.
 *
 * @throws StateError with one of the codes that begin with `SLOT_` or `MIGRATION_`
 * @example
 * const goblins = state('goblins', () => new Map<number, Goblin>());
 */
export const state: State = standalone.state;

/**
 * Sets up something that Rekindle cannot know about, and takes it back when the version ends.
 *
 * @example
 * effect(() => {
 *   bus.subscribe('chat', onChat);
 *   return () => bus.unsubscribe('chat', onChat);
 * });
 */
export const effect: AddEffect = standalone.effect;

/** As `effect`, for functions that subscribe on behalf of whoever calls them. */
export const own: AddEffect = standalone.own;

/**
 * Listens to an emitter for as long as the version lives; an edit keeps the place among the emitter's listeners.
 *
 * @example
 * listen(server, 'connection', (socket) => greet(socket));
 */
export const listen: Listen = standalone.listen;

/**
 * A function that always calls the current version's code, for whoever keeps it.
 *
 * @throws StateError `VERSION_ENDED`, when it is called after an unload
 * @example
 * const onRequest = live(function onRequest(request, response) { response.end(page()); });
 */
export const live: MakeLive = standalone.live;

/**
 * Waits that outlive edits and restarts; the newest handler is called when they are due.
 *
 * @example
 * const respawn = schedule('respawn', (id: number) => spawn('goblin', id));
 * respawn.after(20 * 60_000, 7);
 */
export const schedule: AddSchedule = standalone.schedule;

/** Aborts when this version of the module has ended. */
export const signal: AbortSignal = standalone.signal;

/**
 * Why this version of the module runs: `boot`, `added`, `edited`, `dependency`, `taken-back` or `restored`. It stays what
 * it is for as long as the version lives, so that effects and callbacks can read it, too.
 *
 * @example
 * if (reason === 'boot') spawnTheFirstGoblins();
 */
export const reason: Reason = standalone.reason;

/**
 * A loop of this version: starts when the release commits, ends with the version.
 *
 * @example
 * task('interest', async ({ sleep }) => {
 *   for (;;) {
 *     await sleep(60_000);
 *     bounty.gold += 1;
 *   }
 * });
 */
export const task: AddTask = standalone.task;

export type {
  AddEffect,
  AddSchedule,
  AddTask,
  DownSteps,
  EmitterLike,
  Handler,
  HotCallback,
  HotContext,
  HotErrorPayload,
  HotEvents,
  HotInvalidatePayload,
  HotModule,
  HotPayload,
  HotPrunePayload,
  HotUpdate,
  HotUpdatePayload,
  InSlot,
  Listen,
  LiveFunction,
  MakeLive,
  Pending,
  Reason,
  Schedule,
  SlotOptions,
  State,
  TargetLike,
  TaskTools,
  UpSteps,
} from '@rekindle/state';
