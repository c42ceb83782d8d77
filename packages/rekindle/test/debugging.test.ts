import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sourceFlags } from '../../../tools/run/flags.ts';
import { DebuggerClient } from './debugger-client.ts';

/** Line 12 is the first of `step`; types and comments above it are not there in what runs. */
const goblin = (below: string, above = '') => `${above}// A goblin and its moods.
import type { World } from '../world.ts';

interface Mood {
  name: string;
  strength: number;
}

const mood: Mood = { name: 'calm', strength: 1 };

export function step(): string {
  const { name } = mood;
  return name;
}

export function think(): number {
  let sum = 0;
  for (let turn = 0; turn < 3_000_000; turn++) {
    sum += Math.sqrt(turn);
  }
  return sum;
}

export const extra = () => {
  return ${below};
};
`;

async function game(scripts: Readonly<Record<string, string>>) {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'rekindle-debugging-')));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'npc'));
  const save = (id: string, text: string) => writeFile(join(folder, id), text);
  for (const [id, text] of Object.entries(scripts)) await save(id, text);
  const child = fork(fileURLToPath(new URL('debugged-game.ts', import.meta.url)), [folder], {
    execArgv: [...sourceFlags],
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = ''; // the inspector says on stderr that it listens, and V8 why it ends
  child.stderr?.on('data', (data) => {
    said += data;
  });
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error(`The game ended with ${code ?? signal}: ${said}`);
  });
  ended.catch(() => {}); // it is killed at the end of each story
  const tell = async (command: string) => {
    const told = once(child, 'message') as Promise<[{ answer: unknown }]>;
    child.send(command);
    const [{ answer }] = await Promise.race([told, ended]);
    return answer;
  };
  const attach = async () => {
    const client = await DebuggerClient.connect((await tell('open')) as string);
    onTestFinished(() => client.close());
    return client;
  };
  return { folder, save, tell, attach };
}

describe('R49: a debugger', () => {
  it('stops at the line of the author after every save, without being told again', async () => {
    const { folder, save, tell, attach } = await game({ 'npc/goblin.ts': goblin('0') });
    const client = await attach();
    await tell('start');
    await client.send('Debugger.enable');
    const set = (line: number) =>
      client.send<{ breakpointId: string }>('Debugger.setBreakpointByUrl', {
        url: 'npc/goblin.ts',
        lineNumber: line - 1,
      });
    const { breakpointId } = await set(12);
    expect(await client.stopIn(() => tell('call step'))).toEqual({ place: 'npc/goblin.ts:12', result: 'calm' });
    for (let n = 1; n <= 5; n++) {
      await save('npc/goblin.ts', goblin(`${n}${'\n  + 0'.repeat(n)}`));
      expect(await tell('sync')).toBe('committed');
      expect(await client.stopIn(() => tell('call step'))).toEqual({ place: 'npc/goblin.ts:12', result: 'calm' });
    }
    const maps = client.scripts.filter(({ url }) => url === 'npc/goblin.ts').map(({ sourceMapURL }) => sourceMapURL);
    expect(maps).toHaveLength(6);
    const map = JSON.parse(Buffer.from(maps[5]?.split(',')[1] ?? '', 'base64').toString());
    expect(map).toMatchObject({
      sources: [pathToFileURL(join(folder, 'npc/goblin.ts')).href], // by which editors find the file
      sourcesContent: [goblin(`5${'\n  + 0'.repeat(5)}`)],
    });

    // As an editor does whose text moves: now that line is one of the body, which runs while the game applies the change.
    // In the newest script, because V8 moves a breakpoint by URL to where the text stands that the line has in another
    // script of that URL, and which of the old versions it asks first depends on their ids.
    await client.send('Debugger.removeBreakpoint', { breakpointId });
    await save('npc/goblin.ts', goblin('6', '// one\n// two\n// three\n'));
    expect(await tell('sync')).toBe('committed');
    const newest = client.scripts.findLast(({ url }) => url === 'npc/goblin.ts');
    await client.send('Debugger.setBreakpoint', { location: { scriptId: newest?.scriptId, lineNumber: 20 - 1 } });
    expect(await client.stopIn(() => tell('call think'))).toMatchObject({ place: 'npc/goblin.ts:20' });
  });

  it('that comes later finds the lines of what is saved from then on', async () => {
    const { save, tell, attach } = await game({ 'npc/goblin.ts': goblin('0') });
    await tell('start');
    const client = await attach();
    await client.send('Debugger.enable');
    await save('npc/goblin.ts', goblin('1'));
    expect(await tell('sync')).toBe('committed');
    await client.send('Debugger.setBreakpointByUrl', { url: 'npc/goblin.ts', lineNumber: 12 });
    expect(await client.stopIn(() => tell('call step'))).toEqual({ place: 'npc/goblin.ts:13', result: 'calm' });
  });

  it('that profiles sees module ids and the lines of the author', async () => {
    const { save, tell, attach } = await game({ 'npc/goblin.ts': goblin('0') });
    const client = await attach();
    await tell('start');
    await save('npc/goblin.ts', goblin('1'));
    expect(await tell('sync')).toBe('committed');
    await client.send('Profiler.enable');
    await client.send('Profiler.setSamplingInterval', { interval: 100 });
    await client.send('Profiler.start');
    await tell('call think');
    const { profile } = await client.send<{ profile: { nodes: ProfileNode[] } }>('Profiler.stop');
    const node = profile.nodes.find(({ callFrame }) => callFrame.functionName === 'think');
    expect(node?.callFrame).toMatchObject({ url: 'npc/goblin.ts', lineNumber: 15 }); // from 0
    // what V8 has inlined into it stands on lines of its own text
    const lines = node?.positionTicks?.map(({ line }) => line).filter((line) => line <= 30) ?? [];
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect([16, 17, 18, 19, 20, 21]).toContain(line);
  });
});

interface ProfileNode {
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly positionTicks?: readonly { readonly line: number }[];
}
