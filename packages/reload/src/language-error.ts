/**
 * What ECMA-262 says is thrown where a module does not load: the thrown value itself, or a SyntaxError.
 *
 * A module that is not found is the host's to name: there is no language error for it.
 */

import type { Diagnostic } from '@rekindle/compiler';

/** Faults of a text or of its links, which the specification reports as a SyntaxError (16.2.1.6.1, 16.2.1.6.4). */
const SYNTAX: ReadonlySet<string> = new Set([
  'SYNTAX_ERROR',
  'UNSUPPORTED_SYNTAX',
  'JSON_SYNTAX',
  'MISSING_EXPORT',
  'AMBIGUOUS_EXPORT',
  'IMPORT_ATTRIBUTES',
]);

/** In a wrapper, because a body can throw anything, `undefined` too. */
export function languageError(diagnostics: readonly Diagnostic[]): { readonly value: unknown } | undefined {
  const [first] = diagnostics;
  if (first === undefined) return undefined;
  if (SYNTAX.has(first.code)) {
    const { code, message, module, line, cause } = first;
    const place = module === undefined ? '' : `${module}${line === undefined ? '' : `:${line}`}: `;
    const error = new SyntaxError(`${place}${message}`, cause === undefined ? undefined : { cause });
    return { value: Object.assign(error, { code, diagnostics }) };
  }
  return 'cause' in first ? { value: first.cause } : undefined;
}
