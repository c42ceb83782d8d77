import { describe, expect, it } from 'vitest';
import { isStoreError, StoreConflictError, StoreError, unreachable } from '../src/index.ts';

describe('an error of a store', () => {
  it('is known by its code, also when it comes from another copy of this package', () => {
    const foreign = Object.assign(new Error('gone'), { code: 'STORE_RELEASE_GONE' });
    expect(isStoreError(foreign)).toBe(true);
    expect(isStoreError(foreign, 'STORE_RELEASE_GONE')).toBe(true);
    expect(isStoreError(foreign, 'STORE_CONFLICT')).toBe(false);
    expect(isStoreError(Object.assign(new Error('no'), { code: 'ENOENT' }))).toBe(false);
    expect(isStoreError({ code: 'STORE_CONFLICT' })).toBe(false);
    expect(isStoreError(new StoreError('STORE_DISPOSED', 'x'), 'STORE_DISPOSED')).toBe(true);
  });

  it('keeps its cause and says what failed', () => {
    const cause = new Error('ECONNRESET');
    const error = unreachable("folder 'scripts'", 'reading', cause);
    expect(error.cause).toBe(cause);
    expect(error.message).toBe("Folder 'scripts': reading failed: ECONNRESET");
    expect(unreachable('store', 'reading', 'text').message).toContain('text');
  });

  it('of a conflict tells what to do', () => {
    const release = { number: 11, hash: '', parent: 10, author: '', message: '', time: 0 };
    expect(new StoreConflictError('live', 0, release, undefined).message).toBe(
      'These changes were made on an empty store, but live is at release 11. ' +
        'Bring the changes onto release 11 and publish again.',
    );
  });
});
