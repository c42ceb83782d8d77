// A transaction that fails at any of its points leaves everything as it was, to the identity, or what the documentation
// says; and the same change commits afterwards as if nothing had happened. The points are not listed: they are whatever
// a healthy change asks of its stores, its steps of resolution, the author's code and the list of participants.
import { inspect } from 'node:util';
import type { Options, Values } from '../door/options.ts';
import type { Tally } from '../door/tally.ts';
import { complaints, marks, marksOnTheWayBack, traces } from './faults/expectation.ts';
import { type Graph, graphs } from './faults/graphs.ts';
import { momentTrials } from './faults/moments.ts';
import { differences, without } from './faults/picture.ts';
import type { Fault, Reached } from './faults/points.ts';
import { onStage, type Shape, type Stage, type Taken, type Trial } from './faults/stage.ts';
import { wrongTexts } from './faults/wrong-texts.ts';

export const summary = 'a transaction fails at each of its points, and nothing has changed';

export const options = {
  graph: { type: 'string', about: 'only graphs whose name has this in it' },
} satisfies Options;

export const partOfTest = true;

export async function run({ graph: wanted = '' }: Values<typeof options>): Promise<Tally> {
  const tally = { passed: 0, failed: 0 };
  const printers = process.listeners('warning'); // there will be hundreds, and each is looked at
  process.removeAllListeners('warning');
  for (const graph of graphs.filter(({ name }) => name.includes(wanted))) {
    const trials = [
      ...(await trialsOf(graph, false, ({ role }) => !isOfCode(role))),
      ...(await trialsOf(graph, true, ({ role }) => isOfCode(role))),
      ...wrongTexts(graph),
      ...momentTrials(graph),
    ];
    let failed = 0;
    for (const { name, run } of trials) {
      const wrong = await run().catch((error: unknown) => [`the trial itself failed: ${inspect(error)}`]);
      if (wrong.length === 0) continue;
      failed += 1;
      console.log(`  FAILED ${graph.name}, ${name}\n${wrong.map((line) => `         ${line}`).join('\n')}`);
    }
    tally.passed += trials.length - failed;
    tally.failed += failed;
    if (failed === 0) console.log(`  ok     ${graph.name}: ${trials.length} failures`);
  }
  for (const printer of printers) process.on('warning', printer);
  return tally;
}

/** What has no dot in front is the author's. */
function isOfCode(role: string): boolean {
  return !/^(?:store\.|participant\.|resolve$|transform$)/.test(role);
}

/** A failure at each point of a healthy change, and at each point of the way back from its last one. */
async function trialsOf(graph: Graph, instrumented: boolean, isMine: (point: Reached) => boolean): Promise<Trial[]> {
  const healthy = await onStage(graph, instrumented, async (stage) => {
    await (await stage.flows())();
    const { outcome, reached } = await stage.change();
    if (outcome.status !== 'committed') throw new Error(`'${graph.name}' does not commit: ${JSON.stringify(outcome)}`);
    return { reached, shape: await stage.shape() };
  });
  const faults = faultsOf(healthy.reached, isMine);
  const last = healthy.reached.findLastIndex(({ role, follows }) => role === 'participant.apply' && !follows);
  const first: Fault = { place: last, way: 'throws' };
  const back = await onStage(graph, instrumented, (stage) => stage.change([first]));
  const more = faultsOf(back.reached, isMine).filter(({ fault }) => fault.place > last);
  return [
    ...faults.map(({ point, fault }) => ({
      name: `${fault.way} at ${point.label}`,
      run: () => onStage(graph, instrumented, (stage) => fail(stage, [fault], [point], healthy.shape)),
    })),
    ...more.map(({ point, fault }) => ({
      name: `taken back, ${fault.way} at ${point.label}`,
      run: () =>
        onStage(graph, instrumented, (stage) =>
          fail(stage, [first, fault], [back.reached[last] as Reached, point], healthy.shape),
        ),
    })),
  ];
}

function faultsOf(
  reached: readonly Reached[],
  isMine: (point: Reached) => boolean,
): { readonly point: Reached; readonly fault: Fault }[] {
  return reached.flatMap((point, place) =>
    isMine(point) ? point.ways.map((way) => ({ point, fault: { place, way } })) : [],
  );
}

/** What is wrong after a failure, or after one and another one on the way back, and after the change that follows. */
async function fail(
  stage: Stage,
  faults: readonly Fault[],
  points: readonly Reached[],
  shape: Shape,
): Promise<string[]> {
  const goOn = await stage.flows();
  const before = await stage.picture();
  const taken = await stage.change(faults);
  for (const [index, { place }] of faults.entries()) {
    const label = taken.reached[place]?.label;
    if (label !== points[index]?.label) return [`it came to '${label}' instead of '${points[index]?.label}'`];
  }
  const [first, second] = points as [Reached, Reached?];
  const wrong = complaints(taken, first);
  const seen = second === undefined ? marks(first) : marksOnTheWayBack(second);
  if (second !== undefined) wrong.push(...untold(taken, second));
  const stands = traces(first) ?? (first.follows ? [] : undefined);
  if (stands !== undefined) {
    await goOn().catch(() => {}); // a version that has ended cannot put anything into a hook
    return [...wrong, ...unlike(shape, await stage.shape(), stands)];
  }
  wrong.push(...differences(without(before, seen), without(await stage.picture(), seen)), ...(await goOn()));
  const { outcome } = await stage.change();
  if (outcome.status !== 'committed') return [...wrong, `afterwards the change is ${JSON.stringify(outcome)}`];
  return [...wrong, ...unlike(shape, await stage.shape(), seen)];
}

/** What goes wrong while something is taken back is told, and stops nothing. */
function untold({ events, warnings }: Taken, { label }: Reached): string[] {
  const texts = [...events.map((event) => ('error' in event ? String(event.error) : '')), ...warnings];
  return texts.some((text) => text.includes(label)) ? [] : ['nobody was told of the second failure'];
}

function unlike(shape: Shape, now: Shape, seen: readonly string[]): string[] {
  return [...shape]
    .filter(([part, text]) => !seen.includes(part) && now.get(part) !== text)
    .map(([part, text]) => `the new version has other ${part}: ${text} is ${now.get(part)}`);
}
