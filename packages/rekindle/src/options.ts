/** What `createHost` takes, and how it is checked: everything wrong is told at once, before anything is opened. */

import type { CompilerOptionsSubset } from '@rekindle/compiler';
import type { ImportPolicy, ResolutionStep } from '@rekindle/loader';
import { type Outcome, PARTICIPANTS, type Settling, type TimeLimits, type WrapParticipants } from '@rekindle/reload';
import type { Clock } from '@rekindle/state';
import type { ReleaseSource } from '@rekindle/store';
import { HostError } from './errors.ts';
import type { HostModuleDefinition } from './host-modules.ts';

/** Chooses the moment of a swap: call `apply`, which is synchronous and returns the outcome, now or later. */
export type Activate = (apply: () => Outcome) => void;

/** What `createHost` takes. */
export interface HostOptions {
  /**
   * Where scripts come from, in order: of each module, the first store that has it wins. With a `policy`, a store says
   * what its scripts may import from Node.
   */
  readonly stores: readonly (ReleaseSource | StoreWithPolicy)[];
  /**
   * What scripts may import from the game, by specifier: plain objects, which all scripts share, `scoped(…)` or
   * `hostModule(…)`.
   * @default none
   */
  readonly modules?: Readonly<Record<string, HostModuleDefinition>>;
  /**
   * Lets the game choose the moment of the swap, the end of a tick, say.
   * @default at once
   */
  readonly activate?: Activate;
  /** Milliseconds; see the defaults. @default { activate: 500, prepare: 10_000, drain: 5_000 } */
  readonly limits?: Partial<Limits>;
  /**
   * Names for paths of the scripts: `{ '#rules/*': 'rules/*' }`. A target is a path below the root, unless it is the name
   * of a host module.
   * @default none
   */
  readonly aliases?: Readonly<Record<string, string>>;
  /**
   * Conditions for the `exports` of npm packages, beside `node` and `import`.
   * @default none
   */
  readonly conditions?: readonly string[];
  /**
   * What changes the compiled output: the path of a `tsconfig.json`, or its `compilerOptions`.
   * @default the `tsconfig.json` in the folder of the scripts, or above it
   */
  readonly tsconfig?: string | { readonly compilerOptions: CompilerOptionsSubset };
  /**
   * Folder for compiled code, which any number of processes may share; `false` keeps none.
   * @default the user's cache folder
   */
  readonly cache?: string | false;
  /**
   * Resolution steps of the game's own; each is asked before the built-in ones.
   * @default none
   */
  readonly resolve?: readonly ResolutionStep[];
  /**
   * Folder of the game's project: npm packages that scripts import are found from here.
   * @default process.cwd()
   */
  readonly root?: string;
  /** How long stores must rest before something is done. @default { quiet: 20, patience: 200, refusal: 250 } */
  readonly settling?: Partial<Settling>;
  /** Time, for tests. @default the process's own */
  readonly clock?: Clock;
  /** @internal */
  readonly [PARTICIPANTS]?: WrapParticipants;
}

/** What the scripts of a store may import. It prevents accidents, not attacks: scripts run as the server does. */
export interface Policy {
  /** Node's builtins: all, none, or these (`node:crypto`). @default true, false for a store that others write to */
  readonly builtins?: boolean | readonly string[];
  /** npm packages: all, none, or these. @default true, false for a store that others write to */
  readonly packages?: boolean | readonly string[];
  /** Globals that its scripts may not use: `{ process: false, fetch: false }`. @default none hidden */
  readonly globals?: Readonly<Record<string, boolean>>;
}

/** A store, and what its scripts may import. */
export interface StoreWithPolicy {
  readonly store: ReleaseSource;
  readonly policy?: Policy;
}

/** A store as the host keeps it. */
export interface PolicedStore {
  readonly store: ReleaseSource;
  readonly policy: ImportPolicy;
  /** Names of globals that its scripts may not use. */
  readonly hidden: ReadonlySet<string>;
}

/** The stores with their policies, defaults filled in. */
export function policedStores(stores: HostOptions['stores']): PolicedStore[] {
  return stores.map((entry) => {
    const { store, policy = {} } = 'store' in entry ? entry : { store: entry };
    const { builtins = store.shared !== true, packages = store.shared !== true, globals = {} } = policy;
    const hidden = new Set(Object.keys(globals).filter((name) => globals[name] === false));
    return { store, policy: { builtins, packages }, hidden };
  });
}

/** How long things may take, in milliseconds. */
export interface Limits extends TimeLimits {
  /** Milliseconds in which a replaced version may still set timers. */
  readonly drain: number;
}

export const DEFAULT_LIMITS: Limits = { activate: 500, prepare: 10_000, drain: 5_000 };

/** What a namespace has that the host does not have, or has otherwise. */
export interface NamespaceOptions {
  /** Modules that are loaded with the namespace. @default none */
  readonly entries?: readonly string[];
  /** Host modules beside, or instead of, the host's. @default none */
  readonly modules?: HostOptions['modules'];
  /** @default the host's */
  readonly activate?: Activate;
}

/** @throws HostError `INVALID_OPTION` */
export function checkOptions(options: HostOptions): void {
  const problems: string[] = [];
  if (typeof options !== 'object' || options === null) throw invalid(['createHost takes an object with `stores`.']);
  if (!Array.isArray(options.stores) || options.stores.length === 0) {
    problems.push("`stores` must be an array of at least one store, such as [folderStore('scripts')].");
  } else {
    for (const [index, entry] of options.stores.entries()) {
      const store = typeof entry === 'object' && entry !== null && 'store' in entry ? entry.store : entry;
      if (typeof store?.head !== 'function' || typeof store.watch !== 'function') {
        problems.push(
          `\`stores[${index}]\` is not a store; make one with folderStore(…), memoryStore(…) or defineStore(…).`,
        );
      }
    }
  }
  for (const [name, value] of Object.entries(options.modules ?? {})) {
    if (typeof value !== 'object' || value === null) problems.push(`\`modules['${name}']\` must be an object.`);
    if (/^[./]/.test(name)) problems.push(`\`modules['${name}']\`: a host module's name cannot begin with '.' or '/'.`);
  }
  for (const [name, value] of Object.entries({ ...options.limits, ...options.settling })) {
    if (typeof value !== 'number' || !(value >= 0)) problems.push(`\`${name}\` must be a number of milliseconds.`);
  }
  if (options.activate !== undefined && typeof options.activate !== 'function') {
    problems.push('`activate` must be a function.');
  }
  const known = new Set<keyof HostOptions>([
    'stores',
    'modules',
    'activate',
    'limits',
    'aliases',
    'tsconfig',
    'cache',
    'conditions',
    'resolve',
    'root',
    'settling',
    'clock',
  ]);
  for (const name of Object.keys(options)) {
    if (!known.has(name as keyof HostOptions))
      problems.push(`'${name}' is not an option; there are: ${[...known].join(', ')}.`);
  }
  if (problems.length > 0) throw invalid(problems);
}

function invalid(problems: readonly string[]): HostError {
  return new HostError('INVALID_OPTION', problems.join(' '));
}
