// What people get from npm works in a project of their own: every package is built and packed, publint and attw have
// nothing to say, and a game in an empty project installs the tarballs, compiles against their types, runs, and reloads a
// script; so does a game of CommonJS.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../deps/workspace.ts';
import { Checks } from '../door/checks.ts';
import type { Options } from '../door/options.ts';
import { complete, Program } from '../door/program.ts';
import type { Tally } from '../door/tally.ts';
import { type Packed, packAll } from '../pack/pack.ts';

export const summary = 'the packed packages install, compile and run in an empty project';

export const options = {} satisfies Options;

/** Milliseconds for anything that should take a moment. */
const patience = { timeout: 20_000 };

export async function run(): Promise<Tally> {
  const checks = new Checks();
  return checks.during(() => unpack(checks));
}

async function unpack(checks: Checks): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-packages-'));
  try {
    await complete('npm', ['run', 'build'], { cwd: root });
    await mkdir(join(folder, 'tarballs'));
    const packed = await packAll(join(folder, 'tarballs'));
    for (const { name, complaints } of packed) {
      checks.that(
        `${name} packs, and neither publint nor attw has anything to say`,
        complaints.length === 0,
        complaints.join('; '),
      );
    }
    const project = join(folder, 'game');
    await install(project, packed);
    checks.that('the tarballs install in an empty project', true);
    await compile(project);
    checks.that('a game and its scripts compile against their types', true);
    await play(project, checks);
    await requireIt(join(folder, 'commonjs-game'), packed, checks);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function install(project: string, packed: readonly Packed[]): Promise<void> {
  await cp(join(root, 'tools/pack/sample'), project, { recursive: true });
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'game', private: true, type: 'module' }));
  await installIn(project, packed);
}

async function installIn(project: string, packed: readonly Packed[]): Promise<void> {
  const flags = ['--prefer-offline', '--no-audit', '--no-fund'];
  await complete('npm', ['install', ...flags, ...packed.map(({ tarball }) => tarball)], { cwd: project });
}

/** With the workspace's compiler and Node types: the game's own choice, and nothing that our packages bring. */
async function compile(project: string): Promise<void> {
  const compilerOptions = {
    target: 'es2023',
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  };
  await compileIn(project, { compilerOptions, include: ['*.ts'] });
  await compileIn(join(project, 'scripts'), {
    compilerOptions: { ...compilerOptions, allowImportingTsExtensions: true, noEmit: true },
    include: ['**/*.ts', '../types/*.d.ts'],
  });
}

async function compileIn(folder: string, tsconfig: object): Promise<void> {
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
  const compiler = join(root, 'node_modules/@typescript/native/bin/tsc');
  await complete(process.execPath, [compiler, '-p', '.'], { cwd: folder });
}

async function play(project: string, checks: Checks): Promise<void> {
  const game = new Program(process.execPath, ['server.js'], { cwd: project });
  try {
    const before = await game.printed(/said hello (\d+)/, patience);
    checks.that('a script runs', true, before[0]);

    const greeting = join(project, 'scripts/rules/greeting.ts');
    await writeFile(greeting, "export const greeting: string = 'good evening';\n");
    const committed = await game.printed(/committed .*/, patience);
    const after = await game.printed(/said good evening (\d+)/, patience);
    checks.that('a saved file is taken over', committed[0].includes('rules/greeting.ts'), committed[0]);
    checks.that('its state goes on counting', Number(after[1]) > Number(before[1]), after[0]);

    await writeFile(greeting, 'export const greeting: string = ;\n');
    const refused = await game.printed(/refused .*/, patience);
    const going = await game.printed(/said good evening/, { ...patience, from: game.output.length });
    checks.that('a broken file is refused and the game goes on', going !== null, refused[0]);

    game.kill('SIGTERM');
    const { code, signal } = await game.ended(patience.timeout);
    checks.that('closing the host leaves nothing behind that keeps the process', code === 0, `${code ?? signal}`);
  } finally {
    game.signalGroup('SIGKILL');
  }
}

/** A game without `"type": "module"`: it requires what it needs, and meets no flag and no warning on the way. */
async function requireIt(project: string, packed: readonly Packed[], checks: Checks): Promise<void> {
  await cp(join(root, 'tools/pack/commonjs'), project, { recursive: true });
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'commonjs-game', private: true }));
  await installIn(project, packed);
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['server.cjs'], {
    cwd: project,
    timeout: 60_000,
  });
  const lines = stdout.trim().split('\n');
  checks.that('a CommonJS project requires it and runs a script', lines[0] === 'price 5', stdout);
  checks.that('it reloads the script', lines[1] === 'committed shop.ts: price 6', stdout);
  checks.that('requiring it warns of nothing', stderr === '', stderr);
}
