// A transaction that fails before and after each of its participants leaves everything as it was, to the identity, and
// the same change commits afterwards as if nothing had happened.
import type { Options, Values } from '../door/options.ts';
import type { Tally } from '../door/tally.ts';
import { type Graph, graphs } from './faults/graphs.ts';
import { differences } from './faults/picture.ts';
import { type Fault, Stage } from './faults/stage.ts';

export const summary = 'a transaction fails at each of its points, and nothing has changed';

export const options = {
  graph: { type: 'string', about: 'only graphs whose name has this in it' },
} satisfies Options;

export const partOfTest = true;

export async function run({ graph: wanted = '' }: Values<typeof options>): Promise<Tally> {
  const tally = { passed: 0, failed: 0 };
  for (const graph of graphs.filter(({ name }) => name.includes(wanted))) {
    const control = await onStage(graph, async (stage) => {
      await (await stage.flows())();
      const outcome = await stage.change();
      if (outcome.status !== 'committed')
        throw new Error(`'${graph.name}' does not commit: ${JSON.stringify(outcome)}`);
      return { participants: stage.participants, shape: await stage.shape() };
    });
    const faults = control.participants.flatMap((participant): Fault[] => [
      { participant, point: 'before' },
      { participant, point: 'after' },
    ]);
    let failed = 0;
    for (const fault of faults) {
      const wrong = await onStage(graph, (stage) => failAt(stage, fault, control.shape));
      if (wrong.length > 0) {
        failed += 1;
        console.log(
          `  FAILED ${graph.name}, ${fault.point} '${fault.participant}'\n${wrong.map((line) => `         ${line}`).join('\n')}`,
        );
      }
    }
    tally.passed += faults.length - failed;
    tally.failed += failed;
    if (failed === 0)
      console.log(`  ok     ${graph.name}: ${faults.length} faults at ${control.participants.length} participants`);
  }
  return tally;
}

/** What is wrong after one failure, and after the change that follows it. */
async function failAt(stage: Stage, fault: Fault, shape: string): Promise<string[]> {
  const goOn = await stage.flows();
  const before = await stage.picture();
  const refused = await stage.change(fault);
  if (refused.status !== 'refused') return [`it was ${refused.status}, not refused`];
  const message = refused.diagnostics[0]?.message ?? '';
  if (!message.includes(`${fault.point} ${fault.participant}`))
    return [`it was refused for something else: ${message}`];
  const wrong = [...differences(before, await stage.picture()), ...(await goOn())];
  const again = await stage.change();
  if (again.status !== 'committed') {
    const why = again.status === 'refused' ? `: ${again.diagnostics[0]?.message}` : '';
    return [...wrong, `afterwards the change is ${again.status}${why}`];
  }
  const now = await stage.shape();
  return now === shape
    ? wrong
    : [...wrong, `afterwards the change commits to something else:`, `  ${shape}`, `  ${now}`];
}

async function onStage<Result>(graph: Graph, act: (stage: Stage) => Promise<Result>): Promise<Result> {
  const stage = new Stage(graph);
  try {
    await stage.load();
    return await act(stage);
  } finally {
    await stage.close();
  }
}
