// A fleet of game servers on one channel: real hosts, each with a client of its own, in a few processes, on a real server.
// A publish reaches all of them in time, and what it costs the server does not grow with the number of modules: every
// command that a client sends is counted.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { mongoStore } from '@rekindle/store-mongodb';
import { MongoClient } from 'mongodb';
import { Checks } from '../door/checks.ts';
import { numberOf, type Options, type Values } from '../door/options.ts';
import { quantile } from '../door/statistics.ts';
import type { Tally } from '../door/tally.ts';
import { startMongo } from '../mongodb/find.ts';
import { sourceFlags } from '../run/flags.ts';

export const summary = '100 hosts on one channel: a publish reaches all in time, whatever the number of modules';

export const options = {
  hosts: { type: 'string', about: 'how many there are', default: '100' },
  processes: { type: 'string', about: 'in how many processes', default: '4' },
  publishes: { type: 'string', about: 'how many releases are measured, of each size', default: '20' },
  within: {
    type: 'string',
    about: 'milliseconds from a publish until the last host has it, at the p99',
    default: '2000',
  },
} satisfies Options;

/**
 * Modules of the small game, which is judged by its time, and of the large one: there it is the hosts that take it, a
 * hundred of them on the cores of one machine.
 */
const SIZES = [10, 1_000];
/**
 * Milliseconds between two publishes: what hosts tell of the one before, in five seconds, has been told by then, and who
 * was woken by all of that has been left alone for the second that it may take.
 */
const REST = 7_000;
/** Milliseconds for all hosts to start, or to have a release, when all is lost: each of a hundred compiles for itself. */
const PATIENCE = 300_000;

/** What a process of the fleet says. */
export type Said =
  | { readonly ready: true }
  /** All its hosts have the version; `at` is in milliseconds since the epoch. */
  | { readonly version: number; readonly at: number }
  /** Since the last time it was asked: commands that its clients sent, by name and collection, and processor time in milliseconds. */
  | { readonly commands: Readonly<Record<string, number>>; readonly cpu: number };

export async function run({ hosts, processes, publishes, within }: Values<typeof options>): Promise<Tally> {
  const checks = new Checks();
  const [count, several, times] = [
    numberOf('hosts', hosts),
    numberOf('processes', processes),
    numberOf('publishes', publishes),
  ];
  return checks.during(async () => {
    const costs: number[] = [];
    for (const modules of SIZES) {
      const { took, commands, queries, cpu } = await measure(modules, count, several, times);
      costs.push(queries);
      const p99 = quantile(took, 0.99);
      const shown = `p50 ${quantile(took, 0.5).toFixed(0)} ms, p99 ${p99.toFixed(0)} ms`;
      const what = `${count} hosts, ${modules} modules: all have a release`;
      if (modules === SIZES[0]) checks.that(`${what} in time`, p99 <= numberOf('within', within), shown);
      else checks.that(what, took.every(Number.isFinite), shown);
      // the time that passes is that of a machine with a hundred hosts on it; this is what it took of it
      console.log(
        `  a publish, and the rest after it: ${queries.toFixed(1)} queries and ${cpu.toFixed(1)} ms of processor time a host`,
      );
      console.log(`  commands in all: ${JSON.stringify(commands)}`);
    }
    const [few = 0, many = 0] = costs;
    // looks go on beside, so the numbers are no whole ones
    checks.that(
      'queries do not grow with the modules',
      many <= few * 1.2 + 0.5,
      `${few.toFixed(1)} and ${many.toFixed(1)} a host`,
    );
  });
}

interface Measured {
  /** Milliseconds from each publish until the last host had it. */
  readonly took: readonly number[];
  readonly commands: Readonly<Record<string, number>>;
  /** What a host asks for one publish, and the processor time that it takes, in milliseconds. */
  readonly queries: number;
  readonly cpu: number;
}

async function measure(modules: number, hosts: number, processes: number, publishes: number): Promise<Measured> {
  await using server = await startMongo();
  const database = `rekindle_fleet_${process.pid}_${modules}`;
  await using client = new MongoClient(server.uri);
  await using store = mongoStore({ client, database });
  const texts = Array.from(
    { length: modules - 1 },
    (_, index) => [`m${index}.ts`, `export const m${index} = ${index};\n`] as const,
  );
  const main = (version: number) => {
    const imports = texts.map(([id]) => `import './${id}';`).join(' ');
    return `${imports}\nexport const version = ${version};\n`;
  };
  await store.publish(new Map([...texts, ['main.ts', main(1)]]), { expected: 0 });
  const fleet = Array.from({ length: processes }, (_, index) => {
    const share = Math.floor(hosts / processes) + (index < hosts % processes ? 1 : 0);
    return new Ship(server.uri, database, share);
  });
  try {
    await Promise.all(fleet.map((ship) => ship.next((said) => 'ready' in said)));
    await spentOf(fleet); // for the start
    const took: number[] = [];
    for (let version = 2; version <= publishes + 1; version += 1) {
      await pause(REST);
      const all = Promise.all(fleet.map((ship) => ship.next((said) => 'version' in said && said.version === version)));
      const begin = Date.now();
      await store.publish(new Map([['main.ts', main(version)]]), { expected: version - 1 });
      const ends = (await all).map((said) => ('at' in said ? said.at : Number.NaN));
      took.push(Math.max(...ends) - begin);
    }
    const { commands, cpu } = await spentOf(fleet);
    const queries = Object.entries(commands).filter(([name]) => /^(?:find|aggregate)\b/.test(name));
    const asked = queries.reduce((sum, [, count]) => sum + count, 0);
    return { took, commands, queries: asked / publishes / hosts, cpu: cpu / publishes / hosts };
  } finally {
    await Promise.all(fleet.map((ship) => ship.stop()));
    if (!server.temporary) await client.db(database).dropDatabase();
  }
}

async function spentOf(fleet: readonly Ship[]): Promise<Pick<Measured, 'commands' | 'cpu'>> {
  const commands: Record<string, number> = {};
  let cpu = 0;
  for (const said of await Promise.all(fleet.map((ship) => ship.spent()))) {
    if (!('commands' in said)) continue;
    for (const [name, count] of Object.entries(said.commands)) commands[name] = (commands[name] ?? 0) + count;
    cpu += said.cpu;
  }
  return { commands, cpu };
}

/** A process with some of the hosts. */
class Ship {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;

  constructor(uri: string, database: string, hosts: number) {
    const program = fileURLToPath(new URL('fleet/ship.ts', import.meta.url));
    this.#child = fork(program, [uri, database, String(hosts)], { execArgv: [...sourceFlags] });
    this.#closed = once(this.#child, 'close');
  }

  /** The next thing of a kind that it says. */
  next(is: (said: Said) => boolean): Promise<Said> {
    return new Promise((resolve, reject) => {
      const end = (what: () => void) => {
        clearTimeout(timer);
        this.#child.off('message', hear).off('close', died);
        what();
      };
      const hear = (said: Said) => {
        if (is(said)) end(() => resolve(said));
      };
      const died = () => end(() => reject(new Error('A process of the fleet ended.')));
      const timer = setTimeout(
        () => end(() => reject(new Error(`A process of the fleet said nothing for ${PATIENCE} ms.`))),
        PATIENCE,
      );
      this.#child.on('message', hear).once('close', died);
    });
  }

  spent(): Promise<Said> {
    const answer = this.next((said) => 'commands' in said);
    this.#child.send('spent');
    return answer;
  }

  async stop(): Promise<void> {
    if (this.#child.connected) this.#child.send('stop');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await this.#closed;
    clearTimeout(timer);
  }
}
