// Some hosts of the fleet, each with a client of its own: URI, database, how many.
import { mongoStore } from '@rekindle/store-mongodb';
import { MongoClient } from 'mongodb';
import { createHost, type Host } from 'rekindle';
import type { Said } from '../fleet.ts';

const [uri = '', database = '', count = ''] = process.argv.slice(2);

const say = (said: Said) => process.send?.(said);
/** How often each command was sent, by its name and its collection. */
let commands: Record<string, number> = {};
let cpu = process.cpuUsage();
/** How many hosts have a version. */
const arrived = new Map<number, number>();

const hosts: { readonly host: Host; readonly client: MongoClient }[] = [];

async function open(index: number): Promise<void> {
  const client = new MongoClient(uri, { monitorCommands: true, maxPoolSize: 4 });
  client.on('commandStarted', ({ commandName, command }) => {
    const collection: unknown = command[commandName];
    const name = typeof collection === 'string' ? `${commandName} ${collection}` : commandName;
    commands[name] = (commands[name] ?? 0) + 1;
  });
  // looks every ten seconds: what is measured is what a publish costs
  const host = createHost({
    name: `host ${index} of ${process.pid}`,
    stores: [mongoStore({ client, database, poll: 10_000 })],
    lastKnownGood: false,
    cache: false,
  });
  hosts.push({ host, client });
  await host.start({ entries: ['main.ts'] });
  const main = (await host.import('main.ts')) as { readonly version: number };
  host.on('reload:committed', () => {
    const { version } = main;
    const there = (arrived.get(version) ?? 0) + 1;
    arrived.set(version, there);
    if (there === Number(count)) say({ version, at: Date.now() });
  });
}

process.on('message', async (message) => {
  if (message === 'spent') {
    const { user, system } = process.cpuUsage(cpu);
    say({ commands, cpu: (user + system) / 1_000 });
    commands = {};
    cpu = process.cpuUsage();
  } else if (message === 'stop') {
    await Promise.all(hosts.map(({ host }) => host.close()));
    await Promise.all(hosts.map(({ client }) => client.close()));
    process.disconnect();
  }
});

// one after the other: each compiles for itself
for (let index = 0; index < Number(count); index += 1) await open(index);
say({ ready: true });
