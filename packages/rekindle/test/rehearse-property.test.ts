import fc from 'fast-check';
import { createHook, createRegistry } from 'rekindle';
import type { TestHost } from 'rekindle/testing';
import { describe, expect, it } from 'vitest';
import { hostOf, settled } from './stories.ts';

/** What one module says in one release. */
interface Says {
  /** A constant that others read. */
  readonly n: number;
  readonly version: 1 | 2 | 3;
  readonly step: 'copies' | 'keeps objects' | 'writes' | 'throws' | 'returns nothing';
  readonly lacksStep: boolean;
  readonly hasSlot: boolean;
  readonly writesState: boolean;
  readonly throws: boolean;
  readonly awaits: boolean;
  readonly hooks: boolean;
  readonly key: 'x' | 'y' | undefined;
  readonly readsNext: boolean;
}

const NAMES = ['a', 'b', 'c'] as const;
const STEPS = {
  copies: '(old) => ({ ...old, all: old.all.map((it) => Object.assign(new Goblin(), it)) })',
  'keeps objects': '(old) => ({ all: old.all, n: old.n })',
  writes: '(old) => { old.n += 1; return { ...old }; }',
  throws: "() => { throw new Error('step'); }",
  'returns nothing': '() => {}',
};

function textOf(says: Says, index: number): string {
  const name = NAMES[index] as string;
  const next = NAMES[index + 1];
  const step = `{ 2: ${STEPS[says.step]}${says.lacksStep ? '' : `, 3: ${STEPS[says.step]}`} }`;
  const down = '{ 2: (now) => ({ ...now }), 3: (now) => ({ ...now }) }';
  return `
import { state } from 'rekindle/script';
import { note, onTick, set } from '@game';
${says.readsNext && next !== undefined ? `import { n as next } from './${next}.ts'; export const sum = next + 1;` : ''}
export const n = ${says.n};
export class Goblin { hp = ${says.n}; says() { return '${name}${says.n}'; } }
${says.awaits ? 'await null;' : ''}
${
  says.hasSlot
    ? `export const herd = state('herd', () => ({ all: [new Goblin()], n: 0 }), {
  version: ${says.version}, up: ${step}, down: ${down} });`
    : ''
}
${says.hasSlot && says.writesState ? 'herd.n += 100; herd.all.push(new Goblin()); herd.all[0].hp = -1;' : ''}
${says.hooks ? `onTick(() => note('${name}${says.n}'));` : ''}
setInterval(() => note('timer'), 50 + n);
${says.key === undefined ? '' : `set('${says.key}', { of: '${name}', n });`}
${says.throws ? "throw new Error('body');" : ''}
`;
}

const says: fc.Arbitrary<Says> = fc.record({
  n: fc.integer({ min: 0, max: 2 }),
  version: fc.constantFrom(1, 1, 2, 3),
  step: fc.constantFrom('copies', 'copies', 'keeps objects', 'writes', 'throws', 'returns nothing'),
  lacksStep: fc.boolean(),
  hasSlot: fc.integer({ min: 0, max: 5 }).map((at) => at > 0),
  writesState: fc.boolean(),
  throws: fc.integer({ min: 0, max: 9 }).map((at) => at === 0),
  awaits: fc.integer({ min: 0, max: 9 }).map((at) => at === 0),
  hooks: fc.boolean(),
  key: fc.constantFrom(undefined, undefined, 'x', 'y'),
  readsNext: fc.boolean(),
});
const sound: Says = {
  n: 1,
  version: 1,
  step: 'copies',
  lacksStep: false,
  hasSlot: true,
  writesState: false,
  throws: false,
  awaits: false,
  hooks: true,
  key: undefined,
  readsNext: true,
};
const release = fc.array(fc.tuple(fc.nat(2), says), { maxLength: 3 });

interface Exports {
  readonly herd?: { readonly all: readonly { says(): string }[] };
  readonly [name: string]: unknown;
}

function world() {
  const notes: unknown[] = [];
  const hook = createHook<() => void>('tick');
  const registry = createRegistry<object>('things');
  const modules = { '@game': { note: (what: unknown) => notes.push(what), onTick: hook.add, set: registry.set } };
  return { notes, hook, registry, modules };
}

/** All that can be seen from outside: what things are, by identity, and what they hold. */
async function observe(t: TestHost, { notes, hook, registry }: ReturnType<typeof world>) {
  const seen: unknown[] = [t.host.release, t.events.length, JSON.stringify(t.clock.due)];
  for (const { spent: _spent, ...module } of t.host.modules()) seen.push(module);
  for (const name of NAMES) {
    const exports = await t.import<Exports>(`${name}.ts`);
    seen.push(exports, ...Object.entries(exports).flat(), JSON.stringify(exports.herd));
    for (const goblin of exports.herd?.all ?? []) {
      seen.push(goblin, Object.getPrototypeOf(goblin), goblin.says(), JSON.stringify(Object.entries(goblin)));
    }
  }
  notes.length = 0;
  hook.call();
  seen.push(...notes.splice(0));
  for (const key of registry.keys()) seen.push(key, registry.get(key), JSON.stringify(registry.get(key)));
  return seen;
}

describe('a rehearsal', () => {
  it('changes nothing, and tells what the reload comes to', { timeout: 120_000 }, async () => {
    const met = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(release, { minLength: 1, maxLength: 4 }), async (releases) => {
        const game = world();
        const texts = NAMES.map(() => sound);
        const source = () =>
          Object.fromEntries(texts.map((each, index) => [`${NAMES[index]}.ts`, textOf(each, index)]));
        const t = await hostOf(source(), { modules: game.modules, entries: NAMES.map((name) => `${name}.ts`) });
        for (const edits of releases) {
          const before = [...texts];
          for (const [index, each] of edits) texts[index] = each;
          await t.publish(source());
          const was = await observe(t, game);
          const rehearsal = await t.host.rehearse();
          await settled();
          const is = await observe(t, game);
          expect(is.length).toBe(was.length);
          for (const [index, value] of was.entries()) {
            if (!Object.is(is[index], value)) expect(is[index]).toStrictEqual(value);
          }
          t.forget();
          const outcome = await t.host.sync();
          await settled();
          met.set(outcome.status, (met.get(outcome.status) ?? 0) + 1);
          expect(rehearsal.status).toBe(outcome.status);
          const migrated = t.events.flatMap((event) =>
            event.type === 'state:migrated' ? [[event.module, event.slot, event.from, event.to]] : [],
          );
          if (outcome.status === 'committed') {
            expect([rehearsal.evaluated, rehearsal.reasons, rehearsal.modules]).toEqual([
              outcome.evaluated,
              outcome.reasons,
              outcome.modules,
            ]);
            const foreseen = rehearsal.slots.flatMap(({ change, module, name, before: from, after: to }) =>
              change === 'migrated' ? [[module, name, from?.version, to?.version]] : [],
            );
            expect(foreseen).toEqual(migrated);
            met.set('migrated', (met.get('migrated') ?? 0) + migrated.length);
          } else if (outcome.status === 'refused') {
            expect(rehearsal.diagnostics.map(({ code, line, module }) => [code, module, line])).toEqual(
              outcome.diagnostics.map(({ code, line, module }) => [code, module, line]),
            );
            texts.splice(0, texts.length, ...before);
          }
        }
        await t.close();
      }),
      { numRuns: 60 },
    );
    expect([...met.keys()].sort()).toEqual(['committed', 'migrated', 'refused', 'unchanged']);
  });
});
