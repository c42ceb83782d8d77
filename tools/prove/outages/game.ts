// A small game on a store, and what is looked at in it.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Store } from '@rekindle/store';
import { createHost, type Host } from 'rekindle';

/** Longer than anything takes that is well. */
const PATIENCE = 30_000;

export interface Game {
  readonly host: Host;
  readonly main: { readonly version: number; readonly turns: () => number };
  /** Types of the events about stores, and where it booted from. */
  readonly said: string[];
  /** What was wrong with the stores, or why it booted from the disk. */
  readonly errors: unknown[];
}

export async function start(root: string, store: Store): Promise<Game> {
  const host = createHost({
    stores: [store],
    lastKnownGood: join(root, 'known'),
    probation: { window: 300 },
    cache: false,
  });
  const said: string[] = [];
  const errors: unknown[] = [];
  host.events$.subscribe((event) => {
    if (event.type.startsWith('store:')) said.push(event.type);
    if (event.type === 'host:booted') said.push(event.from);
    if (event.type === 'host:booted' || event.type === 'store:lost')
      if (event.error !== undefined) errors.push(event.error);
  });
  await host.start({ entries: ['main.ts'] });
  const main = (await host.import('main.ts')) as Game['main'];
  return { host, main, said, errors };
}

export async function publishTo(store: Store, version: number): Promise<void> {
  const text = `let count = 0;\nsetInterval(() => { count += 1; }, 10);\nexport const turns = () => count;\nexport const version = ${version};\n`;
  await store.publish(new Map([['main.ts', text]]), { expected: (await store.head())?.number ?? 0 });
}

export async function existsGood(root: string): Promise<boolean> {
  const names = await readdir(join(root, 'known'), { recursive: true }).catch(() => []);
  return names.some((name) => name.endsWith('good.jsonl'));
}

/** Looks every few milliseconds; false where it does not come. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<boolean> {
  for (const end = performance.now() + PATIENCE; performance.now() < end; await pause(5))
    if (await holds()) return true;
  return false;
}
