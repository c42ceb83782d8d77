/** What the bots' process and whoever started it say to each other over IPC. */

export interface BotProblem {
  readonly bot: string;
  /** `gap`: a tick number was left out. `silence`: no snapshot for too long. `closed`, `failed`: the connection. */
  readonly kind: 'gap' | 'silence' | 'closed' | 'failed';
  readonly text: string;
  /** The last tick that the bot had seen. */
  readonly tick: number;
}

/** How the bots fared since they came. */
export interface BotReport {
  readonly bots: number;
  /** Bots that receive snapshots. */
  readonly playing: number;
  /** Snapshots, of all bots together. */
  readonly snapshots: number;
  /** The lowest and the highest last tick among the bots. */
  readonly ticks: readonly [lowest: number, highest: number];
  /** The longest time between two snapshots of one bot, in ms. */
  readonly longestGap: number;
  readonly problems: readonly BotProblem[];
}

export type FromBots =
  /** All bots play; `duration` in ms since the process began to connect. */
  | { readonly type: 'playing'; readonly bots: number; readonly duration: number }
  | { readonly type: 'problem'; readonly problem: BotProblem }
  | { readonly type: 'report'; readonly report: BotReport }
  | { readonly type: 'failed'; readonly message: string };

export type ToBots = { readonly type: 'report' } | { readonly type: 'stop' };
