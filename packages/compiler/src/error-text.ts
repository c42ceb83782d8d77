/**
 * V8 prints the text that it ran: `(0 , $heal.v) is not a function`. Here the author's names come back.
 *
 * Only what reads like emitted text is touched, so that a message of the author's own passes unchanged.
 */

import type { Artifact } from './artifact.ts';

const HEAD = /^\((?:async )?function\*\((\$+)0m\)\{"use strict";(?:let ([^;]*);)?/;

/** A message of V8 about code of this artifact, with the names that the author wrote. */
export function restoreNames(message: string, artifact: Pick<Artifact, 'code' | 'imports'>): string {
  const [, prefix, variables = ''] = HEAD.exec(artifact.code) ?? [];
  if (prefix === undefined || !message.includes(prefix)) return message;
  const written = new Map<string, string>();
  for (const [index, variable] of variables.split(',').entries()) {
    const entry = artifact.imports[index];
    if (entry !== undefined) written.set(variable, entry.local);
  }
  const dollars = prefix.replaceAll('$', '\\$');
  const name = '[\\w$\\u0080-\\uffff]+';
  const restored = message
    .replace(new RegExp(`\\(\\(\\("(${name})" in ${dollars}0g\\) \\|\\| \\1\\) , ${dollars}0g\\.\\1\\)`, 'g'), '$1')
    .replace(new RegExp(`${dollars}0[gt]\\.(${name})`, 'g'), '$1')
    .replaceAll(`${prefix}0m.import`, 'import')
    .replaceAll(`${prefix}0m.meta`, 'import.meta')
    .replace(new RegExp(`(${dollars}${name})(?:\\.v(?:\\.call)?)?(?![\\w$])`, 'g'), (text, variable: string) => {
      return variable === `${prefix}0d` ? 'default' : (written.get(variable) ?? text);
    });
  return restored.replace(/\(0 , ([^()]+)\)/g, '$1');
}
