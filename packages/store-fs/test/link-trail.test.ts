import * as fs from 'node:fs';
import { describe, expect, it } from 'vitest';
import { linkTrail } from '../src/link-trail.ts';
import { temporaryFolder } from './temporary-folder.ts';

describe('the trail of a link', () => {
  it('names each link on the way, and the target', async () => {
    const folder = temporaryFolder({ '..v1/goblin.ts': '' });
    fs.symlinkSync('..v1', folder.at('..data'));
    fs.symlinkSync('..data/goblin.ts', folder.at('goblin.ts'));
    const trail = await linkTrail(folder.at('goblin.ts'));
    expect(trail).toEqual(['goblin.ts', '..data', '..v1/goblin.ts'].map(folder.at));
  });

  it('goes up and down, and through absolute links', async () => {
    const folder = temporaryFolder({ 'lib/deep/x.ts': '', 'npc/y.ts': '' });
    fs.symlinkSync(folder.at('lib'), folder.at('npc/lib'));
    fs.symlinkSync('.././npc/lib/deep/../deep/x.ts', folder.at('npc/x.ts'));
    const trail = await linkTrail(folder.at('npc/x.ts'));
    expect(trail).toEqual(['npc/x.ts', 'npc/lib', 'lib/deep/x.ts'].map(folder.at));
  });

  it('ends at a name that does not exist', async () => {
    const folder = temporaryFolder();
    fs.symlinkSync('..data/goblin.ts', folder.at('goblin.ts'));
    expect(await linkTrail(folder.at('goblin.ts'))).toEqual(['goblin.ts', '..data'].map(folder.at));
  });

  it('ends in a circle', async () => {
    const folder = temporaryFolder();
    fs.symlinkSync('b', folder.at('a'));
    fs.symlinkSync('a', folder.at('b'));
    expect(new Set(await linkTrail(folder.at('a')))).toEqual(new Set(['a', 'b'].map(folder.at)));
  });
});
