import { createHost, defineStore, memoryStore } from 'rekindle';
import { describe, expect, it } from 'vitest';

describe('a store that cannot list its modules, in front of one that can', () => {
  it('is asked for every module first', async () => {
    const hotfixes = defineStore({ read: async (id) => (id === 'price.ts' ? 'export const price = 6;' : undefined) });
    const base = memoryStore({
      modules: { 'shop.ts': "export { price } from './price.ts';", 'price.ts': 'export const price = 5;' },
    });
    await using host = createHost({ stores: [hotfixes, base], cache: false });

    const shop = (await host.import('shop.ts')) as { price: number };

    expect(shop.price).toBe(6);
  });
});
