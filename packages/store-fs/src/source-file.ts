/**
 * One file as text: read whole, or found to be in the middle of being written.
 */

import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { normalizeText, type Revision, revisionOf } from '@rekindle/store';
import { readFile, stat } from './files.ts';
import { ageOf, type Fingerprint, fingerprintOf, isSame } from './fingerprint.ts';

/** A file that changes while it is read is read again, at most so often. */
const ATTEMPTS = 5;
/** How long a file that was just emptied is given to be filled, and how often it is looked at. */
const FILL_MS = 50;
const FILL_STEP_MS = 5;

export interface SourceFile {
  readonly fingerprint: Fingerprint;
  readonly revision: Revision;
  /** `undefined` where the bytes are not UTF-8; the revision then names the bytes. */
  readonly text: string | undefined;
}

/**
 * Reads a file. An editor that saves in place empties the file first: an empty file that changed just now is given a
 * moment, so that a reload does not take the gap between the two steps for the author's text.
 */
export async function readSource(path: string): Promise<SourceFile> {
  for (let attempt = 1; ; attempt += 1) {
    const before = await filled(path);
    const bytes = await readFile(path);
    const after = fingerprintOf(await stat(path, { bigint: true }));
    const whole = isSame(before, after) && BigInt(bytes.length) === after.size;
    if (whole || attempt === ATTEMPTS) return { fingerprint: after, ...decode(bytes) };
  }
}

/**
 * The same without a turn of the event loop; undefined for a file that may be in the middle of being written.
 */
export function readSourceNow(path: string): SourceFile | undefined {
  const before = fingerprintOf(statSync(path, { bigint: true }));
  if (before.size === 0n) return undefined;
  const bytes = readFileSync(path);
  const after = fingerprintOf(statSync(path, { bigint: true }));
  const whole = isSame(before, after) && BigInt(bytes.length) === after.size;
  return whole ? { fingerprint: after, ...decode(bytes) } : undefined;
}

async function filled(path: string): Promise<Fingerprint> {
  for (;;) {
    const fingerprint = fingerprintOf(await stat(path, { bigint: true }));
    const age = ageOf(fingerprint, Date.now());
    if (fingerprint.size > 0n || age > FILL_MS || age < 0) return fingerprint;
    await pause(FILL_STEP_MS);
  }
}

function decode(bytes: Buffer): { revision: Revision; text: string | undefined } {
  if (!isUtf8(bytes)) return { revision: hash('sha256', bytes, 'hex'), text: undefined };
  const read = bytes.toString('utf8');
  const text = normalizeText(read);
  // most files are in normal form: then the text's bytes are the file's
  return { revision: text === read ? hash('sha256', bytes, 'hex') : revisionOf(text), text };
}
