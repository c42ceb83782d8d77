/**
 * The top-level classes of one namespace, by module and name: which class is the new version of which.
 *
 * A class upgrades when its definition completes, so that the bodies and migrations that follow meet living objects as
 * the new code knows them; one that is defined while a body awaits waits for the synchronous step. Everything is noted
 * until the transaction commits. How an upgrade is done is not known here.
 */
import { types } from 'node:util';
import type { ClassEntry, FieldInitialisers } from '@rekindle/compiler';
import { type Change, coming } from './change.ts';
import {
  type DefinedClass,
  heritageOf,
  isClass,
  type Obstacle,
  obstacleBetween,
  type Remainder,
  remainders,
} from './class-comparison.ts';
import { ClassMoves, movesOfSlots } from './class-moves.ts';
import { noteClass } from './class-versions.ts';
import { InstanceSweep } from './instance-sweep.ts';
import { type Class, type Initialiser, type Lineage, lineageOf, upgrade } from './instances.ts';
import type { Realm } from './realm.ts';
import type { Scope } from './scope.ts';

const { isProxy } = types;

interface Definition extends DefinedClass {
  readonly initialisers: FieldInitialisers | undefined;
  lineage: Lineage | undefined;
}

/** What became of the living objects of one class. */
export interface ClassUpgrade {
  readonly class: string;
  /** The module that they come from, where the class has moved. */
  readonly from?: string;
  /** Why they keep their whole old class; absent where they are of the new one. */
  readonly kept?: Obstacle;
  readonly remains: readonly Remainder[];
}

/** A top-level class, over all versions of its module. */
export interface ClassName {
  readonly namespace: string;
  readonly module: string;
  /** Of its binding; with a mark for what a decorator made of it. */
  readonly name: string;
}

/** Stands for a class that a snapshot has instances of, until its module defines it. */
export interface ExpectedClass extends ClassName {
  readonly made: Class;
}

/** The kinds of objects that a class can make instances of. */
export type NativeKind = 'Object' | 'Array' | 'Map' | 'Set' | 'Date';

/** What the living objects of a snapshot wait for. */
interface Expected extends ExpectedClass {
  readonly definition: Definition;
  /** Why they could not follow to the class that their module has defined. */
  obstacle: Obstacle | undefined;
}

/** An expected class that was led to the one of a staged version. */
interface Meeting {
  readonly scope: Scope;
  readonly expected: Expected;
  readonly remains: readonly Remainder[];
  /** Whether the class has fields that its instances lack. */
  grown: boolean;
  readonly undo: () => void;
}

/** The classes that one version has defined, by name: the second of a name is what a decorator made of the first. */
export type DefinedClasses = Map<string, Definition>;

interface Known {
  readonly name: ClassName;
  /** Absent for what a decorator made: its fields are those of the class that it was made of. */
  readonly definition: Definition | undefined;
}

/** Every class that some module has defined, for as long as it lives: heritage leads over modules. */
const known = new WeakMap<Class, Known>();

function definitionOfClass(made: Class): Definition | undefined {
  return known.get(made)?.definition;
}

/** Definitions of classes that no running version has, for as long as the classes live. */
const leftDefinitions = new WeakMap<Class, Definition>();

export class ClassRegistry {
  /** Those of the running versions. */
  readonly #current = new Map<string, DefinedClasses>();
  /**
   * Classes that their module no longer defines, or that have left with it, by module and name: a slot, or the game, may
   * keep objects of them until there is one of that name again. Held weakly, since code that has left may be collected.
   */
  readonly #left = new Map<string, WeakRef<Class>>();
  /** Classes that stand in another module now. */
  readonly #moves = new ClassMoves<Definition>();
  readonly #sweep = new InstanceSweep();
  /** There from the synchronous step to the end of the transaction. */
  #open: { readonly undos: (() => void)[]; readonly results: Map<string, ClassUpgrade[]> } | undefined;
  #given: { readonly object: object; readonly name: string }[] = [];
  #grown = false;
  /** Classes of a snapshot whose instances wait for their module, by module and name. */
  readonly #expected = new Map<string, Expected>();
  #meetings: Meeting[] = [];
  /** Those that their module exports from another one now: by module and name of the class itself. */
  #moved = new Map<string, Expected>();

  /** Instances of a snapshot wait for this class. */
  expect({ namespace, module, name, made }: ExpectedClass): void {
    const definition = definitionOfClass(made) as Definition;
    this.#expected.set(`${module}#${name}`, { namespace, module, name, made, definition, obstacle: undefined });
  }

