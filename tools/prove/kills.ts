// Processes that are killed in the middle: a publish leaves the old or the new release, whole, whatever step it had come
// to, and what somebody was told of is never lost. And a release that kills its host keeps no server down.
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Store } from '@rekindle/store';
import { folderStore } from '@rekindle/store-fs';
import { mongoStore } from '@rekindle/store-mongodb';
import { Checks } from '../door/checks.ts';
import { numberOf, type Options, UsageError, type Values } from '../door/options.ts';
import type { Tally } from '../door/tally.ts';
import { serverNames, starterOf } from '../mongodb/option.ts';
import { sourceFlags } from '../run/flags.ts';
import { proveServerKills } from './kills/server-kills.ts';
import { proveStarts } from './kills/starts.ts';
import { textOf, textsOf } from './kills/texts.ts';

export const summary = 'kill -9 at every step of a publish, of a start, and of the server';

export const options = {
  store: { type: 'string', about: 'folder, mongodb, or host: a release that kills its host', default: 'folder' },
  server: { type: 'string', about: `for mongodb: ${serverNames}`, default: 'secantusdb' },
  times: { type: 'string', about: 'how many processes are killed', default: '200' },
} satisfies Options;

/** A store that processes are killed at. */
interface Victim extends AsyncDisposable {
  readonly kind: 'folder' | 'mongodb';
  readonly place: string;
  readonly database: string;
  open(): Store;
}

interface Run {
  /** The releases that the process was told of. */
  readonly told: readonly number[];
  /** The steps of its last publish; undefined where it was killed. */
  readonly steps: number | undefined;
}

/** Kills after which a line says how far it is: a process takes a second or two. */
const SHOWN = 100;
/** A prime that no number of steps is a multiple of. */
const STRIDE = 1_009;

const PUBLISHER = fileURLToPath(new URL('kills/publisher.ts', import.meta.url));

export async function run({ store, server, times }: Values<typeof options>): Promise<Tally> {
  const checks = new Checks();
  const count = numberOf('times', times);
  return checks.during(async () => {
    if (store === 'host') return proveStarts(checks);
    if (store !== 'folder' && store !== 'mongodb') {
      throw new UsageError(`--store is 'folder', 'mongodb' or 'host', not '${store}'.`);
    }
    await using victim = await victimOf(store, server);
    await provePublishes(checks, victim, count);
    if (store === 'mongodb') await proveServerKills(checks, Math.max(3, Math.round(count / 20)), starterOf(server));
  });
}

async function victimOf(kind: 'folder' | 'mongodb', name: string): Promise<Victim> {
  if (kind === 'folder') {
    const place = await mkdtemp(join(tmpdir(), 'rekindle-kills-'));
    const end = () => rm(place, { recursive: true, force: true, maxRetries: 5 });
    return { kind, place, database: '', open: () => folderStore(place), [Symbol.asyncDispose]: end };
  }
  const server = await starterOf(name)();
  const database = `kills_${randomBytes(6).toString('hex')}`;
  const open = () => mongoStore({ uri: server.uri, database });
  return { kind, place: server.uri, database, open, [Symbol.asyncDispose]: () => server.stop() };
}

async function provePublishes(checks: Checks, victim: Victim, times: number): Promise<void> {
  await publish(victim, 0, 0); // the first one makes more than a later one
  const { steps = 0 } = await publish(victim, 0, 0);
  checks.that('a publish that nobody kills has steps', steps > 0, String(steps));
  const steppedOn = new Set<number>();
  let torn = 0;
  let lost = 0;
  let stuck = 0;
  let killed = 0;
  let went = 0;
  for (let round = 1; killed < times; round++) {
    // a stride that meets every step in time, and all parts of a publish early
    const step = ((round * STRIDE) % steps) + 1;
    steppedOn.add(step);
    const before = await numberOf_(victim);
    const { told, steps: finished } = await publish(victim, step, round);
    if (finished === undefined) killed += 1;
    if (finished === undefined && killed % SHOWN === 0) console.log(`  ${killed} of ${times} killed`);
    const found = await look(victim);
    if (found.torn || found.number < before || found.number > before + 1) torn += 1;
    if (told.some((number) => number > found.number)) lost += 1;
    if (found.number === before + 1) went += 1;
    if (!(await goesOn(victim, found.number))) stuck += 1;
    if (torn + lost + stuck > 0) {
      console.log(`  at step ${step} of ${steps}: ${JSON.stringify({ before, ...found, told, torn, lost, stuck })}`);
      break;
    }
    if (round > times + steps) break; // nobody is killed
  }
  checks.that(
    `${killed} publishers were killed, at ${steppedOn.size} of ${steps} steps`,
    killed >= times,
    `${went} had published`,
  );
  checks.that('each left the old or the new release, whole', torn === 0);
  checks.that('no release that was told of is lost', lost === 0);
  checks.that('the next publish went through each time', stuck === 0);
}

/** Runs a publisher that dies at a step. */
function publish({ kind, place, database }: Victim, step: number, round: number): Promise<Run> {
  const env = { ...process.env, KILLS_DATABASE: database };
  const child = fork(PUBLISHER, [kind, place, String(step), String(round)], { execArgv: [...sourceFlags], env });
  const told: number[] = [];
  let steps: number | undefined;
  child.on('message', (message: { told?: number; steps?: number }) => {
    if (message.told !== undefined) told.push(message.told);
    steps = message.steps ?? steps;
  });
  return new Promise((resolve, reject) =>
    child.once('close', (code, signal) => {
      if (code === 0 || signal === 'SIGKILL') resolve({ told, steps });
      else reject(new Error(`The publisher ended with ${code ?? signal}.`));
    }),
  );
}

async function numberOf_(victim: Victim): Promise<number> {
  await using store = victim.open();
  return (await store.head())?.number ?? 0;
}

/** What stands there: the number, and whether all modules are of one generation. */
async function look(victim: Victim): Promise<{ readonly number: number; readonly torn: boolean }> {
  await using store = victim.open();
  const head = await store.head();
  const number = head?.number ?? 0;
  const manifest = await store.manifest(head?.hash ?? '');
  const texts = await Promise.all([...manifest].map(([id, revision]) => store.read(id, revision)));
  const isWhole = texts.every((text) => text === textOf(number));
  return { number, torn: !isWhole || manifest.size !== (number % 2 === 0 ? 7 : 6) };
}

/** Whether somebody else can publish at once. */
async function goesOn(victim: Victim, expected: number): Promise<boolean> {
  await using store = victim.open();
  const release = await store.publish(textsOf(expected + 1), { expected });
  return release.number === expected + 1;
}
