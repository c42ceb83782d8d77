/**
 * A `.json` module: one default export, the parsed value.
 *
 * The text is parsed again for each evaluation, so that two namespaces never share an object.
 */

import type { Artifact } from './artifact.ts';
import type { Fault } from './faults.ts';
import { firstJsonFault } from './json-reader.ts';
import { LineIndex } from './positions.ts';
import { valueArtifact } from './value-module.ts';

export function jsonArtifact(text: string, id: string): Artifact {
  return valueArtifact(id, `JSON.parse(${JSON.stringify(text)})`);
}

/** What is wrong with a text that should be JSON. V8 says so too, but not where, and differently in each version. */
export function jsonFault(text: string): Fault | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    const { message, at, hint } = firstJsonFault(text);
    const length = /^[\w$]+|^'(?:[^'\\\n]|\\.)*'/.exec(text.slice(at))?.[0].length ?? 1;
    return { code: 'JSON_SYNTAX', message, hint, ...new LineIndex(text).positionAt(at), length };
  }
}
