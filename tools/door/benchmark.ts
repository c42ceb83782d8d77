// What `tools/bench/<name>.ts` exports, and what the door makes of its rows: a table, the ratio to the floor, a file.
import type { Entry } from './registry.ts';
import { quantile } from './statistics.ts';

/** One line of the table; times in milliseconds. */
export interface Row {
  /** `rekindle`, `floor` (what no implementation can do without) or a peer's name. */
  readonly name: string;
  /** How many modules the graph had. */
  readonly modules: number;
  readonly p50: number;
  readonly p95: number;
  /** The worst that players feel, where that is what the benchmark is about. */
  readonly p99?: number;
  readonly max?: number;
  /** What was measured, where one benchmark measures more than one thing: rows are compared within a case. */
  readonly case?: string;
  /** Memory that one of what was measured takes. */
  readonly kilobytes?: number;
  /**
   * False: the row is shown for information; what the benchmark is judged by, and its last line, leave it out.
   * @default true
   */
  readonly judged?: boolean;
}

export interface Benchmark extends Entry {
  /** Measures. The values are those of its own options. */
  run(values: Readonly<Record<string, unknown>>): Promise<readonly Row[]>;
  /** What is wrong with the rows, by a limit among its own options: a sentence, and the exit code is 1. */
  complaint?(rows: readonly Row[], values: Readonly<Record<string, unknown>>): string | undefined;
}

/** A row from samples in milliseconds. */
export function row(name: string, modules: number, samples: readonly number[], what?: string): Row {
  const times = { p50: quantile(samples, 0.5), p95: quantile(samples, 0.95) };
  return { name, modules, ...times, ...(what === undefined ? {} : { case: what }) };
}

/** A row that tells the worst cases, too. */
export function rowOfWorst(name: string, modules: number, samples: readonly number[], what: string): Row {
  return { ...row(name, modules, samples, what), p99: quantile(samples, 0.99), max: quantile(samples, 1) };
}

/** The same row, for information alone. */
export function unjudged(row: Row): Row {
  return { ...row, judged: false };
}

/** `rekindle` against `floor`, for one number of modules and one case. */
export interface Ratio {
  readonly modules: number;
  readonly case?: string;
  /** The p50 of the one in that of the other. */
  readonly ratio: number;
}

/** Wherever there is a row of `rekindle` that is judged, and one of `floor`. */
export function ratios(rows: readonly Row[]): Ratio[] {
  return rows.flatMap((row) => {
    const floor = row.name === 'rekindle' && row.judged !== false ? floorOf(row, rows) : undefined;
    if (floor === undefined) return [];
    const what = row.case === undefined ? {} : { case: row.case };
    return [{ modules: row.modules, ...what, ratio: row.p50 / floor.p50 }];
  });
}

function floorOf(row: Row, rows: readonly Row[]): Row | undefined {
  return rows.find((other) => other.name === 'floor' && other.modules === row.modules && other.case === row.case);
}

interface Column {
  readonly title: string;
  readonly text: boolean;
  cell(row: Row, rows: readonly Row[]): string;
}

const number = (title: string, cell: Column['cell']): Column => ({ title, text: false, cell });
const time = (title: string, value: (row: Row) => number | undefined): Column =>
  number(title, (row) => milliseconds(value(row)));

const columns: readonly Column[] = [
  { title: '', text: true, cell: ({ name }) => name },
  number('modules', ({ modules }) => String(modules)),
  time('p50 ms', ({ p50 }) => p50),
  time('p95 ms', ({ p95 }) => p95),
  time('p99 ms', ({ p99 }) => p99),
  time('max ms', ({ max }) => max),
  number('of floor', (row, rows) => {
    const floor = floorOf(row, rows);
    return floor === undefined ? '' : `${(row.p50 / floor.p50).toFixed(2)} ×`;
  }),
  number('KB each', ({ kilobytes }) => (kilobytes === undefined ? '' : kilobytes.toFixed(0))),
  { title: '', text: true, cell: (row) => row.case ?? '' },
  { title: '', text: true, cell: ({ judged }) => (judged === false ? 'not judged' : '') },
];

/**
 * The printed table; each row with its p50 in that of the floor for the same number of modules and the same case. Columns
 * without a figure are left out.
 */
export function table(rows: readonly Row[]): string[] {
  const shown = columns.flatMap(({ title, text, cell }) => {
    const cells = rows.map((row) => cell(row, rows));
    if (cells.every((content) => content === '')) return [];
    const width = Math.max(...[title, ...cells].map((content) => content.length));
    return [[title, ...cells].map((content) => (text ? content.padEnd(width) : content.padStart(width)))];
  });
  return [-1, ...rows.keys()].map((index) =>
    shown
      .map((column) => column[index + 1])
      .join('   ')
      .trimEnd(),
  );
}

/** Three figures that matter, however small or large. */
function milliseconds(value: number | undefined): string {
  if (value === undefined) return '';
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
