/**
 * An ordered list of callbacks that scripts add and the game calls.
 *
 * A reload replaces the entries of a module in their place. Each callback is an entry point: its module is the running
 * owner, and what it throws is reported while the others still run. A hook does not choose, stop or collect anything:
 * `call` returns nothing.
 */
import { type Change, coming } from './change.ts';
import { type Collection, type Entry, join, type Row, Rows } from './collection.ts';
import { StateError } from './errors.ts';
import { type Later, type Lexical, lexical } from './lexical.ts';
import type { Realm } from './realm.ts';
import { currentScope, enter, isSampled, report, running, watch } from './running.ts';
import type { Scope } from './scope.ts';
import { succeed } from './succession.ts';

type AnyFunction = (...args: never[]) => unknown;

/** What a hook does beyond calling. */
export interface HookOptions<Fn extends AnyFunction> {
  /**
   * What is there already in a namespace, the players online say. A callback that is new is called with each of them,
   * once, when its release has been committed; a callback that was only edited is not.
   * @default none
   */
  readonly current?: (namespace: string) => Iterable<Parameters<Fn>[0]>;
}

/** The game's side of a hook: what it calls. */
export interface HookCalls<Fn extends AnyFunction> {
  /**
   * Calls every callback in order. What a callback of a script throws, or a promise that it returns and that rejects,
   * is reported and stops nothing. What a callback of the game throws is thrown when all have run.
   */
  readonly call: (...args: Parameters<Fn>) => void;
  /** How many callbacks there are. */
  readonly size: number;
}

/** An ordered list of callbacks that scripts add and the game calls. */
export interface Hook<Fn extends AnyFunction> extends HookCalls<Fn> {
  readonly name: string;
  /**
   * Adds a callback. It belongs to the script module that adds it and goes with that version.
   * One that the game itself adds stays and stands before all others.
   */
  readonly add: ((callback: Fn) => void) & Lexical<(callback: Fn) => void> & Later;
  /** The callbacks of one namespace, and the game's own. */
  for(namespace: string): HookCalls<Fn>;
}

interface HookEntry<Fn> extends Entry {
  readonly fn: Fn;
}

/** Where the callbacks are found: a member and not a function, because every step of a call would cost as much as half a callback. */
interface Lists<Fn extends AnyFunction> {
  readonly all: readonly Row<HookEntry<Fn>>[];
}

/**
 * Makes a place where scripts plug in.
 *
 * @param name what errors and events call it.
 * @example
 * const tick = createHook<(dt: number) => void>('tick');
 * setInterval(() => tick.call(16), 16);
 */
export function createHook<Fn extends AnyFunction>(name: string, options: HookOptions<Fn> = {}): Hook<Fn> {
  return new ScriptHook(name, options);
}

class ScriptHook<Fn extends AnyFunction> implements Hook<Fn>, Collection {
  readonly kind = 'hook';
  readonly name: string;
  readonly add: Hook<Fn>['add'];
  readonly call: (...args: Parameters<Fn>) => void;
  readonly #where: string;
  readonly #current: HookOptions<Fn>['current'];
  readonly #rows = new Rows<HookEntry<Fn>>();
  #games: readonly Fn[] = [];
  /** For each version that has just come: what it stands for, until the newcomers have been greeted. */
  readonly #newcomers = new Map<Scope, readonly HookEntry<Fn>[]>();

  constructor(name: string, { current }: HookOptions<Fn>) {
    this.name = name;
    this.#where = `hook '${name}'`;
    this.#current = current;
    this.add = lexical(
      (callback) => this.#add(callback, undefined),
      (scope) => (callback) => this.#add(callback, scope),
    );
    this.call = this.#caller(this.#rows);
  }

  get size(): number {
    return this.#count(this.#rows.all);
  }

  for(namespace: string): HookCalls<Fn> {
    const rows = this.#rows;
    const lists: Lists<Fn> = {
      get all() {
        return rows.named(namespace);
      },
    };
    const count = (): number => this.#count(lists.all);
    return {
      call: this.#caller(lists),
      get size() {
        return count();
      },
    };
  }

  listed(realm: Realm): readonly Entry[] {
    return this.#rows.entries(realm);
  }

  swap(realm: Realm, change: Change): () => void {
    const before = this.#rows.entries(realm);
    const after = this.#rows.succession(realm, change);
    const undo = this.#rows.replace(realm, after, change);
    if (this.#current === undefined) return undo;
    for (const { old, next } of change.pairs) {
      if (next === undefined) continue;
      const going = before.filter(({ scope }) => scope === old);
      const recorded = this.#rows.recorded(next);
      const known = succeed(going, recorded, ({ fn }) => String(fn));
      this.#newcomers.set(
        next,
        recorded.filter((entry) => !known.has(entry)),
      );
    }
    return () => {
      for (const next of coming(change)) this.#newcomers.delete(next);
      undo();
    };
  }

