/** Many bots together: connects them all at once and sums up what they saw. */

import { Bot } from './bot.ts';
import type { BotProblem, BotReport } from './messages.ts';
import { botName } from './names.ts';

/** Problems that are kept word by word: after a crash of the server a hundred bots say the same. */
const KEPT = 200;

export interface SwarmOptions {
  readonly url: string;
  readonly count: number;
  readonly onProblem: (problem: BotProblem) => void;
}

export class Swarm {
  #bots: readonly Bot[];
  #problems: BotProblem[] = [];

  constructor({ url, count, onProblem }: SwarmOptions) {
    const note = (problem: BotProblem) => {
      if (this.#problems.length < KEPT) this.#problems.push(problem);
      onProblem(problem);
    };
    this.#bots = Array.from(
      { length: count },
      (_, index) => new Bot({ url, name: botName(index), seed: index + 1, onProblem: note }),
    );
  }

  /** Resolves when all bots play. */
  async playing(): Promise<void> {
    await Promise.all(this.#bots.map((bot) => bot.playing));
  }

  report(): BotReport {
    const ticks = this.#bots.map(({ tick }) => tick);
    return {
      bots: this.#bots.length,
      playing: this.#bots.filter(({ snapshots }) => snapshots > 0).length,
      snapshots: this.#bots.reduce((sum, { snapshots }) => sum + snapshots, 0),
      ticks: ticks.length > 0 ? [Math.min(...ticks), Math.max(...ticks)] : [0, 0],
      longestGap: Math.max(0, ...this.#bots.map(({ longestGap }) => longestGap)),
      problems: this.#problems,
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#bots.map((bot) => bot.close()));
  }
}
