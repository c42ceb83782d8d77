/**
 * A release as it stands in `.rekindle/releases`: the whole manifest (format 1, which older versions read, too), or what
 * is different from a release that is kept already (format 2). What has another format is not there for this version.
 */
import type { ModuleId, Revision } from '@rekindle/store';

const WHOLE = 1;
const CHANGES = 2;

type Entry<Value> = readonly [id: ModuleId, revision: Value];

export type KeptManifest =
  | { readonly modules: readonly Entry<Revision>[] }
  /** `after` is the hash of the release that it builds upon; `null` for a module that it no longer has. */
  | { readonly after: string; readonly changes: readonly Entry<Revision | null>[] };

/** The file of a release. */
export function nameOf(hash: string): string {
  return `${hash}.json`;
}

export function recordOf(kept: KeptManifest): string {
  return JSON.stringify({ format: 'after' in kept ? CHANGES : WHOLE, ...kept });
}

/** Undefined for what is none. */
export function parseKept(text: string): KeptManifest | undefined {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const { format, modules, after, changes } = value as Record<string, unknown>;
  if (format === WHOLE && isEntries(modules, isText)) return { modules };
  // it becomes the name of a file that is read
  if (format !== CHANGES || typeof after !== 'string' || !/^[0-9a-f]{64}$/.test(after)) return undefined;
  return isEntries(changes, isTextOrNull) ? { after, changes } : undefined;
}

function isEntries<Value>(
  value: unknown,
  isValue: (value: unknown) => value is Value,
): value is readonly Entry<Value>[] {
  return (
    Array.isArray(value) &&
    value.every((entry) => Array.isArray(entry) && entry.length === 2 && isText(entry[0]) && isValue(entry[1]))
  );
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isTextOrNull = (value: unknown): value is string | null => value === null || isText(value);
