// The worker of the oracle: runs programs as modules of Node, with a game around them that has no versions.
import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort } from 'node:worker_threads';
import type { EsmAnswer, EsmProgram } from './esm-oracle.ts';
import { type Seen, type Show, Words } from './picture.ts';

type Out = (read: () => unknown) => void;

/** What the modules of a program import from. */
class Game {
  readonly words = new Words();
  readonly #shows: ((out: Show) => void)[] = [];
  readonly #rolls: ((out: Out) => void)[] = [];
  readonly #entries = new Map<string, unknown>();
  readonly #standing = new Set<{ readonly text: string }>();
  readonly #owned = new Set<() => unknown>();
  readonly #bus = new EventEmitter().setMaxListeners(0);
  #timers = 0;
  /** Effects and tasks wait until all bodies of a load have run. */
  #waiting: (() => unknown)[] = [];

  readonly api = {
    onShow: (callback: (out: Show) => void) => void this.#shows.push(callback),
    onRoll: (callback: (out: Out) => void) => void this.#rolls.push(callback),
    define: (key: string, value: unknown) => {
      if (this.#entries.has(key)) throw new Error(`'${key}' is defined twice`);
      this.#entries.set(key, value);
    },
    show: (value: unknown, depth?: number) => this.words.text(value, depth),
  };

  readonly world = {
    bus: this.#bus,
    stand: (text: string) => {
      const one = { text };
      this.#standing.add(one);
      return () => this.#standing.delete(one);
    },
    on: (read: () => unknown) => void this.#owned.add(read),
    accepted: () => {}, // Node replaces nothing
  };

  readonly script = {
    state: (_name: string, init: () => object) => init(),
    effect: (setup: () => unknown) => void this.#waiting.push(setup),
    listen: (bus: EventEmitter, event: string, handler: Out) => void bus.on(event, handler),
    task: (_name: string, run: (context: { sleep(): Promise<never> }) => unknown) =>
      void this.#waiting.push(() => run({ sleep: () => this.#wait() })),
    setInterval: () => this.#count(),
    setTimeout: () => this.#count(),
  };

  start(): void {
    for (const one of this.#waiting.splice(0)) one();
  }

  get shows(): Parameters<Show>[] {
    const shows: Parameters<Show>[] = [];
    for (const callback of this.#shows) callback((...show) => void shows.push(show));
    return shows;
  }

  seen(views: readonly object[]): Seen {
    const rolls: (() => unknown)[] = [];
    for (const callback of this.#rolls) callback((read) => void rolls.push(read));
    const heard: (() => unknown)[] = [];
    this.#bus.emit('event', (read: () => unknown) => void heard.push(read));
    const { shows } = this;
    return {
      shows,
      rolls,
      entries: [...this.#entries],
      standing: [...this.#standing].map(({ text }) => text),
      heard,
      owned: [...this.#owned],
      views,
      modules: shows.map(([number]) => String(number)),
      timers: this.#timers,
    };
  }

  #count(): void {
    this.#timers += 1;
  }

  #wait(): Promise<never> {
    this.#count();
    return new Promise(() => {});
  }
}

/** Where the files of a program find their game. */
const games: Record<string, Game> = {};
Object.assign(globalThis, { games });

async function answer({ files, roots, opened }: EsmProgram): Promise<EsmAnswer> {
  const folder = mkdtempSync(join(tmpdir(), 'rekindle-model-'));
  const game = new Game();
  games[folder] = game;
  const load = (file: string) => import(pathToFileURL(join(folder, file)).href) as Promise<object>;
  try {
    for (const part of ['api', 'world', 'script'] as const) {
      const names = Object.keys(game[part]).join(', ');
      writeFileSync(
        join(folder, `${part}.mjs`),
        `export const { ${names} } = globalThis.games[${JSON.stringify(folder)}].${part};`,
      );
    }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const views: object[] = [];
    for (const root of roots) {
      views.push(await load(root));
      game.start();
    }
    const left = new Set(opened);
    for (let before = -1; before !== left.size; ) {
      before = left.size;
      for (const one of left) {
        const show = game.shows.find(([number]) => number === one[0]);
        if (show === undefined) continue;
        left.delete(one);
        await show[3](one[1]);
        game.start();
      }
    }
    return { picture: game.words.picture(game.seen(views)) };
  } catch (error) {
    return { error: String(error) };
  } finally {
    delete games[folder];
    rmSync(folder, { recursive: true, force: true });
  }
}

parentPort?.on('message', (program: EsmProgram) => {
  void answer(program).then((told) => parentPort?.postMessage(told));
});
