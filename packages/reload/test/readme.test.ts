import { expect, it } from 'vitest';
import { runReadmeSample } from '../../../tools/docs/readme-sample.ts';

it('the sample of the README runs', () => {
  expect(runReadmeSample('reload')).toBe('npc/goblin.ts timer no target\n');
});
