/** What one namespace of scripts is given: the host's parts, and its own state, globals and modules. */

import { createGlobals, hostStep, nodeStep, storeStep } from '@rekindle/loader';
import { type EventBody, type Powers, Scopes, type UnitLibrary } from '@rekindle/reload';
import { type Clock, type Realm, Slots } from '@rekindle/state';
import type { Overlay } from '@rekindle/store';
import { nativeModule, packageResolver } from './native-modules.ts';
import { DEFAULT_LIMITS, type HostOptions, type NamespaceOptions } from './options.ts';
import { diagnose, placeOfThrow } from './places.ts';
import { providedModules } from './provided-modules.ts';

export interface HostParts {
  readonly options: HostOptions;
  readonly clock: Clock;
  readonly view: Overlay;
  readonly units: UnitLibrary;
  emit(body: EventBody): void;
}

export function namespacePowers(namespace: string, own: NamespaceOptions, parts: HostParts): Powers {
  const { options, clock, view, units, emit } = parts;
  const { drain, ...limits } = { ...DEFAULT_LIMITS, ...options.limits };
  const realm: Realm = {
    namespace,
    clock,
    slots: new Slots(),
    drain,
    report: ({ error, scope, where }) => {
      const { module, revision } = scope.owner;
      emit({ type: 'script:error', module, revision, error, where, ...placeOfThrow(error) });
    },
    emit,
  };
  const scopes = new Scopes(realm);
  const provided = providedModules({ ...options.modules, ...own.modules }, (instance) => scopes.of(instance));
  const { resolve = [], root = process.cwd() } = options;
  const { activate = options.activate ?? ((apply) => void apply()) } = own;
  return {
    namespace,
    source: view,
    units,
    steps: [...resolve, hostStep((name) => provided.has(name)), storeStep, nodeStep(packageResolver(root))],
    host: (name) => {
      const module = provided.get(name);
      if (module === undefined) throw new RangeError(`no host module '${name}'`);
      return module;
    },
    native: nativeModule,
    realm,
    scopes,
    clock,
    limits,
    globals: createGlobals(),
    meta: (instance) => ({ url: `rekindle:///${instance.record.key}` }),
    activate,
    emit,
    committed: async ({ hash }) => {
      try {
        await view.committed?.(hash);
      } catch (error) {
        emit({ type: 'store:lost', store: view.name, error });
      }
    },
    diagnose,
  };
}
