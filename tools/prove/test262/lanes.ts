// Runs many tests, each in a process of its own, several at once. The next process of a lane starts while its test runs.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Assignment } from './realm.ts';
import type { Verdict } from './verdict.ts';

export interface LaneOptions {
  /** The child's module, bundled. */
  readonly realm: string;
  readonly checkout: string;
  /** Path of the Node that runs it. */
  readonly node: string;
  readonly jobs: number;
  /** Milliseconds for one test. */
  readonly timeout: number;
  /** Called after each test. */
  readonly done?: (test: string, verdict: Verdict) => void;
}

/** @throws Error when the child's module cannot be started at all */
export async function runTests(tests: readonly string[], options: LaneOptions): Promise<Map<string, Verdict>> {
  const verdicts = new Map<string, Verdict>();
  const rest = tests[Symbol.iterator]();
  const lane = async () => {
    let spare = new Realm(options);
    try {
      for (let next = rest.next(); next.done !== true; next = rest.next()) {
        const realm = spare;
        spare = new Realm(options);
        const result = await realm.run({ checkout: options.checkout, test: next.value });
        verdicts.set(next.value, result);
        options.done?.(next.value, result);
      }
    } finally {
      await spare.end();
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.jobs, tests.length) }, lane));
  return verdicts;
}

class Realm {
  readonly #child: ChildProcess;
  readonly #timeout: number;
  readonly #ready: Promise<unknown>;
  #errors = '';

  constructor({ realm, node, timeout }: LaneOptions) {
    this.#timeout = timeout;
    const execArgv = ['--no-warnings', '--expose-gc'];
    this.#child = fork(realm, { execPath: node, execArgv, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#errors = (this.#errors + chunk).slice(-2000);
    });
    this.#ready = Promise.race([once(this.#child, 'message'), this.#left()]);
    this.#ready.catch(() => {}); // whoever runs a test hears of it
  }

  async run(assignment: Assignment): Promise<Verdict> {
    await this.#ready;
    const { promise: late, cancel } = after(this.#timeout);
    try {
      this.#child.send(assignment);
      const answer = once(this.#child, 'message').then(([verdict]) => verdict as Verdict);
      return await Promise.race([answer, late, this.#left()]);
    } catch (error) {
      return { passed: false, reason: (error as Error).message };
    } finally {
      cancel();
      await this.end();
    }
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await closed;
  }

  /** Rejects when the process has ended, with the last of what it said. */
  async #left(): Promise<never> {
    const [code, signal] = await once(this.#child, 'close');
    throw new Error(`the process ended with ${code ?? signal}: ${this.#errors.trim()}`);
  }
}

function after(milliseconds: number): { promise: Promise<never>; cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${milliseconds} ms`)), milliseconds);
  });
  return { promise, cancel: () => clearTimeout(timer) };
}
