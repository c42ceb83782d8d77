import { expect, it } from 'vitest';
import { runReadmeSample } from '../../../tools/docs/readme-sample.ts';

it('the sample of the README runs', () => {
  expect(runReadmeSample('loader')).toBe('6\n');
});
