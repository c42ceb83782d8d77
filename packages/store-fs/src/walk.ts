/**
 * Walks the folder: every directory and every file that the rules let through, through symbolic links that stay inside.
 *
 * It reads names alone. What a file holds is the scan's business, what moves is the watch's; both walk with this.
 */
import type { Dirent } from 'node:fs';
import { join, sep } from 'node:path';
import { fileFailure, linkOutside } from './errors.ts';
import { isAbsent, readdir, readFile, realpath, stat } from './files.ts';
import { IgnoreRules } from './ignore-rules.ts';
import { WorkQueue } from './work-queue.ts';

/** So many file system calls wait at once; the pool of threads behind them has four. */
const WIDTH = 64;

export interface Walk {
  /** How messages call the folder. */
  readonly name: string;
  /** The real path of the folder: no component of it is a link. */
  readonly root: string;
  readonly rules: IgnoreRules;
  /** Whether `.gitignore` files count. */
  readonly gitignore: boolean;
  /** Before a directory's entries are read. `path` is real: reached through a link it is that of the link's target. */
  directory?(path: string): void;
  /** `id` as the names on the disk spell it, `path` where it lies, not resolved where it is a link itself. */
  file?(id: string, path: string): Promise<void>;
  /** A link on the way, also one that leads nowhere. */
  link?(path: string): Promise<void> | void;
}

interface Place {
  /** '' or the id's beginning, with a slash at the end. */
  readonly prefix: string;
  readonly path: string;
  readonly rules: IgnoreRules;
  /** The real paths of the directories above: a link back to one of them would never end. */
  readonly above: readonly string[];
}

/** Resolves when all of it was visited; rejects with `STORE_LINK_OUTSIDE`, or as the visitors do. */
export async function walk(request: Walk): Promise<void> {
  const queue = new WorkQueue(WIDTH);
  queue.add(() => visitDirectory(request, queue, { prefix: '', path: request.root, rules: request.rules, above: [] }));
  await queue.done();
}

async function visitDirectory(request: Walk, queue: WorkQueue, place: Place): Promise<void> {
  request.directory?.(place.path);
  let entries: Dirent[];
  try {
    entries = await readdir(place.path, { withFileTypes: true });
  } catch (error) {
    // Gone between being named and being read. The root itself is not allowed to be.
    if (isAbsent(error) && place.prefix !== '') return;
    if (isAbsent(error)) throw error;
    throw fileFailure(request.name, `reading the folder '${place.prefix}'`, error);
  }
  const rules = await rulesWithin(request, place, entries);
  const base = place.path.endsWith(sep) ? place.path : place.path + sep;
  for (const entry of entries) {
    if (IgnoreRules.isFixed(entry.name)) continue;
    const path = base + entry.name;
    const id = place.prefix + entry.name;
    if (entry.isDirectory()) enter(request, queue, place, rules, id, path);
    else if (entry.isFile()) visitFile(request, queue, rules, id, path);
    else if (entry.isSymbolicLink()) queue.add(() => followLink(request, queue, place, rules, id, path));
  }
}

function enter(request: Walk, queue: WorkQueue, place: Place, rules: IgnoreRules, id: string, path: string): void {
  if (rules.ignores(`${id}/`)) return;
  const above = [...place.above, place.path];
  if (above.includes(path)) return;
  queue.add(() => visitDirectory(request, queue, { prefix: `${id}/`, path, rules, above }));
}

function visitFile(request: Walk, queue: WorkQueue, rules: IgnoreRules, id: string, path: string): void {
  const { file } = request;
  if (file && rules.isModuleName(id) && !rules.ignores(id)) queue.add(() => file(id, path));
}

async function followLink(
  request: Walk,
  queue: WorkQueue,
  place: Place,
  rules: IgnoreRules,
  id: string,
  path: string,
): Promise<void> {
  if (rules.ignores(id)) return;
  await request.link?.(path);
  let target: string;
  let isDirectory: boolean;
  try {
    target = await realpath(path);
    isDirectory = (await stat(target)).isDirectory();
  } catch (error) {
    if (isAbsent(error)) return;
    throw fileFailure(request.name, `following the link '${id}'`, error);
  }
  if (!isDirectory && !rules.isModuleName(id)) return;
  if (!isInside(request.root, target)) throw linkOutside(request.name, id, target);
  if (isDirectory) enter(request, queue, place, rules, id, target);
  else visitFile(request, queue, rules, id, path);
}

async function rulesWithin(request: Walk, place: Place, entries: readonly Dirent[]): Promise<IgnoreRules> {
  if (!request.gitignore || !entries.some((entry) => entry.name === '.gitignore' && entry.isFile())) return place.rules;
  try {
    return place.rules.within(place.prefix, await readFile(join(place.path, '.gitignore'), 'utf8'));
  } catch (error) {
    if (isAbsent(error)) return place.rules;
    throw fileFailure(request.name, `reading '${place.prefix}.gitignore'`, error);
  }
}

/** Whether a real path is the root or below it. */
export function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}
