/**
 * What scripts import from the game: definitions by the game's developer, as the loader takes them.
 *
 * A plain object is shared by all scripts, except for functions that know to whom a call belongs (a hook's `add`): each
 * importing version gets those bound to itself.
 */

import type { SourceTextInstance, SyntheticModule } from '@rekindle/loader';
import { LATER, LEXICAL, type Lexical, type Scope, type ScriptModule, scriptModule } from '@rekindle/state';

/** Who imports a scoped host module. */
export interface Importer {
  /** Module id. */
  readonly module: string;
  readonly namespace: string;
  /** Undoes, when the importing version ends, what the factory's functions set up in foreign emitters. */
  readonly own: ScriptModule['own'];
  /** Aborts when the importing version ends. */
  readonly signal: AbortSignal;
}

/** Makes the exports of a host module for one version of an importing module. */
export type ScopedFactory = (importer: Importer) => Readonly<Record<string, unknown>>;

/** A host module with what Rekindle cannot know of its exports. */
export interface HostModuleOptions {
  /**
   * Exports that only store their callback and never call it before they return: a reload need not assume that a
   * script's callback runs at once. `hook.add` is known to be such a function.
   * @default none
   */
  readonly later?: readonly string[];
  readonly create: ScopedFactory;
}

const DEFINITION: unique symbol = Symbol('rekindle.host-module');

interface MarkedDefinition {
  readonly [DEFINITION]: HostModuleOptions;
}

/** A plain object of exports, or what `scoped` and `hostModule` give. */
export type HostModuleDefinition = Readonly<Record<string, unknown>> | MarkedDefinition;

/**
 * A host module whose exports are made once for each version of an importing module.
 *
 * @example
 * modules: { '@arena/log': scoped(({ module }) => ({ log: (text: string) => console.log(module, text) })) }
 */
export function scoped(factory: ScopedFactory): HostModuleDefinition {
  return hostModule({ create: factory });
}

/**
 * As `scoped`, with what Rekindle cannot know of the exports.
 *
 * @example
 * modules: { '@arena/bus': hostModule({ later: ['onChat'], create: ({ own }) => ({ onChat: (fn) => own(() => subscribe(fn)) }) }) }
 */
export function hostModule(options: HostModuleOptions): HostModuleDefinition {
  return { [DEFINITION]: options };
}

/** The module as the loader takes it. */
export function syntheticModule(
  definition: HostModuleDefinition,
  scopeOf: (instance: SourceTextInstance) => Scope,
): SyntheticModule {
  if (isMarked(definition)) {
    const { create, later = [] } = definition[DEFINITION];
    const names = new Set(later);
    return {
      kind: 'scoped',
      create: (instance) => ({ ...create(importerOf(scopeOf(instance))) }),
      later: (name) => names.has(name),
    };
  }
  const isLater = (name: string) => (definition[name] as { [LATER]?: unknown } | undefined)?.[LATER] === true;
  const bound = Object.entries(definition).filter(([, value]) => isLexical(value));
  if (bound.length === 0) {
    return { kind: 'shared', values: definition as Record<string, unknown>, later: isLater };
  }
  return {
    kind: 'scoped',
    later: isLater,
    create(instance) {
      const scope = scopeOf(instance);
      // inherits what is shared, so that getters stay live; own properties are what has an owner
      const values: Record<string, unknown> = {};
      for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(definition))) {
        const { value } = descriptor;
        Object.defineProperty(
          values,
          name,
          isLexical(value)
            ? { ...descriptor, value: value[LEXICAL](scope) }
            : {
                enumerable: true,
                configurable: true,
                get: () => definition[name],
              },
        );
      }
      return values;
    },
  };
}

function importerOf(scope: Scope): Importer {
  return {
    module: scope.owner.module,
    namespace: scope.owner.namespace,
    own: scriptModule(scope).own,
    get signal() {
      return scope.signal;
    },
  };
}

function isMarked(definition: HostModuleDefinition): definition is MarkedDefinition {
  return DEFINITION in definition;
}

function isLexical(value: unknown): value is Lexical<unknown> {
  return typeof value === 'function' && LEXICAL in value;
}
