/** How the server is, as `GET /status.json` and the page's side panel tell it. */

import type { Match } from './entities.ts';
import type { ReloadEntry } from './reload-log.ts';

export interface Status {
  /** Number of the release that runs; 0 before the first. */
  readonly release: number;
  /** Script modules that are loaded. */
  readonly modules: number;
  /** Where the scripts are, as a person would type it. */
  readonly scripts: string;
  readonly tick: number;
  /** Ticks per second, measured over the last seconds. */
  readonly rate: number;
  /** Ticks that were left out because the process could not run. */
  readonly skipped: number;
  /** Milliseconds, over the last minute; `work` is the average length of a tick. */
  readonly lateness: { readonly p50: number; readonly p99: number; readonly max: number; readonly work: number };
  /** The latest tick of the last second, in ms. */
  readonly worst: number;
  readonly players: number;
  readonly bots: number;
  readonly goblins: number;
  /** Open connections, watchers included. */
  readonly connections: number;
  readonly match: Match;
  /** Seconds since the start. */
  readonly uptime: number;
}

/** What `GET /status.json` answers. */
export interface StatusReport extends Status {
  readonly lastReload: ReloadEntry | null;
}
