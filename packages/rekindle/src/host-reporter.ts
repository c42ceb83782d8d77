/**
 * Tells the stores that a host follows what runs on it, for people who operate many: a moment after something has
 * changed, and every minute. It decides nothing, and a store that does not take the report disturbs nothing.
 */

import { hostname } from 'node:os';
import type { NamespaceStatus, ReleaseInfo } from '@rekindle/reload';
import type { Clock, ClockTimer } from '@rekindle/state';
import type { HostReport, HostReports, NamespaceReport, ReleaseSource, ReportedRelease } from '@rekindle/store';

export interface HostReporterParts {
  readonly clock: Clock;
  /** In the order of the host's stores. */
  readonly stores: readonly ReleaseSource[];
  /** @default the names of the machine and of the process */
  readonly name: string | undefined;
  /** The namespaces that follow these stores, `main` first. */
  status(): readonly NamespaceStatus[];
  /** The newest release of the stores that is known. */
  newest(): ReleaseInfo | undefined;
}

/** Milliseconds after a change, so that a burst of them is one report. */
const GATHERING = 250;
/** Milliseconds until it is told again that the host runs. */
const BEAT = 60_000;
/** Milliseconds for which the end of a host waits for a store. */
const FAREWELL = 1_000;
/** Milliseconds for which a report waits for a store. */
const PATIENCE = 10_000;
/** Namespaces and reasons that are told. */
const MOST = 50;

export class HostReporter {
  readonly #parts: HostReporterParts;
  readonly #told: readonly { readonly index: number; readonly name: string; readonly hosts: HostReports }[];
  readonly #name: string;
  readonly #started: number;
  /** Since when a namespace runs what it runs. */
  #since: ReadonlyMap<string, { readonly hash: string; readonly since: number }> = new Map();
  /** Stores that did not take the last report. */
  readonly #failing = new Set<HostReports>();
  #timer: ClockTimer | undefined;
  #isSoon = false;
  #isRunning = false;
  #telling: Promise<unknown> = Promise.resolve();

  constructor(parts: HostReporterParts) {
    this.#parts = parts;
    this.#name = parts.name ?? `${hostname()} ${process.pid}`;
    this.#started = parts.clock.time();
    this.#told = parts.stores.flatMap(({ name, hosts }, index) =>
      hosts === undefined ? [] : [{ index, name, hosts }],
    );
  }

  /** The host follows its stores from now on. */
  begin(): void {
    this.#isRunning = this.#told.length > 0;
    this.changed();
  }

  /** Something is different. */
  changed(): void {
    if (!this.#isRunning || this.#isSoon) return;
    this.#isSoon = true;
    this.#wait(GATHERING);
  }

  /** The host has ended: its report goes. Resolves in a second at the latest. */
  async end(): Promise<void> {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    if (this.#timer !== undefined) this.#parts.clock.clear(this.#timer);
    const signal = AbortSignal.timeout(FAREWELL);
    await Promise.allSettled(this.#told.map(({ hosts }) => hosts.forget(this.#name, { signal })));
  }

  #wait(delay: number): void {
    const { clock } = this.#parts;
    if (this.#timer !== undefined) clock.clear(this.#timer);
    this.#timer = clock.setTimeout(() => {
      this.#isSoon = false;
      this.#telling = this.#telling.then(() => this.#tell());
    }, delay);
    this.#timer.unref();
  }

  async #tell(): Promise<void> {
    if (!this.#isRunning) return;
    this.#wait(BEAT);
    const statuses = this.#parts.status();
    const time = this.#parts.clock.time();
    this.#since = new Map(
      statuses.map(({ name, release: { hash } }) => {
        const known = this.#since.get(name);
        return [name, known?.hash === hash ? known : { hash, since: time }];
      }),
    );
    const signal = AbortSignal.timeout(PATIENCE);
    await Promise.all(
      this.#told.map(async ({ index, name, hosts }) => {
        try {
          await hosts.tell(this.#report(statuses, index, time), { signal });
          this.#failing.delete(hosts);
        } catch (error) {
          if (!this.#isRunning || this.#failing.has(hosts)) return;
          this.#failing.add(hosts);
          const message = `${name} does not take what this host tells of itself: ${String(error)}`;
          process.emitWarning(message, { code: 'REKINDLE_HOST_REPORT' });
        }
      }),
    );
  }

  #report(statuses: readonly NamespaceStatus[], store: number, time: number): HostReport {
    const reports = statuses.map((status) => this.#reportOf(status, store));
    const [main] = reports;
    const others = reports.slice(1).filter((one) => !isLike(one, main));
    return {
      host: this.#name,
      started: this.#started,
      seen: time,
      rooms: statuses.length,
      namespaces: [...reports.slice(0, 1), ...others].slice(0, MOST),
    };
  }

  #reportOf({ name, release, refused, held }: NamespaceStatus, store: number): NamespaceReport {
    const runs = reported(release, store);
    const newest = this.#parts.newest();
    const refusedRelease = newest === undefined || newest.hash === release.hash ? undefined : reported(newest, store);
    return {
      name,
      ...(runs === undefined ? {} : { release: runs }),
      since: this.#since.get(name)?.since ?? this.#started,
      ...(refused === undefined
        ? {}
        : {
            refused: {
              ...(refusedRelease === undefined ? {} : { release: refusedRelease }),
              since: refused.since,
              why: refused.diagnostics.slice(0, MOST).map(({ code, message, module, line }) => ({
                code,
                message,
                ...(module === undefined ? {} : { module }),
                ...(line === undefined ? {} : { line }),
              })),
            },
          }),
      ...(held === undefined ? {} : { held }),
    };
  }
}

/** What runs, by the number of one of the stores; undefined where nothing of it does. */
function reported({ number, hash, origins }: ReleaseInfo, store: number): ReportedRelease | undefined {
  const own = origins?.[store]?.number ?? number;
  return own === 0 ? undefined : { number: own, hash };
}

function isLike(one: NamespaceReport, main: NamespaceReport | undefined): boolean {
  return one.refused === undefined && one.held === undefined && one.release?.hash === main?.release?.hash;
}
