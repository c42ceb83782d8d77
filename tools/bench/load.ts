// A cold start: from nothing to the first answer of a whole graph, a fresh process for each measurement. The floor is Node,
// which loads the same modules as JavaScript: no types to take away, no edit to come. What was compiled is not kept from
// one measurement to the next.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Row, row } from '../door/benchmark.ts';
import { numberOf, type Options, type Values } from '../door/options.ts';
import { type Contender, interleave } from '../door/statistics.ts';
import { sourceFlags } from '../run/flags.ts';
import { firstVisit, graph, rootId } from './lib/graph.ts';
import { asMjs, javascript, write } from './lib/javascript.ts';

export const summary = 'a cold start, to the first answer of the whole graph';

export const options = {
  modules: { type: 'string', about: 'how many modules there are', default: '1000' },
  namespaces: { type: 'string', about: 'how many further namespaces load them in the same process', default: '5' },
  rounds: { type: 'string', about: 'how many processes are started for each side', default: '7' },
} satisfies Options;

interface Answer {
  readonly milliseconds: number;
  /** What each further namespace took. */
  readonly further: readonly number[];
  /** The first answer of each namespace. */
  readonly answers: readonly number[];
}

export async function run({ modules, namespaces, rounds }: Values<typeof options>): Promise<Row[]> {
  const size = numberOf('modules', modules);
  const texts = graph({ modules: size, importers: 'all' });
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-bench-load-'));
  const [typescript, plain] = [join(folder, 'typescript'), join(folder, 'javascript')];
  await write(typescript, texts);
  await write(plain, javascript(texts));

  const further: number[] = [];
  const start = async (round: number, file: string, flags: readonly string[], args: readonly string[]) => {
    const cache = await mkdtemp(join(folder, 'cache-'));
    const answer = await answerOf(join(import.meta.dirname, 'load', file), flags, args, cache);
    const wrong = answer.answers.find((number) => number !== firstVisit({ modules: size }));
    if (wrong !== undefined) throw new Error(`${file} answers ${wrong}, not ${firstVisit({ modules: size })}.`);
    if (round >= 0) further.push(...answer.further);
    return answer.milliseconds;
  };
  const contenders: Contender[] = [
    {
      name: 'typescript',
      measure: (round) => start(round, 'rekindle.ts', sourceFlags, [typescript, rootId, namespaces]),
    },
    { name: 'javascript', measure: (round) => start(round, 'rekindle.ts', sourceFlags, [plain, asMjs(rootId), '0']) },
    { name: 'floor', measure: (round) => start(round, 'native.mjs', [], [plain, asMjs(rootId)]) },
  ];
  try {
    const samples = await interleave(contenders, { rounds: numberOf('rounds', rounds), warmup: 1 });
    const of = (name: string) => samples.get(name) ?? [];
    return [
      row('rekindle', size, of('typescript'), 'from TypeScript'),
      row('floor', size, of('floor'), 'from TypeScript'),
      row('rekindle', size, of('javascript'), 'from JavaScript'),
      row('floor', size, of('floor'), 'from JavaScript'),
      ...(further.length === 0 ? [] : [row('rekindle', size, further, 'each further namespace')]),
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Runs one process; it finds an empty folder where caches of compiled code would stand. */
async function answerOf(file: string, flags: readonly string[], args: readonly string[], cache: string) {
  const env = { ...process.env, XDG_CACHE_HOME: cache, LOCALAPPDATA: cache };
  const child = fork(file, args, { execArgv: [...flags], env });
  const ended = once(child, 'close').then(([code]) => {
    throw new Error(`${file} ended with code ${code} and no answer.`);
  });
  ended.catch(() => {}); // after the answer it is what shall happen
  const [answer] = (await Promise.race([once(child, 'message'), ended])) as [Answer];
  await ended.catch(() => {});
  return answer;
}
