import { expect, it } from 'vitest';
import { folderStore } from '../src/index.ts';

it('says what to do about a folder that is not there', async () => {
  const store = folderStore('no/such/folder');
  await expect(store.head()).rejects.toMatchObject({ code: 'STORE_NOT_FOUND' });
});
