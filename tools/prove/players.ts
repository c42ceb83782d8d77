// Players who are online lose no message during a reload and get none twice: a hundred of them, each over a socket of its
// own, say numbered lines all the time while the script that answers is edited every 50 ms. Each line comes to the script
// on four ways that an edit must not break: an entry in a hook, a `listen` handler, a living function that the game keeps,
// and one that a connection's own handler calls. A timer of the script tells everybody numbers of its own.
// Some edits are of the script itself, some of what it imports, some only set an effect up again, and some are refused.
import { EventEmitter } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createHook, createHost, memoryStore, type Outcome } from 'rekindle';
import { Checks } from '../door/checks.ts';
import { numberOf, type Options, type Values } from '../door/options.ts';
import type { Tally } from '../door/tally.ts';
import { brokenAt, Player } from './players/player.ts';

export const summary = 'a hundred players over sockets, a reload every 50 ms: no message is lost or comes twice';

export const options = {
  players: { type: 'string', about: 'how many play', default: '100' },
  reloads: { type: 'string', about: 'how many edits there are', default: '100' },
  every: { type: 'string', about: 'milliseconds between two edits', default: '50' },
} satisfies Options;

export const partOfTest = true;

/** The ways of a line to the script. */
const WAYS = ['hook', 'listener', 'live', 'connection'] as const;
/** Milliseconds between two lines of one player. */
const PACE = 20;

type Edit = { readonly wanted: Outcome['status']; readonly texts: Readonly<Record<string, string>> };

const answering = (version: number, more = '') => `import { effect, listen, live, state } from 'rekindle/script';
import { bus, keep, onMessage, onPlayer, players, tell } from '@proof/players';
import { version } from './version.ts';
import { marked } from './mark.ts';
export const edit = ${version};
const beats = state('beats', () => ({ count: 0 }));
onMessage((socket, number) => tell(socket, 'hook ' + number + ' ' + version()));
listen(bus, 'message', (socket, number) => tell(socket, 'listener ' + number + ' ' + version()));
const answer = live(function answer(socket, number) { tell(socket, 'live ' + number + ' ' + version()); });
const onConnection = live(function onConnection(socket, listenTo) {
  listenTo(onLine);
});
const onLine = live(function onLine(socket, number) { tell(socket, 'connection ' + number + ' ' + version()); });
state('door', () => { keep(answer, onConnection); return {}; });
setInterval(() => { beats.count += 1; for (const socket of players()) tell(socket, 'beat ' + beats.count + ' ' + version()); }, 10);
effect(() => { const at = marked(); return () => void at; });
${more}`;
const versionText = (version: number) => `export const version = () => ${version};\n`;
const markText = (version: number) => `export const marked = () => ${version};\n`;

/** The script, what it imports, what only its effect observes, and a text that is refused: in turn. */
function editOf(number: number): Edit {
  if (number % 10 === 9) {
    const texts = { 'main.ts': answering(number, "throw new Error('as it should');") };
    return { wanted: 'refused', texts };
  }
  const way = number % 3;
  if (way === 0)
    return { wanted: 'committed', texts: { 'main.ts': answering(number), 'version.ts': versionText(number) } };
  if (way === 1) {
    // the script as it stands already, but for where its last text was refused
    return { wanted: 'committed', texts: { 'version.ts': versionText(number), 'main.ts': answering(number - 1) } };
  }
  return { wanted: 'committed', texts: { 'mark.ts': markText(number), 'main.ts': answering(number - (number % 3)) } };
}

