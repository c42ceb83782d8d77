// Where a Chromium stands: CHROME_PATH, the PATH, the usual places, what Playwright has downloaded; else, as root on a
// system with apt-get, it is installed. Never downloads a browser build of its own.
import { execFile, spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { setInterval } from 'node:timers';
import { promisify } from 'node:util';
import { chromium as playwright } from 'playwright-core';
import type { Requirement } from '../requirements/obtain.ts';

const commands = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome', 'chrome.exe'];
const places = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

async function firstExecutable(candidates: readonly string[]): Promise<string | undefined> {
  for (const path of candidates) {
    const usable = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (usable) return path;
  }
  return undefined;
}

function installed(): Promise<string | undefined> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  const onPath = folders.flatMap((folder) => commands.map((command) => join(folder, command)));
  return firstExecutable([...onPath, ...places, playwright.executablePath()].filter(Boolean));
}

/** Debian's package. The lock is there because test files run side by side: the second waits and finds it done. */
async function install(): Promise<void> {
  const script = 'command -v chromium >/dev/null || { apt-get update && apt-get install -y chromium; }';
  const begin = performance.now();
  const elapsed = () => `${((performance.now() - begin) / 1000).toFixed(0)} s`;
  console.error('chromium: not found, installing it with apt-get (about half a minute)');
  const progress = setInterval(() => console.error(`chromium: still installing, ${elapsed()}`), 10_000);
  try {
    const child = spawn('flock', ['/tmp/rekindle-chromium.lock', 'sh', '-c', script], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
      });
    }
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
    if (code !== 0)
      throw new Error(`apt-get install chromium failed:\n${output.trim().split('\n').slice(-5).join('\n')}`);
    console.error(`chromium: installed in ${elapsed()}`);
  } finally {
    clearInterval(progress);
  }
}

/**
 * The path of a Chromium or Chrome, installed first where that is possible.
 *
 * @throws Error that says what was tried.
 */
export async function findChromium(): Promise<string> {
  const named = process.env['CHROME_PATH'];
  if (named !== undefined && named !== '') {
    if (await firstExecutable([named])) return named;
    throw new Error(`CHROME_PATH is '${named}', which cannot be run.`);
  }
  const found = await installed();
  if (found !== undefined) return found;
  const canInstall =
    process.getuid?.() === 0 &&
    (await promisify(execFile)('apt-get', ['--version']).then(
      () => true,
      () => false,
    ));
  if (!canInstall) throw new Error('No Chromium on the PATH, and no root with apt-get to install it.');
  await install();
  const now = await installed();
  if (now === undefined) throw new Error('apt-get installed chromium, but it is not on the PATH.');
  return now;
}

/** For `obtain(chromium)` in a test. */
export const chromium: Requirement<string> = {
  name: 'Chromium',
  remedy: 'Install chromium or Google Chrome, or set CHROME_PATH to one.',
  find: findChromium,
};
