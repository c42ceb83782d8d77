// The measured process: `measure.ts <reloads> <cycles>`. Reports to its parent what each round leaves on the heap.
import { setImmediate as turn } from 'node:timers/promises';
import { createHook } from 'rekindle';
import { createTestHost } from 'rekindle/testing';
import type { SoakReport } from '../soak.ts';

const [reloads = 0, cycles = 0] = process.argv.slice(2).map(Number);

/** Collections until nothing more is given back: finalizers run between them. */
async function heap(): Promise<number> {
  for (let round = 0; round < 8; round += 1) {
    globalThis.gc?.();
    await turn();
  }
  return process.memoryUsage().heapUsed;
}

/** Bytes that each of `count` rounds leaves, after a start that is not counted. */
async function left(count: number, round: (index: number) => Promise<void>): Promise<number> {
  const warmup = Math.ceil(count / 10);
  for (let index = 0; index < warmup; index += 1) await round(index);
  const before = await heap();
  for (let index = 0; index < count; index += 1) {
    await round(warmup + index);
    // a server would have turned its loop and collected meanwhile
    if (index % 1_000 === 999) process.stderr.write(`soak: ${index + 1} of ${count}\n`);
  }
  return ((await heap()) - before) / count;
}

/** A machine that is busy with something else must not look like a loop that does not end. */
const PATIENT = { activate: 60_000, prepare: 60_000 };

const tick = createHook<() => void>('tick');
const modules = { '@arena/api': { onTick: tick.add } };

/** A script with a bit of everything: a slot, a timer, a hook entry, an import. */
const leaf = (index: number) => `
import { state } from 'rekindle/script';
import { onTick } from '@arena/api';
import { step } from './step.ts';
const seen = state('seen', () => ({ ticks: 0 }));
export const version = ${index};
export class Goblin { hp = ${index}; hit() { return this.hp - step; } }
onTick(() => { seen.ticks += step; });
setInterval(() => { seen.ticks += ${index}; }, 1_000);
`;

async function reloading(): Promise<number> {
  const t = await createTestHost(
    { 'leaf.ts': leaf(0), 'step.ts': 'export const step = 1;' },
    { entries: ['leaf.ts'], modules, limits: PATIENT },
  );
  const view = await t.import<{ version: number }>('leaf.ts');
  const bytes = await left(reloads, async (index) => {
    const outcome = await t.change({ 'leaf.ts': leaf(index + 1) });
    if (outcome.status !== 'committed' || view.version !== index + 1) {
      throw new Error(`reload ${index}: ${outcome.status} ${JSON.stringify(outcome)}`);
    }
    tick.call();
    await t.clock.advance(10);
    t.forget();
  });
  await t.close();
  return bytes;
}

async function cycling(): Promise<number> {
  const texts: Record<string, string> = {};
  for (let index = 0; index < 50; index += 1) {
    const next = index < 49 ? `import './m${index + 1}.ts';` : '';
    texts[`m${index}.ts`] = `${next}\n${leaf(index)}`;
  }
  const t = await createTestHost({ ...texts, 'step.ts': 'export const step = 1;' }, { modules, limits: PATIENT });
  const bytes = await left(cycles, async (index) => {
    const room = await t.host.namespace(`room-${index}`, { entries: ['m0.ts'] });
    await room.dispose();
    await t.clock.advance(10);
    t.forget();
  });
  await t.close();
  return bytes;
}

const report: SoakReport = { reload: await reloading(), cycle: await cycling() };
process.send?.(report);
process.disconnect?.();
