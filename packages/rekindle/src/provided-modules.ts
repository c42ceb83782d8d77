/** Host modules of one namespace: what Rekindle provides itself, and what the game gives. */

import type { SourceTextInstance, SyntheticModule } from '@rekindle/loader';
import { type Scope, scriptModule, timersModule, timersPromisesModule } from '@rekindle/state';
import { type HostModuleDefinition, syntheticModule } from './host-modules.ts';
import { processModule } from './script-process.ts';

export type ScopeOf = (instance: SourceTextInstance) => Scope;

/** By specifier. The game's own come last, so that it can stand in for one of ours in a test. */
export function providedModules(
  definitions: Readonly<Record<string, HostModuleDefinition>>,
  scopeOf: ScopeOf,
): ReadonlyMap<string, SyntheticModule> {
  const timers = ownedModule(timersModule, scopeOf);
  const promises = ownedModule(timersPromisesModule, scopeOf);
  return new Map([
    ['rekindle/script', scriptSyntheticModule(scopeOf)],
    ['timers', timers],
    ['node:timers', timers],
    ['timers/promises', promises],
    ['node:timers/promises', promises],
    ['process', PROCESS],
    ['node:process', PROCESS],
    ...Object.entries(definitions).map(([name, definition]) => [name, syntheticModule(definition, scopeOf)] as const),
  ]);
}

const PROCESS: SyntheticModule = { kind: 'shared', values: processModule(), later: (name) => name === 'nextTick' };

/** Functions of `rekindle/script` that never call what they are given before they return. */
const STORES_ONLY: ReadonlySet<string> = new Set(['listen', 'live', 'schedule']);

/** Functions of `rekindle/script` whose argument runs with the effects: it can run again without the module. */
const SETTING_UP: ReadonlySet<string> = new Set(['effect', 'own']);

/** `rekindle/script` as an importing version sees it. */
function scriptSyntheticModule(scopeOf: ScopeOf): SyntheticModule {
  return {
    kind: 'scoped',
    create: (instance) => scriptModule(scopeOf(instance)) as unknown as Record<string, unknown>,
    later: (name) => STORES_ONLY.has(name),
    setsUp: (name) => SETTING_UP.has(name),
  };
}

/** Node's timers, owned by who imports them; they never call back before they return. */
function ownedModule(make: (scope: Scope) => object, scopeOf: ScopeOf): SyntheticModule {
  return {
    kind: 'scoped',
    create(instance) {
      const values = make(scopeOf(instance));
      return { ...values, default: values };
    },
    later: (name) => name.startsWith('set'),
  };
}
