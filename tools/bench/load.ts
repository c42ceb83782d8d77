// A cold start: from nothing to the first answer of a whole graph, a fresh process for each measurement. The floor is Node,
// which loads the same modules as JavaScript: no types to take away, no edit to come.
//
// Judged is the start of every day: a process before has filled the cache of compiled code. The first start of all, with an
// empty cache, is shown beside it; so are further namespaces in one process, which share compiled code.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Row, row, unjudged } from '../door/benchmark.ts';
import { numberOf, type Options, type Values } from '../door/options.ts';
import { type Contender, interleave } from '../door/statistics.ts';
import { sourceFlags } from '../run/flags.ts';
import { firstVisit, graph, rootId } from './lib/graph.ts';
import { asMjs, javascript, write } from './lib/javascript.ts';
import { cpuOption } from './lib/stopwatch.ts';

export const summary = 'a cold start from the cache, to the first answer of the whole graph; many namespaces';

export const options = {
  cpu: cpuOption,
  modules: { type: 'string', about: 'how many modules there are', default: '1000' },
  namespaces: { type: 'string', about: 'how many namespaces of 50 modules share compiled code', default: '1000' },
  rounds: { type: 'string', about: 'how many processes are started for each side', default: '7' },
} satisfies Options;

/** Modules of each of the namespaces that share code. */
const ROOM = 50;

/** What a child reports. */
export interface LoadReport {
  /** By the clock. */
  readonly milliseconds: number;
  /** Milliseconds of the processor. */
  readonly processor: number;
  /** The first answer of each namespace. */
  readonly answers: readonly number[];
}

/** What the child with many namespaces reports. */
export interface RoomsReport {
  /** What each took. */
  readonly milliseconds: readonly number[];
  readonly answers: readonly number[];
  /** Bytes of heap that each of them holds. */
  readonly bytes: number;
}

export async function run({ cpu = false, modules, namespaces, rounds }: Values<typeof options>): Promise<Row[]> {
  const size = numberOf('modules', modules);
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-bench-load-'));
  try {
    const rows = await starts(folder, size, numberOf('rounds', rounds), cpu);
    return [...rows, await rooms(folder, numberOf('namespaces', namespaces))];
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function starts(folder: string, size: number, rounds: number, cpu: boolean): Promise<Row[]> {
  const texts = graph({ modules: size, importers: 'all' });
  const [typescript, plain] = [join(folder, 'typescript'), join(folder, 'javascript')];
  await write(typescript, texts);
  await write(plain, javascript(texts));

  const start = async (file: string, flags: readonly string[], args: readonly string[], cache: string) => {
    const { milliseconds, processor, answers } = await reportOf<LoadReport>(file, flags, args, cache);
    check(file, answers, size);
    return cpu ? processor : milliseconds;
  };
  const rekindle = (scripts: string, root: string, cache: string) =>
    start('rekindle.ts', sourceFlags, [scripts, root], cache);
  const empty = () => mkdtemp(join(folder, 'cache-'));
  const filled = await empty();
  await rekindle(typescript, rootId, filled);
  const contenders: Contender[] = [
    { name: 'from the cache', measure: () => rekindle(typescript, rootId, filled) },
    { name: 'floor', measure: async () => start('native.mjs', [], [plain, asMjs(rootId)], filled) },
    { name: 'compiled, from TypeScript', measure: async () => rekindle(typescript, rootId, await empty()) },
    { name: 'compiled, from JavaScript', measure: async () => rekindle(plain, asMjs(rootId), await empty()) },
  ];
  const samples = await interleave(contenders, { rounds, warmup: 1 });
  return contenders.flatMap(({ name }) => {
    if (name === 'floor') return [];
    const ours = row('rekindle', size, samples.get(name) ?? [], name);
    return [name === 'from the cache' ? ours : unjudged(ours), row('floor', size, samples.get('floor') ?? [], name)];
  });
}

async function rooms(folder: string, count: number): Promise<Row> {
  const scripts = join(folder, 'room');
  await write(scripts, graph({ modules: ROOM, importers: 'all' }));
  const flags = [...sourceFlags, '--expose-gc'];
  const cache = await mkdtemp(join(folder, 'cache-'));
  const report = await reportOf<RoomsReport>('rooms.ts', flags, [scripts, rootId, String(count)], cache);
  check('rooms.ts', report.answers, ROOM);
  const what = `each of ${count} namespaces that share code`;
  return unjudged({ ...row('rekindle', ROOM, report.milliseconds, what), kilobytes: report.bytes / 1024 });
}

function check(file: string, answers: readonly number[], modules: number): void {
  const right = firstVisit({ modules });
  const wrong = answers.find((number) => number !== right);
  if (wrong !== undefined || answers.length === 0) throw new Error(`${file} answers ${wrong}, not ${right}.`);
}

/** Runs one process to its end; `cache` is the folder where caches of compiled code stand. */
async function reportOf<Report>(
  file: string,
  flags: readonly string[],
  args: readonly string[],
  cache: string,
): Promise<Report> {
  const env = { ...process.env, XDG_CACHE_HOME: cache, LOCALAPPDATA: cache };
  const child = fork(join(import.meta.dirname, 'load', file), args, { execArgv: [...flags], env });
  const ended = once(child, 'close').then(([code]) => {
    throw new Error(`${file} ended with code ${code} and no answer.`);
  });
  ended.catch(() => {}); // after the answer it is what shall happen
  const [report] = (await Promise.race([once(child, 'message'), ended])) as [Report];
  await ended.catch(() => {});
  return report;
}
