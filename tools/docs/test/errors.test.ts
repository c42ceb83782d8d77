import { describe, expect, it } from 'vitest';
import { codesInReference, codesInSources } from '../errors.ts';

describe('the error reference', () => {
  it('lists every code that the packages give, and no other', () => {
    expect([...codesInReference()].sort()).toEqual([...codesInSources()].sort());
  });
});
