// What somebody does in the first minute: clone, install, start, edit a rule, see it in the game, Ctrl-C. From a clone
// of HEAD, so that what is not committed does not help.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../deps/workspace.ts';
import { Checks } from '../door/checks.ts';
import type { Options, Values } from '../door/options.ts';
import { complete, Program } from '../door/program.ts';
import type { Tally } from '../door/tally.ts';
import { Observer } from './arena/observer.ts';

export const summary = 'clone, npm install, npm start, edit a rule, see it in the game, Ctrl-C';

export const options = {
  keep: { type: 'boolean', about: 'leave the clone where it is and print its folder' },
} satisfies Options;

/** The rule that is edited, and the factor that goes into it. */
const rule = 'rules/movement.ts';
const factor = 3;
/** How many play, as the arena starts them. */
const bots = 100;

const patience = { timeout: 20_000 };

export async function run({ keep }: Values<typeof options>): Promise<Tally> {
  const checks = new Checks();
  return checks.during(() => firstMinute(checks, keep === true));
}

async function firstMinute(checks: Checks, keep: boolean): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-first-run-'));
  const clone = join(folder, 'rekindle');
  try {
    await part('git clone', () => complete('git', ['clone', '--quiet', root, clone], { cwd: folder }));
    const installed = await part('npm install', () => complete('npm', ['install'], { cwd: clone }));
    const complaints = installed.split('\n').filter((line) => /\bwarn\b|allow-?scripts|vulnerab/i.test(line));
    checks.that('npm install has nothing to complain of', complaints.length === 0, complaints.join(' | '));
    const changes = await complete('git', ['status', '--porcelain'], { cwd: clone });
    checks.that('npm install changes no file of the clone', changes === '', changes.trim());
    await play(clone, checks);
  } finally {
    if (keep) console.log(`The clone is ${clone}`);
    else await rm(folder, { recursive: true });
  }
}

async function play(clone: string, checks: Checks): Promise<void> {
  const port = await freePort();
  const arena = new Program('npm', ['start'], { cwd: clone, env: { PORT: String(port) } });
  try {
    const url = await part('npm start, until it prints its URL and what to edit', async () => {
      const [, address = ''] = await arena.printed(/(http:\/\/127\.0\.0\.1:\d+)/, patience);
      await arena.printed(/release 1\b.*loaded in/, patience);
      await arena.printed(new RegExp(`edit examples/arena/scripts/${rule} and save`), patience);
      return address;
    });
    checks.that('it prints the URL of the port that was asked for', url === `http://127.0.0.1:${port}`, url);

    const observer = await part('a client sees the first tick', () => Observer.connect(url));
    try {
      await part(`${bots} bots play`, () => observer.crowd(bots));
      await edit(clone, arena, observer, checks);
    } finally {
      observer.close();
    }

    const exit = await part('Ctrl-C', async () => {
      arena.signalGroup('SIGINT');
      return arena.ended(patience.timeout);
    });
    const how = exit.code === null ? String(exit.signal) : `exit code ${exit.code}`;
    checks.that('Ctrl-C ends it cleanly', exit.code === 0 || exit.code === 130 || exit.signal === 'SIGINT', how);
    const remains = await arena.remains(patience.timeout);
    checks.that('no process is left', remains.length === 0, remains.join(', '));
  } finally {
    arena.signalGroup('SIGKILL');
  }
}

async function edit(clone: string, arena: Program, observer: Observer, checks: Checks): Promise<void> {
  const before = await observer.speed();
  const players = observer.players;
  const file = join(clone, 'examples/arena/scripts', rule);
  const text = await readFile(file, 'utf8');
  const faster = text.replace(/\bmaxSpeed \*/, `maxSpeed * ${factor} *`);
  checks.that(`${rule} can be edited as planned`, faster !== text);

  const from = arena.output.length;
  const [line] = await part('from the save to the reload line', async () => {
    await writeFile(file, faster);
    return arena.printed(/^reload +release 2 .*$/m, { ...patience, from });
  });
  checks.that('the reload line names the file and what ran', line.includes(rule) && /1 module ran/.test(line), line);

  const after = await part('the client sees it', () => observer.speedAbove(before * (factor / 2)));
  const speeds = `${before.toFixed(1)} → ${after.toFixed(1)} units a tick`;
  checks.that('the bots are faster', after > before * (factor / 2), speeds);
  checks.that('every player is still there', observer.players === players, `${players} → ${observer.players}`);
}

/** Prints how long a part took. */
async function part<T>(name: string, work: () => Promise<T>): Promise<T> {
  const begin = performance.now();
  const result = await work();
  console.log(`  ${((performance.now() - begin) / 1000).toFixed(2).padStart(6)} s   ${name}`);
  return result;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
