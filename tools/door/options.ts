// The options of a proof or a benchmark: what node:util's parseArgs takes, with a line for `--help` to each.
// Positional arguments are refused, so that a misspelt option is never taken for a value.
import { parseArgs } from 'node:util';

/** One option. A string option may be a number in disguise; its proof parses it. */
export interface Option {
  readonly type: 'string' | 'boolean';
  /** One line for `--help`: meaning and unit. */
  readonly about: string;
  readonly short?: string;
  readonly default?: string | boolean;
  /** More than once on the command line. The values then come as an array. */
  readonly multiple?: boolean;
}

export type Options = Readonly<Record<string, Option>>;

type Single<O extends Option> = O['type'] extends 'boolean' ? boolean : string;
type Value<O extends Option> = O extends { multiple: true } ? Single<O>[] : Single<O>;

/** What `run` receives for its `options`: those with a default are always there. */
export type Values<O extends Options> = {
  readonly [K in keyof O as O[K] extends { default: string | boolean } ? K : never]: Value<O[K]>;
} & {
  readonly [K in keyof O as O[K] extends { default: string | boolean } ? never : K]?: Value<O[K]>;
};

/** @throws TypeError with parseArgs' own sentence for an unknown option or a missing value. */
export function parseOptions<const O extends Options>(options: O, args: readonly string[]): Values<O> {
  const config = Object.fromEntries(Object.entries(options).map(([name, { about: _, ...option }]) => [name, option]));
  return parseArgs({ args: [...args], options: config, strict: true, allowPositionals: false }).values as Values<O>;
}

/** The lines of `--help` for these options, two spaces in. */
export function describeOptions(options: Options): string[] {
  const heads = Object.entries(options).map(
    ([name, option]) => `--${name}${option.type === 'string' ? ` ${name.toUpperCase()}` : ''}`,
  );
  const width = Math.max(0, ...heads.map((head) => head.length));
  return Object.values(options).map((option, index) => {
    const fallback = option.default === undefined ? '' : ` (default: ${option.default})`;
    return `  ${heads[index]?.padEnd(width)}   ${option.about}${fallback}`;
  });
}
