/**
 * Old versions that do not go: some collections after one was replaced, its code is still held by somebody.
 *
 * The token of a version lives exactly as long as any of its functions, so a weak reference to it tells. V8 says when it
 * has collected by calling back for an object that nobody holds; what was never replaced is not looked at.
 */

import type { SourceTextInstance } from '@rekindle/loader';
import { holdersOf, type Scope } from '@rekindle/state';
import type { EventBody, VersionLingering } from './events.ts';

/** Collections that a version may survive: V8's own caches hold code for some of them. */
const COLLECTIONS = 4;

interface Replaced {
  readonly module: string;
  readonly revision: string;
  readonly token: WeakRef<object>;
  readonly scope: WeakRef<Scope> | undefined;
  readonly since: number;
  collections: number;
}

export class Lingering {
  readonly #emit: (event: EventBody<VersionLingering>) => void;
  #replaced: Replaced[] = [];
  #isWaiting = false;
  readonly #collected = new FinalizationRegistry<undefined>(() => {
    this.#isWaiting = false;
    this.#look();
    this.#wait();
  });

  constructor(emit: (event: EventBody<VersionLingering>) => void) {
    this.#emit = emit;
  }

  /**
   * A version has given way.
   * @param since milliseconds since the epoch
   */
  watch({ record, unit, context }: SourceTextInstance, scope: Scope | undefined, since: number): void {
    if (context === undefined) return;
    this.#replaced.push({
      module: record.key,
      revision: unit.revision,
      token: new WeakRef(context.token),
      scope: scope === undefined ? undefined : new WeakRef(scope),
      since,
      collections: 0,
    });
    this.#wait();
  }

  end(): void {
    this.#replaced = [];
  }

  #wait(): void {
    if (this.#isWaiting || this.#replaced.length === 0) return;
    this.#isWaiting = true;
    this.#collected.register({}, undefined);
  }

  #look(): void {
    this.#replaced = this.#replaced.filter((one) => {
      if (one.token.deref() === undefined) return false;
      one.collections += 1;
      if (one.collections < COLLECTIONS) return true;
      const { module, revision, since } = one;
      const scope = one.scope?.deref();
      const holders = scope === undefined ? [] : holdersOf(scope);
      this.#emit({ type: 'version:lingering', module, revision, since, holders });
      return false;
    });
  }
}
