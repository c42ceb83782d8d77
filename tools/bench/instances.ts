// What a reload costs that finds a million living objects of the class that it changes, and what calls of them cost: those
// of a class that was never reloaded against native modules, those after a number of reloads against none. Sums are
// checked.
//
// The floor of the pause is the same reload with one living object: it is not to grow with their number. Objects are
// called from a module that stays; each edit changes the text of the method, not what it gives.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createHost, memoryStore } from 'rekindle';
import { type Row, row } from '../door/benchmark.ts';
import { numberOf, type Options, type Values } from '../door/options.ts';
import { interleave } from '../door/statistics.ts';
import { asMjs, javascript, write } from './lib/javascript.ts';

export const summary = 'living objects of a class that is reloaded: the pause, and calls before and after';

export const options = {
  objects: { type: 'string', about: 'how many live', default: '1000000' },
  reloads: { type: 'string', about: 'how often the class is edited', default: '20' },
  rounds: { type: 'string', about: 'how many times each side runs its loops', default: '20' },
} satisfies Options;

const CALLS = 1_000_000;
const WARMUP = 10;

const goblin = (edit: number) => `
export class Goblin {
  static edits = ${edit};
  health = 1000;
  armor = 0;
  wards: number[] = WARDS;
  strike(turn: number): number {
    const power = 10 + (turn % 7) * 3;
    const ward = this.wards[turn % this.wards.length] ?? 0;
    let depth = power - (power * ward) / 100;
    depth -= Math.min(depth / 4, this.armor);
    this.health -= Math.round(depth);
    if (this.health <= 0) {
      this.health = 1000;
      this.armor = this.armor > 5 ? 0 : this.armor + 1;
    }
    return this.health + ${edit} - Goblin.edits;
  }
}
const WARDS = [0, 10, 25, 50];
`;

const loops = `
interface Struck { strike(turn: number): number }

export function one(object: Struck, count: number): number {
  let sum = 0;
  for (let turn = 0; turn < count; turn++) sum = (sum + object.strike(turn)) | 0;
  return sum;
}

export function each(objects: readonly Struck[], count: number): number {
  let sum = 0;
  for (let turn = 0; turn < count; turn++) sum = (sum + (objects[turn % objects.length] as Struck).strike(turn)) | 0;
  return sum;
}

export function made(Class: new () => Struck, count: number): number {
  let sum = 0;
  for (let turn = 0; turn < count; turn++) sum = (sum + new Class().strike(turn)) | 0;
  return sum;
}
`;

interface Struck {
  strike(turn: number): number;
}

interface Side {
  Goblin: new () => Struck;
  /** Those that live. */
  readonly objects: readonly Struck[];
  readonly one: (object: Struck, count: number) => number;
  readonly each: (objects: readonly Struck[], count: number) => number;
  readonly made: (Class: new () => Struck, count: number) => number;
}

const texts = { 'goblin.ts': goblin(0), 'loops.ts': loops };

export async function run({ objects, reloads, rounds }: Values<typeof options>): Promise<Row[]> {
  const count = numberOf('objects', objects);
  const edits = numberOf('reloads', reloads);
  const native = await importNative(count);
  const few = await scripts(1);
  const many = await scripts(count);
  const still = await scripts(count);
  try {
    const measured = { rounds: numberOf('rounds', rounds) };
    const before = await compare(still.side, native, { ...measured, when: ', never reloaded, and native' });
    const pauses = { rekindle: [] as number[], floor: [] as number[] };
    for (let edit = 1; edit <= edits; edit += 1) {
      pauses.rekindle.push(await many.edit(edit));
      pauses.floor.push(await few.edit(edit));
    }
    const what = `the pause with ${count} living objects, and with one`;
    return [
      row('rekindle', 1, pauses.rekindle, what),
      row('floor', 1, pauses.floor, what),
      ...before,
      ...(await compare(many.side, still.side, { ...measured, when: `, after ${edits} reloads, and after none` })),
    ];
  } finally {
    for (const { host } of [few, many, still]) await host.close();
  }
}

/** A host with some living objects. */
async function scripts(count: number) {
  const store = memoryStore({ modules: texts });
  const host = createHost({ stores: [store], probation: false, limits: { loop: 60_000 } }); // the loops are long
  const { Goblin } = (await host.import('goblin.ts')) as Pick<Side, 'Goblin'>;
  const objects = Array.from({ length: count }, () => new Goblin());
  const side = { ...((await host.import('loops.ts')) as Side), Goblin, objects };
  const edit = async (number: number): Promise<number> => {
    await store.publish(new Map([['goblin.ts', goblin(number)]]), { expected: number });
    const outcome = await host.sync();
    if (outcome.status !== 'committed') throw new Error(`Reload ${number} was ${outcome.status}.`);
    const { Goblin: Newest } = (await host.import('goblin.ts')) as Pick<Side, 'Goblin'>;
    if (!objects.every((object) => object instanceof Newest)) throw new Error('An object has stayed behind.');
    side.Goblin = Newest;
    return outcome.pause;
  };
  return { host, side, edit };
}

interface Measured {
  readonly rounds: number;
  readonly when: string;
}

async function compare(ours: Side, floor: Side, { rounds, when }: Measured): Promise<Row[]> {
  const prepare = (object: Struck) => Object.assign(object, { health: 1000, armor: 0 });
  const cases = [
    {
      what: 'calls of one object',
      before: () => void [ours, floor].map(({ objects }) => prepare(objects[0] as Struck)),
      ours: () => ours.one(ours.objects[0] as Struck, CALLS),
      floor: () => floor.one(floor.objects[0] as Struck, CALLS),
    },
    {
      what: 'a call of each',
      before: () => void [ours, floor].map(({ objects }) => objects.map(prepare)),
      ours: () => ours.each(ours.objects, CALLS),
      floor: () => floor.each(floor.objects, CALLS),
    },
    {
      what: 'making one and calling it',
      before: () => {},
      ours: () => ours.made(ours.Goblin, CALLS),
      floor: () => floor.made(floor.Goblin, CALLS),
    },
  ];
  const rows: Row[] = [];
  for (const { what, before, ours: mine, floor: other } of cases) {
    before();
    const expected = other();
    const measure = (loop: () => number) => {
      before(); // or they would go on from where the last round left them
      const start = performance.now();
      const got = loop();
      const end = performance.now();
      if (got !== expected) throw new Error(`${what} gives ${got}, not ${expected}.`);
      return end - start;
    };
    const samples = await interleave(
      [
        { name: 'rekindle', measure: () => measure(mine) },
        { name: 'floor', measure: () => measure(other) },
      ],
      { rounds, warmup: WARMUP },
    );
    rows.push(...[...samples].map(([name, times]) => row(name, 2, times, what + when)));
  }
  return rows;
}

async function importNative(count: number): Promise<Side> {
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-bench-instances-'));
  try {
    await write(folder, javascript(texts));
    const [classes, code] = await Promise.all(
      ['goblin.ts', 'loops.ts'].map((id) => import(pathToFileURL(join(folder, asMjs(id))).href)),
    );
    const { Goblin } = classes as Pick<Side, 'Goblin'>;
    return { ...code, Goblin, objects: Array.from({ length: count }, () => new Goblin()) } as Side;
  } finally {
    await rm(folder, { recursive: true });
  }
}
