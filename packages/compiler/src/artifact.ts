/**
 * The module ABI: what the compiler hands to the loader, and what emitted code and the linker say to each other.
 *
 * An `Artifact` is plain JSON data, so that it can be cached on disk and stored beside a revision.
 * Names follow ECMA-262: https://tc39.es/ecma262/#table-additional-fields-of-source-text-module-records
 * `MODULE_ABI` is part of every cache key: raise it whenever anything in this file changes its meaning.
 *
 * ## The emitted text
 *
 *     (function*($0m){"use strict"; let $a,$0e0; …; $0m.bind((function($0v){$a=$0v[0];$0e0=$0v[1];})); hoisted; yield; body
 *     })
 *
 * `async function*` where the body awaits at top level. Up to the first `yield` no line of the author's has run: hoisted
 * functions are published, so that cycles find them. The closure given to `bind` is called with the views of `imports`,
 * in their order, followed by the cells of `locals`, in theirs; the linker calls it again whenever either has moved.
 * An import is read as `$name.v` and called as `(0,$name.v)(…)`; an exported local is a local, and each write to it
 * also goes to its cells. The view of an import entry with `name: null` is the namespace object itself. Each turn of a
 * loop begins with `if(--$0l.left<0)$0l.check();`, where `$0l` is `$0m.loops`; those of a loop that counts to a number in
 * its head and calls nobody do not. A class at the top level ends in
 * `static{$0m.define(index,this,$0i0)}`: its place in `classes`, itself, and what makes the initialisers of its fields;
 * what a decorator makes of it is given to `define` behind it.
 */

export const MODULE_ABI = 10;

/** A place in the emitted text: what V8 reports. The author's place is found through the source map, on demand. */
export interface EmittedPosition {
  /** 1-based line. The rewrite keeps lines: this is also the line in the text that SWC gave. */
  readonly line: number;
  /** 1-based column in the text that SWC gave (before the rewrite). */
  readonly column: number;
}

/** ECMA-262 ModuleRequest Record. */
export interface ModuleRequest {
  readonly specifier: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly at: EmittedPosition;
}

/** ECMA-262 ImportEntry Record, and one for each `ns.name` that the code reads from a namespace import. */
export interface ImportEntry {
  /** Index into `requests`. */
  readonly request: number;
  /** The name in the other module; `null` for the namespace object. */
  readonly name: string | null;
  /** The name in this module's text. */
  readonly local: string;
  /** True for `ns.name`: a missing export is `undefined`, as it is in the language, not an error. */
  readonly optional?: boolean;
  readonly at: EmittedPosition;
}

export type BindingKind = 'var' | 'let' | 'const' | 'function' | 'class' | 'default' | 'using' | 'await using';

/** ECMA-262 [[LocalExportEntries]]: one cell for each exported name (one local may have several). */
export interface LocalExportEntry {
  readonly name: string;
  readonly local: string;
  readonly kind: BindingKind;
}

/** ECMA-262 [[IndirectExportEntries]]: `export { from as name } from`, `export * as name from` (`from: null`). */
export interface IndirectExportEntry {
  readonly name: string;
  readonly request: number;
  readonly from: string | null;
  readonly at: EmittedPosition;
}

/**
 * A binding that some code mentions: the index of an import entry, the name of a top-level binding of this module,
 * or `g:name` for a global that neither the language nor Node supplies (`g:*` where any global may be meant).
 */
export type Mention = number | string;

/**
 * The mention graph: what decides, before anything runs, which modules a change makes run again.
 * A region is a top-level binding, or the text of a callback that may run later (`arg@number`).
 */
export interface Facts {
  /** What the top level reads, or may run, when the module is evaluated. */
  readonly observes: readonly Mention[];
  /** Those of `observes` whose code may run at that time: everything that they mention is observed too. */
  readonly runs: readonly Mention[];
  /** Region → what its code mentions. */
  readonly mentions: Readonly<Record<string, readonly Mention[]>>;
  /**
   * Function literals that the top level gives to an import or to a timer, also inside an object or array literal, and
   * names of top-level bindings that it gives them: `observes` has these too, since their values are read at once.
   * `import` is the import entry that is called; `null` for what never calls at once: timers, `queueMicrotask`, members
   * of `import.meta.hot`. Unless the callee is known to call later, `region` counts as run by the top level.
   */
  readonly callbacks: readonly Callback[];
  /**
   * Names of globals that neither the language nor Node supplies, read or written anywhere in the module; `*` where any
   * may be meant. A standard one that the module assigns is among them.
   */
  readonly globals: readonly string[];
  /**
   * Top-level bindings that functions of the module assign: what a reload would lose. What the top level itself assigns
   * is there again when it has run.
   */
  readonly assigned: readonly string[];
  /** True where the top level holds a call, a loop or anything else that may not end: a time limit is needed. */
  readonly unbounded: boolean;
  /**
   * True where the module calls `import()`, and keeps nothing of what that gives: each call stands in a function that
   * mentions nothing of the module and is mentioned nowhere in it, and so can only return it.
   */
  readonly passesImports: boolean;
}

export interface Callback {
  readonly import: number | null;
  readonly region: string;
  /**
   * A comment that its emitted text has before its body, where an import called `effect` or `own` is given it: by that
   * who has the function knows which it is.
   */
  readonly mark?: string;
}

