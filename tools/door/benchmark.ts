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
}

export interface Benchmark extends Entry {
  /** Measures. The values are those of its own options. */
  run(values: Readonly<Record<string, unknown>>): Promise<readonly Row[]>;
}

/** A row from samples in milliseconds. */
export function row(name: string, modules: number, samples: readonly number[]): Row {
  return { name, modules, p50: quantile(samples, 0.5), p95: quantile(samples, 0.95) };
}

/** The p50 of `rekindle` in that of `floor`, for each number of modules that has both. */
export function ratios(rows: readonly Row[]): Map<number, number> {
  const p50 = (name: string, modules: number) => rows.find((row) => row.name === name && row.modules === modules)?.p50;
  const all = new Map<number, number>();
  for (const { modules } of rows) {
    const ours = p50('rekindle', modules);
    const floor = p50('floor', modules);
    if (ours !== undefined && floor !== undefined) all.set(modules, ours / floor);
  }
  return all;
}

/** The printed table; each row with its p50 in that of the floor for the same number of modules. */
export function table(rows: readonly Row[]): string[] {
  const cells = rows.map((row) => {
    const floor = rows.find((other) => other.name === 'floor' && other.modules === row.modules);
    const times = floor === undefined ? '' : `${(row.p50 / floor.p50).toFixed(2)} ×`;
    return [row.name, String(row.modules), milliseconds(row.p50), milliseconds(row.p95), times];
  });
  const lines = [['', 'modules', 'p50 ms', 'p95 ms', 'of floor'], ...cells];
  const widths = lines[0]?.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0))) ?? [];
  return lines.map((line) =>
    line
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('   ')
      .trimEnd(),
  );
}

/** Three figures that matter, however small or large. */
function milliseconds(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
