/** What one namespace of scripts is given: the host's parts, and its own state, globals and modules. */

import {
  aliasStep,
  hostStep,
  type ImportPolicy,
  IntrinsicsWatch,
  nodeStep,
  policyStep,
  storeStep,
} from '@rekindle/loader';
import {
  DEFAULT_PROBATION,
  type EscapedError,
  type EventBody,
  type EventType,
  PARTICIPANTS,
  type Powers,
  type ProbationLimits,
  type ReleaseTrials,
  Scopes,
  type UnitLibrary,
} from '@rekindle/reload';
import { ClassRegistry, type Clock, type Fault, hotContext, LoopMeter, type Realm, Slots } from '@rekindle/state';
import type { Overlay } from '@rekindle/store';
import { DebuggerWatch } from './debugger.ts';
import { importedKey, importMeta } from './import-meta.ts';
import { nativeModule, packageResolver } from './native-modules.ts';
import { DEFAULT_LIMITS, type HostOptions, type NamespaceOptions, type PolicedStore } from './options.ts';
import { diagnose, warn } from './places.ts';
import { providedModules } from './provided-modules.ts';
import type { Restoration } from './restoration.ts';
import { escapedError } from './script-errors.ts';
import { type HiddenGlobals, ScriptGlobals } from './script-globals.ts';

/** One for the process, as the realm is. */
let intrinsics: IntrinsicsWatch | undefined;

export interface HostParts {
  readonly options: HostOptions;
  readonly clock: Clock;
  readonly view: Overlay;
  /** The stores of the view, in its order. */
  readonly stores: readonly PolicedStore[];
  readonly units: UnitLibrary;
  /** Of modules that a transform makes. */
  readonly extensions: readonly string[];
  emit(body: EventBody): void;
  /** Told when the namespace stands elsewhere without an event that says so. */
  restated(): void;
  isHeard(type: EventType): boolean;
  /** Told of its releases, where the last one that was good is kept. */
  readonly trials: ReleaseTrials | undefined;
  /** Gives it what a snapshot has of it. */
  readonly restoration: Restoration | undefined;
  /** Told of every error that a script's code did not keep to itself. */
  erred(error: EscapedError): void;
}

export function namespacePowers(namespace: string, own: NamespaceOptions, parts: HostParts): Powers {
  const { options, clock, view, units, extensions, emit } = parts;
  const { drain, loop, nesting, source, ...limits } = { ...DEFAULT_LIMITS, ...options.limits };
  const debuggers = new DebuggerWatch(() => emit({ type: 'limits:resting', reason: 'inspector' }));
  const report = ({ error, scope, where }: Fault) => {
    const escaped = escapedError(error, where, scope.owner);
    if (escaped !== undefined) parts.erred(escaped);
  };
  const realm: Realm = {
    namespace,
    clock,
    slots: new Slots(),
    classes: new ClassRegistry(),
    loops: new LoopMeter({
      limit: loop,
      isResting: () => debuggers.isAttached(),
      swallowed: (error, scope) => report({ error, scope, where: 'loop limit' }),
    }),
    drain,
    report,
    emit,
  };
  const scopes = new Scopes(realm);
  const globals = new ScriptGlobals(emit);
  const provided = providedModules({ ...options.modules, ...own.modules }, (instance) => scopes.of(instance));
  const { aliases = {}, conditions = [], resolve = [], root = process.cwd() } = options;
  const { activate = options.activate ?? ((apply) => void apply()) } = own;
  return {
    namespace,
    source: view,
    units,
    extensions,
    steps: [
      ...resolve,
      aliasStep(rootedAliases(aliases, (name) => provided.has(name))),
      hostStep((name) => provided.has(name)),
      storeStep(extensions),
      policyStep((module) => policyOf(module, parts)),
      nodeStep(packageResolver(root, conditions)),
    ],
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
    ...(options.onStateLoss === undefined ? {} : { onStateLoss: options.onStateLoss }),
    ...(own.follow === undefined ? {} : { follow: own.follow }),
    ...(options.probation === undefined ? {} : { probation: withDefaults(options.probation) }),
    limitsRest: () => debuggers.isAttached(),
    globals: (instance) => globals.of(instance, hiddenGlobals(instance.record.key, parts)),
    meta: (instance, resolveNow) =>
      importMeta({
        id: instance.record.key,
        folderOf: (id) => storeOf(id, parts)?.store.folder,
        resolve: resolveNow,
        hot: hotContext(scopes.of(instance), {
          resolve: (specifier) => importedKey(instance, specifier, resolveNow),
        }),
      }),
    origin: (id) => view.origin(id),
    activate,
    emit,
    restated: parts.restated,
    isHeard: parts.isHeard,
    intrinsicsChanges: () => {
      intrinsics ??= new IntrinsicsWatch();
      return intrinsics.changes();
    },
    committed: ({ hash }) =>
      view.committed?.(hash).catch((error: unknown) => {
        emit({ type: 'store:lost', store: view.name, error });
        return undefined;
      }),
    ...(parts.restoration === undefined ? {} : { ready: () => parts.restoration?.into(realm) }),
    diagnose,
    warn,
    ...(parts.trials === undefined ? {} : { trials: parts.trials }),
    ...(options[PARTICIPANTS] === undefined ? {} : { participants: options[PARTICIPANTS] }),
  };
}

function withDefaults(probation: Partial<ProbationLimits> | false): ProbationLimits | false {
  return probation === false ? false : { ...DEFAULT_PROBATION, ...probation };
}

/** A target that is no host module is a path below the root. */
function rootedAliases(
  aliases: Readonly<Record<string, string>>,
  isHostModule: (name: string) => boolean,
): Record<string, string> {
  const rooted = (target: string) => (isHostModule(target) || /^[./]/.test(target) ? target : `/${target}`);
  return Object.fromEntries(Object.entries(aliases).map(([pattern, target]) => [pattern, rooted(target)]));
}

/** The store that a module comes from; undefined for what stands in none. */
function storeOf(module: string, { view, stores }: HostParts): PolicedStore | undefined {
  const origin = view.origin(module);
  return origin === undefined ? undefined : stores[origin.index];
}

/** What stands in no store was given by the game itself: it may what the first store's scripts may. */
function policyOf(module: string, parts: HostParts): { policy: ImportPolicy; store: string } {
  const { policy, store } = storeOf(module, parts) ?? (parts.stores[0] as PolicedStore);
  return { policy, store: store.name };
}

function hiddenGlobals(module: string, parts: HostParts): HiddenGlobals {
  const { hidden, store } = storeOf(module, parts) ?? (parts.stores[0] as PolicedStore);
  return { names: hidden, store: store.name };
}