/** A class at the top level of a module. */
export interface ClassEntry {
  /** Of its binding; `default` for an anonymous default export. */
  readonly name: string;
  readonly at: EmittedPosition;
  /** Names of the fields that it declares and of the properties that its constructor gives every object. */
  readonly fields: readonly string[];
  /** The first `#private` member of its objects; null where they have none. */
  readonly private: EmittedPosition | null;
  readonly marks: readonly ClassMark[];
}

/** What is special about a field. */
export interface ClassMark {
  readonly name: string;
  /**
   * - `code`: it holds a function of its version, an arrow function or a bound method;
   * - `fixed`: an object cannot be given it after it was made, because its initialiser is part of the class or constructor.
   */
  readonly why: 'code' | 'fixed';
  readonly at: EmittedPosition;
}

/** Code that compiles and will not do what its author means; the words are made where they are read. */
export interface WarningEntry {
  readonly code: WarningCode;
  /** What it is about: the name of an import or a slot, `bus.on`. */
  readonly name: string;
  /** The way into the value of a slot: `npc.timer`. */
  readonly path?: string;
  readonly at: EmittedPosition;
  readonly receiver?: Receiver;
}

export type WarningCode =
  | 'ASSIGNMENT_TO_IMPORT'
  | 'COMMONJS_NAME'
  | 'DIRECT_EVAL'
  | 'ENDLESS_LOOP'
  | 'LISTENER_LEFT'
  | 'SLOT_HOLDS_CODE'
  | 'SLOT_HOLDS_TIMER';

/** The imported object whose method is called. Whoever runs the module can look whether that takes itself back. */
export interface Receiver {
  /** Index of the import entry. */
  readonly import: number;
  /** Names of the members from there; null where a call stands between, so that it is not known. */
  readonly path: readonly string[] | null;
  readonly method: string;
}

/** A slot that the top level asks for with a name in quotes. */
export interface SlotEntry {
  readonly name: string;
  /** The call. */
  readonly at: EmittedPosition;
  /** Null where the text does not say. */
  readonly version: number | null;
  /** What `init` writes down; null where it is not one expression. */
  readonly shape: Shape | null;
  /** The slot that it takes over, `npc/orc.ts#orcs`, where the text says it in quotes. */
  readonly from?: string;
}

/** The shape of a literal. */
export interface Shape {
  /** `Object`, `Array`, `Map`, `number`, …; `unknown` for what is computed. */
  readonly kind: string;
  readonly keys?: Readonly<Record<string, Shape>>;
}

export interface Artifact {
  readonly abi: number;
  /** Module id: also the file name that V8 and stack traces see. */
  readonly id: string;
  /** The emitted text: one parenthesised generator function expression. */
  readonly code: string;
  /** True where the emitted text is the author's, line for line and column for column, as far as it is theirs. */
  readonly plain?: boolean;
  /** ECMA-262 [[HasTLA]]. */
  readonly async: boolean;
  readonly requests: readonly ModuleRequest[];
  readonly imports: readonly ImportEntry[];
  readonly locals: readonly LocalExportEntry[];
  readonly indirect: readonly IndirectExportEntry[];
  /** Indexes into `requests`: `export * from`. */
  readonly stars: readonly number[];
  /** The classes at the top level, in the order in which they are defined. */
  readonly classes: readonly ClassEntry[];
  /** @default none */
  readonly warnings?: readonly WarningEntry[];
  /** @default none */
  readonly slots?: readonly SlotEntry[];
  readonly facts: Facts;
}

/** Timers as the emitted text calls them: `$0m.timers.setTimeout(…)`. */
export type TimerName =
  | 'setTimeout'
  | 'setInterval'
  | 'setImmediate'
  | 'clearTimeout'
  | 'clearInterval'
  | 'clearImmediate';

/**
 * Counts the turns of all loops of a namespace, so that one that does not end can be stopped. One object for many
 * modules: V8 takes a field of it down as fast as a variable of the module, and whoever lets script code begin can set it.
 */
export interface LoopCounter {
  /** Turns until `check` is called; a small integer. */
  left: number;
  /** Sets `left` again; throws where loops have run for too long. */
  check(): void;
}

/** What the emitted function receives: the linker's side of the ABI. */
export interface ModuleContext {
  /** Lives exactly as long as any function of this version does. */
  readonly token: object;
  /**
   * Takes the closure that re-points the module's imports and cells; calls it before returning. `read` is there where
   * functions of the module assign top-level bindings: it gives their values, in the order of `facts.assigned`.
   */
  bind(rebind: (views: readonly unknown[]) => void, read?: () => readonly unknown[]): void;
  /** Returns its first argument: the value of an expression after which cells are written. */
  keep<Value>(value: Value, ...written: unknown[]): Value;
  /** Target of a write to a namespace import: an accessor without a setter, so that it is a TypeError. */
  readonly fixed: object;
  /** Names an anonymous default function `default`. */
  name(anonymous: object): void;
  /** `import(specifier, options)`. */
  import(specifier: unknown, options?: unknown): Promise<unknown>;
  /** `import.meta`. */
  readonly meta: object;
  /** The namespace's `globalThis` facade. */
  readonly global: object;
  /** Timers that belong to the module's version. */
  readonly timers: Readonly<Record<TimerName, (...args: never[]) => unknown>>;
  readonly loops: LoopCounter;
  /**
   * Told of each class at the top level when it has been defined, before anything that stands behind it runs. The methods
   * of what `initialisers` makes give a field's first value, with the object as `this`.
   */
  define(index: number, made: unknown, initialisers?: FieldInitialisers): void;
}

/** Makes the initialisers of a class's own fields, by name. */
export type FieldInitialisers = (made: object) => Record<string, (this: object) => unknown>;
