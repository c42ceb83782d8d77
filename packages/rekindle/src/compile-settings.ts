/**
 * How scripts are compiled: what their `tsconfig.json` says of the output, and where compiled code is kept.
 *
 * Nothing is read before the first module is compiled.
 */

import os from 'node:os';
import path from 'node:path';
import { type CompileOptions, type CompilerOptionsSubset, DiskCache, type SourceLimits } from '@rekindle/compiler';
import type { ReleaseSource } from '@rekindle/store';
import { findTsconfig, parseTsconfig, type TsConfigJsonResolved } from 'get-tsconfig';
import { inspectorUrl } from './debugger.ts';
import { HostError } from './errors.ts';
import { scriptUrl } from './import-meta.ts';
import type { HostOptions } from './options.ts';

/** Modules whose options are kept. */
const MOST_KEPT = 10_000;

/**
 * Gives the options for a module.
 *
 * @param folderOf the folder whose files the ids name, where there is one
 */
export function compileSettings(
  { tsconfig, limits: { nesting, source } = {} }: Pick<HostOptions, 'tsconfig' | 'limits'>,
  stores: readonly ReleaseSource[],
  folderOf: (id: string) => string | undefined,
): (id: string) => CompileOptions {
  let subset: CompilerOptionsSubset | undefined;
  // those of the compiler are left out, so that they stand in the names of the cache only where somebody set them
  const limits: SourceLimits = {
    ...(nesting === undefined ? {} : { nesting }),
    ...(source === undefined ? {} : { source }),
  };
  const rest = Object.keys(limits).length === 0 ? {} : { limits };
  /** Those of each module, once: who names what was made with them keeps that. */
  const made = new Map<string, CompileOptions>();
  const optionsOf = (id: string): CompileOptions => {
    subset ??= outputOptions(tsconfig, stores);
    const options = { id, tsconfig: subset, ...rest };
    if (made.size === MOST_KEPT) made.clear();
    made.set(id, options);
    return options;
  };
  return (id) => {
    const options = made.get(id) ?? optionsOf(id);
    return inspectorUrl() === undefined ? options : { ...options, debug: { url: scriptUrl(id, folderOf(id)) } };
  };
}

/** @throws HostError `INVALID_OPTION` for a file that cannot be read */
function outputOptions(tsconfig: HostOptions['tsconfig'], stores: readonly ReleaseSource[]): CompilerOptionsSubset {
  if (typeof tsconfig === 'object') return pick(tsconfig.compilerOptions);
  if (typeof tsconfig === 'string') return readFrom(tsconfig, () => parseTsconfig(path.resolve(tsconfig)));
  const folder = stores.find((store) => store.folder !== undefined)?.folder;
  if (folder === undefined) return {};
  const file = findTsconfig(folder);
  return file === undefined ? {} : readFrom(file, () => parseTsconfig(file));
}

function readFrom(file: string, read: () => TsConfigJsonResolved): CompilerOptionsSubset {
  try {
    return pick(read().compilerOptions ?? {});
  } catch (cause) {
    throw new HostError('INVALID_OPTION', `\`tsconfig\`: '${file}' cannot be read: ${(cause as Error).message}`);
  }
}

/** Options that do not change the output must not change the names in the cache either. */
function pick(options: CompilerOptionsSubset): CompilerOptionsSubset {
  const { target, experimentalDecorators, emitDecoratorMetadata, useDefineForClassFields, verbatimModuleSyntax } =
    options;
  return {
    ...(target === undefined ? {} : { target }),
    ...(experimentalDecorators === undefined ? {} : { experimentalDecorators }),
    ...(emitDecoratorMetadata === undefined ? {} : { emitDecoratorMetadata }),
    ...(useDefineForClassFields === undefined ? {} : { useDefineForClassFields }),
    ...(verbatimModuleSyntax === undefined ? {} : { verbatimModuleSyntax }),
  };
}

/**
 * @param cache a folder; undefined for the user's, false for none
 * @param stores whose scripts are loaded together
 */
export function compileCache(cache: HostOptions['cache'], stores: readonly ReleaseSource[]): DiskCache | undefined {
  if (cache === false) return undefined;
  const folder = cache === undefined ? path.join(userCacheFolder(), 'rekindle', 'compiled') : path.resolve(cache);
  return new DiskCache(folder, { tree: JSON.stringify(stores.map((store) => store.folder ?? store.name)) });
}

/** Where a user's programs keep what can be made again. */
export function userCacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (XDG_CACHE_HOME !== undefined && path.isAbsolute(XDG_CACHE_HOME)) return XDG_CACHE_HOME;
  if (process.platform === 'win32' && LOCALAPPDATA !== undefined) return LOCALAPPDATA;
  return path.join(os.homedir(), process.platform === 'darwin' ? 'Library/Caches' : '.cache');
}
