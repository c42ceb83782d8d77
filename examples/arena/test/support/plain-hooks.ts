/** Hooks as plain lists: what the game needs of them, without Rekindle. */

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
  return {
    tick: plainHook(),
    join: plainHook(),
    leave: plainHook(),
    hit: plainHook(),
    death: plainHook(),
    pickup: plainHook(),
  };
}
