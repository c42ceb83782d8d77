/**
 * The facts that decide which modules a change makes run again, gathered during the walk of the rewrite.
 *
 * The walk is at every moment in one *statement* of the module's top level, and either in code that the statement
 * executes or in code that it only stores (*deferred*), which belongs to a *region*. What a statement mentions it
 * observes; where it may run code, it may run all that it mentions. What deferred code mentions belongs to its region.
 * In doubt, code counts as executed: a module then runs once too often, never once too seldom.
 */

import type { Callback, Facts, Mention } from '../artifact.ts';

export interface TopStatement {
  /** The one binding whose value this statement is. */
  readonly own: string | null;
  /** The bindings of a destructuring. */
  readonly also: string[];
  /** It may run code that it mentions. */
  runsCode: boolean;
  /** `this` of a static member: the statement mentions its own binding. */
  mentionsOwn: boolean;
  readonly mentions: Mention[];
  /** What it gives away as it is, to be called later: its value is observed, and its code does not run with the statement. */
  readonly passes: Mention[];
  /** The callbacks that it gives away. */
  readonly regions: string[];
}

/** Where a reference stands. */
export interface Whereabouts {
  readonly region: string | null;
  readonly deferred: boolean;
  readonly statement: TopStatement | null;
  /** The callback as which it is given away. */
  readonly passed: string | null;
}

export class MentionGraph {
  /** The binding or callback whose stored code we are in, or would be in. */
  region: string | null = null;
  /** In code that is only stored. */
  deferred = false;
  /** The expression that we are at is stored as it is into `region`. */
  stored = false;
  statement: TopStatement | null = null;

  readonly #statements: TopStatement[] = [];
  readonly #mentions = new Map<string, Set<Mention>>();
  #regions = 0;
  readonly #callbacks: Omit<Callback, 'mark'>[] = [];
  readonly #marked = new Set<string>();
  readonly #globals = new Set<string>();
  readonly #assigned = new Set<string>();
  /** Statements whose reading as inert, or as deferring, stands on a global name that the module must not declare. */
  readonly #assumptions: { readonly name: string; readonly statement: TopStatement }[] = [];
  #unbounded = false;
  /** Regions in whose stored code `import()` stands; null for code that the top level executes. */
  readonly #importing = new Set<string | null>();

  begin(own: string | null): void {
    this.statement = { own, also: [], runsCode: false, mentionsOwn: false, mentions: [], passes: [], regions: [] };
    this.#statements.push(this.statement);
    this.region = own;
    this.deferred = false;
    this.stored = own !== null;
  }

  /** Something here may call code: a call, a getter, a conversion. */
  mayRun(): void {
    if (this.deferred || this.statement === null) return;
    this.statement.runsCode = true;
    this.#unbounded = true;
  }

  /** `import()`. @param isKept whether the code around it may keep what it gives without mentioning anything */
  imports(isKept: boolean): void {
    this.#importing.add(this.deferred && !isKept ? this.region : null);
  }

  /** A loop: it runs no other code by itself, but may not end. */
  mayLoop(): void {
    if (!this.deferred) this.#unbounded = true;
  }

  /** What was taken for inert is so only if `name` is the global. */
  assumeGlobal(name: string): void {
    if (!this.deferred && this.statement !== null) this.#assumptions.push({ name, statement: this.statement });
  }

