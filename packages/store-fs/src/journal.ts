/**
 * Many files as one step. A folder cannot change several files at once, so a publish first puts all new texts beside
 * their places, then writes down what is to be done: from that moment it is decided, and whoever finds it undone does
 * it. A process that dies at any point leaves the old state or the new one.
 *
 *     texts staged │ plan written: decided │ texts renamed into place │ number noted │ plan removed
 *
 * What an author wrote into a file after the process died is left as it is.
 */
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, sep } from 'node:path';
import type { ModuleId, Release, Revision } from '@rekindle/store';
import { replaceFile, syncDirectory, writeDurably } from './atomic-file.ts';
import { errorCode, isAbsent, readFile, realpath, remove, rename, stat } from './files.ts';
import { IgnoreRules } from './ignore-rules.ts';
import { isRelease } from './ledger.ts';
import { readSource } from './source-file.ts';
import { isInside } from './walk.ts';
import { eachOf } from './work-queue.ts';

/** Hidden from the scan, and nothing that anybody else would call a file. */
const STAGED_NAME = /^\.rekindle-[0-9a-f-]{36}\.tmp$/;

/** What is to be done with one file. Paths are relative to the folder. */
export interface Step {
  readonly path: string;
  /** Where the new text waits; `null` deletes. */
  readonly staged: string | null;
  /** What stood there when it was decided; `null` for nothing. */
  readonly before: Revision | null;
}

/** A change of one file, as it is given to `run`. */
export interface FileChange {
  readonly id: ModuleId;
  /** Relative to the folder, as the disk spells it. */
  readonly path: string;
  readonly text: string | null;
  readonly before: Revision | null;
}

interface Plan {
  /** Null while the texts are being staged: then nothing has happened, and what is there is rubbish. */
  readonly release: Release | null;
  readonly steps: readonly Step[];
}

export class Journal {
  readonly #root: string;
  readonly #path: string;

  /** @param root the folder @param directory `.rekindle` in it */
  constructor(root: string, directory: string) {
    this.#root = root;
    this.#path = join(directory, 'publish.json');
  }

