/** The scope of each version in one namespace: made when it is first asked for, gone with the version. */

import type { SourceTextInstance } from '@rekindle/loader';
import { type Realm, Scope } from '@rekindle/state';

export class Scopes {
  readonly #realm: Realm;

  constructor(realm: Realm) {
    this.#realm = realm;
  }

  /** The scope of a version. */
  of(instance: SourceTextInstance): Scope {
    const known = this.known(instance);
    if (known !== undefined) return known;
    const { record, unit } = instance;
    const owner = { namespace: this.#realm.namespace, module: record.key, revision: unit.revision };
    const scope = new Scope(owner, this.#realm);
    instance.scope = scope; // a weak map would cost a hash of the version
    return scope;
  }

  /** The scope of a version, where it has one. */
  known(instance: SourceTextInstance): Scope | undefined {
    return instance.scope as Scope | undefined;
  }
}
