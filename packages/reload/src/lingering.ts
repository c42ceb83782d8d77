/**
 * Old versions that do not go: some collections after one was replaced, its code is still held by somebody.
 *
 * The token of a version lives exactly as long as any of its functions, so a weak reference to it tells. It is looked at
 * after collections of the whole heap; what was never replaced is not looked at.
 */

import type { SourceTextInstance } from '@rekindle/loader';
import { holdersOf, type Scope } from '@rekindle/state';
import type { EventBody, VersionLingering } from './events.ts';
import { FullCollections } from './full-collections.ts';

/** Full collections that a version may survive: V8's own caches hold code for some of them. */
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
  readonly #collections = new FullCollections(() => this.#look());

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
    this.#collections.want();
  }

  end(): void {
    this.#replaced = [];
    this.#collections.unwant();
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
    if (this.#replaced.length === 0) this.#collections.unwant();
  }
}
