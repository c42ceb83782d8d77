/** What `createHost` takes, and how it is checked: everything wrong is told at once, before anything is opened. */

import { type CompilerOptionsSubset, isThroughFacade, languageOf } from '@rekindle/compiler';
import type { ImportPolicy, ResolutionStep } from '@rekindle/loader';
import {
  type Outcome,
  PARTICIPANTS,
  type ProbationLimits,
  type Settling,
  type TimeLimits,
  type WrapParticipants,
} from '@rekindle/reload';
import type { Clock } from '@rekindle/state';
import type { ReleaseSource } from '@rekindle/store';
import { HostError } from './errors.ts';
import type { HostModuleDefinition } from './host-modules.ts';
import type { RestoreFrom } from './restoration.ts';
import type { Transform } from './transforms.ts';

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
  /**
   * What scripts may take: time, depth and size.
   * @default { loop: 100, activate: 500, prepare: 10_000, drain: 5_000, nesting: 500, source: 2 ** 20 }
   */
  readonly limits?: Partial<Limits>;
  /**
   * How a release is watched after its commit: one whose modules err more often than `errors` in `window` milliseconds,
   * above the rate before it, is taken back. `false` turns it off.
   * @default { window: 30_000, errors: 5 }
   */
  readonly probation?: Partial<ProbationLimits> | false;
  /**
   * What becomes of a reload that drops plain top-level variables which code has assigned: it says so (`lost` of the
   * outcome, `state:lost`), or it is refused.
   * @default 'report'
   */
  readonly onStateLoss?: 'report' | 'refuse';
  /**
   * `'scripts'`: uncaught errors and rejections whose stack leads through a script become `script:error`, and the process
   * goes on; all others keep Node's behaviour. `'off'`: the process is left alone.
   * @default 'scripts'
   */
  readonly processErrors?: 'scripts' | 'off';
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
   * Other kinds of files into modules, by extension: a function, which may be asynchronous, gives the text of an ES
   * module. An import may leave the extension out, and a folder lists such files too. Diagnostics and stack traces speak
   * of the lines of that text, not of the file's.
   * @default none
   * @example
   * createHost({ stores, transforms: { '.csv': (source) => `export default ${JSON.stringify(rowsOf(source))};` } });
   */
  readonly transforms?: Readonly<Record<string, Transform>>;
  /**
   * Folder for compiled code, which any number of processes may share; `false` keeps none.
   * @default the user's cache folder
   */
  readonly cache?: string | false;
  /**
   * What is done with compiled modules that stand beside the texts in the stores, where these keep some. `'read'`: they
   * are used, and what is not there is compiled. `'write'`: what is compiled here is also written there, for other hosts;
   * whoever may do that runs code on all of them. `false`: neither. A store that does not answer holds nothing up for
   * longer than half a second.
   * @default 'read'
   */
  readonly artifacts?: 'read' | 'write' | false;
  /**
   * Folder for the last release whose probation ended well, from which the host boots when its stores cannot be read, when
   * the first release is refused, or when starts of it died; any number of hosts may share it. `false` keeps none. It
   * serves `start`, and stores whose content outlives the process.
   * @default the user's cache folder
   */
  readonly lastKnownGood?: string | false;
  /**
   * How the host is called in what it tells its stores of itself: which release runs, since when, and what it refuses.
   * Give each host one that it keeps over a restart. `false`: it tells them nothing.
   * @default the names of the machine and of the process
   */
  readonly name?: string | false;
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
  /**
   * A snapshot whose state the scripts find in their slots: the path of a file, what `host.snapshot()` gave, or its bytes.
   * It is read when the host is first used; one that cannot be read makes `start` and `import` reject with a
   * `SnapshotError`.
   * @default none
   * @example
   * createHost({ stores, restore: existsSync('world.snapshot') ? 'world.snapshot' : undefined });
   */
  readonly restore?: RestoreFrom | undefined;
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
  return stores.map((entry) => ('store' in entry ? policed(entry.store, entry.policy) : policed(entry)));
}

/** The same stores under another policy. */
export function withPolicy(stores: readonly PolicedStore[], policy: Policy): PolicedStore[] {
  return stores.map(({ store }) => policed(store, policy));
}

function policed(store: ReleaseSource, policy: Policy = {}): PolicedStore {
  const { builtins = store.shared !== true, packages = store.shared !== true, globals = {} } = policy;
  const hidden = new Set(Object.keys(globals).filter((name) => globals[name] === false));
  return { store, policy: { builtins, packages }, hidden };
}

/** How long things may take, in milliseconds, and how deep and large a source may be. */
export interface Limits extends TimeLimits {
  /**
   * For which loops of scripts may hold the event loop, since an entry point was entered or the event loop turned.
   * Bodies have `activate` and `prepare`. `Infinity` for no limit.
   */
  readonly loop: number;
  /** Milliseconds in which a replaced version may still set timers. */
  readonly drain: number;
  /** How deep brackets may be nested in a source, at least 1. */
  readonly nesting: number;
  /** Bytes of UTF-8 that a source may have, at least 1. */
  readonly source: number;
}

export const DEFAULT_LIMITS: Limits = {
  loop: 100,
  activate: 500,
  prepare: 10_000,
  drain: 5_000,
  nesting: 500,
  source: 2 ** 20,
};