  /** The release that is decided and not all in place; `undefined` when there is none. */
  async pending(): Promise<Release | undefined> {
    return (await this.#read())?.release ?? undefined;
  }

  /** Changes the files. Only for the holder of the lock, after `recover`. */
  async run(
    release: Release,
    changes: readonly FileChange[],
    note: (release: Release) => Promise<void>,
  ): Promise<void> {
    const steps = changes.map(({ path, text, before }) => ({
      path,
      before,
      staged: text === null ? null : join(dirname(path), `.rekindle-${randomUUID()}.tmp`), // see STAGED_NAME
    }));
    try {
      await this.#write({ release: null, steps });
      await this.#stage(changes, steps);
      await this.#write({ release, steps });
    } catch (error) {
      await this.#discard(steps);
      throw error;
    }
    await this.#carryOut({ release, steps }, note);
  }

  /** Ends what a process that died had begun. Only for the holder of the lock. */
  async recover(note: (release: Release) => Promise<void>): Promise<void> {
    const plan = await this.#read();
    if (!plan) return;
    if (plan.release) await this.#carryOut(plan, note);
    else await this.#discard(plan.steps);
  }

  async #stage(changes: readonly FileChange[], steps: readonly Step[]): Promise<void> {
    const staged = steps.flatMap((step, index) => {
      const text = changes[index]?.text;
      return step.staged === null || typeof text !== 'string' ? [] : [{ ...step, staged: step.staged, text }];
    });
    const folders = new Set(staged.map((step) => dirname(join(this.#root, step.staged))));
    await eachOf(folders, (folder) => fs.mkdir(folder, { recursive: true }));
    await eachOf(staged, async ({ path, staged, text, before }) => {
      const mode = before === null ? undefined : await modeOf(join(this.#root, path));
      await writeDurably(join(this.#root, staged), text, mode);
    });
  }

  /** Can be done again from the start after it was broken off anywhere. */
  async #carryOut(plan: Plan, note: (release: Release) => Promise<void>): Promise<void> {
    const touched = new Set<string>();
    // Deletions come first: a module that changes the case of its name is deleted and made in one release.
    const deletions = plan.steps.filter((step) => step.staged === null);
    await eachOf(deletions, (step) => this.#delete(step, touched));
    await eachOf(plan.steps, async (step) => {
      if (step.staged !== null) await this.#replace(step, step.staged, touched);
    });
    await eachOf(touched, (folder) => syncDirectory(folder).catch(unlessAbsent));
    if (plan.release) await note(plan.release);
    await remove(this.#path);
    await syncDirectory(dirname(this.#path));
  }

  async #replace({ path, before }: Step, staged: string, touched: Set<string>): Promise<void> {
    const source = join(this.#root, staged);
    const target = join(this.#root, path);
    if ((await revisionAt(target)) !== before) {
      // It is in place already, or an author wrote there after the process died.
      await remove(source);
      return;
    }
    try {
      await rename(source, target);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return;
      // A folder of that name is one that lost its last module: git keeps no empty folders either.
      if (errorCode(error) !== 'EISDIR' && errorCode(error) !== 'EPERM') throw error;
      await fs.rmdir(target);
      await rename(source, target);
    }
    touched.add(dirname(target));
  }

  async #delete({ path, before }: Step, touched: Set<string>): Promise<void> {
    const target = join(this.#root, path);
    if ((await revisionAt(target)) !== before) return;
    await remove(target);
    touched.add(dirname(target));
    for (
      let folder = dirname(target);
      folder !== this.#root && isInside(this.#root, folder);
      folder = dirname(folder)
    ) {
      try {
        await fs.rmdir(folder);
      } catch {
        return;
      }
    }
  }

  async #discard(steps: readonly Step[]): Promise<void> {
    await eachOf(steps, async ({ staged }) => {
      if (staged !== null) await remove(join(this.#root, staged));
    });
    await remove(this.#path);
  }

  /** Whether no directory of a plan lies behind a link that leads out. */
  async #isInside(plan: Plan): Promise<boolean> {
    const root = await realpath(this.#root);
    for (const folder of new Set(plan.steps.map((step) => dirname(join(this.#root, step.path))))) {
      try {
        if (!isInside(root, await realpath(folder))) return false;
      } catch (error) {
        unlessAbsent(error);
      }
    }
    return true;
  }

  async #write(plan: Plan): Promise<void> {
    await replaceFile(this.#path, JSON.stringify(plan), randomUUID());
  }

  async #read(): Promise<Plan | undefined> {
    try {
      const value: unknown = JSON.parse(await readFile(this.#path, 'utf8'));
      return isPlan(value) && (await this.#isInside(value)) ? value : undefined;
    } catch (error) {
      // A plan is written in one step; what does not parse was never one.
      if (isAbsent(error) || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }
}

async function revisionAt(path: string): Promise<Revision | null> {
  try {
    return (await readSource(path)).revision;
  } catch (error) {
    if (isAbsent(error) || errorCode(error) === 'EISDIR') return null;
    throw error;
  }
}

async function modeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function unlessAbsent(error: unknown): void {
  if (!isAbsent(error)) throw error;
}

/**
 * A plan is read from a file, and leads to writes: it may name nothing that a publish would not have named. A folder can
 * come from anywhere, with a plan in it that nobody here ever made.
 */
function isPlan(value: unknown): value is Plan {
  if (typeof value !== 'object' || value === null) return false;
  const { release, steps } = value as Partial<Plan>;
  if (release !== null && !isRelease(release)) return false;
  return Array.isArray(steps) && steps.every(isStep);
}

function isStep(value: unknown): value is Step {
  if (typeof value !== 'object' || value === null) return false;
  const { path, staged, before } = value as Partial<Step>;
  if (typeof path !== 'string' || path === '' || isAbsolute(path)) return false;
  if (path.split(sep).some((name) => name === '' || IgnoreRules.isFixed(name))) return false;
  const isStaged =
    typeof staged === 'string' && dirname(staged) === dirname(path) && STAGED_NAME.test(basename(staged));
  return (staged === null || isStaged) && (before === null || typeof before === 'string');
}
