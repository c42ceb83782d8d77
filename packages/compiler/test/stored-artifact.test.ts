import { describe, expect, it } from 'vitest';
import { artifactKey, compile, sealArtifact, unsealArtifact } from '../src/index.ts';
import { toolchain } from '../src/toolchain.ts';

const options = { id: 'npc/goblin.ts' };
const revision = 'ab'.repeat(32);
const key = artifactKey(revision, options);

function goblin() {
  const result = compile('export const cry: string = "\u{1F409} grr";', options);
  if (!result.ok) throw new Error('does not compile');
  return result.artifact;
}

describe('a stored artifact', () => {
  it('comes back as it was', () => {
    expect(unsealArtifact(key, options.id, sealArtifact(key, goblin()))).toEqual(goblin());
  });

  it('has nothing that stands at its place in a larger buffer', () => {
    const sealed = sealArtifact(key, goblin());
    const large = Buffer.concat([Buffer.from('before'), sealed, Buffer.from('behind')]);
    expect(unsealArtifact(key, options.id, large.subarray(6, 6 + sealed.length))).toEqual(goblin());
  });

  it('is none where any byte of it was damaged, or it was cut', () => {
    const sealed = sealArtifact(key, goblin());
    for (let at = 0; at < sealed.length; at += 7) {
      const damaged = Uint8Array.from(sealed);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      expect(unsealArtifact(key, options.id, damaged)).toBe(undefined);
      expect(unsealArtifact(key, options.id, sealed.subarray(0, at))).toBe(undefined);
    }
  });

  it('is none under another key, or of another module', () => {
    const other = artifactKey('cd'.repeat(32), options);
    expect(unsealArtifact(other, options.id, sealArtifact(key, goblin()))).toBe(undefined);
    expect(unsealArtifact(key, 'npc/orc.ts', sealArtifact(key, goblin()))).toBe(undefined);
  });

  it('has a key of its own for each text, module, option and compiler, and one for all platforms', () => {
    const tools = toolchain();
    const keys = [
      key,
      artifactKey('cd'.repeat(32), options),
      artifactKey(revision, { id: 'npc/orc.ts' }),
      artifactKey(revision, { ...options, limits: { nesting: 5 } }),
      artifactKey(revision, { ...options, tsconfig: { experimentalDecorators: true } }),
      artifactKey(revision, options, { ...tools, compiler: '9.9.9' }),
      artifactKey(revision, options, { ...tools, swc: '9.9.9' }),
      artifactKey(revision, options, { ...tools, abi: tools.abi + 1 }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(artifactKey(revision, options, { ...tools, platform: 'aix', arch: 'mips', node: 'v1' })).toBe(key);
  });
});
