/**
 * The game server without its rules: world, clock, connections and page, put together and running.
 *
 * It calls hooks and does not ask who answers: an arena whose scripts are all broken still ticks, shows its page, and
 * waits for better ones. What scripts are, and how they come in, is `arena.ts`.
 */

import { type ArenaApi, arenaApi } from './api.ts';
import { Bus } from './bus.ts';
import { Connections } from './connections.ts';
import type { ArenaHooks } from './hooks.ts';
import { type PageServer, servePage } from './page-server.ts';
import { type ReloadEntry, type ReloadEvent, ReloadLog } from './reload-log.ts';
import type { Status, StatusReport } from './status.ts';
import { TickClock } from './tick-clock.ts';
import { TICK, World } from './world.ts';

/** What the game tells about its scripts. */
export interface ScriptsStatus {
  readonly release: number;
  readonly modules: number;
  readonly scripts: string;
}

export interface GameOptions {
  readonly hooks: ArenaHooks;
  readonly port: number;
  readonly seed: number;
  readonly scripts: () => ScriptsStatus;
}

export interface Game {
  readonly world: World;
  readonly bus: Bus;
  readonly api: ArenaApi;
  readonly clock: TickClock;
  readonly reloads: ReloadLog;
  readonly port: number;
  readonly url: string;
  status(): StatusReport;
  /** Writes a reload down and tells the pages. */
  record(event: ReloadEvent, release: number): ReloadEntry;
  close(): Promise<void>;
}

/** Seconds whose latest tick is remembered, for whoever opens the page later. */
const PULSE = 90;

const PAGE = new URL('../page/', import.meta.url);

/** @throws {PortInUseError} */
export async function startGame({ hooks, port, seed, scripts }: GameOptions): Promise<Game> {
  const bus = new Bus();
  const world = new World({ hooks, bus, seed });
  const reloads = new ReloadLog();
  const pulse: number[] = [];
  const rate = Math.round(1 / TICK);
  const connections = new Connections({ world, bus, rate, history: () => ({ entries: reloads.entries, pulse }) });
  const began = performance.now();
  const measured = new RateMeter();
  const clock = new TickClock({
    interval: TICK * 1000,
    onTick: () => {
      world.step();
      measured.add();
      connections.broadcast();
      if (world.tick % rate !== 0) return;
      const now = status();
      pulse.push(now.worst);
      if (pulse.length > PULSE) pulse.shift();
      connections.status(now);
    },
  });

  function status(): Status {
    return {
      ...scripts(),
      tick: world.tick,
      rate: measured.perSecond,
      skipped: clock.skipped,
      lateness: clock.lateness.summary(),
      worst: clock.lateness.worst(rate),
      players: world.players.size,
      bots: [...world.players.values()].filter(({ bot }) => bot).length,
      goblins: world.npcs.size,
      connections: connections.size,
      match: world.match,
      uptime: (performance.now() - began) / 1000,
    };
  }

  let server: PageServer;
  try {
    server = await servePage({
      page: PAGE,
      port,
      status: report,
      upgrade: (request, socket, head) => connections.accept(request, socket, head),
    });
  } catch (error) {
    await connections.close();
    throw error;
  }

  function report(): StatusReport {
    return { ...status(), lastReload: reloads.lastReload };
  }

  clock.start();
  return {
    world,
    bus,
    api: arenaApi(world, hooks, bus),
    clock,
    reloads,
    port: server.port,
    url: server.url,
    status: report,
    record: (event, release) => {
      const entry = reloads.add(event, { time: Date.now(), tick: world.tick, release });
      connections.tellWatchers({ t: 'reload', entry });
      return entry;
    },
    close: async () => {
      clock.stop();
      await connections.close();
      await server.close();
    },
  };
}

/** Ticks per second over the last two seconds or so. */
class RateMeter {
  #times: number[] = [];

  add(): void {
    this.#times.push(performance.now());
    if (this.#times.length > 41) this.#times.shift();
  }

  get perSecond(): number {
    const first = this.#times[0];
    const last = this.#times.at(-1);
    if (first === undefined || last === undefined || last === first) return 0;
    return ((this.#times.length - 1) / (last - first)) * 1000;
  }
}
