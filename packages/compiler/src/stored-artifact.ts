/**
 * Artifacts as a store of scripts keeps them, for other hosts: under a key that says what they depend on, as bytes that
 * show damage.
 *
 * Unlike an entry of the cache on disk, one is for hosts of every platform, and has nothing that V8 made: emitted text is
 * the same everywhere. The key names the text by its revision, so that a host can ask before it has read the text.
 */

import { hash } from 'node:crypto';
import { type Artifact, MODULE_ABI } from './artifact.ts';
import type { CompileOptions } from './options.ts';
import { type Toolchain, toolchain } from './toolchain.ts';

/** SHA-256 of what follows; then the key, and the artifact as JSON. */
const CHECKSUM = 32;
const HEAD = CHECKSUM + 32;

/** The release line of V8: it decides which regular expressions are refused, and nothing of what is emitted. */
const V8_LINE = process.versions.v8.split('.', 2).join('.');

let own: string | undefined;

/**
 * Names the artifact of a module.
 *
 * @param revision SHA-256 of the text: two texts that differ have two
 * @param tools for tests: the compiler that makes it @default that of this process
 * @returns 64 hexadecimal digits
 */
export function artifactKey(revision: string, options: CompileOptions, tools?: Toolchain): string {
  if (tools === undefined) own ??= makerOf(toolchain());
  return hash('sha256', `${tools === undefined ? own : makerOf(tools)}${JSON.stringify(options)}\0${revision}`, 'hex');
}

/** What an artifact of these tools has in its key. */
function makerOf({ abi, compiler, swc, stripper, acorn }: Toolchain): string {
  return JSON.stringify(['stored artifact 1', abi, compiler, swc, stripper, acorn, V8_LINE]);
}

/** The bytes of an artifact. */
export function sealArtifact(key: string, artifact: Artifact): Uint8Array {
  const bytes = Buffer.concat([Buffer.alloc(HEAD), Buffer.from(JSON.stringify(artifact))]);
  bytes.write(key, CHECKSUM, 'hex');
  checksum(bytes).copy(bytes);
  return bytes;
}

/**
 * The artifact in bytes that came from somewhere; undefined where they are damaged, or those of another key.
 *
 * @param id of the module that it has to be
 */
export function unsealArtifact(key: string, id: string, bytes: Uint8Array): Artifact | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length <= HEAD || !checksum(buffer).equals(buffer.subarray(0, CHECKSUM))) return undefined;
  if (buffer.toString('hex', CHECKSUM, HEAD) !== key) return undefined;
  try {
    const artifact = JSON.parse(buffer.toString('utf8', HEAD)) as Artifact;
    return artifact.abi === MODULE_ABI && artifact.id === id ? artifact : undefined;
  } catch {
    return undefined; // whole, and none of ours
  }
}

function checksum(bytes: Buffer): Buffer {
  return hash('sha256', bytes.subarray(CHECKSUM), 'buffer');
}
