/**
 * What the suite needs from whoever runs it, and what its rules share. It imports no test runner: the runner comes in.
 */
import type { Changes, Head, Manifest, ModuleId, Store } from '../contract.ts';

/** What the suite uses of a test runner: Vitest and Jest have it as it is. */
export interface Runner {
  /** A group of tests. */
  describe(name: string, body: () => void): void;
  /**
   * One test.
   * @param timeout milliseconds
   */
  it(name: string, body: () => Promise<void>, timeout?: number): void;
  /** An expectation of a value. */
  expect(actual: unknown): Matchers;
}

/** What the suite asks of an expectation; Vitest, Jest and others have it. */
export interface Matchers {
  /** Fails unless the value is the same. */
  toBe(expected: unknown): void;
  /** Fails unless the value is equal in depth. */
  toEqual(expected: unknown): void;
}

/** One fresh store, which shares nothing with any other. It holds nothing yet. */
export interface StoreFixture {
  readonly store: Store;
  /**
   * Changes what the store shows from outside. Needed where the store does not publish, and only there.
   */
  readonly write?: (changes: Changes) => Promise<void>;
  /** Another store on the same content, as another process would open it. Absent where there can be none. */
  readonly again?: () => Promise<Store>;
  /** Removes what the fixture made. The suite has disposed of the stores before. */
  readonly close?: () => Promise<void>;
}

/** Makes a fresh, isolated store for one test. */
export type OpenFixture = () => StoreFixture | Promise<StoreFixture>;

/** What the suite may take for granted of a store. */
export interface ConformanceOptions {
  /** Milliseconds that a wake may take before its rule fails. @default 10_000 */
  readonly patience?: number;
  /** Milliseconds that one rule may take in all: the largest write 10,000 modules. @default 120_000 */
  readonly timeout?: number;
}

/** What a rule has in its hands. */
export class Subject {
  readonly store: Store;
  readonly patience: number;
  readonly #fixture: StoreFixture;
  readonly #others: Store[] = [];

  constructor(fixture: StoreFixture, patience: number) {
    this.#fixture = fixture;
    this.store = fixture.store;
    this.patience = patience;
  }

  /** Whether a second store on the same content can be had. */
  get shared(): boolean {
    return this.#fixture.again !== undefined;
  }

  /** A second store on the same content, or the same one where there can be none. */
  async other(): Promise<Store> {
    if (!this.#fixture.again) return this.store;
    const other = await this.#fixture.again();
    this.#others.push(other);
    return other;
  }

  /** Makes the store show something, by its own means or from outside. */
  async write(changes: Record<ModuleId, string | null>): Promise<void> {
    await this.writeUnasked(changes);
    await this.ask(this.store, Object.keys(changes));
  }

  /** The same, without asking a source that cannot list for it. */
  async writeUnasked(changes: Record<ModuleId, string | null>): Promise<void> {
    const map = new Map(Object.entries(changes));
    if (this.store.capabilities.publish) {
      await this.store.publish(map, { expected: (await this.store.head())?.number ?? 0 });
    } else if (this.#fixture.write) {
      await this.#fixture.write(map);
    } else {
      throw new Error('A store that does not publish needs `write` in its fixture, or its rules could not be tested.');
    }
  }

  /** A source that cannot list shows what it was asked for. */
  async ask(store: Store, ids: Iterable<ModuleId>): Promise<void> {
    if (store.find) for (const id of ids) await store.find(id.normalize('NFC'));
  }

  /** The head, which there has to be, with its manifest. */
  async state(store: Store = this.store): Promise<{ readonly head: Head; readonly manifest: Manifest }> {
    const head = await store.head();
    if (!head) throw new Error('The store has content and no head.');
    return { head, manifest: await store.manifest(head.hash) };
  }

  /** Every text that the head shows, by id. */
  async texts(store: Store = this.store): Promise<Record<ModuleId, string>> {
    const { manifest } = await this.state(store);
    const texts: Record<ModuleId, string> = {};
    for (const [id, revision] of manifest) texts[id] = await store.read(id, revision);
    return texts;
  }

  async close(): Promise<void> {
    // Whether a store can be disposed of like this is a rule of its own; the others do not fail for it.
    for (const store of [this.store, ...this.#others]) await rejectionOf(store[Symbol.asyncDispose]());
    await this.#fixture.close?.();
  }
}

export interface Rule {
  readonly name: string;
  /** Whether it holds for such a store. */
  readonly when?: (store: Store) => boolean;
  readonly check: (subject: Subject, expect: Runner['expect']) => Promise<void>;
}

/** The code with which a promise rejects; `undefined` where it has none, or the promise resolves. */
export async function codeOf(promise: PromiseLike<unknown>): Promise<unknown> {
  const error = await rejectionOf(promise);
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** What a promise rejects with; `undefined` where it resolves. */
export async function rejectionOf(promise: PromiseLike<unknown>): Promise<unknown> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Counts wakes, and waits for the next. */
export class WakeCounter {
  count = 0;
  #waiting: (() => void) | undefined;
  readonly #patience: number;

  constructor(patience: number) {
    this.#patience = patience;
  }

  readonly wake = (): void => {
    this.count += 1;
    this.#waiting?.();
  };

  /** Resolves when `condition` holds, looked at with every wake; rejects when patience ends. */
  async until(what: string, condition: () => Promise<boolean> | boolean): Promise<void> {
    const deadline = Date.now() + this.#patience;
    for (let seen = this.count; ; seen = this.count) {
      if (await condition()) return;
      if (this.count === seen && !(await this.#next(deadline - Date.now()))) {
        throw new Error(`Waited ${this.#patience} ms in vain for a wake: ${what}.`);
      }
    }
  }

  async #next(wait: number): Promise<boolean> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      return await new Promise<boolean>((resolve) => {
        this.#waiting = () => resolve(true);
        timer = setTimeout(() => resolve(false), Math.max(0, wait));
      });
    } finally {
      clearTimeout(timer);
      this.#waiting = undefined;
    }
  }
}
