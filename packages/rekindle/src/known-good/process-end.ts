/**
 * Tells when the process is asked to end, or has nothing left to do: an end that no release is to blame for.
 *
 * A listener of SIGTERM keeps Node from ending the process, and the game or a library may have one that counts the
 * others. So ours is the first to be called, takes itself away before the others look, and raises the signal again only
 * where nobody else listens. It is there only while somebody has to be told.
 */

import { isMainThread } from 'node:worker_threads';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

const watchers = new Set<() => void>();

/** @returns ends it */
export function watchProcessEnd(told: () => void): () => void {
  watchers.add(told);
  if (watchers.size === 1 && isMainThread) install();
  return () => {
    if (watchers.delete(told) && watchers.size === 0) uninstall();
  };
}

function install(): void {
  for (const signal of SIGNALS) process.prependListener(signal, onSignal);
  process.prependListener('beforeExit', tellAll);
}

function uninstall(): void {
  for (const signal of SIGNALS) process.removeListener(signal, onSignal);
  process.removeListener('beforeExit', tellAll);
}

function tellAll(): void {
  for (const told of [...watchers]) told();
}

function onSignal(signal: NodeJS.Signals): void {
  tellAll();
  uninstall();
  watchers.clear();
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
}
