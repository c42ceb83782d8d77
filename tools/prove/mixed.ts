// Many tasks call through a chain of modules while releases replace all of them: no synchronous call sees two versions,
// and what was in flight goes on in the version in which it began. OTP's own test of code loading has this shape.
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { createHook, createHost, memoryStore } from 'rekindle';
import { Checks } from '../door/checks.ts';
import { numberOf, type Options, type Values } from '../door/options.ts';
import type { Tally } from '../door/tally.ts';

export const summary = 'many tasks call through a chain of modules while releases replace it';

export const partOfTest = true;

export const options = {
  tasks: { type: 'string', about: 'how many tasks call at the same time', default: '160' },
  modules: { type: 'string', about: 'how long the chain is', default: '8' },
  versions: { type: 'string', about: 'how many versions each module has', default: '6' },
  passes: { type: 'string', about: 'how often all of them are released', default: '4' },
  every: { type: 'string', about: 'milliseconds between two releases', default: '50' },
} satisfies Options;

/** What the first module of the chain has. */
interface Head {
  /** The versions that a synchronous call meets, one for each module. */
  through(): number[];
  /** Its own version before and after a pause, and what it was imported with in between. */
  flight(pause: () => Promise<void>): Promise<readonly [number, number]>;
  walk(pause: () => Promise<void>): AsyncGenerator<number>;
}

interface Seen {
  calls: number;
  mixed: number;
  flights: number;
  strayed: number;
  readonly versions: Set<number>;
}

export async function run(values: Values<typeof options>): Promise<Tally> {
  const checks = new Checks();
  return checks.during(() => prove(checks, values));
}

async function prove(checks: Checks, values: Values<typeof options>): Promise<void> {
  const tasks = numberOf('tasks', values.tasks);
  const length = numberOf('modules', values.modules);
  const versions = numberOf('versions', values.versions);
  const releases = versions * numberOf('passes', values.passes);
  const tick = createHook<(seen: number[]) => void>('tick');
  const store = memoryStore({ modules: chain(length, 0) });
  const host = createHost({ stores: [store], cache: false, modules: { '@mixed/api': { onTick: tick.add } } });
  const ending = new AbortController();
  const players: Seen[] = [];
  let committed = 0;
  host.on('reload:committed', () => {
    committed += 1;
  });
  try {
    await host.start({ entries: ['m0.ts'] });
    const head = (await host.import('m0.ts')) as Head;
    const playing = Array.from({ length: tasks }, (_, index) => {
      const seen: Seen = { calls: 0, mixed: 0, flights: 0, strayed: 0, versions: new Set() };
      players.push(seen);
      return play(index, head, tick.call, seen, ending.signal);
    });
    for (let release = 1; release <= releases; release += 1) {
      await wait(numberOf('every', values.every));
      await store.publish(new Map(Object.entries(chain(length, release % versions))), { expected: release });
    }
    while (committed < releases && !ending.signal.aborted) {
      // followed releases may merge where the machine is busy: the last one has to run
      if (host.release.number === releases + 1) break;
      await turn();
    }
    ending.abort();
    await Promise.all(playing);
  } finally {
    ending.abort();
    await host.close();
  }
  const sum = (pick: (seen: Seen) => number) => players.reduce((total, seen) => total + pick(seen), 0);
  const met = new Set(players.flatMap(({ versions: seen }) => [...seen]));
  checks.that('the newest release runs', host.release.number === releases + 1, `release ${host.release.number}`);
  checks.that('releases were commits of their own', committed >= versions, `${committed} of ${releases}`);
  checks.that(
    'every task called',
    players.every(({ calls }) => calls > 0),
    `${sum(({ calls }) => calls)} calls`,
  );
  checks.that('every version was met', met.size === versions, [...met].sort().join());
  checks.that('no synchronous call saw two versions', sum(({ mixed }) => mixed) === 0);
  checks.that('something was in flight', sum(({ flights }) => flights) > 0, `${sum(({ flights }) => flights)} flights`);
  checks.that('what was in flight kept its version', sum(({ strayed }) => strayed) === 0);
}

/** Calls in every way there is: the live view, a function that was kept, a hook, an async function, a generator. */
async function play(
  index: number,
  head: Head,
  call: (seen: number[]) => void,
  seen: Seen,
  signal: AbortSignal,
): Promise<void> {
  const pauses = [() => turn(), () => Promise.resolve(), () => wait(index % 7)];
  const pause = async () => void (await pauses[index % pauses.length]?.());
  let kept = head.through;
  const look = (versions: readonly number[]) => {
    seen.calls += 1;
    for (const version of versions) seen.versions.add(version);
    if (versions.some((version) => version !== versions[0])) seen.mixed += 1;
  };
  const fly = (before: number, after: number) => {
    seen.flights += 1;
    if (before !== after) seen.strayed += 1;
  };
  for (let round = 0; !signal.aborted; round += 1) {
    look(head.through());
    const inHook: number[] = [];
    call(inHook);
    look(inHook);
    if (round % 5 === 0) kept = head.through;
    // a function that was kept is of its own version, and calls what is current: all of one version but the first
    look(kept().slice(1));
    if (round % 3 === index % 3) fly(...(await head.flight(pause)));
    else if (round % 7 === index % 7) {
      const versions: number[] = [];
      for await (const version of head.walk(pause)) versions.push(version);
      fly(versions[0] ?? -1, versions.at(-1) ?? -1);
    }
    await turn();
  }
}

function chain(length: number, version: number): Record<string, string> {
  const modules: Record<string, string> = {};
  for (let index = 0; index < length; index += 1) {
    const last = index === length - 1;
    modules[`m${index}.ts`] = `${last ? '' : `import { through as next } from './m${index + 1}.ts';`}
${index === 0 ? "import { onTick } from '@mixed/api';" : ''}
const version = ${version};
export function through(): number[] { return [version, ${last ? '' : '...next()'}]; }
${index === 0 ? HEAD : ''}`;
  }
  return modules;
}

const HEAD = `onTick((seen: number[]) => seen.push(...through()));
export async function flight(pause: () => Promise<void>) {
  const before = version;
  await pause();
  return [before, version];
}
export async function* walk(pause: () => Promise<void>) {
  for (let step = 0; step < 4; step += 1) {
    yield version;
    await pause();
  }
}`;
