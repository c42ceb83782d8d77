/**
 * Schedules: waits that are state.
 *
 * What waits is data in a slot: when it is due and what the handler is to be called with. So it outlives edits, refused
 * and taken-back releases, and a restart of the process; the handler is whatever the current version says. A wait whose
 * time came while no version was there to take it is called as soon as one is.
 */
import type { Change } from './change.ts';
import { scriptClassOf } from './class-registry.ts';
import type { ClockTimer } from './clock.ts';
import { ended, StateError } from './errors.ts';
import { partsOf } from './restored-classes.ts';
import { enter } from './running.ts';
import type { Scope } from './scope.ts';
import { openSlot } from './state.ts';

/** Longest delay that a clock takes; a later wait is looked at again then. */
export const LONGEST = 2 ** 31 - 1;

/** Waits that outlive edits and restarts. */
export interface Schedule<Args extends readonly unknown[]> {
  /**
   * Calls the handler of the current version later, once.
   * @param ms milliseconds from now.
   * @param args what it is called with: data that can be cloned, because it may be written to disk meanwhile; no objects
   * of classes of scripts, which would come back without their methods.
   * @returns a ticket for `cancel`.
   * @throws StateError `INVALID_ARGUMENT`
   */
  after(ms: number, ...args: Args): number;
  /** As `after`, at a moment in milliseconds since the epoch. */
  at(time: number, ...args: Args): number;
  /** @returns whether it was still waiting */
  cancel(ticket: number): boolean;
  /** What waits, by the moment at which it is due: copies, so that nothing is changed by way of them. */
  pending(): Pending<Args>[];
  /** How many wait. */
  readonly size: number;
}

/** One wait of a schedule. */
export interface Pending<Args extends readonly unknown[]> {
  /** For `cancel`. */
  readonly ticket: number;
  /** Milliseconds since the epoch. */
  readonly due: number;
  /** What the handler will be called with. */
  readonly args: Args;
}

interface Wait {
  /** Milliseconds since the epoch: it means the same in another process. */
  readonly due: number;
  readonly args: readonly unknown[];
}

/** What stands in the slot: nothing but data. */
interface Waits {
  last: number;
  readonly waiting: Map<number, Wait>;
}

type Handler = (...args: unknown[]) => unknown;

export class OwnedSchedule implements Schedule<unknown[]> {
  readonly scope: Scope;
  readonly name: string;
  readonly #handler: Handler;
  readonly #waits: Waits;
  /** What a body has asked for, until the commit. */
  readonly #recorded = new Map<number, Wait>();
  #timer: ClockTimer | undefined;

  constructor(scope: Scope, name: string, handler: Handler) {
    this.scope = scope;
    this.name = name;
    this.#handler = handler;
    this.#waits = openSlot(scope, `schedule:${name}`, (): Waits => ({ last: 0, waiting: new Map() })) as Waits;
  }

  get size(): number {
    return this.#waits.waiting.size + this.#recorded.size;
  }

