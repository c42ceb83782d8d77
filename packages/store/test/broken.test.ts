import { describe, expect, it } from 'vitest';
import { testStore } from '../src/conformance/index.ts';
import { type BrokenStore, brokenStores } from './broken-stores.ts';

interface Definition {
  readonly name: string;
  readonly body: () => Promise<void>;
}

/** The suite's tests as values. */
async function rulesOf({ fault, open }: BrokenStore): Promise<readonly Definition[]> {
  const rules: Definition[] = [];
  const runner = {
    describe: (_: string, body: () => void) => body(),
    it: (name: string, body: () => Promise<void>) => void rules.push({ name, body }),
    expect,
  };
  await testStore(runner, fault, open, { patience: 20 });
  return rules;
}

async function failing(rules: readonly Definition[]): Promise<string[]> {
  const names: string[] = [];
  for (const { name, body } of rules) {
    try {
      await body();
    } catch {
      names.push(name);
    }
  }
  return names;
}

/** Costly rules, which only their own fault needs to see. */
const COSTLY = ['keeps a text of 15 MB', 'keeps 10,000 modules', 'takes ids of all Unicode'];

describe('the conformance suite finds the fault of a store that', () => {
  for (const broken of brokenStores) {
    it(broken.fault, async () => {
      const rules = await rulesOf(broken);
      const considered = rules.filter(({ name }) => broken.fails.includes(name) || !COSTLY.includes(name));
      expect((await failing(considered)).sort()).toEqual([...broken.fails].sort());
    });
  }

  it('is of every kind: each rule is broken by some store', async () => {
    const broken = new Set(brokenStores.flatMap(({ fails }) => fails));
    const rules = new Set((await Promise.all(brokenStores.map(rulesOf))).flat().map(({ name }) => name));
    expect([...rules].filter((name) => !broken.has(name))).toEqual([]);
  });
});
