import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readPackages, root } from '../../deps/workspace.ts';

it('every package has the licence in its folder, from where npm packs it', async () => {
  const licence = readFileSync(join(root, 'LICENSE'), 'utf8');
  for (const { folder } of await readPackages()) {
    expect(readFileSync(join(root, 'packages', folder, 'LICENSE'), 'utf8'), folder).toBe(licence);
  }
});
