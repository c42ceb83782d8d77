/**
 * A `.json` module: one default export, the parsed value.
 *
 * The text is parsed again for each evaluation, so that two namespaces never share an object.
 */

import { type Artifact, MODULE_ABI } from './artifact.ts';
import type { Fault } from './faults.ts';
import { firstJsonFault } from './json-reader.ts';
import { LineIndex } from './positions.ts';

export function jsonArtifact(text: string, id: string): Artifact {
  const head = '"use strict";let $0e0;const $0z=$0m.token;$0m.bind(($0v)=>{$0e0=$0v[0];$0z});yield;';
  return {
    abi: MODULE_ABI,
    id,
    code: `(function*($0m){${head}$0e0.v=JSON.parse(${JSON.stringify(text)});\n})`,
    async: false,
    requests: [],
    imports: [],
    locals: [{ name: 'default', local: '*default*', kind: 'default' }],
    indirect: [],
    stars: [],
    facts: { observes: [], runs: [], mentions: {}, callbacks: [], globals: [], assigned: [], unbounded: false },
  };
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
