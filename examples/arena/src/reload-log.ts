/**
 * What became of each save, in the words of the arena: for the terminal, the page and `/status.json`.
 *
 * A plain list of the last entries, of plain data. It does not know where they come from: `script-host.ts` translates
 * Rekindle's events, and is the only file that does.
 */

/** What is wrong with a script, without what cannot travel as JSON. */
export interface Fault {
  readonly code: string;
  readonly message: string;
  readonly module?: string;
  readonly line?: number;
  readonly column?: number;
  readonly frame?: string;
  readonly hint?: string;
}

interface EntryBase {
  /** Counts from 1. */
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly tick: number;
  /** The release that runs after it. */
  readonly release: number;
}

export type ReloadEvent =
  | {
      /** The first release, when the arena starts. */
      readonly kind: 'loaded';
      readonly modules: number;
      /** Milliseconds. */
      readonly duration: number;
    }
  | {
      readonly kind: 'committed';
      /** Ids of the modules that are different. */
      readonly changed: readonly string[];
      /** Modules that ran again. */
      readonly ran: readonly string[];
      readonly kept: number;
      /** Milliseconds from the first look at the change to the commit. */
      readonly duration: number;
      /** Milliseconds in which nothing else could run. */
      readonly pause: number;
    }
  | { readonly kind: 'refused'; readonly faults: readonly Fault[] }
  /** A script threw while the game ran. */
  | { readonly kind: 'error'; readonly fault: Fault }
  /** Something in a script is probably a mistake. */
  | { readonly kind: 'warning'; readonly fault: Fault };

export type ReloadEntry = EntryBase & ReloadEvent;

export class ReloadLog {
  #entries: ReloadEntry[] = [];
  #lastId = 0;
  #limit: number;

  constructor(limit = 40) {
    this.#limit = limit;
  }

  get entries(): readonly ReloadEntry[] {
    return this.#entries;
  }

  /** The last entry that tells of a reload, not of what is wrong with running code. */
  get lastReload(): ReloadEntry | null {
    return this.#entries.findLast(({ kind }) => kind !== 'error' && kind !== 'warning') ?? null;
  }

  add(event: ReloadEvent, at: Omit<EntryBase, 'id'>): ReloadEntry {
    const entry: ReloadEntry = { ...at, ...event, id: ++this.#lastId };
    this.#entries.push(entry);
    if (this.#entries.length > this.#limit) this.#entries.shift();
    return entry;
  }
}
