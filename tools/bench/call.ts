// What code costs while nothing is reloaded: a call of another module's function and a read of another module's constant,
// against the same two modules as native ones in the same process; then again, after the imported module has been edited
// a number of times. Sums are checked.
//
// Both stand many times in one turn of a loop, because the turns of a script's loop are counted (so that one without an
// end can be stopped). What a turn costs is shown by itself, with next to nothing in it: the worst case, for information.
//
// The function is a rule of ten lines. One of a single line is the worst case: V8 puts it in the place of the call, and
// after an edit it does so no longer, because the call has seen more than one function. `--tiny` shows it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createHost, memoryStore } from 'rekindle';
import { type Row, row, unjudged } from '../door/benchmark.ts';
import { numberOf, type Options, type Values } from '../door/options.ts';
import { interleave } from '../door/statistics.ts';
import { asMjs, javascript, write } from './lib/javascript.ts';

export const summary = 'a call and a read across modules, a million each, before and after reloads';

export const options = {
  reloads: { type: 'string', about: 'how often the imported module is edited in between', default: '20' },
  tiny: { type: 'boolean', about: 'measure a call of a function of one line, too' },
  rounds: { type: 'string', about: 'how many times each side runs its loops', default: '60' },
} satisfies Options;

const rules = (edit: number) => `
export const step: number = 3;
export const edits = ${edit};

export function next(seed: number): number {
  return (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
}

export interface Fighter {
  health: number;
  armor: number;
  readonly wards: readonly number[];
}

export function strike(fighter: Fighter, turn: number): number {
  const power = 10 + (turn % 7) * 3;
  const ward = fighter.wards[turn % fighter.wards.length] ?? 0;
  let depth = power - (power * ward) / 100;
  for (let layer = 0; layer < 3; layer++) depth -= Math.min(depth / 4, fighter.armor);
  fighter.health -= Math.round(depth);
  if (fighter.health <= 0) {
    fighter.health = 1000;
    fighter.armor = fighter.armor > 5 ? 0 : fighter.armor + 1;
  }
  return fighter.health;
}
`;

const ITERATIONS = 1_000_000;
const WARMUP = 20;
/** Calls and reads in one turn of a loop. */
const A_TURN = 8;

const again = (statement: string) => `\n    ${statement}`.repeat(A_TURN);

const loops = `
import { next, step, strike } from './rules.ts';

export function calls(count: number): number {
  const fighter = { health: 1000, armor: 0, wards: [0, 10, 25, 50] };
  let sum = 0;
  for (let turn = 0; turn < count; turn += ${A_TURN}) {${again('sum = (sum + strike(fighter, turn)) | 0;')}
  }
  return sum;
}

export function tinyCalls(count: number): number {
  let seed = 1;
  for (let turn = 0; turn < count; turn += ${A_TURN}) {${again('seed = next(seed);')}
  }
  return seed;
}

export function reads(count: number): number {
  let sum = 0;
  for (let turn = 0; turn < count; turn += ${A_TURN}) {${again('sum = (sum ^ turn) + step;')}
  }
  return sum;
}

export function turns(count: number): number {
  let sum = 0;
  for (let turn = 0; turn < count; turn++) sum = (sum ^ turn) + 3;
  return sum;
}
`;

const texts = { 'rules.ts': rules(0), 'loops.ts': loops };

type Loops = Record<'calls' | 'tinyCalls' | 'reads' | 'turns', (count: number) => number>;

export async function run({ reloads, tiny = false, rounds }: Values<typeof options>): Promise<Row[]> {
  const edits = numberOf('reloads', reloads);
  const store = memoryStore({ modules: texts });
  // its loops run for as long as it takes to measure them
  await using host = createHost({ stores: [store], limits: { loop: Number.POSITIVE_INFINITY } });
  const ours = (await host.import('loops.ts')) as Loops;
  const native = await importNative();
  const cases: Case[] = [['a call', 'calls'], ...(tiny ? [TINY] : []), ['a read', 'reads']];
  const turn: Case = ['a turn of a loop', 'turns'];
  const measure = async (when: string) => {
    const rows: Row[] = [];
    for (const [what, loop] of cases) {
      rows.push(...(await compare(ours[loop], native[loop], numberOf('rounds', rounds), `${what}${when}`)));
    }
    return rows;
  };

  const before = await measure('');
  const turns = (await compare(ours[turn[1]], native[turn[1]], numberOf('rounds', rounds), turn[0])).map(unjudged);
  for (let edit = 1; edit <= edits; edit += 1) {
    await store.publish(new Map([['rules.ts', rules(edit)]]), { expected: edit });
    const outcome = await host.sync();
    if (outcome.status !== 'committed') throw new Error(`Reload ${edit} was ${outcome.status}.`);
  }
  return [...before, ...turns, ...(await measure(`, after ${edits} reloads`))];
}

type Case = readonly [what: string, loop: keyof Loops];
const TINY: Case = ['a tiny call', 'tinyCalls'];

type Loop = Loops[keyof Loops];

async function compare(ours: Loop, native: Loop, rounds: number, what: string): Promise<Row[]> {
  const expected = native(ITERATIONS);
  const measure = (loop: Loop) => {
    const start = performance.now();
    const got = loop(ITERATIONS);
    const end = performance.now();
    if (got !== expected) throw new Error(`${what} gives ${got}, not ${expected}.`);
    return end - start;
  };
  const contenders = [
    { name: 'rekindle', measure: () => measure(ours) },
    { name: 'floor', measure: () => measure(native) },
  ];
  const samples = await interleave(contenders, { rounds, warmup: WARMUP });
  return [...samples].map(([name, times]) => row(name, 2, times, what));
}

async function importNative(): Promise<Loops> {
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-bench-call-'));
  try {
    await write(folder, javascript(texts));
    return (await import(pathToFileURL(join(folder, asMjs('loops.ts'))).href)) as Loops;
  } finally {
    await rm(folder, { recursive: true });
  }
}
