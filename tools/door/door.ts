// The way in that `npm run prove` and `npm run bench` share: the name, `--help`, wrong usage (exit 2), an error that
// a module threw (exit 1). What a run means and prints is the caller's.
import { type Options, parseOptions } from './options.ts';
import { catalogue, type Entry, load, names, nearest } from './registry.ts';

export interface Door<E extends Entry> {
  /** The npm script, for the usage line. */
  readonly script: 'prove' | 'bench';
  /** The folder with the modules. */
  readonly folder: string;
  /** Options that every module behind the door takes. */
  readonly common: Options;
  /** Runs one module and gives the exit code. */
  run(name: string, entry: E, values: Readonly<Record<string, unknown>>): Promise<number>;
}

/** Serves one command line and gives the exit code: 0 done, 1 failed, 2 wrong usage. */
export async function serve<E extends Entry>(door: Door<E>, [name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h') {
    console.log([...usage(door), '', ...(await catalogue(door.folder))].join('\n'));
    return name === undefined ? 2 : 0;
  }
  const known = await names(door.folder);
  if (!known.includes(name)) {
    const near = nearest(name, known);
    console.error(`'${name}' is not known.${near === undefined ? '' : ` Did you mean '${near}'?`}\n`);
    console.error([...usage(door), '', ...(await catalogue(door.folder))].join('\n'));
    return 2;
  }
  const entry = await load<E>(door.folder, name);
  let values: Readonly<Record<string, unknown>>;
  try {
    values = parseOptions({ ...entry.options, ...door.common }, args);
  } catch (error) {
    console.error(`${(error as Error).message}\n`);
    console.error([...usage(door), '', ...(await catalogue(door.folder))].join('\n'));
    return 2;
  }
  return door.run(name, entry, values);
}

function usage<E extends Entry>(door: Door<E>): string[] {
  const common = Object.entries(door.common).map(([name, { type }]) =>
    type === 'boolean' ? `[--${name}]` : `[--${name} ${name.toUpperCase()}]`,
  );
  return [`Usage: npm run ${door.script} -- ${['NAME', ...common, '[options]'].join(' ')}`];
}
