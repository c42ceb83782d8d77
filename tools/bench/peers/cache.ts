// Other tools for the same job, in a folder of their own: they are compared with, and not a dependency of anything here.
// Exact versions, from the registry that npm is set to; installed once, and again when a version changes.
import { spawn } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setInterval } from 'node:timers';

const versions = { vite: '8.3.8', dynohot: '1.2.1' } as const;

const folder = join(import.meta.dirname, '../../../node_modules/.cache/peers');

/**
 * The `node_modules` that has the peers, after they have been installed where they were not.
 *
 * @throws Error with npm's last words when it cannot.
 */
export async function peers(): Promise<string> {
  const packages = join(folder, 'node_modules');
  if (!(await areInstalled(packages))) await install();
  return packages;
}

async function areInstalled(packages: string): Promise<boolean> {
  const wanted = Object.entries(versions).map(async ([name, version]) => {
    const text = await readFile(join(packages, name, 'package.json'), 'utf8').catch(() => '{}');
    return (JSON.parse(text) as { version?: string }).version === version;
  });
  return (await Promise.all(wanted)).every(Boolean);
}

async function install(): Promise<void> {
  const names = Object.entries(versions).map(([name, version]) => `${name}@${version}`);
  const begin = performance.now();
  const elapsed = () => `${((performance.now() - begin) / 1000).toFixed(0)} s`;
  console.error(`peers: installing ${names.join(', ')} into ${folder}`);
  const progress = setInterval(() => console.error(`peers: still installing, ${elapsed()}`), 10_000);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
    await npm(['install', '--save-exact', '--no-audit', '--no-fund', '--ignore-scripts', ...names]);
    console.error(`peers: installed in ${elapsed()}`);
  } finally {
    clearInterval(progress);
  }
}

async function npm(args: readonly string[]): Promise<void> {
  const child = spawn('npm', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (code !== 0) throw new Error(`npm ${args[0]} failed:\n${output.trim().split('\n').slice(-5).join('\n')}`);
}
