// From a text to what can be run: the leaf through Rekindle's compiler, which also finds out what the module imports,
// exports and mentions, against SWC with a source map and V8 alone. Nothing is read, linked or run while it is timed; each
// result is run afterwards, by a bare linker for modules without imports, and has to give the right answer.
import { compile, instantiate, type ModuleFunction } from '@rekindle/compiler';
import { type Row, row } from '../door/benchmark.ts';
import { numberOf, type Options, type Values } from '../door/options.ts';
import { interleave } from '../door/statistics.ts';
import { runnable } from './lib/floor.ts';
import { type Leaf, leaf, leafId, probe } from './lib/leaf.ts';
import { cpuOption, type Stopwatch, stopwatch } from './lib/stopwatch.ts';

export const summary = 'from the text of one module to what can be run';

export const options = {
  calls: { type: 'boolean', about: "let the leaf's top level call something" },
  cpu: cpuOption,
  rounds: { type: 'string', about: 'how many texts are compiled', default: '1000' },
} satisfies Options;

const WARMUP = 200;

export async function run({ calls = false, cpu = false, rounds }: Values<typeof options>): Promise<Row[]> {
  const edit = (round: number) => leaf(WARMUP + round, { calls });
  const now = stopwatch(cpu);
  const contenders = [
    { name: 'rekindle', measure: (round: number) => rekindle(edit(round), now) },
    { name: 'floor', measure: (round: number) => floor(edit(round), now) },
  ];
  const samples = await interleave(contenders, { rounds: numberOf('rounds', rounds), warmup: WARMUP });
  return [...samples].map(([name, times]) => row(name, 1, times));
}

function rekindle({ source, answer }: Leaf, now: Stopwatch): number {
  const start = now();
  const compiled = compile(source, { id: leafId });
  if (!compiled.ok) throw new Error(`rekindle refuses the leaf: ${compiled.diagnostics[0]?.message}`);
  const instantiated = instantiate(compiled.artifact);
  const end = now();
  if (!instantiated.ok) throw new Error(`V8 refuses the leaf: ${instantiated.diagnostic.message}`);
  check('rekindle', evaluate(instantiated.body, compiled.artifact.locals), answer);
  return end - start;
}

function floor({ source, answer }: Leaf, now: Stopwatch): number {
  const start = now();
  const { body } = runnable(source, leafId);
  const end = now();
  const exports = {};
  body(exports);
  check('the floor', exports, answer);
  return end - start;
}

/** The linker's part of the module ABI, as far as a module without imports needs it. */
function evaluate(body: ModuleFunction, locals: readonly { readonly name: string }[]): object {
  const cells = locals.map(() => ({ v: undefined as unknown }));
  const running = body({
    token: {},
    bind: (rebind) => rebind(cells),
    keep: (value) => value,
    fixed: {},
    name: () => {},
    import: () => Promise.reject(new Error('The leaf imports nothing.')),
    meta: {},
    global: globalThis,
    timers: globalThis,
    loops: { left: 0, check() {} },
  });
  running.next();
  running.next();
  return Object.fromEntries(locals.map(({ name }, index) => [name, cells[index]?.v]));
}

function check(who: string, exports: object, answer: number): void {
  const got = probe(exports);
  if (got !== answer) throw new Error(`${who} answers ${got}, not ${answer}.`);
}
