import { afterEach, beforeEach, expect, it, type MockInstance, vi } from 'vitest';
import { Checks } from '../checks.ts';

let out: MockInstance<typeof console.log>;
let err: MockInstance<typeof console.error>;

beforeEach(() => {
  out = vi.spyOn(console, 'log').mockReturnValue();
  err = vi.spyOn(console, 'error').mockReturnValue();
});

afterEach(() => vi.restoreAllMocks());

it('counts claims and prints each with what was found', () => {
  const checks = new Checks();
  expect(checks.that('the sky is blue', true)).toBe(true);
  expect(checks.that('the sea is red', false, 'blue')).toBe(false);
  expect(checks).toMatchObject({ passed: 1, failed: 1 });
  expect(out.mock.calls.flat()).toEqual(['  ok     the sky is blue', '  FAILED the sea is red   blue']);
});

it('keeps what was counted when a step throws, and shows the error', async () => {
  const wrong = new Error('no arena');
  const checks = new Checks();
  await checks.during(async () => {
    checks.that('it begins', true);
    throw wrong;
  });
  expect(checks).toMatchObject({ passed: 1, failed: 1 });
  expect(err.mock.calls).toEqual([[wrong]]);
});
