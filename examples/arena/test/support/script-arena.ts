/** A world that plays by the real scripts, loaded by Rekindle, in time that passes only when a test says so. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Outcome } from 'rekindle';
import { createTestHost, type TestHost } from 'rekindle/testing';
import { arenaApi } from '../../src/api.ts';
import { Bus } from '../../src/bus.ts';
import type { Player } from '../../src/entities.ts';
import { ENTRY, scriptHooks } from '../../src/script-host.ts';
import { TICK, World } from '../../src/world.ts';

const FOLDER = fileURLToPath(new URL('../../scripts', import.meta.url));

/** The text of every script, by id. */
async function scriptSources(): Promise<Record<string, string>> {
  const entries = await readdir(FOLDER, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const ids = files.map((file) => file.slice(FOLDER.length + 1)).filter((id) => !id.startsWith('.'));
  return Object.fromEntries(await Promise.all(ids.map(async (id) => [id, await readFile(join(FOLDER, id), 'utf8')])));
}

export interface ScriptArena extends AsyncDisposable {
  readonly world: World;
  readonly bus: Bus;
  readonly t: TestHost;
  /** Every script as it stands in the folder. */
  readonly texts: Readonly<Record<string, string>>;
  /** A player who is in the arena, and can be hurt. */
  player(name?: string): Player;
  /** Lets seconds of play pass: ticks and timers. */
  play(seconds: number): Promise<void>;
  /** One save in which part of a script is another text. */
  edit(id: string, from: string | RegExp, to: string): Promise<Outcome>;
}

export interface ScriptArenaOptions {
  readonly seed?: number;
  /** Scripts that begin as other texts, made of those in the folder. */
  readonly before?: Readonly<Record<string, (text: string) => string>>;
}

export async function scriptArena({ seed = 11, before = {} }: ScriptArenaOptions = {}): Promise<ScriptArena> {
  const texts = await scriptSources();
  const sources = { ...texts };
  for (const [id, change] of Object.entries(before)) sources[id] = change(texts[id] ?? '');
  const hooks = scriptHooks(() => world.players.values());
  const bus = new Bus();
  const world: World = new World({ hooks, bus, seed });
  const modules = { '@arena/api': { ...arenaApi(world, hooks, bus) } };
  const t = await createTestHost(sources, { entries: [ENTRY], modules });
  return {
    world,
    bus,
    t,
    texts,
    player(name = 'Ann') {
      const player = world.addPlayer(name, false);
      player.safeUntil = 0;
      return player;
    },
    async play(seconds) {
      for (let tick = 0; tick < Math.round(seconds / TICK); tick++) {
        world.step();
        await t.clock.advance(TICK * 1000);
      }
    },
    edit(id, from, to) {
      const text = sources[id];
      const changed = text?.replace(from, to);
      if (changed === undefined || changed === text) throw new Error(`${id} does not contain ${from}`);
      sources[id] = changed;
      return t.change({ [id]: changed });
    },
    [Symbol.asyncDispose]: () => t.close(),
  };
}
