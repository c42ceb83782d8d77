/**
 * One text, one revision: however an editor or a checkout wrote it, the same source has the same name everywhere.
 */
import { createHash } from 'node:crypto';
import type { Revision } from './contract.ts';

/**
 * The form in which texts are kept, compared and handed out: no byte order mark in front, LF as line end, well-formed
 * Unicode. Doing it twice changes nothing more, which is why a run of CR before an LF goes as a whole.
 */
export function normalizeText(text: string): string {
  let result = text;
  if (result.charCodeAt(0) === 0xfeff) result = result.replace(/^\ufeff+/, '');
  if (result.includes('\r')) result = result.replace(/\r+\n/g, '\n');
  // UTF-8 cannot hold half a surrogate pair; every encoder would write this character instead.
  return result.replace(/\p{Surrogate}/gu, '\ufffd');
}

/**
 * Names a text: SHA-256 of its normalized form in UTF-8, hexadecimal.
 *
 * @example revisionOf('export {};\r\n') === revisionOf('export {};\n') // true
 */
export function revisionOf(text: string): Revision {
  return createHash('sha256').update(normalizeText(text)).digest('hex');
}
