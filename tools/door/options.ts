// The options of a proof or a benchmark: what node:util's parseArgs takes, with a line for `--help` to each.
// Positional arguments are refused, so that a misspelt option is never taken for a value.
import { parseArgs } from 'node:util';

/** Wrong usage: the door prints the sentence and the help, and exits 2. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** One option. A number comes as a string; see `numberOf`. */
export interface Option {
  readonly type: 'string' | 'boolean';
  /** One line for `--help`: meaning and unit. */
  readonly about: string;
  readonly default?: string | boolean;
}

export type Options = Readonly<Record<string, Option>>;

type Value<O extends Option> = O['type'] extends 'boolean' ? boolean : string;

/** What `run` receives for its `options`: those with a default are always there. */
export type Values<O extends Options> = {
  readonly [K in keyof O as O[K] extends { default: string | boolean } ? K : never]: Value<O[K]>;
} & {
  readonly [K in keyof O as O[K] extends { default: string | boolean } ? never : K]?: Value<O[K]>;
};

/** @throws UsageError for an unknown option, a missing value, a positional argument. */
export function parseOptions<const O extends Options>(options: O, args: readonly string[]): Values<O> {
  const config = Object.fromEntries(
    Object.entries(options).map(([name, { type, default: fallback }]) => [
      name,
      fallback === undefined ? { type } : { type, default: fallback },
    ]),
  );
  try {
    return parseArgs({ args: [...args], options: config, strict: true, allowPositionals: false }).values as Values<O>;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/**
 * The number in an option's value.
 *
 * @throws UsageError when it is none, or not above zero.
 */
export function numberOf(option: string, value: string): number {
  const number = Number(value);
  if (value.trim() === '' || !(number > 0)) throw new UsageError(`--${option} takes a number above 0, not '${value}'.`);
  return number;
}

/** The lines of `--help` for these options, two spaces in. */
export function describeOptions(options: Options): string[] {
  const heads = Object.entries(options).map(
    ([name, { type }]) => `--${name}${type === 'string' ? ` ${name.toUpperCase()}` : ''}`,
  );
  const width = Math.max(0, ...heads.map((head) => head.length));
  return Object.values(options).map((option, index) => {
    const fallback = option.default === undefined ? '' : ` (default: ${option.default})`;
    return `  ${heads[index]?.padEnd(width)}   ${option.about}${fallback}`;
  });
}
