/**
 * The step `node`: builtins and npm packages, as Node resolves them for a file in the game's project.
 *
 * How an npm specifier becomes a URL is a power, because Node 20 has no public function for it.
 */

import { isBuiltin } from 'node:module';
import type { ResolutionStep } from './chain.ts';

/** The URL of the package's file for `import`; throws Node's own error where there is none. */
export type ResolvePackage = (specifier: string) => string;

export function nodeStep(resolvePackage: ResolvePackage): ResolutionStep {
  return {
    name: 'node',
    resolve(specifier, context, next) {
      if (isBuiltin(specifier)) {
        return { kind: 'native', url: specifier.startsWith('node:') ? specifier : `node:${specifier}` };
      }
      if (!/^(?:@[^/]+\/)?[^./][^:]*$/.test(specifier)) return next();
      try {
        return { kind: 'native', url: resolvePackage(specifier) };
      } catch (error) {
        context.looked.push({ step: 'node', place: `npm package: ${(error as Error).message}` });
        return next();
      }
    },
  };
}
