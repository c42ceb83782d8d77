// A program that a proof starts, watches and ends as a person at a terminal would: its lines, its exit, Ctrl-C for it
// and all that it started. It gives up waiting after a time, and then shows what the program said.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface ProgramOptions {
  readonly cwd: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How a program ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class Program {
  readonly exited: Promise<Exit>;
  #child: ChildProcess;
  #command: string;
  #output = '';
  #onOutput = new Set<() => void>();

  constructor(command: string, args: readonly string[], { cwd, env }: ProgramOptions) {
    this.#command = [command, ...args].join(' ');
    // A process group of its own, as a terminal gives it: Ctrl-C then reaches the group and not us.
    this.#child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        this.#output += chunk;
        for (const look of this.#onOutput) look();
      });
    }
    this.exited = once(this.#child, 'close').then(([code, signal]) => ({ code, signal }));
  }

  /** Everything that it has printed so far, both streams. */
  get output(): string {
    return this.#output;
  }

  /**
   * Waits until its output from `from` on matches.
   *
   * @throws Error with the output when it ends before, or `timeout` milliseconds have passed.
   */
  async printed(pattern: RegExp, { timeout, from = 0 }: { timeout: number; from?: number }): Promise<RegExpExecArray> {
    const { promise, resolve, reject } = withResolvers<RegExpExecArray>();
    const fail = (why: string) => reject(new Error(`'${this.#command}' ${why} ${pattern}. It said:\n${this.#output}`));
    const look = () => {
      const match = pattern.exec(this.#output.slice(from));
      if (match) resolve(match);
    };
    const timer = setTimeout(() => fail(`took more than ${timeout} ms to print`), timeout);
    this.#onOutput.add(look);
    this.exited.then(({ code, signal }) => fail(`ended with ${code ?? signal} and did not print`), reject);
    look();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#onOutput.delete(look);
    }
  }

  /**
   * Waits until it has ended.
   *
   * @throws Error with the output after `timeout` milliseconds.
   */
  async ended(timeout: number): Promise<Exit> {
    const { promise, reject } = withResolvers<Exit>();
    const timer = setTimeout(
      () => reject(new Error(`'${this.#command}' did not end within ${timeout} ms. It said:\n${this.#output}`)),
      timeout,
    );
    try {
      return await Promise.race([promise, this.exited]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Sends a signal to it alone. */
  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Sends a signal to it and all that it started: SIGINT is Ctrl-C. False where nothing of it lives any more. */
  signalGroup(signal: NodeJS.Signals | 0): boolean {
    if (this.#child.pid === undefined) return false;
    try {
      process.kill(-this.#child.pid, signal);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
      throw error;
    }
  }
}

/** Runs a program to its end. @throws Error with its output when it does not end with 0. */
export async function complete(command: string, args: readonly string[], options: ProgramOptions): Promise<string> {
  const program = new Program(command, args, options);
  const { code, signal } = await program.exited;
  if (code !== 0) throw new Error(`'${[command, ...args].join(' ')}' ended with ${code ?? signal}:\n${program.output}`);
  return program.output;
}

/** `Promise.withResolvers` of Node 22. */
function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (reason: Error) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
