/** The globals of one namespace, and what the policy of a store hides of them from its modules. */

import { createGlobals, LoaderError, type SourceTextInstance } from '@rekindle/loader';
import type { EventBody } from '@rekindle/reload';
import { currentScope } from '@rekindle/state';
import { scriptConsole } from './script-console.ts';
import { scriptProcess } from './script-process.ts';

/** Names that a policy hides, by the store that it is for. */
export interface HiddenGlobals {
  readonly names: ReadonlySet<string>;
  readonly store: string;
}

const TIMERS = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'clearTimeout',
  'clearInterval',
  'clearImmediate',
] as const;

export class ScriptGlobals {
  readonly #facade: object;

  constructor(emit: (body: EventBody) => void) {
    this.#facade = createGlobals({
      console: scriptConsole(emit),
      process: scriptProcess,
      // emitted code calls a version's own timers; these are for `globalThis.setTimeout` and `const { setTimeout } = …`
      ...Object.fromEntries(TIMERS.map((name) => [name, ownedTimer(name)])),
    });
  }

  /** The `globalThis` of a version. */
  of(instance: SourceTextInstance, hidden: HiddenGlobals): object {
    if (hidden.names.size === 0) return this.#facade;
    const refuse = (name: string): never => {
      throw new LoaderError(
        'POLICY_GLOBAL',
        `'${instance.record.key}' may not use '${name}': the policy of ${hidden.store} hides it. ` +
          `Give what is needed of it to scripts as a host module, or take it out of \`policy.globals\` of the store.`,
      );
    };
    const hides = (name: PropertyKey): name is string => typeof name === 'string' && hidden.names.has(name);
    // not there for whoever asks whether it is there (`typeof`, `in`, keys), told to whoever uses it
    return new Proxy(this.#facade, {
      get: (target, name) => (hides(name) ? refuse(name) : Reflect.get(target, name, target)),
      has: (target, name) => !hides(name) && Reflect.has(target, name),
      set: (target, name, value) => (hides(name) ? refuse(name) : Reflect.set(target, name, value, target)),
      deleteProperty: (target, name) => hides(name) || Reflect.deleteProperty(target, name),
      ownKeys: (target) => Reflect.ownKeys(target).filter((name) => !hides(name)),
      getOwnPropertyDescriptor: (target, name) =>
        hides(name) ? undefined : Reflect.getOwnPropertyDescriptor(target, name),
    });
  }
}

/** A timer function for whoever runs; the process's own where nobody does. */
function ownedTimer(name: (typeof TIMERS)[number]): (...args: never[]) => unknown {
  return (...args) => {
    const timers: Record<typeof name, (...values: never[]) => unknown> = currentScope()?.timers ?? globalThis;
    return timers[name](...args);
  };
}
