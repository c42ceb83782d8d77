/** The step `host`: modules that the game or Rekindle itself provides, by their exact names. */

import type { ResolutionStep } from './chain.ts';

export function hostStep(has: (name: string) => boolean): ResolutionStep {
  return {
    name: 'host',
    resolve(specifier, context, next) {
      if (has(specifier)) return { kind: 'host', name: specifier };
      context.looked.push({ step: 'host', place: `host module '${specifier}'` });
      return next();
    },
  };
}
