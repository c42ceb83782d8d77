// Rekindle over a checkout of test262: a host whose store is the folder. A module's id is its path in the checkout.
// This is all that stands between the tests and the product.
import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { createHost, defineStore, type Host, type ResolutionStep, ScriptLoadError } from 'rekindle';
import type { Phase } from './frontmatter.ts';
import type { Ran } from './verdict.ts';

export function checkoutHost(checkout: string): Host {
  const store = defineStore({
    name: 'test262',
    read: async (id) => (await textOf(join(checkout, id))) ?? (await textOf(join(checkout, withoutExtension(id)))),
  });
  return createHost({ stores: [store], resolve: [textFixtures], cache: false });
}

/** The tests import texts from files without an extension, which no id is: here their ids end in `.txt`. */
const textFixtures: ResolutionStep = {
  name: 'text fixtures',
  async resolve(specifier, context, next) {
    const { parent, attributes } = context;
    if (parent === null || attributes?.['type'] !== 'text' || !specifier.endsWith('_FIXTURE')) return next();
    const id = `${posix.join(posix.dirname(parent), specifier)}.txt`;
    return (await context.has(id)) ? { kind: 'script', id } : next();
  },
};

function withoutExtension(id: string): string {
  return id.replace(/_FIXTURE\.txt$/, '_FIXTURE');
}

/** Imports a test as a game imports a script. */
export async function runTest(host: Host, id: string): Promise<Ran> {
  try {
    await host.import(id);
    return { ended: 'evaluated' };
  } catch (error) {
    if (!(error instanceof ScriptLoadError)) throw error;
    const { name, message } = describe(error.cause);
    return { ended: 'threw', phase: phaseOf(error, id), name, message };
  }
}

const SYNTAX = new Set(['SYNTAX_ERROR', 'UNSUPPORTED_SYNTAX']);
const RESOLUTION = new Set([
  'UNRESOLVED_IMPORT',
  'OUTSIDE_STORE',
  'IMPORT_FAILED',
  'IMPORT_ATTRIBUTES',
  'MISSING_EXPORT',
  'AMBIGUOUS_EXPORT',
  'JSON_SYNTAX',
  'UNKNOWN_LANGUAGE',
]);

/** A module whose dependency cannot be parsed cannot be resolved: that is how the specification counts it. */
function phaseOf({ code, diagnostics }: ScriptLoadError, id: string): Phase {
  if (SYNTAX.has(code)) return diagnostics[0]?.module === id ? 'parse' : 'resolution';
  return RESOLUTION.has(code) ? 'resolution' : 'runtime';
}

function describe(thrown: unknown): { name: string; message: string } {
  if (typeof thrown !== 'object' || thrown === null) return { name: typeof thrown, message: String(thrown) };
  const { message } = thrown as { message?: unknown };
  return { name: thrown.constructor?.name ?? 'object without a constructor', message: String(message) };
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EISDIR' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
