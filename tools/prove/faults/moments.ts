// The game's own part in a transaction, `activate`, and what it can do wrong with it.
import type { Graph } from './graphs.ts';
import { differences, without } from './picture.ts';
import { onStage, type Stage, type Trial } from './stage.ts';

export function momentTrials(graph: Graph): Trial[] {
  const trial = (name: string, run: (stage: Stage) => Promise<string[]>): Trial => ({
    name,
    run: () => onStage(graph, false, run),
  });
  return [
    trial("'activate' throws before it applies", throwsBefore),
    trial("'activate' throws after it has applied", throwsAfter),
    trial("'activate' never applies, and a newer release comes", (stage) => isSuperseded(stage, graph)),
    trial("'activate' never applies, and the host closes", isClosed),
  ];
}

async function throwsBefore(stage: Stage): Promise<string[]> {
  const goOn = await stage.flows();
  const before = await stage.picture();
  const { outcome, events } = await stage.change([], 'throws before');
  const diagnostic = outcome.status === 'refused' ? outcome.diagnostics[0] : undefined;
  const wrong = [...differences(before, await stage.picture()), ...(await goOn())];
  if (diagnostic?.code !== 'ACTIVATE_THREW' || !diagnostic.message.includes('the game is busy'))
    wrong.push(`it was ${JSON.stringify(outcome)}`);
  if (events.filter(({ type }) => type === 'reload:refused').length !== 1) wrong.push('it was not told once');
  return [...wrong, ...(await commits(stage))];
}

async function throwsAfter(stage: Stage): Promise<string[]> {
  const { outcome, warnings } = await stage.change([], 'throws after');
  if (outcome.status !== 'committed') return [`it was ${JSON.stringify(outcome)}`];
  return warnings.some((text) => text.includes('the game stumbled')) ? [] : ['nobody was told'];
}

async function isSuperseded(stage: Stage, { early = false }: Graph): Promise<string[]> {
  // the engine waits with a timer, and a body that awaits may wait for its own
  const seen = early ? ['timers', 'exports'] : ['timers'];
  const goOn = await stage.flows();
  const lives = await stage.lives();
  const before = await stage.picture(lives);
  const changing = stage.change([], 'never');
  const apply = await stage.waiting();
  const wrong = [
    ...differences(without(before, seen), without(await stage.picture(lives), seen)).map(
      (text) => `while it waits: ${text}`,
    ),
  ];
  const next = stage.supersede();
  const { outcome } = await changing;
  if (outcome.status !== 'committed') wrong.push(`it was ${JSON.stringify(outcome)}`);
  await next;
  if (apply().status !== 'superseded') wrong.push(`its moment came too late, and was ${apply().status}`);
  await goOn().catch(() => {}); // a version that has ended cannot put anything into a hook
  return wrong;
}

/** Nothing of what was prepared is left with the host. */
async function isClosed(stage: Stage): Promise<string[]> {
  const changing = stage.change([], 'never');
  const apply = await stage.waiting();
  await stage.close();
  const { outcome } = await changing;
  const wrong = outcome.status === 'rejected' ? [] : [`it was ${JSON.stringify(outcome)}`];
  if (apply().status !== 'refused') wrong.push(`its moment came too late, and was ${apply().status}`);
  return [...wrong, ...stage.left().map((text) => `left behind: ${text}`)];
}

async function commits(stage: Stage): Promise<string[]> {
  const { outcome } = await stage.change();
  return outcome.status === 'committed' ? [] : [`afterwards the change is ${JSON.stringify(outcome)}`];
}
