import { describe, expect, it } from 'vitest';
import { prove } from '../../../tools/prove/model.ts';

describe('the transaction, against a model', () => {
  it('commits what a fresh start gives, and changes nothing when it refuses', async () => {
    const { passed, failed } = await prove({ ops: 2_000, seed: 20_261_125, workers: 1 });
    expect(failed).toBe(0);
    expect(passed).toBeGreaterThanOrEqual(2_000);
  }, 600_000);
});