  pending(): Pending<unknown[]>[] {
    return inOrder([...this.#waits.waiting, ...this.#recorded]);
  }

  after(ms: number, ...args: unknown[]): number {
    return this.at(this.scope.realm.clock.time() + ms, ...args);
  }

  at(time: number, ...args: unknown[]): number {
    const { scope, name } = this;
    const fail = (what: string, cause?: unknown, hint?: string): never => {
      const { module } = scope.owner;
      const message = `The schedule '${name}' of '${module}' ${what}.`;
      throw new StateError({
        code: 'INVALID_ARGUMENT',
        message,
        module,
        cause,
        ...(hint === undefined ? {} : { hint }),
      });
    };
    if (scope.end === 'refused') throw ended(scope, `schedule '${name}'`);
    if (!Number.isFinite(time)) fail(`cannot wait for ${String(time)}`);
    let data: unknown[];
    try {
      data = structuredClone(args);
    } catch (cause) {
      return fail('was given what is no data and would not outlive the process', cause);
    }
    const found = instanceIn(args);
    if (found !== undefined) {
      fail(`was given an object of '${found}', which would come back without its methods`, undefined, BY_ID);
    }
    const ticket = nextTicket(this.#waits);
    const wait = { due: time, args: data };
    if (scope.phase === 'staged') this.#recorded.set(ticket, wait);
    else {
      this.#waits.last = ticket;
      this.#waits.waiting.set(ticket, wait);
      current.get(this.#waits)?.arm();
    }
    return ticket;
  }

  cancel(ticket: number): boolean {
    if (this.#recorded.delete(ticket)) return true;
    const waited = this.#waits.waiting.delete(ticket);
    if (waited) current.get(this.#waits)?.arm();
    return waited;
  }

  /** Becomes the one that calls. */
  start(): void {
    for (const [ticket, wait] of this.#recorded) {
      this.#waits.last = Math.max(this.#waits.last, ticket);
      this.#waits.waiting.set(ticket, wait);
    }
    this.#recorded.clear();
    current.set(this.#waits, this);
    this.arm();
  }

  end(): void {
    this.#disarm();
    if (current.get(this.#waits) === this) current.delete(this.#waits);
  }

  /** Sets the clock to the wait that is due first. */
  arm(): void {
    this.#disarm();
    const { clock } = this.scope.realm;
    let first = Number.POSITIVE_INFINITY;
    for (const { due } of this.#waits.waiting.values()) first = Math.min(first, due);
    if (first === Number.POSITIVE_INFINITY) return;
    this.#timer = clock.setTimeout(() => this.#call(), Math.min(LONGEST, Math.max(0, first - clock.time())));
  }

  #disarm(): void {
    if (this.#timer !== undefined) this.scope.realm.clock.clear(this.#timer);
    this.#timer = undefined;
  }

  #call(): void {
    this.#timer = undefined;
    const time = this.scope.realm.clock.time();
    const due = [...this.#waits.waiting].filter(([, wait]) => wait.due <= time).sort(([, a], [, b]) => a.due - b.due);
    for (const [ticket, { args }] of due) {
      // A handler before this one may have cancelled it, or have brought about the end of this version.
      if (current.get(this.#waits) !== this || !this.#waits.waiting.delete(ticket)) continue;
      enter(this.scope, `schedule '${this.name}'`, this.#handler, undefined, [...args]);
    }
    if (current.get(this.#waits) === this) this.arm();
  }
}

const BY_ID = 'Give what it is known by, its id say, and look it up in the handler: it may be gone by then.';

/** The class of a script whose object is among these values, or somewhere in them. */
function instanceIn(values: readonly unknown[]): string | undefined {
  const open: object[] = [];
  const seen = new Set<unknown>();
  const add = (value: unknown) => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    open.push(value);
  };
  for (const value of values) add(value);
  for (const object of open) {
    const name = scriptClassOf(object);
    if (name !== undefined) return name;
    for (const [part] of partsOf(object, '')) add(part);
  }
  return undefined;
}

/** What waits, as `pending` shows it. */
export function inOrder(waits: Iterable<readonly [ticket: number, wait: Wait]>): Pending<unknown[]>[] {
  const all = [...waits].map(([ticket, { due, args }]) => ({ ticket, due, args: structuredClone([...args]) }));
  return all.sort((one, other) => one.due - other.due);
}

/** For the data in a slot: the schedule of the version that calls now. An older version's `after` ends there too. */
const current = new WeakMap<Waits, OwnedSchedule>();

/** For the data in a slot: the last ticket that was given out, also to a body of which nothing has been committed. */
const lastTickets = new WeakMap<Waits, number>();

/** Two versions may ask at one time, one that runs and one whose body awaits, and none may get the ticket of the other. */
function nextTicket(waits: Waits): number {
  const ticket = Math.max(waits.last, lastTickets.get(waits) ?? 0) + 1;
  lastTickets.set(waits, ticket);
  return ticket;
}

/** Makes a schedule of a staged version. */
export function addSchedule(scope: Scope, name: string, handler: Handler): OwnedSchedule {
  const { module } = scope.owner;
  if (typeof handler !== 'function') {
    const message = `The schedule '${name}' of '${module}' needs a function to call.`;
    throw new StateError({ code: 'INVALID_ARGUMENT', message, hint: "Write schedule('name', (data) => …).", module });
  }
  const schedule = new OwnedSchedule(scope, name, handler);
  scope.schedules ??= [];
  scope.schedules.push(schedule);
  return schedule;
}

/** The point of no return: from here on the new version's handlers are called. */
export function finishSchedules(change: Change): void {
  for (const { old } of change.pairs) {
    for (const schedule of old?.schedules ?? []) schedule.end();
    if (old !== undefined) old.schedules = undefined;
  }
  for (const { next } of change.pairs) for (const schedule of next?.schedules ?? []) schedule.start();
}
