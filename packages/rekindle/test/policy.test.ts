import { createHost, defineStore, type Policy } from 'rekindle';
import { describe, expect, it, onTestFinished } from 'vitest';
import { rejection } from './stories.ts';

/** What `r` of a script is whose store has this policy. */
async function resultOf(source: string, policy: Policy): Promise<unknown> {
  const store = defineStore({ name: 'the database', read: (id) => (id === 'main.ts' ? source : undefined) });
  const host = createHost({ stores: [{ store, policy }], cache: false });
  onTestFinished(() => host.close());
  return ((await host.import('main.ts')) as { r: unknown }).r;
}

/** A refusal that names rule and store. */
async function expectRefusal(result: Promise<unknown>, name: string): Promise<void> {
  const error = await rejection(result);
  expect(error.cause).toMatchObject({ code: 'POLICY_GLOBAL' });
  expect(error.message).toContain(`'main.ts' may not use '${name}': the policy of the database hides it.`);
  expect(error.message).toContain('`policy.globals`');
}

describe('a global that a policy hides', () => {
  it.each([
    ['typeof process', 'undefined'],
    ['typeof navigator', 'undefined'],
    ["'process' in globalThis", false],
    ["Object.hasOwn(globalThis, 'process')", false],
    ["Object.keys(globalThis).includes('process')", false],
    ["Object.getOwnPropertyNames(globalThis).includes('process')", false],
    ["typeof process === 'undefined' ? 'a browser' : process.version", 'a browser'],
    ["typeof fetch === 'function'", true],
  ])('is not there for who asks: %s', async (expression, expected) => {
    const policy = { globals: { process: false, navigator: false, fetch: true } };
    expect(await resultOf(`export const r = ${expression};`, policy)).toBe(expected);
  });

  it.each([
    'export const r = process;',
    'export const r = process.env.HOME;',
    'export const r = globalThis.process;',
    'export const { process: r } = globalThis;',
    "export const r = Reflect.get(globalThis, 'process');",
    'process = {}; export const r = 1;',
    'globalThis.process = {}; export const r = 1;',
    '[process] = [{}]; export const r = 1;',
  ])('is refused to who uses it, with the rule and the store: %s', async (source) => {
    const { process } = globalThis;
    await expectRefusal(resultOf(source, { globals: { process: false } }), 'process');
    expect(globalThis.process).toBe(process);
  });

  it('is not changed for the game by a script that assigns it', async () => {
    const world = globalThis as { gameWorld?: unknown };
    world.gameWorld = 'the game';
    onTestFinished(() => void delete world.gameWorld);
    const policy = { globals: { gameWorld: false } };
    const error = await rejection(resultOf('gameWorld = 1; export const r = 1;', policy));
    expect(error.cause).toMatchObject({ name: 'ReferenceError', message: 'gameWorld is not defined' });
    expect(world.gameWorld).toBe('the game');
    await expectRefusal(resultOf('export const r = gameWorld;', policy), 'gameWorld');
  });

  it('is there for the scripts of another store', async () => {
    expect(await resultOf('export const r = typeof process;', {})).toBe('object');
  });

  it('cannot be one that Rekindle does not hand out', () => {
    const store = defineStore({ read: () => undefined });
    for (const name of ['eval', 'Function', 'setTimeout', 'globalThis']) {
      expect(() => createHost({ stores: [{ store, policy: { globals: { [name]: false } } }] })).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(`'${name}'`) }),
      );
    }
  });
});
