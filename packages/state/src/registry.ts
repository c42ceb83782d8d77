/**
 * Definitions by key that scripts make and the game reads: items, commands, spells.
 *
 * Ownership and replacement are those of hooks. A key has one module: two that set it are refused, because which of
 * them would win could depend on who was edited last.
 */
import type { Change } from './change.ts';
import { type Collection, type Entry, join, type Row, Rows } from './collection.ts';
import { type Place, placeOf, StateError } from './errors.ts';
import { type Later, type Lexical, lexical } from './lexical.ts';
import type { Realm } from './realm.ts';
import { currentScope } from './running.ts';
import type { Scope } from './scope.ts';

/** What the game reads of a registry. */
export interface RegistryView<Value, Key = string> {
  /** The definition; `undefined` where no module sets the key. */
  readonly get: (key: Key) => Value | undefined;
  /** In evaluation order of the modules that set them. */
  readonly keys: () => IterableIterator<Key>;
  /** As `keys`. */
  readonly entries: () => IterableIterator<[Key, Value]>;
  readonly size: number;
}

/** Definitions by key that scripts make and the game reads. */
export interface Registry<Value, Key = string> extends RegistryView<Value, Key> {
  readonly name: string;
  /**
   * Sets a definition. It belongs to the script module that sets it and goes with that version; the same module may
   * set it again. One that the game itself sets stays.
   * Throws `REGISTRY_CONFLICT` where another module has the key; while a release is loaded, the release is refused.
   */
  readonly set: ((key: Key, value: Value) => void) & Lexical<(key: Key, value: Value) => void> & Later;
  /** The definitions of one namespace, and the game's own. */
  for(namespace: string): RegistryView<Value, Key>;
}

interface Definition<Value, Key> extends Entry {
  readonly key: Key;
  readonly value: Value;
  readonly place: Place;
}

/**
 * Makes a place where scripts define things by key.
 *
 * With several namespaces, `get` and its like on the registry itself see the definitions of all, first come first;
 * `for(namespace)` tells them apart.
 *
 * @param name what errors call it.
 * @example
 * const items = createRegistry<Item>('items');
 * items.get('sword')?.use(player);
 */
export function createRegistry<Value, Key = string>(name: string): Registry<Value, Key> {
  return new ScriptRegistry(name);
}

class ScriptRegistry<Value, Key> implements Registry<Value, Key>, Collection {
  readonly kind = 'registry';
  readonly name: string;
  readonly set: Registry<Value, Key>['set'];
  readonly #rows = new Rows<Definition<Value, Key>>();
  readonly #games = new Map<Key, Value>();
  readonly #indexes = new WeakMap<readonly Definition<Value, Key>[], ReadonlyMap<Key, Definition<Value, Key>>>();
  /** What staged versions have set: code that runs in their bodies sees it, nobody else does. */
  readonly #staged = new Map<Realm, Map<Key, Definition<Value, Key>>>();

  constructor(name: string) {
    this.name = name;
    this.set = lexical(
      (key, value) => this.#set(key, value, undefined),
      (scope) => (key, value) => this.#set(key, value, scope),
    );
  }

  readonly get = (key: Key): Value | undefined => this.#lookUp(this.#rows.all, key);
  readonly keys = (): IterableIterator<Key> => this.#collect(this.#rows.all).keys();
  readonly entries = (): IterableIterator<[Key, Value]> => this.#collect(this.#rows.all).entries();

  get size(): number {
    return this.#collect(this.#rows.all).size;
  }

  for(namespace: string): RegistryView<Value, Key> {
    const rows = (): readonly Row<Definition<Value, Key>>[] => this.#rows.named(namespace);
    const collect = (): Map<Key, Value> => this.#collect(rows());
    return {
      get: (key) => this.#lookUp(rows(), key, namespace),
      keys: () => collect().keys(),
      entries: () => collect().entries(),
      get size() {
        return collect().size;
      },
    };
  }

