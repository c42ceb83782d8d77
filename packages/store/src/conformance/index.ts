/**
 * The rules of the store contract as tests, for every adapter: ours, and yours.
 *
 * The suite reads what a store declares and tests that, all of it: an adapter cannot switch rules off, and a capability
 * that the suite has no rules for fails. It imports no test runner.
 */
import type { Store } from '../contract.ts';
import { artifactRules } from './artifact-rules.ts';
import { commitRules } from './commit-rules.ts';
import { contentRules } from './content-rules.ts';
import { findRules } from './find-rules.ts';
import { type ConformanceOptions, type OpenFixture, type Rule, type Runner, Subject } from './fixture.ts';
import { channelRules, historyRules } from './history-rules.ts';
import { hostRules } from './host-rules.ts';
import { lifeRules } from './life-rules.ts';
import { publishRules, readOnlyRules } from './publish-rules.ts';
import { unwatchedRules, watchRules } from './watch-rules.ts';

export type { ConformanceOptions, Matchers, OpenFixture, Runner, StoreFixture } from './fixture.ts';

/** The capabilities that have rules. */
const KNOWN = ['publish', 'watch', 'history', 'channels', 'hosts', 'artifacts'];

const groups: readonly {
  readonly name: string;
  readonly when: (store: Store) => boolean;
  readonly rules: readonly Rule[];
}[] = [
  { name: 'content', when: () => true, rules: contentRules },
  { name: 'life', when: () => true, rules: lifeRules },
  { name: 'publish', when: (store) => store.capabilities.publish, rules: publishRules },
  { name: 'read-only', when: (store) => !store.capabilities.publish, rules: readOnlyRules },
  { name: 'watch', when: (store) => store.capabilities.watch, rules: watchRules },
  { name: 'no watch', when: (store) => !store.capabilities.watch, rules: unwatchedRules },
  { name: 'history', when: (store) => store.capabilities.history === true, rules: historyRules },
  { name: 'channels', when: (store) => store.capabilities.channels === true, rules: channelRules },
  { name: 'hosts', when: (store) => store.capabilities.hosts === true, rules: hostRules },
  { name: 'artifacts', when: (store) => store.capabilities.artifacts === true, rules: artifactRules },
  { name: 'committed', when: (store) => store.committed !== undefined, rules: commitRules },
  { name: 'find', when: (store) => store.find !== undefined, rules: findRules },
];

/**
 * Defines the tests of a store with a test runner.
 *
 * @param runner `describe`, `it` and `expect` of Vitest or Jest
 * @param name of the store, for the report
 * @param open gives a fresh fixture: once for each test, and once beforehand to read what the store declares
 * @example
 * import { memoryStore } from '@rekindle/store';
 * import { testStore } from '@rekindle/store/conformance';
 * import { describe, expect, it } from 'vitest';
 *
 * await testStore({ describe, it, expect }, 'memory store', () => ({ store: memoryStore() }));
 */
export async function testStore(
  runner: Runner,
  name: string,
  open: OpenFixture,
  options: ConformanceOptions = {},
): Promise<void> {
  const { patience = 10_000, timeout = 120_000 } = options;
  const declared = new Subject(await open(), patience);
  await declared.close();
  const { store } = declared;
  runner.describe(name, () => {
    runner.it('declares no capability that has no rules', async () => {
      runner.expect(Object.keys(store.capabilities).filter((key) => !KNOWN.includes(key))).toEqual([]);
    });
    for (const group of groups) {
      if (!group.when(store)) continue;
      runner.describe(group.name, () => {
        for (const rule of group.rules) {
          if (rule.when && !rule.when(store)) continue;
          runner.it(rule.name, () => follow(rule, open, patience, runner.expect), timeout);
        }
      });
    }
  });
}

async function follow(rule: Rule, open: OpenFixture, patience: number, expect: Runner['expect']): Promise<void> {
  const subject = new Subject(await open(), patience);
  try {
    await rule.check(subject, expect);
  } finally {
    await subject.close();
  }
}
