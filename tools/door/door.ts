// The way in that `npm run prove` and `npm run bench` share: the name, `--help`, wrong usage (exit 2). What a run means
// and prints is the caller's.
import { describeOptions, type Options, parseOptions, UsageError } from './options.ts';
import { catalogue, type Entry, load, names, nearest } from './registry.ts';

export interface Door<E extends Entry> {
  /** The npm script, for the usage line. */
  readonly script: 'prove' | 'bench';
  /** The folder with the modules. */
  readonly folder: string;
  /** Options that every module behind the door takes. */
  readonly common: Options;
  /** Runs one module and gives the exit code. May throw `UsageError`. */
  run(name: string, entry: E, values: Readonly<Record<string, unknown>>): Promise<number>;
}

/** Serves one command line and gives the exit code: 0 done, 1 failed, 2 wrong usage. */
export async function serve<E extends Entry>(door: Door<E>, args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    console.log((await help(door)).join('\n'));
    return 0;
  }
  try {
    const [name, ...rest] = args;
    if (name === undefined) throw new UsageError('A name is needed.');
    const known = await names(door.folder);
    if (!known.includes(name)) {
      const near = nearest(name, known);
      throw new UsageError(`'${name}' is not known.${near === undefined ? '' : ` Did you mean '${near}'?`}`);
    }
    const entry = await load<E>(door.folder, name);
    return await door.run(name, entry, parseOptions({ ...entry.options, ...door.common }, rest));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error([error.message, '', ...(await help(door))].join('\n'));
    return 2;
  }
}

async function help<E extends Entry>({ script, folder, common }: Door<E>): Promise<string[]> {
  return [`Usage: npm run ${script} -- NAME [options]`, ...describeOptions(common), '', ...(await catalogue(folder))];
}
