/** What a publish does to a folder: which files change, and which cannot. */
import { basename, dirname, join, relative, sep } from 'node:path';
import { applyChanges, badId, type Manifest, type ModuleId, type ParsedChanges, StoreError } from '@rekindle/store';
import { isAbsent, readFile, realpath } from './files.ts';
import { IgnoreRules } from './ignore-rules.ts';
import type { FileChange } from './journal.ts';
import type { ResolvedOptions } from './options.ts';
import type { Scan } from './scan.ts';

export interface Publication {
  readonly manifest: Manifest;
  readonly files: readonly FileChange[];
}

/**
 * Plans the writes of a publish on what is there.
 *
 * @throws StoreError `STORE_BAD_ID` for a module that the folder would not show, `STORE_DUPLICATE_ID`,
 * `STORE_READ_ONLY` for one that lies behind a link
 */
export async function planPublication(
  options: ResolvedOptions,
  scan: Scan,
  changes: ParsedChanges,
): Promise<Publication> {
  const manifest = applyChanges(options.name, scan.manifest, changes);
  const root = await realpath(options.path);
  const folders = () => foldersOf(scan);
  const files: FileChange[] = [];
  for (const id of changes.deleted) {
    const before = scan.manifest.get(id);
    if (before !== undefined) files.push({ id, path: place(options, root, scan, folders, id), text: null, before });
  }
  for (const [id, { revision, text }] of changes.texts) {
    const before = scan.manifest.get(id) ?? null;
    if (before === revision) continue;
    await assertShown(options, root, id);
    files.push({ id, path: place(options, root, scan, folders, id), text, before });
  }
  return { manifest, files };
}

const foldersOfPaths = new WeakMap<Scan['paths'], ReadonlyMap<string, string>>();

/** Where the disk has the folders of ids: it may spell them in another normal form. */
function foldersOf(scan: Scan): ReadonlyMap<string, string> {
  const known = foldersOfPaths.get(scan.paths);
  if (known !== undefined) return known;
  const folders = new Map<string, string>();
  foldersOfPaths.set(scan.paths, folders);
  for (const [id, path] of scan.paths) {
    let folder = parentOf(id);
    let place = dirname(path);
    if (folder !== '') folders.set(folder, place);
    for (
      folder = parentOf(folder), place = dirname(place);
      folder !== '';
      folder = parentOf(folder), place = dirname(place)
    ) {
      if (basename(place).normalize('NFC') !== folder.slice(folder.lastIndexOf('/') + 1)) break;
      if (!folders.has(folder)) folders.set(folder, place);
    }
  }
  return folders;
}

function place(
  options: ResolvedOptions,
  root: string,
  scan: Scan,
  folders: () => ReadonlyMap<string, string>,
  id: ModuleId,
): string {
  const path = relative(root, scan.paths.get(id) ?? newPlace(root, folders(), id));
  if (path.split(sep).join('/').normalize('NFC') === id) return path;
  throw new StoreError(
    'STORE_READ_ONLY',
    `'${id}' lies behind a symbolic link in the ${options.name}: publishing it would change '${path}' too. ` +
      'Publish it under that name, or replace the link with a copy.',
  );
}

function newPlace(root: string, folders: ReadonlyMap<string, string>, id: ModuleId): string {
  let rest = id.slice(id.lastIndexOf('/') + 1);
  for (let folder = parentOf(id); folder !== ''; folder = parentOf(folder)) {
    const known = folders.get(folder);
    if (known !== undefined) return join(known, rest);
    rest = join(folder.slice(folder.lastIndexOf('/') + 1), rest);
  }
  return join(root, rest);
}

async function assertShown(options: ResolvedOptions, root: string, id: ModuleId): Promise<void> {
  const names = id.split('/');
  const hidden = names.find((name) => IgnoreRules.isFixed(name));
  if (hidden !== undefined) throw badId(id, `the ${options.name} leaves '${hidden}' alone`);
  let rules = IgnoreRules.of(options.extensions, options.ignore);
  if (!rules.isModuleName(id)) {
    throw badId(id, `modules of the ${options.name} end with ${options.extensions.join(', ')}, and not with .d.ts`);
  }
  for (let prefix = ''; ; prefix += `${names.shift()}/`) {
    if (options.gitignore) rules = await rulesAt(rules, root, prefix);
    const isFile = names.length === 1;
    const path = isFile ? id : `${prefix}${names[0]}/`;
    if (rules.ignores(path)) throw badId(id, `a pattern makes the ${options.name} leave '${path}' alone`);
    if (isFile) return;
  }
}

async function rulesAt(rules: IgnoreRules, root: string, prefix: string): Promise<IgnoreRules> {
  try {
    return rules.within(prefix, await readFile(join(root, prefix, '.gitignore'), 'utf8'));
  } catch (error) {
    if (isAbsent(error)) return rules;
    throw error;
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}
