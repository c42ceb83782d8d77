/**
 * A `.json` module: one default export, the parsed value.
 *
 * The text is parsed again for each evaluation, so that two namespaces never share an object.
 */

import { type Artifact, MODULE_ABI } from './artifact.ts';
import type { CompileResult } from './compile.ts';
import type { CompilerCode } from './errors.ts';

export function compileJson(source: string, id: string): CompileResult {
  try {
    JSON.parse(source);
  } catch (cause) {
    const code = 'JSON_SYNTAX' satisfies CompilerCode;
    return { ok: false, diagnostics: [{ code, message: (cause as SyntaxError).message, module: id, cause }] };
  }
  return { ok: true, artifact: jsonArtifact(source, id), warnings: [] };
}

function jsonArtifact(source: string, id: string): Artifact {
  const head = '"use strict";let $0e0;const $0z=$0m.token;$0m.bind(($0v)=>{$0e0=$0v[0];$0z});yield;';
  return {
    abi: MODULE_ABI,
    id,
    code: `(function*($0m){${head}$0e0.v=JSON.parse(${JSON.stringify(source)});\n})`,
    async: false,
    requests: [],
    imports: [],
    locals: [{ name: 'default', local: '*default*', kind: 'default' }],
    indirect: [],
    stars: [],
    facts: { observes: [], runs: [], mentions: {}, callbacks: [], globals: [], assigned: [], unbounded: false },
  };
}
