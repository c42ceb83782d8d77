/**
 * Tells the stores that a host follows what runs on it, for people who operate many: some seconds after something has
 * changed, and every minute. It decides nothing, and a store that does not take the report disturbs nothing.
 *
 * Each host has its own place in these seconds, and the first of them is after the time in which a fleet takes a release:
 * a hundred hosts that tell of it the moment they run it keep the database busy while others have yet to read it.
 */

import { createHash } from 'node:crypto';
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

/** Milliseconds after a change at least, so that a burst of them is one report, and a fleet has taken the release. */
const GATHERING = 2_250;
/** Milliseconds over which the reports of many hosts are spread: the last one is told so much later than the first. */
const SPREAD = 3_000;
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
  /** Milliseconds from a change to its report: this host's place among others. */
  readonly #delay: number;
  /** Since when a namespace runs what it runs. */
  readonly #since = new Map<string, { readonly hash: string; readonly since: number }>();
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
    this.#delay = GATHERING + SPREAD * shareOf(this.#name);
    this.#told = parts.stores.flatMap(({ name, hosts }, index) =>
      hosts === undefined ? [] : [{ index, name, hosts }],
    );
  }

  /** The host follows its stores from now on. */
  begin(): void {
    this.#isRunning = this.#told.length > 0;
    if (!this.#isRunning) return;
    for (const { name, release } of this.#parts.status()) this.#note(name, release.hash);
    this.#tellSoon();
  }

  /** Something is different in a namespace, which runs this release. */
  changed(namespace: string, { hash }: Pick<ReleaseInfo, 'hash'>): void {
    if (!this.#isRunning) return;
    this.#note(namespace, hash);
    this.#tellSoon();
  }

  /** The host has ended: its report goes. Resolves in a second at the latest. */
  async end(): Promise<void> {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    if (this.#timer !== undefined) this.#parts.clock.clear(this.#timer);
    const signal = AbortSignal.timeout(FAREWELL);
    await Promise.allSettled(this.#told.map(({ hosts }) => hosts.forget(this.#name, { signal })));
  }

  /** It is told later since when it runs. */
  #note(namespace: string, hash: string): void {
    if (this.#since.get(namespace)?.hash === hash) return;
    this.#since.set(namespace, { hash, since: this.#parts.clock.time() });
  }

  #tellSoon(): void {
    if (this.#isSoon) return;
    this.#isSoon = true;
    this.#wait(this.#delay);
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
    const there = new Set(statuses.map(({ name }) => name));
    for (const name of this.#since.keys()) if (!there.has(name)) this.#since.delete(name);
    for (const { name, release } of statuses) this.#note(name, release.hash);
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

/** Where a name stands among all: from 0 up to 1, always the same, evenly over many of them. */
function shareOf(name: string): number {
  return createHash('sha256').update(name).digest().readUInt32BE() / 2 ** 32;
}

/** What runs, by the number of one of the stores; undefined where nothing of it does. */
function reported({ number, hash, origins }: ReleaseInfo, store: number): ReportedRelease | undefined {
  const own = origins?.[store]?.number ?? number;
  return own === 0 ? undefined : { number: own, hash };
}

function isLike(one: NamespaceReport, main: NamespaceReport | undefined): boolean {
  return one.refused === undefined && one.held === undefined && one.release?.hash === main?.release?.hash;
}
