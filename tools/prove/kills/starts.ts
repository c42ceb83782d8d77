// A release that ends its host at a stage of the start, in every way that a process can end: a supervisor starts it again,
// and the third start at the latest runs the release before.
import { fork } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Checks } from '../../door/checks.ts';
import { sourceFlags } from '../../run/flags.ts';

const GAME = fileURLToPath(new URL('../../../packages/rekindle/test/known-good-game.ts', import.meta.url));
const DEADLY = new URL('deadly-start.ts', import.meta.url).href;
const DIE = "import { die } from '@game/api';\n";

const STAGES: Readonly<Record<string, (how: string) => string>> = {
  'while it is linked': (how) => `import './die-${how}';\nexport const version = 8;`,
  'in a top level': (how) => `${DIE}die('${how}');\nexport const version = 8;`,
  'after a top-level await': (how) => `${DIE}await null; die('${how}');\nexport const version = 8;`,
  'in its first second': (how) => `${DIE}setTimeout(() => die('${how}'), 30);\nexport const version = 8;`,
};

type Told = Readonly<Record<string, unknown>>;

export async function proveStarts(checks: Checks): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'rekindle-starts-'));
  const [scripts, known, kept] = [join(root, 'scripts'), join(root, 'known'), join(root, 'kept')];
  const write = (text: string) => writeFile(join(scripts, 'main.ts'), text);
  const start = (until: 'booted' | 'kept' | 'parent', window: number) => play({ scripts, known, until, window });
  try {
    await mkdir(scripts);
    await write('export const version = 7;');
    await start('kept', 100);
    await cp(known, kept, { recursive: true });
    for (const [stage, text] of Object.entries(STAGES)) {
      for (const how of ['kill', 'exit', 'memory']) {
        await rm(known, { recursive: true });
        await cp(kept, known, { recursive: true });
        await write(text(how));
        // a supervisor: it starts the game again until it stays
        const runs: (readonly Told[])[] = [];
        for (let started = 1; started <= 4 && versionIn(runs.at(-1)) === undefined; started++) {
          runs.push(await start(started < 3 ? 'parent' : 'booted', 60_000));
        }
        const said = runs.at(-1)?.find(({ type }) => type === 'release:barred') !== undefined;
        const holds = runs.length === 3 && versionIn(runs.at(-1)) === 7 && said;
        checks.that(`${how} ${stage}: the third start runs 7, and says why`, holds, holds ? '' : JSON.stringify(runs));
        await write('export const version = 9;');
        checks.that('  and 9 is taken at once', versionIn(await start('booted', 60_000)) === 9);
      }
    }
    await proveWrites(checks, { scripts, known, kept }, write);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

interface Places {
  readonly scripts: string;
  readonly known: string;
  readonly kept: string;
}

/** A host that is killed while it keeps release 8 in the place of 7: one of both can be booted from. */
async function proveWrites(
  checks: Checks,
  { scripts, known, kept }: Places,
  write: (text: string) => Promise<void>,
): Promise<void> {
  const booted = new Map<unknown, number>();
  const orders = { scripts, known, until: 'kept 8', window: 50 };
  let killed = 0;
  for (let step = 1; ; step++) {
    await rm(known, { recursive: true });
    await cp(kept, known, { recursive: true });
    await write('export const version = 8;');
    const told = await play(orders, { KILLS_STEP: String(step) });
    if (versionIn(told) !== undefined) break; // it came to its end
    killed += 1;
    // what cannot be compiled has to be booted from the disk
    await write('export const version = ;');
    const version = versionIn(await play({ scripts, known, until: 'booted', window: 60_000 }));
    booted.set(version, (booted.get(version) ?? 0) + 1);
  }
  const [old, next] = [booted.get(7) ?? 0, booted.get(8) ?? 0];
  checks.that(
    `${killed} hosts were killed, each at another step of keeping a release: the old or the new one is there`,
    killed > 0 && old + next === killed,
    `${old} times the old one, ${next} times the new one`,
  );
}

function versionIn(told: readonly Told[] | undefined): unknown {
  return told?.find((one) => 'version' in one)?.['version'];
}

/** Resolves to what the game said, when its process has ended. */
function play(orders: object, kills?: Readonly<Record<string, string>>): Promise<readonly Told[]> {
  const execArgv = [...sourceFlags, ...(kills === undefined ? [] : ['--import', DEADLY]), '--max-old-space-size=128'];
  const env = { ...process.env, ...kills };
  const child = fork(GAME, [JSON.stringify(orders)], { execArgv, env, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const told: Told[] = [];
  child.on('message', (message: Told) => void told.push(message));
  return new Promise((resolve) => child.once('close', () => resolve(told)));
}
