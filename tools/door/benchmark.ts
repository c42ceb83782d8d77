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
  /** What was measured, where one benchmark measures more than one thing: rows are compared within a case. */
  readonly case?: string;
}

export interface Benchmark extends Entry {
  /** Measures. The values are those of its own options. */
  run(values: Readonly<Record<string, unknown>>): Promise<readonly Row[]>;
}

/** A row from samples in milliseconds. */
export function row(name: string, modules: number, samples: readonly number[], what?: string): Row {
  const times = { p50: quantile(samples, 0.5), p95: quantile(samples, 0.95) };
  return { name, modules, ...times, ...(what === undefined ? {} : { case: what }) };
}

/** `rekindle` against `floor`, for one number of modules and one case. */
export interface Ratio {
  readonly modules: number;
  readonly case?: string;
  /** The p50 of the one in that of the other. */
  readonly ratio: number;
}

/** Wherever there is a row of `rekindle` and one of `floor`. */
export function ratios(rows: readonly Row[]): Ratio[] {
  return rows.flatMap((row) => {
    const floor = row.name === 'rekindle' ? floorOf(row, rows) : undefined;
    if (floor === undefined) return [];
    const what = row.case === undefined ? {} : { case: row.case };
    return [{ modules: row.modules, ...what, ratio: row.p50 / floor.p50 }];
  });
}

function floorOf(row: Row, rows: readonly Row[]): Row | undefined {
  return rows.find((other) => other.name === 'floor' && other.modules === row.modules && other.case === row.case);
}

/** The printed table; each row with its p50 in that of the floor for the same number of modules and the same case. */
export function table(rows: readonly Row[]): string[] {
  const cells = rows.map((row) => {
    const floor = floorOf(row, rows);
    const times = floor === undefined ? '' : `${(row.p50 / floor.p50).toFixed(2)} ×`;
    return [row.name, String(row.modules), milliseconds(row.p50), milliseconds(row.p95), times, row.case ?? ''];
  });
  const lines = [['', 'modules', 'p50 ms', 'p95 ms', 'of floor', ''], ...cells];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  const texts = new Set([0, 5]);
  return lines.map((line) =>
    line
      .map((cell, column) =>
        texts.has(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('   ')
      .trimEnd(),
  );
}

/** Three figures that matter, however small or large. */
function milliseconds(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