  settle(scope: Scope): void {
    const newcomers = this.#newcomers.get(scope);
    this.forget(scope);
    for (const entry of newcomers ?? []) this.#greet(entry);
  }

  forget(scope: Scope): void {
    this.#newcomers.delete(scope);
    this.#rows.forget(scope);
  }

  #add(fn: Fn, lexicalScope: Scope | undefined): void {
    if (typeof fn !== 'function') {
      throw new StateError({
        code: 'INVALID_ARGUMENT',
        message: `The hook '${this.name}' takes a function, not ${fn === null ? 'null' : typeof fn}.`,
      });
    }
    const scope = currentScope() ?? lexicalScope;
    if (scope === undefined) {
      this.#games = [...this.#games, fn];
      return;
    }
    const entry = { scope, fn };
    if (join(this, scope) === 'recorded') this.#rows.record(entry);
    else {
      this.#rows.insert(entry);
      scope.making?.made.push({ close: () => this.#rows.remove(entry) });
      if (scope.making?.renewed) return;
      // In an effect that the transaction sets up it is greeted with the others, after the commit.
      if (scope.phase === 'active') this.#greet(entry);
      else this.#newcomers.set(scope, [...(this.#newcomers.get(scope) ?? []), entry]);
    }
  }

  #greet({ scope, fn }: HookEntry<Fn>): void {
    if (this.#current === undefined) return;
    const { namespace } = scope.realm;
    let present: readonly Parameters<Fn>[0][] = [];
    try {
      present = [...this.#current(namespace)];
    } catch (error) {
      report(error, scope, `'current' of ${this.#where}`);
    }
    for (const one of present)
      enter(scope, this.#where, fn as AnyFunction as (one: unknown) => unknown, undefined, [one]);
  }

  /** What is called with one argument, as hooks mostly are, passes it on without a list: the others go a longer way. */
  #caller(rows: Lists<Fn>): (...args: Parameters<Fn>) => void {
    const where = this.#where;
    const callAll = (isTimed: boolean, ...args: Parameters<Fn>): void => {
      if (this.#games.length > 0) this.#callGames(rows, args, isTimed);
      else callRows(rows.all, where, args, isTimed);
    };
    return (...args) => {
      const isTimed = isSampled();
      if (isTimed || args.length !== 1 || this.#games.length > 0) callAll(isTimed, ...args);
      else callEach(rows.all, where, args[0] as never);
    };
  }

  /** The game's own callbacks first. They are nobody's to report: the game called, so the game is told. */
  #callGames(rows: Lists<Fn>, args: Parameters<Fn>, isTimed: boolean): void {
    const errors: unknown[] = [];
    for (const fn of this.#games) {
      try {
        fn(...args);
      } catch (error) {
        errors.push(error);
      }
    }
    callRows(rows.all, this.#where, args, isTimed);
    if (errors.length === 1) throw errors[0];
    if (errors.length > 1) throw new AggregateError(errors, `Callbacks of the game in the ${this.#where} threw.`);
  }

  #count(rows: readonly Row<HookEntry<Fn>>[]): number {
    return rows.reduce((sum, { entries }) => sum + entries.length, this.#games.length);
  }
}

/**
 * The hottest loop of the package. So the running owner is set for each callback and put back once, and the calls that are
 * timed go another way.
 */
function callEach<Fn extends AnyFunction>(rows: readonly Row<HookEntry<Fn>>[], where: string, argument: never): void {
  const before = running.scope;
  for (let r = 0; r < rows.length; r++) {
    const { entries, realm } = rows[r] as Row<HookEntry<Fn>>;
    const { loops } = realm; // not by way of the scope: with many modules it would be another cache line for each
    for (let e = 0; e < entries.length; e++) {
      const entry = entries[e] as HookEntry<Fn>;
      const { fn } = entry; // called as a method it would get the entry as its 'this'
      if (before === undefined) loops.begin();
      running.scope = entry.scope;
      try {
        const result = fn(argument);
        if (result !== undefined && result instanceof Promise) watch(result, entry.scope, where);
      } catch (error) {
        report(error, entry.scope, where);
      }
    }
  }
  running.scope = before;
}

function callRows<Fn extends AnyFunction>(
  rows: readonly Row<HookEntry<Fn>>[],
  where: string,
  args: Parameters<Fn>,
  isTimed: boolean,
): void {
  for (const { entries } of rows) {
    for (const { scope, fn } of entries) {
      enter(scope, where, fn as AnyFunction as (...args: unknown[]) => unknown, undefined, args, isTimed);
    }
  }
}
