/** Modules that are one value: their default export. */

import { type Artifact, MODULE_ABI } from './artifact.ts';

/** @param expression in the emitted text; evaluated anew for each version, so that two namespaces never share an object */
export function valueArtifact(id: string, expression: string): Artifact {
  const head = '"use strict";let $0e0;const $0z=$0m.token;$0m.bind(($0v)=>{$0e0=$0v[0];$0z});yield;';
  return {
    abi: MODULE_ABI,
    id,
    code: `(function*($0m){${head}$0e0.v=${expression};\n})`,
    async: false,
    requests: [],
    imports: [],
    locals: [{ name: 'default', local: '*default*', kind: 'default' }],
    indirect: [],
    stars: [],
    classes: [],
    facts: {
      observes: [],
      runs: [],
      mentions: {},
      callbacks: [],
      globals: [],
      assigned: [],
      unbounded: false,
      passesImports: false,
    },
  };
}
