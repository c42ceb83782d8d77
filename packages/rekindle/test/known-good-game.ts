/**
 * The child of `starting-mark.test.ts`: a game over a folder of scripts. A script can end the process through `die`, at the
 * stage of its choice. The child tells its parent of events, and closes when it is told to, or when it has said enough.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderStore } from '@rekindle/store-fs';
import { createHost, type RekindleEvent, type ResolutionStep } from 'rekindle';

interface Orders {
  readonly scripts: string;
  readonly known: string;
  /** What to wait for before it closes by itself. */
  readonly until: 'booted' | 'kept' | 'kept 8' | 'version 9' | 'parent';
  readonly window: number;
  /** Handlers of the game's own. */
  readonly handles?: boolean;
}

const { scripts, known, until, window, handles = false } = JSON.parse(process.argv[2] ?? '{}') as Orders;

const die = (how: string): void => {
  if (how === 'kill') process.kill(process.pid, 'SIGKILL');
  if (how === 'exit') process.exit(1);
  if (how === 'memory')
    for (const held: string[][] = []; ; ) held.push(new Array(2 ** 20).fill('x').map((x) => x + held.length));
};

/** Dies while the module graph is put together. */
const deadly: ResolutionStep = {
  name: 'deadly',
  resolve(specifier, _context, next) {
    if (specifier.startsWith('./die-')) die(specifier.slice(6));
    return next(specifier);
  },
};

const tell = (message: object) => process.send?.(message);
const host = createHost({
  stores: [folderStore(scripts)],
  modules: { '@game/api': { die, show: (version: number) => tell({ shows: version }) } },
  resolve: [deadly],
  lastKnownGood: known,
  probation: { window },
  limits: { loop: 20_000, activate: 20_000 },
  cache: false,
});
host.events$.subscribe((event: RekindleEvent) => {
  const { type } = event;
  if (type === 'host:booted') {
    const { from, error } = event;
    tell({
      type,
      from,
      code: (error as { code?: string } | undefined)?.code,
      message: (error as Error | undefined)?.message,
    });
  } else if (type === 'release:barred') tell({ type, starts: event.starts, why: event.why });
  else if (type === 'reload:refused') tell({ type, codes: event.diagnostics.map(({ code }) => code) });
  else if (type === 'reload:committed' || type === 'store:lost' || type === 'store:connected') tell({ type });
});
if (handles) {
  process.once('SIGTERM', async () => {
    tell({ handled: 'SIGTERM' });
    await host.close();
    process.exit(0);
  });
}

/** Whether there is a last known good release, with this text in it. */
const isKept = (text = '') => {
  const folders = existsSync(known) ? readdirSync(known) : [];
  const files = folders.map((folder) => join(known, folder, 'good.jsonl')).filter((file) => existsSync(file));
  return files.some((file) => readFileSync(file, 'utf8').includes(text));
};

try {
  await host.start({ entries: ['main.ts'] });
} catch (error) {
  tell({ rejected: (error as { code?: string }).code, message: (error as Error).message });
  await host.close();
  process.exit(3);
}

if (until !== 'parent') {
  const main = (await host.import('main.ts')) as { readonly version: number };
  const isEnough = () => {
    if (until === 'kept') return isKept();
    if (until === 'kept 8') return isKept('version = 8');
    return until === 'booted' || main.version === 9;
  };
  const looking = setInterval(async () => {
    if (!isEnough()) return;
    clearInterval(looking);
    tell({ version: main.version });
    await host.close();
    process.disconnect?.();
  }, 5);
} else {
  setInterval(() => {}, 1_000);
  tell({ ready: true });
}
