/**
 * Takes the picture of the arena for the documentation: plays for a while, saves a few edits, one of them broken, and
 * photographs the page in the moment after the last one.
 *
 *     node --import ../../tools/run/register.mjs --conditions=@rekindle/source tools/screenshot.ts [file] [width] [height]
 *
 * It works on a copy of the scripts. Not a test: what the page looks like is judged by whoever looks.
 */

import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { launchChromium } from '../../../tools/chromium/launch.ts';
import { startArena } from '../src/arena.ts';

const OWN = fileURLToPath(new URL('../scripts', import.meta.url));
const PICTURE = fileURLToPath(new URL('../../../docs/images/arena.png', import.meta.url));
const [file = PICTURE, width = '1440', height = '900'] = process.argv.slice(2);

/** Milliseconds from the save of the last edit to the picture: the ring of fire is half-way then. */
const AFTERGLOW = 900;

const scripts = await mkdtemp(join(tmpdir(), 'arena-'));
const filter = (path: string) => !path.includes('.rekindle');
await cp(OWN, scripts, { recursive: true, filter });

async function save(id: string, from: string, to: string, pause = 6000): Promise<void> {
  const path = join(scripts, id);
  await writeFile(path, (await readFile(path, 'utf8')).replace(from, to));
  await wait(pause);
}

const arena = await startArena({ port: 0, scripts, scriptsName: 'examples/arena/scripts', seed: 5 });
const browser = await launchChromium();
try {
  await arena.bots.playing;
  await wait(30_000);
  await save('rules/limits.ts', 'maxSpeed = 170', 'maxSpeed = 210');
  await save('npc/behaviour.ts', 'greedySpeed = 95', 'greedySpeed = 130', 9000);
  await save('rules/movement.ts', '{ maxSpeed }', '{ topSpeed as maxSpeed }', 5000);
  await save('rules/movement.ts', '{ topSpeed as maxSpeed }', '{ maxSpeed }', 5000);
  // Only now: without a graphics card the browser takes what the bots need.
  const page = await browser.newPage({
    viewport: { width: Number(width), height: Number(height) },
    deviceScaleFactor: Number(width) < 600 ? 2 : 1.5,
  });
  await page.goto(arena.url);
  await wait(2500);
  await save('items/spawner.ts', 'most = 70', 'most = 110', AFTERGLOW);
  await page.screenshot({ path: file });
  console.log(file);
} finally {
  await browser.close();
  await arena.close();
  await rm(scripts, { recursive: true });
}
