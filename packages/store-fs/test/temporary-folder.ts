/** Real folders for tests, removed when the test ends. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

export interface TemporaryFolder {
  readonly path: string;
  /** The path of an entry in it. */
  at(name: string): string;
  /** Writes files, and the folders that they need; `null` removes. */
  write(files: Readonly<Record<string, string | Uint8Array | null>>): void;
  remove(): void;
}

export function makeFolder(files: Readonly<Record<string, string | Uint8Array>> = {}): TemporaryFolder {
  const path = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), 'rekindle-folder-')));
  const at = (name: string) => join(path, ...name.split('/'));
  const write = (changes: Readonly<Record<string, string | Uint8Array | null>>) => {
    for (const [name, content] of Object.entries(changes)) {
      if (content === null) {
        fs.rmSync(at(name), { recursive: true, force: true });
      } else {
        fs.mkdirSync(dirname(at(name)), { recursive: true });
        fs.writeFileSync(at(name), content);
      }
    }
  };
  const remove = () => fs.rmSync(path, { recursive: true, force: true, maxRetries: 5 });
  write(files);
  return { path, at, write, remove };
}

/** A folder for the running test. */
export function temporaryFolder(files: Readonly<Record<string, string | Uint8Array>> = {}): TemporaryFolder {
  const folder = makeFolder(files);
  onTestFinished(() => folder.remove());
  return folder;
}
