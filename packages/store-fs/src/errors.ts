/** What a folder can have wrong, as errors of the store contract. */
import { StoreError, unreachable } from '@rekindle/store';
import { errorCode, isDenied } from './files.ts';

export function folderNotFound(name: string, path: string, cause: unknown): StoreError {
  const what = errorCode(cause) === 'ENOTDIR' ? 'is not a folder' : 'does not exist';
  return new StoreError(
    'STORE_NOT_FOUND',
    `The ${name} ${what}: '${path}'. Create it, or give folderStore the path of the folder that holds the scripts ` +
      '(a relative path starts at the current directory of the process; a URL such as ' +
      "new URL('./scripts', import.meta.url) starts at your module).",
    { cause },
  );
}

export function linkOutside(name: string, id: string, target: string): StoreError {
  return new StoreError(
    'STORE_LINK_OUTSIDE',
    `The symbolic link '${id}' leads out of the ${name}, to '${target}'. ` +
      'Copy what it points to, ignore it with the option `ignore`, or give that place as a store of its own.',
  );
}

export function badText(name: string, id: string): StoreError {
  return new StoreError(
    'STORE_BAD_TEXT',
    `'${id}' in the ${name} is not UTF-8. Save it in that encoding; in an editor: "Save with encoding", UTF-8.`,
  );
}

export function badOption(message: string): StoreError {
  return new StoreError('STORE_BAD_OPTION', message);
}

/** What the file system threw, as an error of the store. */
export function fileFailure(name: string, what: string, cause: unknown): StoreError {
  if (!isDenied(cause)) return unreachable(name, what, cause);
  return new StoreError(
    'STORE_UNREACHABLE',
    `The ${name}: ${what} was not permitted. Give the user that runs this process the right to read it.`,
    { cause },
  );
}
