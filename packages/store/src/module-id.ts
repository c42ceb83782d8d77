/**
 * What a module id may look like, so that one tree is the same tree in every store and on every file system.
 *
 * An id is checked here and nowhere else. It is not resolved here: that `./goblin` means `npc/goblin.ts` is the
 * loader's business.
 */
import type { ModuleId } from './contract.ts';
import { badId } from './errors.ts';

/** Common file systems hold 255 bytes in a name; the whole path leaves room for the root's own. */
const MAX_NAME_BYTES = 255;
const MAX_ID_BYTES = 1024;

/**
 * Makes an id of a path: brings it into NFC and checks it.
 *
 * @throws StoreError `STORE_BAD_ID`
 * @example parseModuleId('npc/goblin.ts') // 'npc/goblin.ts'
 */
export function parseModuleId(path: string): ModuleId {
  const id = path.normalize('NFC');
  const why = flaw(id);
  if (why) throw badId(path, why);
  return id;
}

/**
 * Holds that a string is an id as it stands, in NFC already.
 *
 * @throws StoreError `STORE_BAD_ID`
 */
export function assertModuleId(id: string): void {
  if (id !== parseModuleId(id)) throw badId(id, 'it is not in Unicode normal form C');
}

/**
 * The same for all ids that are one file where case or normal forms are not told apart. Full case folding (`ß` is
 * `ss`), because ext4 and APFS fold that way; upper case comes first, because lower case alone knows two sigmas.
 */
export function foldModuleId(id: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII, the common case, without the dear one
  if (/^[\u0000-\u007f]*$/.test(id)) return id.toLowerCase();
  // lower case first: 'ẞ' is upper case already, and only 'ß' becomes 'SS'
  return id.normalize('NFD').toLowerCase().toUpperCase().toLowerCase().normalize('NFC');
}

function flaw(id: string): string | undefined {
  if (id === '') return 'it is empty';
  if (id.startsWith('/')) return "it begins with '/'";
  if (id.includes('\\')) return "it has a backslash; write '/'";
  if (/^[A-Za-z]:/.test(id)) return 'it begins with a drive letter';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(id)) return 'it has a control character';
  if (/[<>:"|?*]/.test(id)) return 'it has one of the characters < > : " | ? *, which Windows does not allow in names';
  if (/\p{Surrogate}/u.test(id)) return 'it has half of a surrogate pair';
  if (Buffer.byteLength(id) > MAX_ID_BYTES) return `it is longer than ${MAX_ID_BYTES} bytes`;
  const names = id.split('/');
  for (const name of names) {
    const why = nameFlaw(name);
    if (why) return why;
  }
  if (!/[^.].*\.[^.]+$/.test(names.at(-1) ?? '')) return 'it has no extension';
  return undefined;
}

function nameFlaw(name: string): string | undefined {
  if (name === '') return 'it has an empty segment';
  if (name === '.' || name === '..') return `it has the segment '${name}'`;
  if (name === '__proto__') return "it has the segment '__proto__'";
  if (/[. ]$/.test(name)) return `'${name}' ends with a dot or a space, which Windows drops`;
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return `it has a segment longer than ${MAX_NAME_BYTES} bytes`;
  return undefined;
}
