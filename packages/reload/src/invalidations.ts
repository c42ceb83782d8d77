/**
 * `import.meta.hot.invalidate()`: modules that cannot handle an update let their importers run again.
 *
 * It is followed after the step in which it was asked for, with one transaction for all that were asked for until then:
 * the transaction that is under way has been planned already. A chain that comes back to a module ends there.
 */

import { type HotInvalidatePayload, type Invalidation, type Realm, sendHot } from '@rekindle/state';

/** What a transaction of its own shall follow. */
export interface Invalidated {
  readonly modules: readonly Invalidation[];
  /** Ids of the modules whose invalidation led here, the first one first. */
  readonly chain: readonly string[];
}

export interface InvalidationsParts {
  readonly realm: Realm;
  /** Lets the importers run again. */
  run(invalidated: Invalidated): void;
  /** Told of a chain that came back to a module. */
  circle(module: string, chain: readonly string[]): void;
}

export class Invalidations {
  readonly #parts: InvalidationsParts;
  #waiting = new Map<string, Invalidation>();
  #waitingChain = new Set<string>();
  /** The chain of the transaction that commits at the moment. */
  #chain: readonly string[] = [];

  constructor(parts: InvalidationsParts) {
    this.#parts = parts;
  }

  /** Runs the synchronous step of a transaction: what is invalidated by it belongs to its chain. */
  within<Result>(invalidated: Invalidated | undefined, step: () => Result): Result {
    const before = this.#chain;
    this.#chain = invalidated?.chain ?? [];
    try {
      return step();
    } finally {
      this.#chain = before;
    }
  }

  follow(invalidation: Invalidation): void {
    const { module, message } = invalidation;
    const { realm, circle } = this.#parts;
    const payload: HotInvalidatePayload = { path: module, message, firstInvalidatedBy: this.#chain[0] ?? module };
    sendHot(realm, 'vite:invalidate', payload);
    if (this.#chain.includes(module)) {
      circle(module, this.#chain);
      return;
    }
    if (this.#waiting.size === 0) queueMicrotask(() => this.#run());
    this.#waiting.set(module, invalidation);
    for (const id of [...this.#chain, module]) this.#waitingChain.add(id);
  }

  #run(): void {
    const modules = [...this.#waiting.values()];
    const chain = [...this.#waitingChain];
    this.#waiting = new Map();
    this.#waitingChain = new Set();
    this.#parts.run({ modules, chain });
  }
}

/** Why the importers run. */
export function reasonOf({ modules }: Invalidated): string {
  const names = modules.map(({ module, message }) => `'${module}'${message === undefined ? '' : ` (${message})`}`);
  return `imports ${names.join(' and ')}, which was invalidated`;
}
