/**
 * What surrounds the code of one version: its globals, timers and loops, `import()` and `import.meta`.
 *
 * It lives as long as any function of the version, and so longer than the attempt that made it: at its end the attempt is
 * put out of it, or each version would hold what its attempt replaced, and that what was before, for ever.
 */

import type { ClassEntry } from '@rekindle/compiler';
import { type InstanceContext, LoaderError, type Looked, resolveBy, type SourceTextInstance } from '@rekindle/loader';
import { runIn, runInAsync, type Scope } from '@rekindle/state';
import type { DynamicImports, ImportingAttempt } from './dynamic-imports.ts';
import type { Powers } from './powers.ts';

/** What a version's code may ask of the transaction that runs it, or of the graph once that is over. */
export interface Surroundings extends ImportingAttempt {
  /** Whether a module is there. */
  has(id: string): boolean;
}

/** An attempt, as the code that it runs sees it. */
export interface RunningAttempt extends Surroundings {
  /** Runs a body, or its part before the first `await`, under its limit. */
  limited<Result>(instance: SourceTextInstance, body: () => Result): Result;
}

export interface VersionContextInput {
  readonly instance: SourceTextInstance;
  readonly scope: Scope;
  readonly powers: Powers;
  readonly dynamicImports: DynamicImports;
  readonly attempt: RunningAttempt;
}

/** The context, and what puts the attempt out of it. */
export function versionContext({ instance, scope, powers, dynamicImports, attempt }: VersionContextInput): {
  readonly context: InstanceContext;
  end(after: Surroundings): void;
} {
  let around: Surroundings = attempt;
  let running: RunningAttempt | undefined = attempt;
  let meta: object | undefined;
  const limited = <Result>(body: () => Result): Result =>
    running === undefined ? body() : running.limited(instance, body);
  const resolveNow = (specifier: string) => resolve(specifier, instance, powers, (id) => around.has(id));
  return {
    context: {
      token: { unit: instance.unit }, // as long as code of this version lives, its stack traces can be mapped
      global: powers.globals(instance),
      timers: scope.timers,
      loops: powers.realm.loops,
      define: (index, made, initialisers) => {
        powers.realm.classes.define(scope, instance.artifact.classes[index] as ClassEntry, made, initialisers);
      },
      meta: () => {
        meta ??= powers.meta(instance, resolveNow);
        return meta;
      },
      import: (specifier, options) => dynamicImports.import(instance, specifier, options, around),
      run: (body) => runIn(scope, () => limited(body)),
      runAsync: (body) => runInAsync(scope, () => limited(body)),
    },
    end(after) {
      around = after;
      running = undefined;
    },
  };
}

/** `import.meta.resolve`, which is synchronous. */
function resolve(specifier: string, { record }: SourceTextInstance, powers: Powers, has: (id: string) => boolean) {
  const looked: Looked[] = [];
  const answer = resolveBy(powers.steps, specifier, {
    parent: record.key,
    namespace: powers.namespace,
    has,
    looked,
  });
  if (answer !== undefined && 'kind' in answer && answer.kind !== 'refused') return answer;
  const why =
    answer !== undefined && 'message' in answer
      ? answer.message
      : `Looked for ${looked.map(({ place }) => place).join(', ')}.`;
  throw new LoaderError('UNRESOLVED_IMPORT', `Cannot resolve '${specifier}' from '${record.key}'. ${why}`);
}