/** What a namespace has that the host does not have, or has otherwise. */
export interface NamespaceOptions {
  /** Modules that are loaded with the namespace. @default none */
  readonly entries?: readonly string[];
  /** Host modules beside, or instead of, the host's. @default none */
  readonly modules?: HostOptions['modules'];
  /** @default the host's */
  readonly activate?: Activate;
  /** Where its scripts come from, in order. @default the host's, which are shared: each text is compiled once */
  readonly stores?: HostOptions['stores'];
  /** What the scripts of all its stores may import. @default that of each store */
  readonly policy?: Policy;
  /** False for a namespace that keeps to the release with which it began: a match that is being played. @default true */
  readonly follow?: boolean;
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
      } else if (store !== entry) problems.push(...policyProblems(index, (entry as StoreWithPolicy).policy));
    }
  }
  for (const [name, value] of Object.entries(options.modules ?? {})) {
    if (typeof value !== 'object' || value === null) problems.push(`\`modules['${name}']\` must be an object.`);
    if (/^[./]/.test(name)) problems.push(`\`modules['${name}']\`: a host module's name cannot begin with '.' or '/'.`);
  }
  for (const [name, value] of Object.entries({ ...options.limits, ...options.settling })) {
    const least = name === 'nesting' || name === 'source' ? 1 : 0;
    if (typeof value === 'number' && value >= least) continue;
    if (least === 0) problems.push(`\`${name}\` must be a number of milliseconds.`);
    else problems.push(`\`limits.${name}\` must be a number of at least 1.`);
  }
  for (const name of Object.keys(options.limits ?? {})) {
    if (Object.hasOwn(DEFAULT_LIMITS, name)) continue;
    problems.push(`\`limits.${name}\` is not a limit; there are: ${Object.keys(DEFAULT_LIMITS).join(', ')}.`);
  }
  problems.push(...transformProblems(options.transforms));
  if (options.activate !== undefined && typeof options.activate !== 'function') {
    problems.push('`activate` must be a function.');
  }
  if (typeof options.probation === 'object') {
    for (const [name, value] of Object.entries(options.probation)) {
      if (name !== 'window' && name !== 'errors') problems.push(`\`probation.${name}\` is not an option of probation.`);
      else if (typeof value !== 'number' || !(value >= 0)) problems.push(`\`probation.${name}\` must be a number.`);
    }
  } else if (options.probation !== undefined && options.probation !== false) {
    problems.push('`probation` must be an object, or false.');
  }
  if (options.lastKnownGood !== undefined && options.lastKnownGood !== false && !isText(options.lastKnownGood)) {
    problems.push('`lastKnownGood` must be the path of a folder, or false.');
  }
  if (options.name !== undefined && options.name !== false && !isText(options.name)) {
    problems.push('`name` must be a text, or false.');
  }
  if (options.restore !== undefined && !isRestorable(options.restore)) {
    problems.push('`restore` must be the path of a snapshot, what `host.snapshot()` gave, or its bytes.');
  }
  if (options.artifacts !== undefined && !['read', 'write', false].includes(options.artifacts)) {
    problems.push("`artifacts` must be 'read', 'write' or false.");
  }
  if (options.onStateLoss !== undefined && !['report', 'refuse'].includes(options.onStateLoss)) {
    problems.push("`onStateLoss` must be 'report' or 'refuse'.");
  }
  if (options.processErrors !== undefined && !['scripts', 'off'].includes(options.processErrors)) {
    problems.push("`processErrors` must be 'scripts' or 'off'.");
  }
  const known = new Set<keyof HostOptions>([
    'stores',
    'modules',
    'activate',
    'limits',
    'aliases',
    'tsconfig',
    'transforms',
    'cache',
    'artifacts',
    'lastKnownGood',
    'conditions',
    'resolve',
    'name',
    'root',
    'settling',
    'probation',
    'processErrors',
    'onStateLoss',
    'restore',
    'clock',
  ]);
  for (const name of Object.keys(options)) {
    if (!known.has(name as keyof HostOptions))
      problems.push(`'${name}' is not an option; there are: ${[...known].join(', ')}.`);
  }
  if (problems.length > 0) throw invalid(problems);
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isRestorable(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return isText(value);
  return value instanceof Uint8Array || ('bytes' in value && value.bytes instanceof Uint8Array);
}

function transformProblems(transforms: HostOptions['transforms']): string[] {
  if (transforms === undefined) return [];
  if (typeof transforms !== 'object' || transforms === null) {
    return ["`transforms` must be an object of functions by extension, such as { '.csv': (source) => … }."];
  }
  return Object.entries(transforms).flatMap(([extension, transform]) => {
    const name = `\`transforms['${extension}']\``;
    if (!/^\.[^./\\]+$/.test(extension)) return [`${name}: '${extension}' is not an extension; write it with one dot.`];
    if (languageOf(extension) !== undefined) return [`${name}: '${extension}' is an extension of scripts as they are.`];
    return typeof transform === 'function' ? [] : [`${name} must be a function that gives the text of a module.`];
  });
}

function policyProblems(index: number, policy: Policy | undefined): string[] {
  return Object.entries(policy?.globals ?? {}).flatMap(([name, allowed]) =>
    allowed !== false || isThroughFacade(name)
      ? []
      : [`\`stores[${index}].policy.globals\`: '${name}' is the language's own, or Rekindle's, and cannot be hidden.`],
  );
}

function invalid(problems: readonly string[]): HostError {
  return new HostError('INVALID_OPTION', problems.join(' '));
}
