import { type ChildProcess, fork } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { sourceFlags } from '../../../tools/run/flags.ts';

// Every death at every stage is a proof: `npm run prove -- kills --store host`.

const GAME = fileURLToPath(new URL('known-good-game.ts', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'rekindle-starting-mark-'));
const [scripts, known, kept] = [join(root, 'scripts'), join(root, 'known'), join(root, 'kept')];

interface Orders {
  readonly until?: 'booted' | 'kept' | 'version 9' | 'parent';
  readonly window?: number;
  readonly handles?: boolean;
  /** Sent when the game runs. */
  readonly signal?: NodeJS.Signals;
}

const children = new Set<ChildProcess>();

/** Starts the game; resolves when its process has ended. */
function play({ until = 'booted', window = 60_000, handles, signal }: Orders = {}) {
  const orders = JSON.stringify({ scripts, known, until, window, handles });
  const child = fork(GAME, [orders], { execArgv: [...sourceFlags], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  children.add(child);
  const told: Record<string, unknown>[] = [];
  child.on('message', (message: Record<string, unknown>) => {
    told.push(message);
    if (message['ready'] === true && signal !== undefined) child.kill(signal);
  });
  return new Promise<{ told: typeof told; code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    child.once('close', (code, by) => resolve({ told, code, signal: by })),
  );
}

const write = (text: string) => writeFileSync(join(scripts, 'main.ts'), text);
const marks = () => readdirSync(join(known, readdirSync(known)[0] as string, 'starting'));

beforeAll(async () => {
  mkdirSync(scripts);
  write('export const version = 7;');
  const { told } = await play({ until: 'kept', window: 100 });
  expect(told).toEqual([{ type: 'host:booted', from: 'stores' }, { version: 7 }]);
  cpSync(known, kept, { recursive: true });
}, 60_000);

beforeEach(() => {
  rmSync(known, { recursive: true });
  cpSync(kept, known, { recursive: true });
});

afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

describe('a release cannot keep a server down (R24)', { timeout: 60_000 }, () => {
  it('the third start runs the release before, says why, and holds the one that died', async () => {
    write("import { die } from '@game/api';\nsetTimeout(() => die('kill'), 20);\nexport const version = 8;");
    for (let start = 1; start <= 2; start++) expect((await play({ until: 'parent' })).signal).toBe('SIGKILL');
    expect(marks()).toHaveLength(2);
    const { told } = await play();
    expect(told).toMatchObject([
      { type: 'release:barred', starts: 2, why: 'it was starting in 2 processes that died' },
      { type: 'host:booted', from: 'last-known-good', code: 'BARRED' },
      { version: 7 },
    ]);
    write('export const version = 9;');
    expect((await play()).told).toEqual([{ type: 'host:booted', from: 'stores' }, { version: 9 }]);
  });
});

describe("an end that is nobody's fault leaves no mark", { timeout: 60_000 }, () => {
  it('SIGTERM, which ends the process as it would without Rekindle', async () => {
    write('export const version = 8;');
    expect(await play({ until: 'parent', signal: 'SIGTERM' })).toMatchObject({ signal: 'SIGTERM' });
    expect(marks()).toEqual([]);
  });

  it('SIGTERM that the game itself handles: the game has the last word', async () => {
    write('export const version = 8;');
    const { told, code } = await play({ until: 'parent', signal: 'SIGTERM', handles: true });
    expect({ last: told.at(-1), code }).toEqual({ last: { handled: 'SIGTERM' }, code: 0 });
    expect(marks()).toEqual([]);
  });
});
