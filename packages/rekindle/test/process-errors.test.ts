import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { sourceFlags } from '../../../tools/run/flags.ts';

interface Told {
  readonly event: string;
  readonly message?: string;
  readonly module?: string;
  readonly where?: string;
  readonly line?: number;
}

/** Runs the game; resolves to what it told and how it ended. */
function play(...args: string[]): Promise<{ told: Told[]; code: number | null; errors: string }> {
  const file = fileURLToPath(new URL('process-errors-game.ts', import.meta.url));
  const child = fork(file, args, { execArgv: [...sourceFlags], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const told: Told[] = [];
  let errors = '';
  child.on('message', (message) => told.push(message as Told));
  child.stderr?.on('data', (chunk) => {
    errors += chunk;
  });
  return new Promise((resolve) => child.once('close', (code) => resolve({ told, code, errors })));
}

const lives = { event: 'lives' };
const error = (more: Partial<Told>) => ({ event: 'script:error', module: 'goblin.ts', ...more });

describe('what escapes a script does not end the process (R53)', { timeout: 60_000 }, () => {
  it.each([
    ['an error in a timer of the game', 'throws', { where: 'uncaught error', line: 1, message: 'of a script' }],
    ['a rejection that nobody waits for', 'rejects', { where: 'unhandled rejection', line: 3, message: 'of a script' }],
    ['an endless loop after an await', 'loops', { where: 'unhandled rejection', line: 8 }],
    [
      'an error of the game that a script called',
      'calls',
      { where: 'uncaught error', line: 5, message: 'of the game' },
    ],
    ['a timer of a script', 'timer', { module: 'evaluated.ts', where: 'setTimeout', line: 2, message: 'x' }],
  ])('%s', async (_, what, told) => {
    expect(await play(what)).toMatchObject({ told: [error(told), lives], code: 0 });
  });

  it.each([
    ['a flow that slept in a version that was replaced, and in one whose host closes', 'sleeps'],
    ['an import() of a version that was refused', 'imports'],
  ])('nor does the end of what nobody waits for: %s', async (_, what) => {
    expect(await play(what)).toMatchObject({ told: [lives], code: 0, errors: '' });
    expect(await play(what, 'listens')).toMatchObject({ told: [lives], code: 0, errors: '' });
  });

  it('and the listeners of the game hear nothing of it', async () => {
    expect(await play('throws', 'listens')).toMatchObject({ told: [error({}), lives], code: 0 });
    expect(await play('rejects', 'listens')).toMatchObject({ told: [error({}), lives], code: 0 });
  });
});

describe('all others keep what Node does', { timeout: 60_000 }, () => {
  it.each([
    ['an error of the game', 'game', 'of the game'],
    ['a rejection of the game', 'gameRejects', 'of the game'],
    ['a subscriber of `events$` that throws', 'subscriber', 'of the game'],
    ['a rejection without a stack, which nobody can attribute', 'text', 'no error at all'],
  ])('%s ends the process', async (_, what, message) => {
    const { told, code, errors } = await play(what);
    expect({ told, code }).toEqual({ told: [], code: 1 });
    expect(errors).toContain(message);
  });

  it('or is heard by the listeners of the game', async () => {
    expect(await play('game', 'listens')).toMatchObject({
      told: [{ event: 'uncaughtExceptionMonitor' }, { event: 'uncaughtException', message: 'of the game' }, lives],
      code: 0,
    });
    expect(await play('gameRejects', 'listens')).toMatchObject({
      told: [{ event: 'unhandledRejection', message: 'of the game' }, lives],
      code: 0,
    });
  });

  it("so does everything with processErrors: 'off'", async () => {
    const { told, code, errors } = await play('throws', '', 'off');
    expect({ told, code }).toEqual({ told: [], code: 1 });
    expect(errors).toContain('goblin.ts:1');
  });
});
