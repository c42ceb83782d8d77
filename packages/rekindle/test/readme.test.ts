import { expect, it } from 'vitest';
import { runReadmeSample } from '../../../tools/docs/readme-sample.ts';

it('the sample of the README runs', () => {
  expect(runReadmeSample('rekindle')).toBe("1\n11\ncommitted [ 'step.ts' ]\n");
});
