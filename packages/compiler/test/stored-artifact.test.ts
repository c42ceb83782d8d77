import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ArtifactReader, artifactKey, compile, instantiate, sealArtifact } from '../src/index.ts';
import { toolchain } from '../src/toolchain.ts';

const options = { id: 'npc/goblin.ts' };
const revision = 'ab'.repeat(32);
const key = artifactKey(revision, options);

function goblin() {
  const result = compile('export const cry = (): string => "\u{1F409} grr";', options);
  if (!result.ok) throw new Error('does not compile');
  return result.artifact;
}

/** What a publisher with another Node would have sealed. */
function ofAnotherEngine(sealed: Uint8Array): Uint8Array {
  const bytes = Buffer.from(sealed);
  bytes.fill(7, 64, 96);
  hash('sha256', bytes.subarray(32), 'buffer').copy(bytes);
  return bytes;
}

describe('a stored artifact', () => {
  it('comes back as it was', () => {
    expect(new ArtifactReader().open(key, options.id, sealArtifact(key, goblin()))?.artifact).toEqual(goblin());
  });

  it('has nothing that stands at its place in a larger buffer', () => {
    const sealed = sealArtifact(key, goblin());
    const large = Buffer.concat([Buffer.from('before'), sealed, Buffer.from('behind')]);
    expect(new ArtifactReader().open(key, options.id, large.subarray(6, 6 + sealed.length))?.artifact).toEqual(
      goblin(),
    );
  });

  it('is none where any byte of it was damaged, or it was cut', () => {
    const sealed = sealArtifact(key, goblin());
    for (let at = 0; at < sealed.length; at += 7) {
      const damaged = Uint8Array.from(sealed);
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      expect(new ArtifactReader().open(key, options.id, damaged)).toBe(undefined);
      expect(new ArtifactReader().open(key, options.id, sealed.subarray(0, at))).toBe(undefined);
    }
  });

  it('is none under another key, or of another module', () => {
    const other = artifactKey('cd'.repeat(32), options);
    expect(new ArtifactReader().open(other, options.id, sealArtifact(key, goblin()))).toBe(undefined);
    expect(new ArtifactReader().open(key, 'npc/orc.ts', sealArtifact(key, goblin()))).toBe(undefined);
  });

  it('has what V8 made of all its functions, and V8 takes it', () => {
    const sealed = new ArtifactReader().open(key, options.id, sealArtifact(key, goblin()));
    if (sealed?.code === undefined) throw new Error('no code');
    const given = instantiate(sealed.artifact, undefined, sealed.code);
    expect(given).toMatchObject({ ok: true, script: { cachedDataRejected: false } });
  });

  it('leaves V8 as lazy as it was', () => {
    const artifactOf = (text: string) => {
      const result = compile(text, options);
      if (!result.ok) throw new Error('does not compile');
      return result.artifact;
    };
    const compiledHere = instantiate(artifactOf('export const cry = (): string => "lazy 1";'));
    sealArtifact(key, artifactOf('export const cry = (): string => "eager ";'));
    const compiledThen = instantiate(artifactOf('export const cry = (): string => "lazy 2";'));
    const sealed = new ArtifactReader().open(
      key,
      options.id,
      sealArtifact(key, artifactOf('export const cry = () => "eager 2";')),
    );
    if (!compiledHere.ok || !compiledThen.ok) throw new Error('does not compile');
    const lazy = compiledHere.script.createCachedData().length;
    expect(compiledThen.script.createCachedData().length).toBe(lazy);
    expect(sealed?.code?.length).toBeGreaterThan(lazy);
  });

  it('is without code where it would be too long with it, and for another engine', () => {
    const whole = sealArtifact(key, goblin());
    const short = sealArtifact(key, goblin(), whole.length - 1);
    expect(short.length).toBeLessThan(whole.length);
    expect(new ArtifactReader().open(key, options.id, short)).toEqual({ artifact: goblin(), code: undefined });
    expect(new ArtifactReader().open(key, options.id, ofAnotherEngine(whole))).toEqual({
      artifact: goblin(),
      code: undefined,
    });
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
