/**
 * What hosts tell the store that they follow: which release runs where, since when, and what was refused and why. For
 * people who operate many of them; no host reads what another one tells.
 */
import type { Abortable } from './contract.ts';
import { disposed } from './errors.ts';

/** A release that runs. */
export interface ReportedRelease {
  /** Its number in the store that keeps the report. */
  readonly number: number;
  /** Names all that runs: the manifest of the release, of all stores together where the host has several. */
  readonly hash: string;
}

/** Where one namespace of a host stands; times are milliseconds since the epoch. */
export interface NamespaceReport {
  readonly name: string;
  /** What runs; absent before anything does. */
  readonly release?: ReportedRelease;
  /** Since when it runs. */
  readonly since: number;
  /** A newer release that it does not take. */
  readonly refused?: {
    /** Absent where it is not known which one. */
    readonly release?: ReportedRelease;
    readonly since: number;
    readonly why: readonly RefusalReason[];
  };
  /** Why it follows nothing at the moment, where somebody has stopped it. */
  readonly held?: { readonly why: string; readonly since: number };
}

/** A diagnostic in short. */
export interface RefusalReason {
  readonly code: string;
  readonly message: string;
  readonly module?: string;
  /** 1-based line in the author's source. */
  readonly line?: number;
}

/** What a host tells of itself; times are milliseconds since the epoch. */
export interface HostReport {
  /** Names the host: of two reports with one name, the later counts. */
  readonly host: string;
  /** When it began. */
  readonly started: number;
  /** When it told this. A host that runs tells it again every minute. */
  readonly seen: number;
  /** How many namespaces it has. */
  readonly rooms: number;
  /** The namespace `main` first, then those that stand elsewhere than it, fifty at most. */
  readonly namespaces: readonly NamespaceReport[];
}

/** Where a store keeps what hosts tell. */
export interface HostReports {
  /** Puts a report in the place of the host's last one. */
  tell(report: HostReport, options?: Abortable): Promise<void>;
  /** Drops the report of a host that has ended. */
  forget(host: string, options?: Abortable): Promise<void>;
  /** The reports of all hosts that were seen within a day, sorted by name. */
  list(options?: Abortable): Promise<readonly HostReport[]>;
}

/** Milliseconds after which a host that says nothing any more counts as gone. */
const REPORT_LIFE = 86_400_000;

/** Those that are not too old, sorted by name: what `list` answers. */
export function currentReports(reports: Iterable<HostReport>, now: number): HostReport[] {
  return [...reports]
    .filter(({ seen }) => seen > now - REPORT_LIFE)
    .sort((a, b) => (a.host < b.host ? -1 : a.host > b.host ? 1 : 0));
}

/** A report that was read from somewhere; undefined where it is none, or has been damaged. */
export function parseHostReport(value: unknown): HostReport | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { host, started, seen, rooms, namespaces } = value as Partial<Record<keyof HostReport, unknown>>;
  const isReport =
    typeof host === 'string' &&
    [started, seen, rooms].every((one) => typeof one === 'number') &&
    Array.isArray(namespaces) &&
    namespaces.every((one) => typeof one?.name === 'string' && typeof one?.since === 'number');
  return isReport ? ({ host, started, seen, rooms, namespaces } as HostReport) : undefined;
}

/** Reports in memory. */
export class MemoryHostReports implements HostReports {
  readonly #source: string;
  readonly #now: () => number;
  readonly #reports = new Map<string, HostReport>();
  #isDisposed = false;

  /** @param source how messages call the store @param now milliseconds since the epoch */
  constructor(source: string, now: () => number) {
    this.#source = source;
    this.#now = now;
  }

  async tell(report: HostReport, options?: Abortable): Promise<void> {
    this.#check(options);
    this.#reports.set(report.host, structuredClone(report));
  }

  async forget(host: string, options?: Abortable): Promise<void> {
    this.#check(options);
    this.#reports.delete(host);
  }

  async list(options?: Abortable): Promise<readonly HostReport[]> {
    this.#check(options);
    return structuredClone(currentReports(this.#reports.values(), this.#now()));
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#reports.clear();
  }

  #check(options?: Abortable): void {
    options?.signal?.throwIfAborted();
    if (this.#isDisposed) throw disposed(this.#source);
  }
}