  /** Classes for which instances still wait, and what keeps them from it, where their module has defined one. */
  waiting(): readonly (ExpectedClass & { readonly obstacle: Obstacle | undefined })[] {
    const met = new Set(this.#meetings.map(({ expected }) => expected));
    return [...this.#expected.values()].filter((expected) => !met.has(expected));
  }

  /** Before bodies run, and once more when they have: where classes stand that their module now exports from elsewhere. */
  follow(change: Change): void {
    this.#moved.clear();
    if (this.#expected.size === 0) return;
    const scopes = new Map(coming(change).map((scope) => [scope.owner.module, scope]));
    const go = (scope: Scope, expected: Expected, module: string, name: string) => {
      this.#moved.set(`${module}#${name}`, expected);
      const known = scopes.get(module)?.classes ?? this.#current.get(module);
      const definition = known?.get(name);
      if (definition !== undefined) this.#meet(scope, expected, definition);
    };
    for (const expected of this.#expected.values()) {
      const { module, name } = expected;
      const scope = scopes.get(module);
      const at = scope === undefined ? undefined : change.exportOf?.(module, name);
      if (scope !== undefined && at !== undefined && at.module !== module) go(scope, expected, at.module, at.name);
    }
    for (const { from, to } of movesOfSlots(change)) {
      const scope = scopes.get(to);
      if (scope === undefined || change.standing?.(from) === 'not loaded') continue;
      const [gone, there] = [change.classesOf?.(from), change.classesOf?.(to)];
      for (const expected of this.#expected.values()) {
        const { module, name } = expected;
        if (module === from && gone?.includes(name) !== true && there?.includes(name)) go(scope, expected, to, name);
      }
    }
  }

  /** Versions that were refused: what waited for their classes waits again. */
  forget(scopes: ReadonlySet<Scope>): void {
    const gone = this.#meetings.filter(({ scope }) => scopes.has(scope));
    for (const { undo } of gone.reverse()) undo();
    this.#meetings = this.#meetings.filter(({ scope }) => !scopes.has(scope));
  }

  /** A version has defined a class. */
  define(scope: Scope, entry: ClassEntry, made: unknown, initialisers: FieldInitialisers | undefined): void {
    if (scope.phase !== 'staged' || !isClass(made)) return;
    scope.classes ??= new Map();
    const first = scope.classes.get(entry.name);
    if (first?.made === made) return;
    const definition: Definition = { entry, made, initialisers, lineage: undefined };
    const name = first === undefined ? entry.name : `${entry.name} decorated`;
    scope.classes.set(name, definition);
    const { module, namespace } = scope.owner;
    known.set(made, { name: { namespace, module, name }, definition: first === undefined ? definition : undefined });
    noteClass(made.prototype, { scope, name: entry.name });
    if (this.#expected.size > 0) {
      const key = `${module}#${name}`;
      for (const expected of [this.#expected.get(key), this.#moved.get(key)]) {
        if (expected !== undefined) this.#meet(scope, expected, definition);
      }
    }
    if (this.#open !== undefined) this.#upgrade(scope.owner.module, name, definition);
  }

  /** The synchronous step begins: what has been defined so far upgrades now, what comes at once. */
  open(change: Change): void {
    this.#open = { undos: [], results: new Map() };
    this.#moves.look(change, this.#current);
    for (const { classes, owner } of coming(change)) {
      for (const [name, definition] of classes ?? []) this.#upgrade(owner.module, name, definition);
    }
  }

  /** Takes every upgrade back, the last first. */
  undo(): void {
    for (const { object, name } of this.#given.splice(0)) Reflect.deleteProperty(object, name);
    for (const undo of this.#open?.undos.reverse() ?? []) undo();
    this.#open = undefined;
    this.#grown = false;
  }

  /** The new versions are the running ones; tells what became of living objects, and begins to look for them. */
  commit(realm: Realm, change: Change): void {
    for (const { old, next } of change.pairs) {
      const { module } = (next ?? old)?.owner ?? {};
      if (module === undefined) continue;
      this.#leave(module, next?.classes);
      if (next?.classes === undefined) this.#current.delete(module);
      else this.#current.set(module, next.classes);
      if (old !== undefined) old.classes = undefined; // its scope may be known for longer than its code
    }
    const results = this.#open?.results ?? new Map<string, ClassUpgrade[]>();
    this.#settle(new Set(coming(change)), results);
    this.#open = undefined;
    this.#moves.settle();
    this.#given.length = 0;
    for (const [module, upgrades] of results) change.upgraded?.(module, upgrades);
    if (this.#grown) this.#sweep.begin(realm);
    this.#grown = false;
  }

  /** The namespace is gone. */
  clear(): void {
    this.#sweep.stop();
    this.#current.clear();
    this.#left.clear();
    this.#moves.clear();
    this.#expected.clear();
  }

  /** Classes of a module for which there is no new version now. */
  #leave(module: string, next: DefinedClasses | undefined): void {
    if (this.#left.size > 0) for (const name of next?.keys() ?? []) this.#left.delete(`${module}#${name}`);
    for (const [name, definition] of this.#current.get(module) ?? []) {
      if (next?.has(name) === true) continue;
      leftDefinitions.set(definition.made, definition);
      this.#left.set(`${module}#${name}`, new WeakRef(definition.made));
    }
    for (const [key, made] of this.#left) if (made.deref() === undefined) this.#left.delete(key);
  }

  #leftOf(module: string, name: string): Definition | undefined {
    const made = this.#left.get(`${module}#${name}`)?.deref();
    return made && leftDefinitions.get(made);
  }

  /**
   * Leads the instances of a snapshot to their class. At once, also while bodies await: no running version has them, so
   * that nobody sees it but the release that comes.
   */
  #meet(scope: Scope, expected: Expected, next: Definition): void {
    if (this.#meetings.some((meeting) => meeting.expected === expected)) return;
    const { made: old, definition } = expected;
    expected.obstacle = obstacleBetween(old, next.made, definitionOfClass);
    if (expected.obstacle !== undefined) return;
    const given: { readonly object: object; readonly name: string }[] = [];
    let open = true;
    let takeBack = () => {};
    const before = new Set(definition.entry.fields);
    const meeting: Meeting = {
      scope,
      expected,
      remains: remainders(definition, next, fieldsOf(next), before),
      grown: false,
      undo() {
        for (const { object, name: field } of given.splice(0)) Reflect.deleteProperty(object, field);
        takeBack();
      },
    };
    this.#meetings.push(meeting);
    const { added } = upgrade(
      {
        old,
        next: next.made,
        lineage: undefined,
        before,
        fieldsBut: (had) => initialisersOf(next, had),
        given: (object, field) => {
          open &&= scope.phase === 'staged';
          if (open) given.push({ object, name: field });
          else given.length = 0;
        },
      },
      (undo) => {
        takeBack = undo;
      },
    );
    meeting.grown = added.length > 0;
  }

  /** What has been met by a version that runs now is nobody's to wait for any more. */
  #settle(scopes: ReadonlySet<Scope>, results: Map<string, ClassUpgrade[]>): void {
    for (const { scope, expected, remains, grown } of this.#meetings) {
      if (!scopes.has(scope)) continue;
      const { module, name } = expected;
      this.#expected.delete(`${module}#${name}`);
      this.#grown ||= grown;
      // that they are of their class again is no news; what of them stays as it was saved is
      if (remains.length > 0) results.set(module, [...(results.get(module) ?? []), { class: name, remains }]);
    }
    this.#meetings = this.#meetings.filter(({ scope }) => !scopes.has(scope));
  }

  #upgrade(module: string, name: string, next: Definition): void {
    const running = this.#current.get(module)?.get(name);
    const moved = running === undefined ? this.#moves.get(module, name) : undefined;
    const old = running ?? moved?.definition ?? this.#leftOf(module, name);
    if (old === undefined || old.made === next.made || this.#open === undefined) return;
    const { undos, results } = this.#open;
    const from = moved === undefined ? {} : { from: moved.module };
    const tell = (upgrade: ClassUpgrade) =>
      results.set(module, [...(results.get(module) ?? []), { ...upgrade, ...from }]);
    const kept = obstacleBetween(old.made, next.made, definitionOfClass);
    if (kept !== undefined) {
      tell({ class: next.entry.name, kept, remains: [] });
      return;
    }
    const before = new Set(fieldsOf(old).keys());
    const lineage = upgrade(
      {
        old: old.made,
        next: next.made,
        lineage: old.lineage,
        before,
        fieldsBut: (had) => initialisersOf(next, had),
        given: (object, field) => {
          if (this.#open !== undefined) this.#given.push({ object, name: field });
        },
      },
      (undo) => undos.push(undo),
    );
    next.lineage = lineage;
    if (lineage.added.length > 0) this.#grown = true;
    if (name !== next.entry.name) return;
    const remains = remainders(old, next, fieldsOf(next), before);
    // whether anything of a class that had left still lives is not known: what would stay as it was is news, no more
    if (running !== undefined || moved !== undefined || remains.length > 0) tell({ class: name, remains });
  }
}

/** The name of the scripts' top-level class that an object is of; undefined for everything else. Runs no code of it. */
export function scriptClassOf(object: object): string | undefined {
  return definitionOf(object)?.entry.name;
}

/** What a snapshot has to know of the instances with a prototype; or why they cannot be written; undefined for no class. */
export function savedClassOf(
  prototype: object,
):
  | { readonly class: ClassName; readonly fields: readonly string[]; readonly added: readonly string[] }
  | string
  | undefined {
  const lineage = lineageOf(prototype);
  const constructed: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  const made = lineage?.current ?? (typeof constructed === 'function' ? (constructed as Class) : undefined);
  const name = made === undefined ? undefined : known.get(made)?.name;
  if (made === undefined || name === undefined) return undefined;
  if (lineage === undefined && made.prototype !== prototype) return undefined;
  const foreign = heritageOf(made).find((each) => !known.has(each) && !PLAIN_KINDS.has(each));
  if (foreign !== undefined)
    return `an instance of '${name.name}', which extends '${foreign.name}', no class of a script`;
  if (heritageOf(made).some((each) => (definitionOfClass(each)?.entry.private ?? null) !== null)) {
    return `an instance of '${name.name}', which has #private members`;
  }
  const added: string[] = [];
  for (let each: object | null = prototype; each !== null; each = Reflect.getPrototypeOf(each)) {
    added.push(...(lineageOf(each)?.added ?? []));
  }
  return { class: name, fields: [...fieldsOf({ made } as DefinedClass).keys()], added };
}

/** A class that makes nothing, for the instances of a snapshot to be of until theirs is there. */
export function standIn(saved: ClassName, kind: NativeKind, fields: readonly string[]): ExpectedClass {
  const Native = NATIVE_KINDS[kind];
  const made: Class = Native === undefined ? class {} : class extends (Native as new () => object) {};
  Object.defineProperty(made, 'name', { value: saved.name, configurable: true });
  const entry: ClassEntry = { name: saved.name, at: { line: 1, column: 1 }, fields, private: null, marks: [] };
  known.set(made, { name: saved, definition: { entry, made, initialisers: undefined, lineage: undefined } });
  return { ...saved, made };
}

const NATIVE_KINDS: Readonly<Record<NativeKind, unknown>> = { Object: undefined, Array, Map, Set, Date };

/** Whether an object of a script's class is nothing but its own properties, and what a built-in kind of object has. */
export function isCopyable(object: object): boolean {
  const definition = definitionOf(object);
  if (definition === undefined) return false;
  return heritageOf(definition.made).every((made) => {
    const defined = definitionOfClass(made);
    return defined === undefined ? PLAIN_KINDS.has(made) : defined.entry.private === null;
  });
}

const PLAIN_KINDS: ReadonlySet<unknown> = new Set([Object, Array, Map, Set, Date]);

function definitionOf(object: object): Definition | undefined {
  if (isProxy(object)) return undefined;
  let prototype = Reflect.getPrototypeOf(object);
  // an object of an earlier version has its old prototype, emptied, before the newest one
  for (let depth = 0; prototype !== null && depth < 32 && !isProxy(prototype); depth++) {
    const made: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
    const definition = typeof made === 'function' ? definitionOfClass(made as Class) : undefined;
    if (definition !== undefined) return definition;
    prototype = Reflect.getPrototypeOf(prototype);
  }
  return undefined;
}

/** The fields that a class declares or inherits, by name: whose they are. */
function fieldsOf({ made }: DefinedClass): Map<string, Definition> {
  const fields = new Map<string, Definition>();
  for (const each of heritageOf(made).reverse()) {
    const definition = definitionOfClass(each);
    for (const name of definition?.entry.fields ?? []) fields.set(name, definition as Definition);
  }
  return fields;
}

/**
 * Of those, the ones that an object can be given after it was made, and does not have. What makes initialisers is code of
 * the module, and asked only where a field is new: it takes longer than the rest of an upgrade.
 */
function initialisersOf(definition: Definition, had: ReadonlySet<string>): Map<string, Initialiser> {
  const found = new Map<string, Initialiser>();
  const made = new Map<Definition, Record<string, Initialiser>>();
  for (const [name, declared] of fieldsOf(definition)) {
    if (had.has(name)) continue;
    let initialisers = made.get(declared);
    if (initialisers === undefined) {
      initialisers = declared.initialisers?.(declared.made) ?? {};
      // `super` in an initialiser is what it is in the class
      Object.setPrototypeOf(initialisers, Object.getPrototypeOf(declared.made.prototype) as object | null);
      made.set(declared, initialisers);
    }
    if (Object.hasOwn(initialisers, name)) found.set(name, initialisers[name] as Initialiser);
  }
  return found;
}
