/**
 * `rekindle/script` without a host: a script that is imported directly, by a test say, just runs things once.
 *
 * A package that scripts use may import `rekindle/script` as well. While a script is running, what it asks for belongs
 * to that script; that is the running owner, as everywhere.
 */
import { type ClockTimer, systemClock } from './clock.ts';
import { addEffect, type Setup } from './effect.ts';
import { addListener, subscribe } from './listener.ts';
import { addLive, type LiveFunction } from './live.ts';
import { checkValue } from './migration.ts';
import { currentScope } from './running.ts';
import { addSchedule, inOrder, LONGEST, type Pending, type Schedule } from './schedule.ts';
import type { AddEffect, AddSchedule, AddTask, Listen, MakeLive, ScriptModule, State } from './script-module.ts';
import { type LooseOptions, readOptions } from './slot-options.ts';
import { openSlot } from './state.ts';
import { addTask } from './task.ts';

const never = new AbortController().signal;
const MODULE = 'a script without a host';

const state = ((name: string, init: () => unknown, options?: LooseOptions): object => {
  const scope = currentScope();
  if (scope !== undefined) return openSlot(scope, name, init, options);
  readOptions(name, options, MODULE);
  return checkValue(init(), name, MODULE);
}) as State;

const effect: AddEffect = (setup) => {
  setUpNow(setup, effect);
};

/**
 * As `effect` in a script, for functions of the game: what it sets up belongs to the script that is running, and is
 * taken back with it. When none is, it is the game's own and stays.
 *
 * @example
 * const onChat = (fn) => own(() => {
 *   bus.on('chat', fn);
 *   return () => bus.off('chat', fn);
 * });
 */
export const own: AddEffect = (setup) => {
  setUpNow(setup, own);
};

const listen: Listen = (emitter, event, handler) => {
  const scope = currentScope();
  if (scope === undefined) subscribe(emitter, event, handler);
  else addListener(scope, emitter, event, handler);
};

const live: MakeLive = (fn) => {
  const scope = currentScope();
  return scope === undefined ? (fn as LiveFunction<typeof fn>) : addLive(scope, fn);
};

const task: AddTask = (name, body) => {
  const scope = currentScope();
  if (scope !== undefined) addTask(scope, name, body);
  else void body({ signal: never, sleep: (ms) => new Promise((resolve) => systemClock.setTimeout(resolve, ms)) });
};

const schedule = ((name: string, handler: (...args: unknown[]) => unknown): Schedule<unknown[]> => {
  const scope = currentScope();
  return scope === undefined ? new LooseSchedule(handler) : addSchedule(scope, name, handler);
}) as AddSchedule;

/** Timers that end with the process. */
class LooseSchedule implements Schedule<unknown[]> {
  readonly #handler: (...args: unknown[]) => unknown;
  readonly #waits = new Map<number, { readonly due: number; readonly args: readonly unknown[]; timer: ClockTimer }>();
  #last = 0;

  constructor(handler: (...args: unknown[]) => unknown) {
    this.#handler = handler;
  }

  get size(): number {
    return this.#waits.size;
  }

  pending(): Pending<unknown[]>[] {
    return inOrder(this.#waits);
  }

  after(ms: number, ...args: unknown[]): number {
    return this.at(systemClock.time() + ms, ...args);
  }

  at(due: number, ...args: unknown[]): number {
    this.#last += 1;
    const ticket = this.#last;
    const wait = { due, args, timer: this.#arm(ticket, due) };
    this.#waits.set(ticket, wait);
    return ticket;
  }

  cancel(ticket: number): boolean {
    const wait = this.#waits.get(ticket);
    if (wait !== undefined) systemClock.clear(wait.timer);
    return this.#waits.delete(ticket);
  }

  #arm(ticket: number, due: number): ClockTimer {
    const left = Math.max(0, due - systemClock.time());
    return systemClock.setTimeout(() => this.#look(ticket), Math.min(LONGEST, left));
  }

  #look(ticket: number): void {
    const wait = this.#waits.get(ticket);
    if (wait === undefined) return;
    if (wait.due > systemClock.time()) wait.timer = this.#arm(ticket, wait.due);
    else {
      this.#waits.delete(ticket);
      this.#handler(...wait.args);
    }
  }
}

/** The values of `rekindle/script` where no host has loaded the importing module. */
export const standalone: ScriptModule = {
  state,
  effect,
  own,
  listen,
  live,
  task,
  schedule,
  signal: never,
  reason: 'boot',
};

function setUpNow(setup: Setup, below: AddEffect): void {
  const scope = currentScope();
  if (scope === undefined) setup();
  else addEffect(scope, setup, below);
}
