/**
 * The step `store`: scripts of the stores' view.
 *
 * A relative specifier stands for a path beside its importer, an absolute one for a path below the root. The game's own
 * imports are paths below the root as they are. Candidates, in order: as written, TypeScript's file for a JavaScript
 * name, with each extension, as a folder with an index. Nothing leaves the root.
 */

import type { Answer, MaybePromise, ResolutionStep, ResolveContext } from './chain.ts';

const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs', '.json'] as const;
const TYPESCRIPT_NAMES: Readonly<Record<string, string>> = { '.js': '.ts', '.mjs': '.mts' };

/** @param extensions of modules that a transform makes, with their dots: tried after those of scripts */
export function storeStep(extensions: readonly string[] = []): ResolutionStep {
  return {
    name: 'store',
    resolve(specifier, context, next) {
      const isPath = /^\.{0,2}\//.test(specifier) || specifier === '.' || specifier === '..';
      if (!isPath && context.parent !== null) return next();
      const path = joinPath(context.parent, specifier);
      if (path === undefined) return outside(specifier, context);
      return firstOf([...candidates(path, extensions)], 0, context, next);
    },
  };
}

/** The first candidate that the view has. Asked one by one: a store that cannot list its modules is asked for each. */
function firstOf(
  ids: readonly string[],
  from: number,
  context: ResolveContext,
  next: () => MaybePromise<Answer>,
): MaybePromise<Answer> {
  for (const [offset, id] of ids.slice(from).entries()) {
    const has = context.has(id);
    if (has === true) return { kind: 'script', id };
    if (has === false) {
      context.looked.push({ step: 'store', place: id });
      continue;
    }
    return has.then((found) => {
      if (found) return { kind: 'script', id };
      context.looked.push({ step: 'store', place: id });
      return firstOf(ids, from + offset + 1, context, next);
    });
  }
  return next();
}

/** The ids that a path may stand for, best first. */
export function* candidates(path: string, more: readonly string[] = []): Iterable<string> {
  const extensions = [...EXTENSIONS, ...more];
  if (path !== '') yield path;
  for (const [written, actual] of Object.entries(TYPESCRIPT_NAMES)) {
    if (path.endsWith(written)) yield path.slice(0, -written.length) + actual;
  }
  if (path !== '') for (const extension of extensions) yield path + extension;
  const folder = path === '' ? '' : `${path}/`;
  for (const extension of extensions) yield `${folder}index${extension}`;
}

/** The path below the root, without dots; undefined where it would leave the root. */
function joinPath(parent: string | null, specifier: string): string | undefined {
  const relative = specifier.startsWith('.') && parent !== null;
  const base = relative ? (parent as string).split('/').slice(0, -1) : [];
  for (const segment of specifier.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') {
      if (base.length === 0) return undefined;
      base.pop();
    } else base.push(segment);
  }
  return base.join('/');
}

function outside(specifier: string, context: ResolveContext): Answer {
  const from = context.parent === null ? '' : ` from '${context.parent}'`;
  return {
    kind: 'refused',
    code: 'OUTSIDE_STORE',
    message: `'${specifier}'${from} leads out of the root of the scripts.`,
    hint: 'Move the file below the root, or give it to the scripts as a host module.',
  };
}
