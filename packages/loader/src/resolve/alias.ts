/**
 * The step `alias`: names of the game's own for paths of the scripts, such as `#rules/*` for `rules/*`.
 *
 * An alias is another way to write a specifier: the steps behind it answer. One `*` stands for any text, as in the
 * `imports` of a package.json.
 */

import type { ResolutionStep } from './chain.ts';

interface Alias {
  readonly pattern: string;
  readonly target: string;
}

/** @param aliases target by pattern; a target that is no host module or package is a path below the scripts' root */
export function aliasStep(aliases: Readonly<Record<string, string>>): ResolutionStep {
  const list = Object.entries(aliases)
    .map(([pattern, target]): Alias => ({ pattern, target }))
    .sort((a, b) => baseOf(b.pattern).length - baseOf(a.pattern).length); // the most particular one first
  return {
    name: 'alias',
    resolve(specifier, context, next) {
      for (const alias of list) {
        const written = apply(alias, specifier);
        if (written === undefined) continue;
        context.looked.push({ step: 'alias', place: `'${alias.pattern}' means '${written}'` });
        return next(written);
      }
      return next();
    },
  };
}

function apply({ pattern, target }: Alias, specifier: string): string | undefined {
  const [base, tail] = pattern.split('*');
  if (base === undefined) return undefined;
  if (tail === undefined) return specifier === pattern ? target : undefined;
  if (!specifier.startsWith(base) || !specifier.endsWith(tail)) return undefined;
  if (specifier.length < base.length + tail.length) return undefined;
  return target.replace('*', () => specifier.slice(base.length, specifier.length - tail.length));
}

function baseOf(pattern: string): string {
  return pattern.split('*')[0] ?? pattern;
}
