// Other versions of Node, for what must hold on each that is supported: npm's packages of Node's own binaries, kept below
// `node_modules`. Not on the PATH of the workspace: they are called by path, and the Node that runs it stays what it is.
import { execFile } from 'node:child_process';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../deps/workspace.ts';

/** One of each line beside the oldest that is supported, which CI and people run anyway. */
export const versions: readonly string[] = ['22.23.3', '24.21.0', '26.10.0'];

const folder = join(root, 'node_modules/.cache/nodes');

/** The version that a person means by `26` or `26.10.0`. */
export function versionOf(wanted: string): string | undefined {
  return versions.find((version) => version === wanted || version.startsWith(`${wanted}.`));
}

/**
 * The path of a Node of this version; installed first where it is not there, with a line on stderr.
 *
 * @throws Error when npm has none for this system, or cannot be reached
 */
export async function bringNode(version: string): Promise<string> {
  const system = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const name = `node-${system}`;
  const prefix = join(folder, version);
  const path = join(prefix, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (await exists(path)) return path;
  console.error(`node ${version}: not here yet, installing ${name}`);
  await mkdir(prefix, { recursive: true });
  await writeFile(join(prefix, 'package.json'), '{ "private": true }\n'); // or npm would look for one further up
  const args = ['install', '--prefix', prefix, '--no-audit', '--no-fund', '--no-save', `${name}@${version}`];
  await promisify(execFile)('npm', args, { cwd: prefix });
  if (!(await exists(path))) throw new Error(`${name}@${version} has been installed and has no ${path}.`);
  return path;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
