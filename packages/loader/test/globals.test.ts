import { afterEach, describe, expect, it } from 'vitest';
import { createGlobals } from '../src/index.ts';

type Globals = Record<string, unknown>;

const host = globalThis as unknown as Globals;

afterEach(() => {
  delete host['loaderTest'];
});

describe('the globals of a namespace', () => {
  it('are those of this Node, each with the value that the host sees', () => {
    const globals = createGlobals() as Globals;
    const different = Object.getOwnPropertyNames(globalThis)
      .filter((name) => !['globalThis', 'global', 'localStorage', 'sessionStorage'].includes(name)) // storage wants a file
      .filter((name) => !Object.is(globals[name], host[name]));
    expect(different).toEqual([]);
    expect((globals['crypto'] as typeof crypto).randomUUID()).toHaveLength(36);
  });

  it('know what the host defines later', () => {
    const globals = createGlobals() as Globals;
    host['loaderTest'] = 1;
    expect(globals['loaderTest']).toBe(1);
    expect('loaderTest' in globals).toBe(true);
  });

  it('keep what is written to them', () => {
    const globals = createGlobals() as Globals;
    const other = createGlobals() as Globals;
    const names = Object.getOwnPropertyNames(globalThis).filter((name) => {
      const { writable, set } = Object.getOwnPropertyDescriptor(globalThis, name) ?? {};
      return writable === true || set !== undefined;
    });
    expect(names).toEqual(expect.arrayContaining(['fetch', 'process', 'Array']));
    const leaked: string[] = [];
    for (const name of names) {
      const before = Object.getOwnPropertyDescriptor(globalThis, name) as PropertyDescriptor;
      globals[name] = 'own';
      const after = Object.getOwnPropertyDescriptor(globalThis, name) as PropertyDescriptor;
      Object.defineProperty(globalThis, name, before); // at once: the runner needs it
      if (globals[name] !== 'own' || after.get !== before.get || after.value !== before.value) leaked.push(name);
      if (Object.hasOwn(other, name) && name !== 'globalThis' && name !== 'global') leaked.push(`${name} of another`);
    }
    expect(leaked).toEqual([]);
    expect(Object.keys(other)).toEqual([]);
  });

  it('have a globalThis of their own, and what they are given', () => {
    const globals = createGlobals({ console: 'own', crypto: 'own' }) as Globals;
    expect([globals['globalThis'], globals['global']]).toEqual([globals, globals]);
    expect([globals['console'], globals['crypto']]).toEqual(['own', 'own']);
    expect(Object.keys(globals)).toEqual([]);
  });
});
