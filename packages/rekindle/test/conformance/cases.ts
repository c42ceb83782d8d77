/**
 * What the conformance tests share: rules of ECMA-262 as rows of a table, run through a host as a game would.
 *
 * A row is the text of `main.js`, or of several modules, and what becomes of it. `log` is a host module with one
 * function `log`, for rules about order.
 */
import { ScriptLoadError } from 'rekindle';
import { createTestHost, type TestHost, type TestHostOptions } from 'rekindle/testing';
import { expect, it, onTestFinished } from 'vitest';

export type Modules = Readonly<Record<string, string>>;

interface Rule {
  readonly rule: string;
  /** The text of `main.js`, or all modules by id. */
  readonly of: string | Modules;
}

export interface Gives extends Rule {
  /** The export `result` of `main.js`, awaited; a function is called first. */
  readonly gives: unknown;
}

export interface Logs extends Rule {
  /** What the modules log while `main.js` is imported, in order. */
  readonly logs: readonly unknown[];
}

export interface Refused extends Rule {
  /** Code of the diagnostic. */
  readonly code: string;
  /** Module in which the fault stands. */
  readonly in?: string;
}

/** Importing `main.js` succeeds, and its `result` is as it should be. */
export function rulesOfValues(rows: readonly Gives[]): void {
  it.each(rows)('$rule', async ({ of, gives }) => {
    const { t } = await world(of);
    const { result } = await t.import<{ result: unknown }>('main.js');
    expect(await (typeof result === 'function' ? result() : result)).toEqual(gives);
  });
}

export function rulesOfOrder(rows: readonly Logs[]): void {
  it.each(rows)('$rule', async ({ of, logs }) => {
    const { t, logged } = await world(of);
    await t.import('main.js');
    expect(logged).toEqual(logs);
  });
}

/** Importing `main.js` is a SyntaxError before any module runs. */
export function rulesOfSyntax(rows: readonly Refused[]): void {
  it.each(rows)('$rule', async ({ of, code, in: place = 'main.js' }) => {
    const { t, logged } = await world(of);
    const error = await t.import('main.js').then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof ScriptLoadError)) throw new Error(`it loaded, or threw ${String(error)}`);
    expect(error.code).toBe(code);
    expect(error.diagnostics[0]?.module).toBe(place);
    expect(error.cause).toBeInstanceOf(SyntaxError);
    expect(logged).toEqual([]);
    expect(t.host.modules()).toEqual([]);
  });
}

/** A host over these modules, and what they log. */
export async function world(
  of: string | Modules,
  options: TestHostOptions = {},
): Promise<{ readonly t: TestHost; readonly logged: unknown[] }> {
  const logged: unknown[] = [];
  const modules = { ...options.modules, log: { log: (what: unknown) => void logged.push(what) } };
  const t = await createTestHost(typeof of === 'string' ? { 'main.js': of } : of, { ...options, modules });
  onTestFinished(() => t.close());
  return { t, logged };
}
