/** Starts the bots as a process of their own and speaks with it: they share nothing with the server but the wire. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BotProblem, BotReport, FromBots, ToBots } from './messages.ts';

export interface LaunchOptions {
  readonly url: string;
  readonly count: number;
  /** Node's own arguments. @default those of this process */
  readonly execArgv?: readonly string[];
  readonly onProblem?: (problem: BotProblem) => void;
}

export interface Bots {
  readonly count: number;
  /** Resolves with the milliseconds it took when all bots play; rejects when they cannot. */
  readonly playing: Promise<number>;
  report(): Promise<BotReport>;
  /** Ends the process; resolves when it is gone. */
  close(): Promise<void>;
}

export function launchBots({ url, count, execArgv = process.execArgv, onProblem = () => {} }: LaunchOptions): Bots {
  const child = fork(fileURLToPath(new URL('main.ts', import.meta.url)), [url, String(count)], {
    execArgv: [...execArgv],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const waiting: { readonly resolve: (report: BotReport) => void; readonly reject: (error: Error) => void }[] = [];
  const playing = new Promise<number>((resolve, reject) => {
    child.on('message', (message: FromBots) => {
      if (message.type === 'playing') resolve(message.duration);
      else if (message.type === 'failed') reject(new Error(message.message));
      else if (message.type === 'problem') onProblem(message.problem);
      else waiting.shift()?.resolve(message.report);
    });
    child.on('error', reject);
    child.on('exit', () => {
      const ended = new Error('The bots have ended');
      reject(ended);
      for (const { reject: giveUp } of waiting.splice(0)) giveUp(ended);
    });
  });
  // Whoever waits for it sees the rejection; nobody has to.
  playing.catch(() => {});

  const say = (message: ToBots) => child.send(message);
  return {
    count,
    playing,
    report: () =>
      new Promise((resolve, reject) => {
        if (!child.connected) return reject(new Error('The bots have ended'));
        waiting.push({ resolve, reject });
        say({ type: 'report' });
      }),
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      if (child.connected) say({ type: 'stop' });
      const timer = setTimeout(() => child.kill('SIGKILL'), 2000);
      await exited;
      clearTimeout(timer);
    },
  };
}
