/**
 * One writer at a time in a folder, over all processes that have it open: a file that only one can make.
 *
 * Within the process a queue keeps the order, so that fifty publishers do not race for the file. A lock whose holder died
 * is taken over. Readers never need it, unless they find a publish that nobody finished.
 */
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { threadId } from 'node:worker_threads';
import { errorCode, isAbsent } from './files.ts';

/** A holder renews its lock this often; */
const RENEW_MS = 5_000;
/** one that did not for so long is dead, or as good as dead. */
const STALE_MS = 30_000;
const RETRY_MS = 10;

interface Holder {
  readonly nonce: string;
  readonly pid: number;
  readonly thread: number;
  readonly host: string;
}

/** What waits in this thread, by the path of the lock file. */
const queues = new Map<string, Promise<unknown>>();
/** The locks that this thread holds: after a restart in a container the dead holder has our own pid. */
const held = new Set<string>();

/**
 * Runs `work` while no other writer runs.
 *
 * @param path of the lock file; its directory exists
 * @param signal ends the waiting, and rejects with its reason; it does not end the work
 */
export function withLock<Value>(path: string, work: () => Promise<Value>, signal?: AbortSignal): Promise<Value> {
  const before = queues.get(path) ?? Promise.resolve();
  const mine = before.then(() => locked(path, work, signal));
  const settled = mine.then(
    () => {},
    () => {},
  );
  queues.set(path, settled);
  void settled.then(() => {
    if (queues.get(path) === settled) queues.delete(path);
  });
  return mine;
}

async function locked<Value>(path: string, work: () => Promise<Value>, signal?: AbortSignal): Promise<Value> {
  const nonce = await acquire(path, signal);
  const renewal = setInterval(() => {
    const now = new Date();
    // Failing to renew is not an error of the work; at worst somebody takes the lock over after half a minute.
    fs.utimes(path, now, now).catch(() => {});
  }, RENEW_MS);
  renewal.unref();
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    held.delete(nonce);
    if ((await readHolder(path))?.nonce === nonce) await fs.rm(path, { force: true });
  }
}

async function acquire(path: string, signal?: AbortSignal): Promise<string> {
  const holder: Holder = { nonce: randomUUID(), pid: process.pid, thread: threadId, host: hostname() };
  held.add(holder.nonce);
  try {
    for (;;) {
      signal?.throwIfAborted();
      if (await make(path, holder)) break;
      if (!(await takeOver(path))) await pause(RETRY_MS);
    }
    return holder.nonce;
  } catch (error) {
    held.delete(holder.nonce);
    throw error;
  }
}

/** Makes the lock with its holder's name in it, in one step; says whether it did, or somebody else has it. */
async function make(path: string, holder: Holder): Promise<boolean> {
  const text = JSON.stringify(holder);
  const beside = `${path}.${holder.nonce}`;
  try {
    await fs.writeFile(beside, text);
    await fs.link(beside, path);
    return true;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') return false;
    if (code !== undefined && NO_LINKS.includes(code)) return makeInTwoSteps(path, text);
    throw error;
  } finally {
    await fs.rm(beside, { force: true });
  }
}

/** What file systems without hard links say to one. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

/** A process that dies between the steps leaves a lock without a name, which only its age takes away. */
async function makeInTwoSteps(path: string, text: string): Promise<boolean> {
  try {
    await fs.writeFile(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a lock whose holder is dead; says whether it is worth trying at once. */
async function takeOver(path: string): Promise<boolean> {
  const holder = await readHolder(path);
  const age = await ageOf(path);
  if (age === undefined) return true;
  const dead = age > STALE_MS || (holder !== undefined && isDead(holder));
  if (!dead) return false;
  const aside = `${path}.${randomUUID()}`;
  try {
    await fs.rename(path, aside);
  } catch (error) {
    if (isAbsent(error)) return true;
    throw error;
  }
  // Somebody else may have been quicker, and this is their new lock: it goes back where it was.
  const taken = await readHolder(aside);
  if (taken?.nonce !== holder?.nonce) await fs.link(aside, path).catch(() => {});
  await fs.rm(aside, { force: true });
  return true;
}

function isDead({ host, pid, thread, nonce }: Holder): boolean {
  if (host !== hostname()) return false;
  if (pid === process.pid) return thread === threadId && !held.has(nonce);
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return errorCode(error) === 'ESRCH';
  }
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const holder: unknown = JSON.parse(await fs.readFile(path, 'utf8'));
    return isHolder(holder) ? holder : undefined;
  } catch {
    // Gone, or made this instant and not filled yet: its age decides.
    return undefined;
  }
}

function isHolder(value: unknown): value is Holder {
  if (typeof value !== 'object' || value === null) return false;
  const { nonce, pid, thread, host } = value as Partial<Holder>;
  return typeof nonce === 'string' && typeof pid === 'number' && typeof thread === 'number' && typeof host === 'string';
}

async function ageOf(path: string): Promise<number | undefined> {
  try {
    return Date.now() - (await fs.stat(path)).mtimeMs;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}
