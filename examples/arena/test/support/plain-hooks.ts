/** Hooks as plain lists: what the game needs of them, without Rekindle. */

import type { Look } from '../../src/entities.ts';
import type { ArenaHooks, Hook } from '../../src/hooks.ts';

function plainHook<Callback extends (...args: never[]) => void>(): Hook<Callback> {
  const callbacks: Callback[] = [];
  return {
    add: (callback) => {
      callbacks.push(callback);
    },
    call: (...args) => {
      for (const callback of callbacks) callback(...args);
    },
  };
}

export function plainHooks(): ArenaHooks {
  const looks = new Map<string, Look>();
  return {
    tick: plainHook(),
    join: plainHook(),
    leave: plainHook(),
    hit: plainHook(),
    death: plainHook(),
    pickup: plainHook(),
    looks: {
      set: (name, look) => void looks.set(name, look),
      get: (name) => looks.get(name),
      keys: () => looks.keys(),
    },
  };
}
