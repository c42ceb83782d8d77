import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nativeImport } from './native-import.ts';
import { Workbench } from './workbench.ts';

/**
 * Evaluation order of graphs with cycles, throws and top-level await, against Node's own modules.
 *
 * Each await waits for a gate; gates open one by one, with a whole turn of the event loop in between, so that what is
 * compared is the order that the specification fixes and not how many ticks a promise takes.
 */
interface Module {
  readonly imports: readonly number[];
  /** How many gates it waits for. */
  readonly awaits: number;
  readonly throws: boolean;
}

interface Case {
  readonly modules: readonly Module[];
  /** Decides which of the waiting gates opens next. */
  readonly choices: readonly number[];
}

interface Stage {
  log(text: string): void;
  wait(): Promise<void>;
}

function textOf({ imports, awaits, throws }: Module, index: number, specifier: (index: number) => string): string {
  return [
    ...imports.map((target) => `import '${specifier(target)}';`),
    `evaluationLog('${index} begins');`,
    ...Array.from({ length: awaits }, (_, n) => `await evaluationGate(); evaluationLog('${index} goes on ${n}');`),
    throws ? `throw new Error('${index} throws');` : `evaluationLog('${index} ends');`,
    'export {};',
  ].join('\n');
}

/** Runs `start`, opening gates until it has settled or nothing waits any more. */
async function play({ choices }: Case, start: (stage: Stage) => Promise<unknown>): Promise<string[]> {
  const log: string[] = [];
  const gates: (() => void)[] = [];
  let settled = false;
  const running = start({
    log: (text) => void log.push(text),
    wait: () => new Promise((resolve) => gates.push(resolve)),
  }).then(
    () => log.push('all is well'),
    (error: Error) => log.push(`rejects: ${error.message}`),
  );
  running.then(() => {
    settled = true;
  });
  let opened = 0;
  for (let idle = 0; !settled || gates.length > 0; ) {
    await new Promise((resolve) => setImmediate(resolve));
    if (gates.length === 0) {
      idle += 1; // Node reads files meanwhile
      if (idle > 100_000) throw new Error(`never settles: ${log.join(', ')}`);
      continue;
    }
    const [open] = gates.splice((choices[opened % choices.length] as number) % gates.length, 1);
    opened += 1;
    open?.();
  }
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  return log;
}

let imports = 0;

async function natively(one: Case, folder: string): Promise<string[]> {
  const name = (index: number) => `m${imports}-${index}.mjs`;
  imports += 1;
  await Promise.all(
    one.modules.map((module, index) =>
      writeFile(
        join(folder, name(index)),
        textOf(module, index, (target) => `./${name(target)}`),
      ),
    ),
  );
  const entry = pathToFileURL(join(folder, name(0))).href;
  return play(one, (stage) => {
    Object.assign(globalThis, { evaluationLog: stage.log, evaluationGate: stage.wait });
    return nativeImport(entry);
  });
}

async function ours(one: Case): Promise<string[]> {
  const bench = new Workbench();
  const texts = Object.fromEntries(
    one.modules.map((module, index) => [`${index}.js`, textOf(module, index, (target) => `./${target}`)]),
  );
  return play(one, async (stage) => {
    Object.assign(bench.globals, { evaluationLog: stage.log, evaluationGate: stage.wait });
    await bench.evaluateAsync(await bench.stage(texts, ['0.js']), '0.js');
  });
}

const cases = (awaits: number): fc.Arbitrary<Case> =>
  fc.integer({ min: 1, max: 8 }).chain((size) =>
    fc.record({
      modules: fc.array(
        fc.record({
          imports: fc.array(fc.nat(size - 1), { maxLength: 3 }),
          awaits: fc.nat(awaits),
          throws: fc.nat(5).map((n) => n === 0),
        }),
        { minLength: size, maxLength: size },
      ),
      choices: fc.array(fc.nat(20), { minLength: 1, maxLength: 8 }),
    }),
  );

async function compared(arbitrary: fc.Arbitrary<Case>, numRuns: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-order-'));
  try {
    await fc.assert(
      fc.asyncProperty(arbitrary, async (one) => {
        expect(await ours(one)).toEqual(await natively(one, folder));
      }),
      { numRuns, seed: 20_261_125, endOnFailure: false },
    );
  } finally {
    Reflect.deleteProperty(globalThis, 'evaluationLog');
    Reflect.deleteProperty(globalThis, 'evaluationGate');
    await rm(folder, { recursive: true });
  }
}

describe('evaluation order', () => {
  it('of graphs that do not await is that of Node', () => compared(cases(0), 80));
  it('of graphs that await is that of Node', () => compared(cases(2), 150));
});
