/**
 * What hooks and registries have in common: lists of entries, one for each namespace, in the evaluation order of the
 * modules that made them.
 *
 * Lists are copied when they change and never written to. So a loop that runs over one is safe from a swap, and taking
 * a swap back is putting the old list back.
 */
import type { Change } from './change.ts';
import { ended } from './errors.ts';
import type { Realm } from './realm.ts';
import type { Scope } from './scope.ts';

/** As the participants see hooks and registries. */
export interface Collection {
  readonly kind: 'hook' | 'registry';
  readonly name: string;
  /** What stands in it for one namespace: the list itself, which never changes. */
  listed(realm: Realm): readonly Entry[];
  /** Puts the entries of the coming versions in the place of those that go. Returns the way back. */
  swap(realm: Realm, change: Change): () => void;
  /** Forgets what was recorded for a version that was refused. */
  forget(scope: Scope): void;
  /** The last act of a commit, for versions that came and versions that went. */
  settle(scope: Scope): void;
}

/**
 * Ties a version to a hook or registry in which it puts something, and says whether that is to be recorded (its body
 * runs) or to be placed at once.
 */
export function join(collection: Collection, scope: Scope): 'recorded' | 'placed' {
  if (scope.phase === 'ended') throw ended(scope, `put anything into the ${collection.kind} '${collection.name}'`);
  scope.collections ??= new Set();
  scope.collections.add(collection);
  return scope.placed ? 'placed' : 'recorded';
}

export interface Entry {
  readonly scope: Scope;
}

/** The entries of one namespace; `entries` is replaced, never changed. */
export interface Row<Item extends Entry> {
  readonly realm: Realm;
  entries: readonly Item[];
}

const EMPTY: readonly never[] = [];

/** The lists of one hook or registry, and what staged versions have put in so far. */
export class Rows<Item extends Entry> {
  /** In the order in which the namespaces came; replaced, never changed. */
  all: readonly Row<Item>[] = [];
  readonly #byName = new Map<string, readonly Row<Item>[]>();
  readonly #recorded = new Map<Scope, Item[]>();

  /** The rows of the namespaces of this name: one, or one for each host of the process. */
  named(namespace: string): readonly Row<Item>[] {
    return this.#byName.get(namespace) ?? [];
  }

  entries(realm: Realm): readonly Item[] {
    return this.#find(realm)?.entries ?? EMPTY;
  }

  recorded(scope: Scope): readonly Item[] {
    return this.#recorded.get(scope) ?? [];
  }

  /** Keeps an entry of a staged version until it is placed. */
  record(item: Item): void {
    const items = this.#recorded.get(item.scope);
    if (items === undefined) this.#recorded.set(item.scope, [item]);
    else items.push(item);
  }

  forget(scope: Scope): void {
    this.#recorded.delete(scope);
    const row = this.#find(scope.realm);
    if (row?.entries.length === 0) this.#remove(row);
  }

  /** Puts one entry of a version that has been placed behind those that it has. */
  insert(item: Item): void {
    const row = this.#make(item.scope.realm);
    const at = row.entries.findIndex(({ scope }) => scope.order > item.scope.order);
    row.entries = row.entries.toSpliced(at < 0 ? row.entries.length : at, 0, item);
  }

  remove(item: Item): void {
    const row = this.#find(item.scope.realm);
    const at = row?.entries.indexOf(item) ?? -1;
    if (row !== undefined && at >= 0) row.entries = row.entries.toSpliced(at, 1);
  }

  /** What the list will be: recorded entries in the place of those that go, in evaluation order. */
  succession(realm: Realm, change: Change): readonly Item[] {
    const successors = new Map<Scope, Scope | undefined>();
    for (const { old, next } of change.pairs) if (old !== undefined) successors.set(old, next);
    const placed = new Set<Scope>();
    const list: Item[] = [];
    const place = (scope: Scope | undefined): void => {
      if (scope === undefined || placed.has(scope)) return;
      placed.add(scope);
      list.push(...this.recorded(scope));
    };
    for (const item of this.entries(realm)) {
      if (successors.has(item.scope)) place(successors.get(item.scope));
      else list.push(item);
    }
    for (const { next } of change.pairs) place(next);
    return list.sort((one, other) => one.scope.order - other.scope.order);
  }

  /** Puts `entries` in; the function that comes back puts the list of before back. */
  replace(realm: Realm, entries: readonly Item[], change: Change): () => void {
    const row = this.#make(realm);
    const before = row.entries;
    row.entries = entries;
    return () => {
      const known = new Set([...before, ...entries]);
      const coming = new Set(change.pairs.map(({ next }) => next));
      const meanwhile = row.entries.filter((item) => !known.has(item) && !coming.has(item.scope));
      const present = new Set(row.entries);
      const removed = new Set(entries.filter((item) => !present.has(item)));
      // What a version outside the change has added or taken out since is its own doing: it stays so.
      row.entries = removed.size === 0 ? before : before.filter((item) => !removed.has(item));
      for (const item of meanwhile) this.insert(item);
    };
  }

  #find(realm: Realm): Row<Item> | undefined {
    return this.#byName.get(realm.namespace)?.find((row) => row.realm === realm);
  }

  #make(realm: Realm): Row<Item> {
    let row = this.#find(realm);
    if (row === undefined) {
      row = { realm, entries: EMPTY };
      this.all = [...this.all, row];
      this.#byName.set(realm.namespace, [...this.named(realm.namespace), row]);
    }
    return row;
  }

  #remove(row: Row<Item>): void {
    this.all = this.all.filter((one) => one !== row);
    const rest = this.named(row.realm.namespace).filter((one) => one !== row);
    if (rest.length === 0) this.#byName.delete(row.realm.namespace);
    else this.#byName.set(row.realm.namespace, rest);
  }
}