  listed(realm: Realm): readonly Entry[] {
    return this.#rows.entries(realm);
  }

  swap(realm: Realm, change: Change): () => void {
    const after = this.#rows.succession(realm, change);
    const seen = new Map<Key, Definition<Value, Key>>();
    for (const definition of after) this.#check(definition, seen.get(definition.key), seen);
    return this.#rows.replace(realm, after, change);
  }

  forget(scope: Scope): void {
    this.#rows.forget(scope);
    const staged = this.#staged.get(scope.realm);
    for (const [key, definition] of staged ?? []) if (definition.scope === scope) staged?.delete(key);
    if (staged?.size === 0) this.#staged.delete(scope.realm);
  }

  settle(scope: Scope): void {
    this.forget(scope);
  }

  #set(key: Key, value: Value, lexicalScope: Scope | undefined): void {
    const scope = currentScope() ?? lexicalScope;
    if (scope === undefined) {
      for (const { entries } of this.#rows.all) {
        const definition = this.#index(entries).get(key);
        if (definition !== undefined) throw this.#conflict(definition, 'the game itself');
      }
      this.#games.set(key, value);
      return;
    }
    const definition = { scope, key, value, place: placeOf(this.set) };
    if (join(this, scope) === 'recorded') {
      this.#rows.record(definition);
      const staged = this.#staged.get(scope.realm);
      if (staged === undefined) this.#staged.set(scope.realm, new Map([[key, definition]]));
      else staged.set(key, definition);
      return;
    }
    this.#check(definition, this.#index(this.#rows.entries(scope.realm)).get(key));
    this.#rows.insert(definition);
    scope.making?.made.push({ close: () => this.#rows.remove(definition) });
  }

  /** Throws where `definition` sets what another module, or the game, has set. */
  #check(
    definition: Definition<Value, Key>,
    before: Definition<Value, Key> | undefined,
    seen?: Map<Key, Definition<Value, Key>>,
  ): void {
    const { key, scope } = definition;
    seen?.set(key, definition);
    if (this.#games.has(key)) throw this.#conflict(definition, 'the game itself');
    const other = before?.scope.owner.module;
    if (other !== undefined && other !== scope.owner.module) throw this.#conflict(definition, `'${other}'`);
  }

  #conflict({ key, scope, place }: Definition<Value, Key>, other: string): StateError {
    const { module } = scope.owner;
    return new StateError({
      code: 'REGISTRY_CONFLICT',
      message: `'${module}' and ${other} both set '${String(key)}' in the registry '${this.name}'.`,
      hint: 'Take it out of one of them, or give it another key.',
      module,
      place,
    });
  }

  #lookUp(rows: readonly Row<Definition<Value, Key>>[], key: Key, namespace?: string): Value | undefined {
    if (this.#games.has(key)) return this.#games.get(key);
    // A fresh start would have set it by now, so a body sees what bodies before it have set and what is not placed yet.
    const reader = currentScope();
    if (reader?.phase === 'staged' && (namespace === undefined || namespace === reader.realm.namespace)) {
      const staged = this.#staged.get(reader.realm)?.get(key);
      if (staged !== undefined) return staged.value;
    }
    for (const { entries } of rows) {
      const definition = this.#index(entries).get(key);
      if (definition !== undefined) return definition.value;
    }
    return undefined;
  }

  #collect(rows: readonly Row<Definition<Value, Key>>[]): Map<Key, Value> {
    const all = new Map(this.#games);
    for (const { entries } of rows) {
      for (const [key, { value }] of this.#index(entries)) if (!all.has(key)) all.set(key, value);
    }
    return all;
  }

  /** By key; made once for each list, because lists never change. */
  #index(entries: readonly Definition<Value, Key>[]): ReadonlyMap<Key, Definition<Value, Key>> {
    let index = this.#indexes.get(entries);
    if (index === undefined) {
      index = new Map(entries.map((definition) => [definition.key, definition]));
      this.#indexes.set(entries, index);
    }
    return index;
  }
}
