/**
 * What the stories of this folder share: a host that ends with its test, and outcomes that say what they are.
 *
 * A story is module sources, `t.change({…})`, an outcome, and what the game sees.
 */
import { inspect } from 'node:util';
import type { Committed, Diagnostic, Outcome } from 'rekindle';
import { createTestHost, type TestHost, type TestHostOptions } from 'rekindle/testing';
import { onTestFinished } from 'vitest';

export type Modules = Readonly<Record<string, string>>;

/** Functions that a module exports, by name. */
export type Calls<Names extends string, Result = unknown> = Readonly<Record<Names, (...args: never[]) => Result>>;

/** A host over these modules; closed when the test ends. */
export async function hostOf(modules: Modules, options: TestHostOptions = {}): Promise<TestHost> {
  // a busy machine is no endless loop: tests of the limit set their own
  const t = await createTestHost(modules, { ...options, limits: { activate: 10_000, ...options.limits } });
  onTestFinished(() => t.close());
  return t;
}

/** The outcome as a commit; what else it is fails the test, with the diagnostics. */
export function committed(outcome: Outcome): Committed {
  if (outcome.status === 'committed') return outcome;
  throw new Error(`expected a commit, got ${tell(outcome)}`);
}

/** The diagnostics of a refusal. */
export function refused(outcome: Outcome): readonly Diagnostic[] {
  if (outcome.status === 'refused') return outcome.diagnostics;
  throw new Error(`expected a refusal, got ${tell(outcome)}`);
}

/** What ran, in order. */
export function evaluated(outcome: Outcome): readonly string[] {
  return committed(outcome).evaluated;
}

export function codes(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics.map(({ code }) => code);
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<Error & { readonly code?: string }> {
  const result = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in result) return result.error as Error;
  throw new Error(`expected a rejection, got ${inspect(result.value)}`);
}

/** A promise and its hands. */
export function deferred<Value = void>(): { promise: Promise<Value>; resolve(value: Value): void } {
  let resolve: (value: Value) => void = () => {};
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

/** Lets everything that needs no time run: promises, and what they wake. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function tell(outcome: Outcome): string {
  if (outcome.status !== 'refused') return outcome.status;
  return `refused: ${outcome.diagnostics.map(({ code, message }) => `${code} ${message}`).join('; ')}`;
}
