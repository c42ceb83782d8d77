// Packages of PyPI that are programs, each in a virtual environment of its own, so that nothing of the system changes.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bring } from './bring.ts';

const run = promisify(execFile);

const pythons = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];

/**
 * The Python of a virtual environment that has the package; installed first where it is not there, with a line on stderr.
 * Not a command of the package: these name the folder in which they were installed, which has been another one.
 *
 * @param requirement with its version: `SecantusDB==1.0`
 * @throws Error that says what was tried
 */
export async function pythonWith(requirement: string, folder: string): Promise<string> {
  await bring(folder, async (draft) => {
    const python = await findPython();
    console.error(`installing ${requirement} from PyPI (about ten seconds)`);
    const begin = performance.now();
    await run(python, ['-m', 'venv', draft]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', requirement];
    await run(join(draft, 'bin/python'), pip);
    console.error(`installed in ${((performance.now() - begin) / 1000).toFixed(0)} s`);
  });
  return join(folder, 'bin/python');
}

async function findPython(): Promise<string> {
  for (const python of pythons) {
    const version = await run(python, ['-c', 'import sys, venv; print(sys.version_info[:2])']).catch(() => undefined);
    if (version !== undefined && /\(3, 1[0-3]\)/.test(version.stdout)) return python;
  }
  throw new Error(`No Python from 3.10 to 3.13 with venv among ${pythons.join(', ')}`);
}
