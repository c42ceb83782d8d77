/**
 * Old versions that do not go: some collections after one was replaced, its code is still held by somebody.
 *
 * The token of a version lives exactly as long as any of its functions, so a weak reference to it tells. It is looked at
 * after collections of the whole heap; what was never replaced is not looked at.
 */

import type { SourceTextInstance, Unit } from '@rekindle/loader';
import { contentOfSlots, holdersOf, type Realm, type Scope, type SlotContent } from '@rekindle/state';
import type { EventBody, VersionLingering } from './events.ts';
import { FullCollections } from './full-collections.ts';
import { isKeptCode } from './slot-look.ts';

/** Full collections that a version may survive: V8's own caches hold code for some of them. */
const COLLECTIONS = 4;
/** Functions of which the text is looked for, at one time: each is a search through the text of a module. */
const SEARCHES = 64;

interface Replaced {
  readonly module: string;
  readonly revision: string;
  readonly token: WeakRef<{ readonly unit: Unit }>;
  readonly scope: WeakRef<Scope> | undefined;
  readonly since: number;
  collections: number;
}

export interface LingeringPowers {
  readonly realm: Realm;
  emit(event: EventBody<VersionLingering>): void;
  /** The version of a module that runs. */
  versionOf(module: string): SourceTextInstance | undefined;
}

export class Lingering {
  readonly #powers: LingeringPowers;
  #replaced: Replaced[] = [];
  readonly #collections = new FullCollections(() => this.#look());

  constructor(powers: LingeringPowers) {
    this.#powers = powers;
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
    const lingering: Replaced[] = [];
    this.#replaced = this.#replaced.filter((one) => {
      if (one.token.deref() === undefined) return false;
      one.collections += 1;
      if (one.collections < COLLECTIONS) return true;
      lingering.push(one);
      return false;
    });
    if (this.#replaced.length === 0) this.#collections.unwant();
    if (lingering.length > 0) this.#tell(lingering);
  }

  #tell(lingering: readonly Replaced[]): void {
    const slots = contentOfSlots(this.#powers.realm);
    let searches = SEARCHES;
    for (const { module, revision, since, token, scope: weakScope } of lingering) {
      const scope = weakScope?.deref();
      const holders = scope === undefined ? [] : holdersOf(scope);
      const isCode = (fn: object): boolean => {
        searches -= 1;
        return searches >= 0 && this.#isOf(fn, module, token.deref()?.unit);
      };
      for (const slot of slots) holders.push(...heldBy(slot, scope, isCode));
      this.#powers.emit({ type: 'version:lingering', module, revision, since, holders });
    }
  }

  /** Where the version that runs has the same text, only what was there before it is known to be the old one's. */
  #isOf(fn: object, module: string, unit: Unit | undefined): boolean {
    const text = Function.prototype.toString.call(fn);
    if (unit?.artifact.code.includes(text) !== true) return false;
    const running = this.#powers.versionOf(module)?.running.artifact.code;
    return isKeptCode(fn) || running?.includes(text) !== true;
  }
}

/** What a slot holds of a version. */
function heldBy(
  { module, name, functions, classes }: SlotContent,
  scope: Scope | undefined,
  isCode: (fn: object) => boolean,
): string[] {
  const where = `in the slot '${name}' of '${module}'`;
  const held = new Set<string>();
  for (const version of classes) if (version.scope === scope) held.add(`objects of '${version.name}' ${where}`);
  for (const fn of functions) {
    if (!isCode(fn)) continue;
    held.add(`a function ${where}`);
    break;
  }
  return [...held];
}
