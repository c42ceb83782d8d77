import { expect, it } from 'vitest';
import { committed, hostOf } from './stories.ts';

it('Infinity is no limit: bodies run, and await as long as they like', async () => {
  const limits = { loop: Infinity, activate: Infinity, prepare: Infinity };
  const text = (n: number) => `
    const twice = [1].map((n) => n * 2);
    await new Promise((resolve) => setTimeout(resolve, 5));
    export const n = twice.length * ${n};
  `;
  const modules = { 'plain.ts': 'export const plain = [3].map(String).join();', 'main.ts': text(1) };
  const t = await hostOf(modules, { limits });
  const plain = await t.import<{ plain: string }>('plain.ts');
  const importing = t.import<{ n: number }>('main.ts');
  await passing(importing, t.clock);
  const main = await importing;
  const changing = t.change({ 'plain.ts': 'export const plain = [4].map(String).join();', 'main.ts': text(2) });
  await passing(changing, t.clock);
  committed(await changing);
  expect([plain.plain, main.n]).toEqual(['4', 2]);
});

/** Lets virtual time pass until something has settled. */
async function passing(what: Promise<unknown>, clock: { advance(ms: number): Promise<void> }): Promise<void> {
  let settled = false;
  const done = () => {
    settled = true;
  };
  what.then(done, done);
  while (!settled) {
    await clock.advance(1);
    await new Promise(setImmediate);
  }
}
