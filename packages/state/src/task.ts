/**
 * Tasks: the loops of a version.
 *
 * A task runs from the commit of its version to its end. It waits with `sleep`, which is how it ends: at the point of
 * no return the sleep rejects, and the first sleep of the same length in its successor takes over what was left. A task
 * that waits for something else goes on until it sleeps.
 */
import type { Change } from './change.ts';
import type { ClockTimer } from './clock.ts';
import { ended, endOf, StateError } from './errors.ts';
import { DRAIN } from './realm.ts';
import { enter } from './running.ts';
import type { Scope } from './scope.ts';
import { milliseconds } from './timer.ts';

/** What the body of a task is given. */
export interface TaskTools {
  /** Aborts when the version has ended. */
  readonly signal: AbortSignal;
  /**
   * Waits.
   * @param ms milliseconds.
   * @throws AbortError (as a rejection) when the version has ended.
   */
  readonly sleep: (ms: number) => Promise<void>;
}

export type TaskBody = (tools: TaskTools) => unknown;

/** A wait that was cut short, or is under way. */
interface Sleep {
  readonly length: number;
  /** In the clock's milliseconds. */
  readonly due: number;
}

export class Task {
  readonly scope: Scope;
  readonly name: string;
  /** True until its body has come to its end. */
  isRunning = false;
  /** Settles then. */
  rest: Promise<void> | undefined;
  readonly #body: TaskBody;
  /** What its predecessor was waiting for: of each length one. */
  #inherited = new Map<number, Sleep>();
  #hasSlept = false;
  readonly #sleeping = new Map<Sleep, { readonly timer: ClockTimer; readonly reject: (error: Error) => void }>();

  constructor(scope: Scope, name: string, body: TaskBody) {
    this.scope = scope;
    this.name = name;
    this.#body = body;
  }

  start(predecessor?: Task): void {
    if (predecessor !== undefined) {
      this.#inherited = predecessor.#inherited;
      predecessor.#inherited = new Map();
    }
    const { scope } = this;
    const tools: TaskTools = {
      get signal() {
        return scope.signal;
      },
      sleep: (ms) => this.#sleep(milliseconds(ms)),
    };
    const body: unknown = enter(scope, `task '${this.name}'`, this.#body, undefined, [tools]);
    if (!(body instanceof Promise)) return;
    this.isRunning = true;
    const rest = (): void => {
      this.isRunning = false;
      // the scope of a version that has ended may be known for longer than its code
      if (scope.phase === 'ended') scope.tasks?.delete(this.name);
    };
    this.rest = body.then(rest, rest);
  }

  /**
   * Ends its sleeps; what was left of them is for the successor. So is what it has inherited and not come to sleep
   * through: it may be ended while it still waits for something else.
   */
  end(): void {
    const { clock } = this.scope.realm;
    const now = clock.now();
    // of a length for which nobody asks any more, nothing is left when its time has come
    for (const [length, { due }] of this.#inherited) if (this.#hasSlept && due <= now) this.#inherited.delete(length);
    for (const [sleep, { timer, reject }] of this.#sleeping) {
      clock.clear(timer);
      this.#inherited.set(sleep.length, sleep);
      reject(endOf(this.scope.owner.module));
    }
    this.#sleeping.clear();
  }

  #sleep(length: number): Promise<void> {
    const { scope } = this;
    if (scope.phase === 'ended') return Promise.reject(endOf(scope.owner.module));
    const { clock } = scope.realm;
    this.#hasSlept = true;
    const due = this.#inherited.get(length)?.due ?? clock.now() + length;
    this.#inherited.delete(length);
    const sleep = { length, due };
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        this.#sleeping.delete(sleep);
        resolve();
      };
      this.#sleeping.set(sleep, { timer: clock.setTimeout(wake, Math.max(0, due - clock.now())), reject });
    });
  }
}

/** Records a task of a staged version, or starts it for one that runs. */
export function addTask(scope: Scope, name: string, body: TaskBody): void {
  const { module } = scope.owner;
  if (typeof name !== 'string' || name === '' || typeof body !== 'function') {
    const message = `A task of '${module}' needs a name and an asynchronous function.`;
    throw new StateError({
      code: 'INVALID_ARGUMENT',
      message,
      hint: "Write task('name', async ({ sleep }) => …).",
      module,
    });
  }
  if (scope.phase === 'ended') throw ended(scope, `start the task '${name}'`);
  scope.tasks ??= new Map();
  if (scope.tasks.has(name)) {
    throw new StateError({
      code: 'TASK_TWICE',
      message: `'${module}' has two tasks '${name}'.`,
      hint: 'A task takes over from the one of the same name in the version before, so each needs a name of its own.',
      module,
    });
  }
  const task = new Task(scope, name, body);
  scope.tasks.set(name, task);
  if (scope.phase === 'active') task.start();
}

/**
 * When the tasks of modules that leave for good have come to rest, or the drain is over; undefined where none of them runs.
 * A task that is told of its end may still have something to put away.
 */
export function tasksAtRest(change: Change): Promise<void> | undefined {
  const running: Task[] = [];
  for (const { old, next } of change.pairs) {
    if (next !== undefined) continue;
    for (const task of old?.tasks?.values() ?? []) if (task.isRunning) running.push(task);
  }
  const [first] = running;
  if (first === undefined) return undefined;
  const { clock, drain = DRAIN } = first.scope.realm;
  let timer: ClockTimer | undefined;
  const drained = new Promise<void>((resolve) => {
    timer = clock.setTimeout(resolve, drain);
    timer.unref();
  });
  const rests = Promise.all(running.map(({ rest }) => rest)).then(() => {
    if (timer !== undefined) clock.clear(timer);
  });
  return Promise.race([rests, drained]);
}

/** The point of no return: the old version's tasks come to rest, the new version's start. */
export function finishTasks(change: Change): void {
  for (const { old, next } of change.pairs) {
    for (const task of old?.tasks?.values() ?? []) task.end();
    for (const task of next?.tasks?.values() ?? []) task.start(old?.tasks?.get(task.name));
  }
}
