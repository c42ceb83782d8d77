/** Tests as a script author writes them for `node:test`: of a script that is imported without a host, and of one in a test host. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effect, live, reason, type Schedule, schedule, signal, state, task } from 'rekindle/script';
import { createTestHost } from 'rekindle/testing';

test('everything just happens once', async () => {
  const seen: string[] = [];
  const slot = state('slot', () => new Map([[1, 'snag']]), { from: 'npc/orc.ts#orcs' });
  effect(() => {
    seen.push('effect');
    return () => seen.push('never');
  });
  const running = new Promise<void>((resolve) => {
    task('task', async ({ sleep }) => {
      await sleep(1);
      seen.push('task');
      resolve();
    });
  });
  await running;
  await new Promise<void>((resolve) => {
    const waits: Schedule<readonly [string]> = schedule('schedule', (what) => {
      seen.push(what);
      resolve();
    });
    waits.after(1, 'schedule');
  });
  assert.deepEqual(seen, ['effect', 'task', 'schedule']);
  assert.deepEqual([slot.get(1), live(() => 5)(), reason, signal.aborted], ['snag', 5, 'boot', false]);
});

test('a test host keeps state over an edit', async () => {
  const text = (n: number) =>
    `import { state } from 'rekindle/script'; export const slot = state('slot', () => ({ gold: 3 })); export const n = ${n};`;
  await using t = await createTestHost({ 'main.ts': text(1) }, { entries: ['main.ts'] });
  const main = await t.import<{ readonly slot: object; readonly n: number }>('main.ts');
  const { slot } = main;
  assert.equal((await t.change({ 'main.ts': text(2) })).status, 'committed');
  assert.equal(main.n, 2);
  assert.equal(main.slot, slot);
});
