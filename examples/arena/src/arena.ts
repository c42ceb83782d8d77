/**
 * The whole arena in one process: the game, its scripts, and the bots beside it. What `npm start` and the tests start.
 */

import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Host } from 'rekindle';
import { type Bots, launchBots } from './bots/launcher.ts';
import type { BotProblem } from './bots/messages.ts';
import { ConsoleReport } from './console-report.ts';
import { type Game, startGame } from './game.ts';
import type { ReloadEntry, ReloadEvent } from './reload-log.ts';
import { ENTRY, scriptHooks, scriptHost } from './script-host.ts';
import { scriptStores } from './script-stores.ts';

export interface ArenaOptions {
  /** 0 takes any free port. @default 7777 */
  readonly port?: number;
  /** Folder of the scripts. @default the example's own */
  readonly scripts?: string;
  /** What people are told that folder is called. @default its path from the current folder */
  readonly scriptsName?: string;
  /** `mongodb://…`: the scripts are in that database, with the folder behind it. @default the folder is all */
  readonly mongodb?: string;
  /** How many bots play. @default 100 */
  readonly bots?: number;
  /** Chance begins here: two arenas with one seed spawn the same things. @default another one each time */
  readonly seed?: number;
  /** Prints nothing. @default false */
  readonly quiet?: boolean;
  readonly onReload?: (entry: ReloadEntry) => void;
  readonly onBotProblem?: (problem: BotProblem) => void;
}

export interface Arena extends AsyncDisposable {
  /** `http://127.0.0.1:7777` */
  readonly url: string;
  readonly host: Host;
  readonly game: Game;
  readonly bots: Bots;
  /** Ends bots, connections, ticks and scripts; resolves when nothing is left. Safe to call twice. */
  close(): Promise<void>;
}

const OWN_SCRIPTS = fileURLToPath(new URL('../scripts', import.meta.url));

/**
 * Starts an arena; resolves when its scripts run. The bots are still on their way then: `arena.bots.playing`.
 *
 * @throws PortInUseError
 * @throws StoreError when the database cannot be reached, or used
 * @throws ScriptLoadError of Rekindle, when the scripts do not load
 * @example
 * const arena = await startArena({ port: 0, scripts: copy, bots: 10, quiet: true });
 * await arena.bots.playing;
 */
export async function startArena(options: ArenaOptions = {}): Promise<Arena> {
  const { port = 7777, bots: count = 100, seed = Date.now(), quiet = false } = options;
  const folder = resolve(options.scripts ?? OWN_SCRIPTS);
  const { mongodb, scriptsName: folderName = asTyped(folder) } = options;
  const {
    stores,
    name: shown,
    advice,
    prepare,
  } = await scriptStores({
    folder,
    folderName,
    ...(mongodb !== undefined && { mongodb }),
  });
  const report = quiet ? undefined : new ConsoleReport({ scripts: shown, advice });

  const hooks = scriptHooks(() => game.world.players.values());
  const status = () => ({ release: host.release.number, modules: host.modules().length, scripts: shown });
  const game: Game = await startGame({ hooks, port, seed, scripts: status });
  const onStore = (text: string, trouble: boolean) => report?.store(text, trouble);
  const host = scriptHost({ stores, api: game.api, onEvent: record, onStore });
  game.bus.report = (error) => {
    record({ kind: 'error', fault: { code: 'LISTENER_FAILED', message: String(error) } }, host.release.number);
  };

  function record(event: ReloadEvent, release: number): void {
    const entry = game.record(event, release);
    report?.reload(entry);
    options.onReload?.(entry);
  }

  try {
    report?.started({ url: game.url, bots: count });
    const prepared = await prepare();
    if (prepared !== undefined) report?.store(prepared, false);
    await host.start({ entries: [ENTRY] });
  } catch (error) {
    await game.close();
    await host.close();
    throw error;
  }

  const bots = launchBots({
    url: game.url,
    count,
    onProblem: (problem) => {
      report?.botProblem(problem);
      options.onBotProblem?.(problem);
    },
  });

  async function end(): Promise<void> {
    report?.close();
    await bots.close();
    await game.close();
    await host.close();
  }
  let ending: Promise<void> | undefined;
  const close = () => {
    ending ??= end();
    return ending;
  };
  return { url: game.url, host, game, bots, close, [Symbol.asyncDispose]: close };
}

/** The folder as one would type it here. */
function asTyped(folder: string): string {
  const path = relative(process.cwd(), folder);
  return path === '' || path.startsWith('..') ? folder : path;
}
