/** The scope of each version in one namespace: made when it is first asked for, gone with the version. */

import type { SourceTextInstance } from '@rekindle/loader';
import { type Realm, Scope } from '@rekindle/state';

export class Scopes {
  readonly #realm: Realm;
  readonly #scopes = new WeakMap<SourceTextInstance, Scope>();

  constructor(realm: Realm) {
    this.#realm = realm;
  }

  /** The scope of a version. */
  of(instance: SourceTextInstance): Scope {
    let scope = this.#scopes.get(instance);
    if (scope === undefined) {
      const { record, unit } = instance;
      const owner = { namespace: this.#realm.namespace, module: record.key, revision: unit.revision };
      scope = new Scope(owner, this.#realm);
      this.#scopes.set(instance, scope);
    }
    return scope;
  }

  /** The scope of a version, where it has one. */
  known(instance: SourceTextInstance): Scope | undefined {
    return this.#scopes.get(instance);
  }
}
