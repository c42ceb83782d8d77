/**
 * Artifacts as a store of scripts keeps them, for other hosts: under a key that says what they depend on, as bytes that
 * show damage.
 *
 * Unlike an entry of the cache on disk, one is for hosts of every platform: emitted text is the same everywhere. What V8
 * made of the text stands beside it, for hosts with the same engine as who sealed it; others compile the text. The key
 * names the text by its revision, so that a host can ask before it has read the text.
 *
 *     checksum of the rest, key, engine (32 bytes each), length of the artifact, length of the emitted text, bytes of each
 *     of its characters (4 bytes each), the artifact as JSON without the text, the text, V8's code
 */

import { hash } from 'node:crypto';
import { type Artifact, MODULE_ABI } from './artifact.ts';
import type { CachedArtifact } from './cache-pack.ts';
import { codeCacheOf, engine } from './code-cache.ts';
import type { CompileOptions } from './options.ts';
import { type Toolchain, toolchain } from './toolchain.ts';

/** Where the parts begin. */
const KEY = 32;
const ENGINE_AT = 64;
const LENGTHS = 96;
const HEAD = 108;

/** A character that V8 does not hold in one byte. */
const WIDE = /[\u0100-\uffff]/;

/** The release line of V8: it decides which regular expressions are refused, and nothing of what is emitted. */
const V8_LINE = process.versions.v8.split('.', 2).join('.');

const HASH = /^[0-9a-f]{64}$/;

let own: string | undefined;

/** SHA-256 of who compiles with these options, as a number. */
const settings = new WeakMap<CompileOptions, bigint>();

/**
 * Names the artifact of a module.
 *
 * @param revision names the text: its SHA-256 in hexadecimal, as a rule
 * @param options the same object for the same options, where that is easy: what is made of it is kept
 * @param tools for tests: the compiler that makes it @default that of this process
 * @returns 64 hexadecimal digits
 */
export function artifactKey(revision: string, options: CompileOptions, tools?: Toolchain): string {
  let setting = tools === undefined ? settings.get(options) : undefined;
  if (setting === undefined) {
    own ??= makerOf(toolchain());
    const maker = tools === undefined ? own : makerOf(tools);
    setting = numberOf(hash('sha256', `${maker}${JSON.stringify(options)}`, 'hex'));
    if (tools === undefined) settings.set(options, setting);
  }
  // two hashes that nobody can choose: together they name the pair as a hash of both would, in a third of the time
  const text = HASH.test(revision) ? revision : hash('sha256', revision, 'hex');
  return (setting ^ numberOf(text)).toString(16).padStart(64, '0');
}

function numberOf(digits: string): bigint {
  return BigInt(`0x${digits}`);
}

/** What an artifact of these tools has in its key. */
function makerOf({ abi, compiler, swc, stripper, acorn }: Toolchain): string {
  return JSON.stringify(['stored artifact 2', abi, compiler, swc, stripper, acorn, V8_LINE]);
}

/**
 * The bytes of an artifact, with what V8 makes of it.
 *
 * @param most V8's code is left out where the bytes would be more with it
 */
export function sealArtifact(key: string, artifact: Artifact, most = Number.POSITIVE_INFINITY): Uint8Array {
  const json = Buffer.from(JSON.stringify({ ...artifact, code: '' }));
  const width = WIDE.test(artifact.code) ? 2 : 1;
  const text = Buffer.from(artifact.code, encodingOf(width)); // in JSON, each end of a line would have to be looked for
  const made = codeCacheOf(artifact);
  const code = made !== undefined && HEAD + json.length + text.length + made.length <= most ? made : Buffer.alloc(0);
  const bytes = Buffer.concat([Buffer.alloc(HEAD), json, text, code]);
  bytes.write(key, KEY, 'hex');
  bytes.write(engine(), ENGINE_AT, 'hex');
  bytes.writeUInt32LE(json.length, LENGTHS);
  bytes.writeUInt32LE(text.length, LENGTHS + 4);
  bytes.writeUInt32LE(width, LENGTHS + 8);
  bytes.write(checksum(bytes), 'hex');
  return bytes;
}

/** An artifact without its text, and the bytes that say it. */
interface ReadParts {
  readonly json: Uint8Array;
  readonly parts: Artifact;
}

/** Modules whose parts are remembered. */
const REMEMBERED = 64;

/**
 * Opens sealed artifacts. What an edit has left as it was is not read again: most edits change the text of a module and
 * nothing of what is said about it.
 */
export class ArtifactReader {
  /** By module, those that were opened last at the end. */
  readonly #read = new Map<string, ReadParts>();

  /**
   * The artifact in bytes that came from somewhere, and V8's code where it is of this engine; undefined where they are
   * damaged, or those of another key.
   *
   * @param id of the module that it has to be
   */
  open(key: string, id: string, bytes: Uint8Array): CachedArtifact | undefined {
    const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (buffer.length <= HEAD) return undefined;
    const names = buffer.toString('hex', 0, LENGTHS);
    if (!names.startsWith(`${checksum(buffer)}${key}`)) return undefined;
    const textAt = HEAD + buffer.readUInt32LE(LENGTHS);
    const codeAt = textAt + buffer.readUInt32LE(LENGTHS + 4);
    try {
      const parts = this.#partsOf(id, buffer.subarray(HEAD, textAt));
      if (parts.abi !== MODULE_ABI || parts.id !== id) return undefined;
      const text = buffer.toString(encodingOf(buffer.readUInt32LE(LENGTHS + 8)), textAt, codeAt);
      const isOurs = codeAt < buffer.length && names.endsWith(engine());
      return { artifact: { ...parts, code: text }, code: isOurs ? buffer.subarray(codeAt) : undefined };
    } catch {
      return undefined; // whole, and none of ours
    }
  }

  #partsOf(id: string, json: Buffer): Artifact {
    const known = this.#read.get(id);
    if (known !== undefined) {
      this.#read.delete(id);
      this.#read.set(id, known);
      if (json.equals(known.json)) return known.parts;
    }
    const parts = JSON.parse(json.toString()) as Artifact;
    this.#read.set(id, { json: Uint8Array.from(json), parts }); // a copy: the bytes may be a part of many more
    const [oldest] = this.#read.keys();
    if (oldest !== undefined && this.#read.size > REMEMBERED) this.#read.delete(oldest);
    return parts;
  }
}

/** A string as V8 holds it is there fastest. */
function encodingOf(width: number): BufferEncoding {
  return width === 1 ? 'latin1' : 'utf16le';
}

function checksum(bytes: Buffer): string {
  return hash('sha256', bytes.subarray(KEY), 'hex');
}
