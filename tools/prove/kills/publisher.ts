// The process that is killed while it publishes: `publisher.ts <kind> <place> <step> <round>`. It publishes twice: a
// release to begin with, where there is none, and then the one at whose step it dies. What it was told of goes to the
// parent before anything else happens.
import { begin, end } from './step-counter.ts';
import { textsOf } from './texts.ts';

const [, , kind = '', place = '', step = '0', round = '0'] = process.argv;

// imported after the counter has put itself in the way
const { folderStore } = await import('@rekindle/store-fs');
const { mongoStore } = await import('@rekindle/store-mongodb');
const { MongoClient } = await import('mongodb');

const client = kind === 'mongodb' ? new MongoClient(place, { monitorCommands: true }) : undefined;
const store =
  client === undefined
    ? folderStore(place)
    : mongoStore({ client, database: process.env['KILLS_DATABASE'] ?? 'kills' });

const publish = async () => {
  const expected = (await store.head())?.number ?? 0;
  const release = await store.publish(textsOf(expected + 1), { expected, author: `round ${round}` });
  process.send?.({ told: release.number });
};

if ((await store.head()) === undefined) await publish();

let commands = 0;
const deadly = Number(step);
const die = () => {
  commands += 1;
  if (commands !== deadly) return;
  process.kill(process.pid, 'SIGKILL');
  for (;;);
};
client?.on('commandStarted', die);
client?.on('commandSucceeded', die);

if (client === undefined) begin(deadly);
await publish();
const steps = client === undefined ? end() : commands;
client?.off('commandStarted', die);
client?.off('commandSucceeded', die);
process.send?.({ steps });
await store[Symbol.asyncDispose]();
await client?.close();
process.disconnect?.();
