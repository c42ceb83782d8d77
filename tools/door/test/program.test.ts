import { tmpdir } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { complete, Program } from '../program.ts';

const started: Program[] = [];

function node(code: string): Program {
  const program = new Program(process.execPath, ['--eval', code], { cwd: tmpdir(), env: { GREETING: 'hello' } });
  started.push(program);
  return program;
}

afterEach(() => {
  for (const program of started.splice(0)) program.signalGroup('SIGKILL');
});

const patience = { timeout: 20_000 };
const forever = 'setInterval(() => {}, 1000);';

describe('a program under watch', () => {
  it('is heard on both streams, with the environment added', async () => {
    const program = node(`console.log(process.env.GREETING + ' 1'); console.error('oops'); ${forever}`);
    expect((await program.printed(/hello (\d)/, patience))[1]).toBe('1');
    await program.printed(/oops/, patience);
  });

  it('is heard from a place in its output on', async () => {
    const program = node(`process.once('SIGUSR2', () => console.log('tick 2')); console.log('tick 1'); ${forever}`);
    await program.printed(/tick/, patience);
    const from = program.output.length;
    program.kill('SIGUSR2');
    expect((await program.printed(/tick (\d)/, { ...patience, from }))[1]).toBe('2');
  });

  it('says what it said when it ends without the words that were awaited', async () => {
    const program = node(`console.log('bye'); process.exitCode = 3;`);
    await expect(program.printed(/hello/, patience)).rejects.toThrow(
      /ended with 3 and did not print \/hello\/. It said:\nbye/,
    );
  });

  it('is given up when it takes too long', async () => {
    const program = node(forever);
    await expect(program.printed(/hello/, { timeout: 1 })).rejects.toThrow(/took more than 1 ms to print \/hello\//);
    await expect(program.ended(1)).rejects.toThrow(/did not end within 1 ms/);
  });

  it('ends with all that it started on Ctrl-C', async () => {
    const program = node(`
      const { spawn } = require('node:child_process');
      const code = "process.on('SIGINT', () => process.exit()); console.log('child'); ${forever}";
      spawn(process.execPath, ['--eval', code], { stdio: 'inherit' });
      process.on('SIGINT', () => process.exit(130));
    `);
    await program.printed(/child/, patience);
    expect(await program.remains(0)).toHaveLength(2);
    program.signalGroup('SIGINT');
    expect(await program.ended(patience.timeout)).toEqual({ code: 130, signal: null });
    expect(await program.remains(patience.timeout)).toEqual([]);
  });
});

describe('a program that is run to its end', () => {
  it('gives its output', async () => {
    expect(await complete(process.execPath, ['-p', '40 + 2'], { cwd: tmpdir() })).toBe('42\n');
  });

  it('is an error with its output when it fails', async () => {
    const run = complete(process.execPath, ['-e', 'console.log("no"); process.exit(2)'], { cwd: tmpdir() });
    await expect(run).rejects.toThrow(/ended with 2:\nno/);
  });
});
