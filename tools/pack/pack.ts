// Packages as people would get them: a tarball of each, judged by publint, and by attw as packages of ES modules alone.
// It needs what `npm run build` makes and builds nothing itself.
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { problemKindInfo } from '@arethetypeswrong/core/problems';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { root } from '../deps/workspace.ts';

export interface Packed {
  readonly name: string;
  /** The tarball's absolute path. */
  readonly tarball: string;
  /** What publint and attw say against it, suggestions included. */
  readonly complaints: readonly string[];
}

/** Packs every package under `packages/` that is not private into the folder. */
export async function packAll(destination: string): Promise<Packed[]> {
  const packed: Packed[] = [];
  for (const folder of (await readdir(join(root, 'packages'))).sort()) {
    const home = join(root, 'packages', folder);
    const { name, private: hidden } = JSON.parse(await readFile(join(home, 'package.json'), 'utf8'));
    if (hidden !== true) packed.push(await pack(name, home, destination));
  }
  return packed;
}

async function pack(name: string, home: string, destination: string): Promise<Packed> {
  // Prints the file's name and nothing else.
  const { stdout } = await promisify(execFile)('npm', ['pack', '--silent', '--pack-destination', destination], {
    cwd: home,
  });
  const tarball = join(destination, stdout.trim());
  const bytes = await readFile(tarball);
  const content = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages, pkg } = await publint({ strict: true, pack: { tarball: content } });
  return {
    name,
    tarball,
    complaints: [
      ...messages.map((message) => formatMessage(message, pkg, { color: false }) ?? message.code),
      ...(await wrongTypes(bytes)),
    ],
  };
}

/**
 * What a resolution that does not read `exports` finds is left out, and so is the warning that `require` gives an ES module:
 * every Node that we support can do that.
 */
const ESM_ONLY = new Set(['node10', 'node16-cjs']);

async function wrongTypes(tarball: Uint8Array): Promise<string[]> {
  const result = await checkPackage(createPackageFromTarballData(tarball));
  if (result.types === false) return ['It has no types.'];
  return result.problems
    .filter((problem) => !('resolutionKind' in problem && ESM_ONLY.has(problem.resolutionKind)))
    .map((problem) => {
      const { shortDescription } = problemKindInfo[problem.kind];
      return 'entrypoint' in problem ? `${shortDescription}: '${problem.entrypoint}'` : shortDescription;
    });
}
