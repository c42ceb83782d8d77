/**
 * From a place in an earlier edition of a text to the same place in a later one that only has other comments, types or
 * layout: the code that runs is the earlier one's, and the author reads the later one.
 */

import type { Token } from 'acorn';
import type { Position } from './diagnostic.ts';
import type { ModuleSource } from './diagnostic-at.ts';
import { emit } from './emit.ts';
import { languageOf } from './options.ts';
import { loadAcorn } from './parsers.ts';
import { LineIndex } from './positions.ts';
import { withoutMark } from './text.ts';

/**
 * Undefined where the two do not have the same tokens.
 *
 * @example
 * placeInEdition({ source: 'f();', options }, { source: '// a comment\nf();', options }, { line: 1, column: 1 }); // line 2
 */
export function placeInEdition(earlier: ModuleSource, later: ModuleSource, position: Position): Position | undefined {
  const [from, to] = [tokensOf(earlier), tokensOf(later)];
  if (from === undefined || to === undefined || from.length !== to.length) return undefined;
  const offset = new LineIndex(withoutMark(earlier.source)).offsetAt(position);
  const index = from.findLastIndex(({ start }) => start <= offset);
  const [before, after] = [from[index], to[index]];
  if (before === undefined || after === undefined) return undefined;
  const into = Math.min(offset - before.start, after.end - after.start);
  return new LineIndex(withoutMark(later.source)).positionAt(after.start + into);
}

/** Without commas and semicolons, some of which mean nothing and may be left out. */
function tokensOf({ source, options }: ModuleSource): Token[] | undefined {
  const language = options.as ?? languageOf(options.id);
  if (language === undefined || language === 'json' || language === 'text') return undefined;
  const emitted = emit(withoutMark(source), { ...options, language });
  if (!emitted.ok || emitted.stripped.isAuthors !== true) return undefined;
  const tokens: Token[] = [];
  loadAcorn().parse(emitted.stripped.code, {
    ecmaVersion: 'latest',
    sourceType: 'module',
    allowHashBang: true,
    onToken: tokens,
  });
  return tokens.filter(({ type: { label } }) => label !== ';' && label !== ',');
}
