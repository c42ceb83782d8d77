// A program that a proof starts, watches and ends as a person at a terminal would: its lines, its exit, Ctrl-C for it
// and all that it started. It gives up waiting after a time, and then shows what the program said.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

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

  /** Sends a signal to it and all that it started: SIGINT is Ctrl-C. Nothing happens where nothing of it lives. */
  signalGroup(signal: NodeJS.Signals): void {
    const group = this.#child.pid;
    if (group === undefined || living(group).length === 0) return;
    process.kill(-group, signal);
  }

  /** Waits up to `timeout` milliseconds until nothing lives that it started; gives the ids of what does. */
  async remains(timeout: number): Promise<readonly number[]> {
    const group = this.#child.pid ?? Number.NaN;
    const deadline = performance.now() + timeout;
    while (living(group).length > 0 && performance.now() < deadline) await sleep(20);
    return living(group);
  }
}

/** The processes of a group, without zombies: a signal would reach those, and some containers never clear them away. */
function living(group: number): number[] {
  return processes()
    .filter(({ pgid, state }) => pgid === group && !state.startsWith('Z'))
    .map(({ pid }) => pid);
}

function processes(): { pid: number; pgid: number; state: string }[] {
  const rows = process.platform === 'linux' ? fromProc() : fromPs();
  return rows.map(([pid, pgid, state = '']) => ({ pid: Number(pid), pgid: Number(pgid), state }));
}

/** Linux without the `ps` program is common in containers. */
function fromProc(): string[][] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const [state = '', , pgid = ''] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return [[pid, pgid, state]];
      } catch {
        return []; // It has ended since the folder was read.
      }
    });
}

function fromPs(): string[][] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,pgid=,stat='], { encoding: 'utf8' }).trim().split('\n');
  return rows.map((row) => row.trim().split(/\s+/));
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
