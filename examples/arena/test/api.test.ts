import { readFile } from 'node:fs/promises';
import { expect, expectTypeOf, test } from 'vitest';
import { type ArenaApi, arenaApi } from '../src/api.ts';
import { Bus } from '../src/bus.ts';
import { World } from '../src/world.ts';
import type * as declared from '../types/arena-api.d.ts';
import { plainHooks } from './support/plain-hooks.ts';

test('what scripts may import is what is declared', async () => {
  const hooks = plainHooks();
  const bus = new Bus();
  const given = Object.keys(arenaApi(new World({ hooks, bus }), hooks, bus)).sort();
  const declarations = await readFile(new URL('../types/arena-api.d.ts', import.meta.url), 'utf8');
  const names = [...declarations.matchAll(/export declare const (\w+)/g)].map(([, name]) => name).sort();
  expect(names).toEqual(given);
});

test('and has the same types', () => {
  expectTypeOf<Pick<typeof declared, keyof ArenaApi>>().toEqualTypeOf<ArenaApi>();
});