class Game {
  readonly sockets = new Set<Socket>();
  readonly onMessage = createHook<(socket: Socket, number: number) => void>('message');
  readonly bus = new EventEmitter();
  #live: Handler | undefined;
  #onConnection: Greet | undefined;
  readonly server: Server = createServer((socket) => this.#join(socket));

  readonly modules = {
    '@proof/players': {
      bus: this.bus,
      onMessage: this.onMessage.add,
      keep: (live: Handler, onConnection: Greet) => {
        this.#live = live;
        this.#onConnection = onConnection;
      },
      players: () => this.sockets,
      tell: (socket: Socket, line: string) => socket.write(`${line}\n`),
    },
  };

  #join(socket: Socket): void {
    this.sockets.add(socket);
    socket.setNoDelay(true);
    socket.setEncoding('utf8');
    let rest = '';
    let handler: Handler = () => {};
    this.#onConnection?.(socket, (given) => {
      handler = given;
    });
    socket.on('data', (text: string) => {
      const lines = `${rest}${text}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const number = Number(line);
        this.onMessage.call(socket, number);
        this.bus.emit('message', socket, number);
        this.#live?.(socket, number);
        handler(socket, number);
      }
    });
    socket.on('error', () => {});
    socket.on('close', () => this.sockets.delete(socket));
  }
}

type Handler = (socket: Socket, number: number) => void;
type Greet = (socket: Socket, listenTo: (handler: Handler) => void) => void;

export async function run({ players, reloads, every }: Values<typeof options>): Promise<Tally> {
  const checks = new Checks();
  return checks.during(() =>
    play(checks, numberOf('players', players), numberOf('reloads', reloads), numberOf('every', every)),
  );
}

async function play(checks: Checks, count: number, reloads: number, every: number): Promise<void> {
  const game = new Game();
  const first = { 'main.ts': answering(0), 'version.ts': versionText(0), 'mark.ts': markText(0) };
  const store = memoryStore({ modules: first });
  const host = createHost({
    stores: [store],
    cache: false,
    lastKnownGood: false,
    probation: false,
    limits: { activate: 10_000, loop: 10_000 },
    modules: game.modules,
  });
  await host.import('main.ts');
  await new Promise<void>((resolve) => game.server.listen(0, '127.0.0.1', resolve));
  const { port } = game.server.address() as AddressInfo;
  const all = await Promise.all(Array.from({ length: count }, () => Player.join(port)));
  const talking = setInterval(() => {
    for (const player of all) player.say();
  }, PACE);
  try {
    const wrong: string[] = [];
    let committed = 0;
    for (let number = 1; number <= reloads; number += 1) {
      const next = delay(every);
      const { wanted, texts } = editOf(number);
      const head = await store.head();
      await store.publish(new Map(Object.entries(texts)), { expected: head?.number ?? 0 });
      const { status } = await host.sync();
      if (status === 'committed') committed += 1;
      if (status !== wanted) wrong.push(`${number} was ${status}`);
      await next;
    }
    clearInterval(talking);
    await until(() => all.every((player) => WAYS.every((way) => player.told(way).length >= player.said)));
    await delay(200); // what would come twice has come by now
    const beats = all.map((player) => player.told('beat').length);
    checks.that(`${reloads} edits were taken or refused as they should be`, wrong.length === 0, wrong.join('; '));
    judge(checks, all);
    const versions = new Set(all.flatMap((player) => player.told('hook').map(({ version }) => version)));
    checks.that('players were answered by most versions', versions.size > committed / 4, `${versions.size} of them`);
    const said = all.reduce((sum, player) => sum + player.said, 0);
    console.log(
      `  ${committed} reloads, ${said} lines on ${WAYS.length} ways each, ${beats.reduce((a, b) => a + b, 0)} beats`,
    );
  } finally {
    clearInterval(talking);
    for (const player of all) player.leave();
    game.server.close();
    for (const socket of game.sockets) socket.destroy();
    await host.close();
  }
}

/** Each player is a claim, for each way: its lines were answered, all of them, once, in order, never by an older version. */
function judge(checks: Checks, all: readonly Player[]): void {
  const claim = (what: string, fault: (player: Player) => string | undefined) => {
    const faults = all.flatMap((player, index) => {
      const found = fault(player);
      return found === undefined ? [] : [`player ${index}: ${found}`];
    });
    checks.that(what, faults.length === 0, faults.slice(0, 5).join('; '));
    if (faults.length === 0) checks.passed += all.length - 1; // each player is one
  };
  for (const way of WAYS) {
    claim(`${way}: every line of every player is answered once, in order`, (player) =>
      brokenAt(player.told(way), 1, player.said),
    );
  }
  claim('every player is told every beat once, in order', (player) => {
    const told = player.told('beat');
    return told.length === 0 ? 'no beat came' : brokenAt(told, told[0]?.number ?? 0);
  });
  claim('nobody is answered by an older version than before', (player) => {
    for (const way of [...WAYS, 'beat']) {
      const told = player.told(way);
      const at = told.findIndex(({ version }, index) => version < (told[index - 1]?.version ?? 0));
      if (at > 0) return `${way} ${told[at]?.number} by version ${told[at]?.version}`;
    }
    return undefined;
  });
  claim('no connection is lost', ({ lost }) => lost);
}

async function until(holds: () => boolean): Promise<void> {
  for (let left = 200; left > 0 && !holds(); left -= 1) await delay(25);
}
