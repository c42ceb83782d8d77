/**
 * The step `policy`: what the scripts of a store may import from Node.
 *
 * It prevents accidents, not attacks: whoever publishes runs code as the server does.
 */

import { isBuiltin } from 'node:module';
import type { Answer, ResolutionStep } from './chain.ts';

export interface ImportPolicy {
  /** Node's builtins: all, none, or these (`node:crypto`). */
  readonly builtins: boolean | readonly string[];
  /** npm packages: all, none, or these (`lodash-es`). */
  readonly packages: boolean | readonly string[];
}

/** The policy for a module, and the name of the store that it comes from. */
export type PolicyOf = (module: string) => { readonly policy: ImportPolicy; readonly store: string };

export function policyStep(policyOf: PolicyOf): ResolutionStep {
  return {
    name: 'policy',
    resolve(specifier, { parent }, next) {
      if (parent === null || /^[./]/.test(specifier)) return next();
      const { policy, store } = policyOf(parent);
      if (isBuiltin(specifier)) {
        const name = specifier.replace(/^node:/, '');
        const allowed = allows(policy.builtins, (entry) => entry.replace(/^node:/, '') === name);
        return allowed ? next() : refusal('builtins', `node:${name}`, parent, store, policy.builtins);
      }
      const name = packageOf(specifier);
      const allowed = allows(policy.packages, (entry) => entry === name);
      return allowed ? next() : refusal('packages', name, parent, store, policy.packages);
    },
  };
}

function allows(rule: boolean | readonly string[], matches: (entry: string) => boolean): boolean {
  return typeof rule === 'boolean' ? rule : rule.some(matches);
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function refusal(
  rule: 'builtins' | 'packages',
  name: string,
  module: string,
  store: string,
  allowed: boolean | readonly string[],
): Answer {
  const others = typeof allowed === 'boolean' || allowed.length === 0 ? 'none' : `only ${allowed.join(', ')}`;
  return {
    kind: 'refused',
    code: 'POLICY_IMPORT',
    message: `'${module}' may not import '${name}': the policy of ${store} allows ${others} of the ${rule}.`,
    hint: `Give it to scripts as a host module (\`modules\` of createHost), or name it in \`policy.${rule}\` of the store.`,
  };
}