  /** Withdraws what stood on global names that the module declares after all. */
  withdrawAssumptions(declared: ReadonlySet<string>): void {
    if (declared.size === 0) return;
    for (const { name, statement } of this.#assumptions) {
      if (!declared.has(name)) continue;
      statement.runsCode = true;
      statement.mentionsOwn = true;
      this.#unbounded = true;
      for (const region of statement.regions) statement.mentions.push(...(this.#mentions.get(region) ?? []));
    }
  }

  /** Code of a function: deferred where it is stored, else it counts as executed. */
  functionCode(walkBody: () => void): void {
    const { deferred, stored } = this;
    if (!deferred) {
      if (stored) this.deferred = true;
      else this.mayRun();
    }
    this.stored = false;
    walkBody();
    this.deferred = deferred;
    this.stored = stored;
  }

  /** A value that is not stored as it is: an operand, an argument. */
  operand(walk: () => void): void {
    const { stored } = this;
    this.stored = false;
    walk();
    this.stored = stored;
  }

  /** An argument of a call whose functions may run later. */
  callback(importEntry: number | null, walk: () => void, put?: (mark: string) => void): void {
    const region = this.#give(importEntry);
    const { region: outer, stored } = this;
    this.region = region;
    this.stored = true;
    walk();
    this.region = outer;
    this.stored = stored;
    if (put !== undefined) put(this.mark(region));
  }

  /** An argument of such a call that is a name: the callback as which its value is given away. */
  passed(importEntry: number | null): string {
    return this.#give(importEntry);
  }

  /** What the function of a callback has in its text from now on, so that it can be told from the others. */
  mark(region: string): string {
    this.#marked.add(region);
    return markOf(region);
  }

  #give(importEntry: number | null): string {
    const region = `arg@${this.#regions}`; // not its place: an edit of comments moves that
    this.#regions += 1;
    this.#callbacks.push({ import: importEntry, region });
    this.statement?.regions.push(region);
    return region;
  }

  mention(target: Mention, at: Whereabouts): void {
    if (at.passed !== null) {
      this.#add(at.passed, target);
      at.statement?.passes.push(target);
    } else if (at.deferred) {
      if (at.region !== null) this.#add(at.region, target);
    } else at.statement?.mentions.push(target);
  }

  /** A write to `binding`: from now on its value may be code of the place that writes it. */
  written(binding: string, at: Whereabouts): void {
    if (at.deferred) {
      if (at.region !== null && at.region !== binding) this.#add(binding, at.region);
    } else if (at.statement !== null) {
      const { own, also } = at.statement;
      if (own === null) also.push(binding);
      else if (own !== binding) this.#add(binding, own);
    }
  }

  global(name: string): void {
    this.#globals.add(name);
  }

  assigned(name: string): void {
    this.#assigned.add(name);
  }

  /** @param functions names of top-level bindings that are functions */
  facts(functions: { has(name: string): boolean }): Facts {
    const observes = new Set<Mention>();
    const runs = new Set<Mention>();
    for (const statement of this.#statements) {
      if (statement.mentionsOwn && statement.own !== null) statement.mentions.push(statement.own);
      const bindings = statement.own === null ? statement.also : [statement.own];
      for (const target of statement.mentions) {
        observes.add(target);
        if (statement.runsCode) runs.add(target);
        for (const binding of bindings) if (binding !== target) this.#add(binding, target);
      }
      for (const target of statement.passes) {
        observes.add(target);
        for (const binding of bindings) if (binding !== target) this.#add(binding, target);
      }
    }
    // fromEntries, because a binding may be called `__proto__`
    const mentions = Object.fromEntries([...this.#mentions].map(([region, targets]) => [region, [...targets]]));
    return {
      observes: [...observes],
      runs: [...runs],
      mentions,
      callbacks: this.#callbacks.map((callback) =>
        this.#marked.has(callback.region) ? { ...callback, mark: markOf(callback.region) } : callback,
      ),
      globals: [...this.#globals],
      assigned: [...this.#assigned],
      unbounded: this.#unbounded,
      passesImports: this.#passesImports(observes, functions),
    };
  }

  #passesImports(observes: ReadonlySet<Mention>, functions: { has(name: string): boolean }): boolean {
    const mentioned = new Set([...observes, ...[...this.#mentions.values()].flatMap((targets) => [...targets])]);
    const passes = (region: string | null) =>
      region !== null && functions.has(region) && !this.#mentions.has(region) && !mentioned.has(region);
    return this.#importing.size > 0 && [...this.#importing].every(passes);
  }

  #add(region: string, target: Mention): void {
    const targets = this.#mentions.get(region);
    if (targets === undefined) this.#mentions.set(region, new Set([target]));
    else targets.add(target);
  }
}

function markOf(region: string): string {
  return `/*${region}*/`;
}
