// The measured process: `measure.ts <reloads> <cycles>`. Reports to its parent what each round leaves on the heap.
import { EventEmitter } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { getHeapCodeStatistics } from 'node:v8';
import { createHook } from 'rekindle';
import { createTestHost } from 'rekindle/testing';
import { growth } from '../../door/statistics.ts';
import type { SoakReport } from '../soak.ts';
import { cpu, Versions } from './versions.ts';

const [reloads = 0, cycles = 0] = process.argv.slice(2).map(Number);

/**
 * What is left after collections, until nothing more is given back: finalizers run between them. Without the machine code
 * that V8 makes of what runs often: there is as much of it as there is program, and it comes and goes by a tenth of a
 * megabyte. Bytecode, and all that belongs to a version of a script, is counted.
 */
async function heap(): Promise<number> {
  for (let round = 0; round < 8; round += 1) {
    globalThis.gc?.();
    await turn();
  }
  return process.memoryUsage().heapUsed - getHeapCodeStatistics().code_and_metadata_size;
}

/** Points at which the heap is measured. */
const POINTS = 20;
/** Rounds that are not counted: caches and tables of V8, and ours, get their size in them. */
const WARMUP = 500;

/** Bytes that each of `count` rounds leaves. */
async function left(count: number, round: (index: number) => Promise<void>): Promise<number> {
  const warmup = Math.min(WARMUP, count);
  for (let index = 0; index < warmup; index += 1) await round(index);
  const points = [{ step: 0, value: await heap() }];
  for (let step = 1; step <= count; step += 1) {
    await round(warmup + step - 1);
    // a server would have turned its loop and collected meanwhile
    if (step % Math.ceil(count / POINTS) === 0 || step === count) points.push({ step, value: await heap() });
    if (step % 1_000 === 0) process.stderr.write(`soak: ${step} of ${count}\n`);
  }
  return growth(points);
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

/** The same with what a version starts, hears and makes: a task, a listener, an effect, living objects of its class. */
const busy = (index: number) => `${leaf(index)}
import { effect, listen, task } from 'rekindle/script';
import { bus, stand } from '@arena/bus';
const goblins = state<Goblin[]>('goblins', () => []);
onTick(() => { goblins.splice(0, goblins.length, ...Array.from({ length: 20 }, () => new Goblin())); });
listen(bus, 'hit', () => { for (const goblin of goblins) seen.ticks += goblin.hit(); });
task('watch', async ({ sleep }) => { for (;;) { await sleep(${500 + (index % 3)}); seen.ticks += goblins.length; } });
effect(() => stand(${index}));
`;

async function reloading(): Promise<Pick<SoakReport, 'reload' | 'alive' | 'lingering' | 'drift'>> {
  const bus = new EventEmitter();
  const standing = new Set<number>();
  const stand = (version: number) => {
    standing.add(version);
    return () => standing.delete(version);
  };
  const t = await createTestHost(
    { 'leaf.ts': busy(0), 'step.ts': 'export const step = 1;' },
    { entries: ['leaf.ts'], modules: { ...modules, '@arena/bus': { bus, stand } }, limits: PATIENT },
  );
  const view = await t.import<{ version: number; Goblin: object }>('leaf.ts');
  const versions = new Versions(reloads);
  const warmup = Math.min(WARMUP, reloads);
  const bytes = await left(reloads, async (index) => {
    const text = { 'leaf.ts': busy(index + 1) };
    const start = cpu();
    const outcome = await t.change(text);
    if (index >= warmup) versions.came(view.Goblin, cpu() - start);
    if (outcome.status !== 'committed' || view.version !== index + 1) {
      throw new Error(`reload ${index}: ${outcome.status} ${JSON.stringify(outcome)}`);
    }
    if (standing.size !== 1 || bus.listenerCount('hit') !== 1) {
      throw new Error(`reload ${index}: ${standing.size} effects stand, ${bus.listenerCount('hit')} listeners`);
    }
    bus.emit('hit'); // objects of the version before, as the new one has them
    tick.call();
    await t.clock.advance(10);
    versions.lingering += t.events.filter(({ type }) => type === 'version:lingering').length;
    t.forget();
  });
  const { alive, lingering, drift } = versions;
  await t.close();
  return { reload: bytes, alive, lingering, drift };
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

const report: SoakReport = { ...(await reloading()), cycle: await cycling() };
process.send?.(report);
process.disconnect?.();
