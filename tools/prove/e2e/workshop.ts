// A copy of the arena's scripts in which the proof edits, as a designer would: files are written in place.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../deps/workspace.ts';

export class Workshop implements AsyncDisposable {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<Workshop> {
    const folder = await mkdtemp(join(tmpdir(), 'rekindle-e2e-'));
    await cp(join(root, 'examples/arena/scripts'), folder, { recursive: true });
    return new Workshop(folder);
  }

  read(id: string): Promise<string> {
    return readFile(join(this.folder, id), 'utf8');
  }

  write(id: string, text: string): Promise<void> {
    return writeFile(join(this.folder, id), text);
  }

  /** Replaces text in a file. @throws Error where the text is not there: the arena has changed, and so must the proof. */
  async edit(id: string, from: string | RegExp, to: string): Promise<void> {
    const text = await this.read(id);
    const edited = text.replace(from, to);
    if (edited === text) throw new Error(`'${id}' has nothing that matches ${from}`);
    await this.write(id, edited);
  }

  delete(id: string): Promise<void> {
    return rm(join(this.folder, id));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
