import { describe, expect, it } from 'vitest';
import { MemoryArtifacts } from '../src/artifacts.ts';
import { revisionOf } from '../src/index.ts';

const artifact = (name: string, size: number) => ({
  id: `${name}.ts`,
  revision: revisionOf(name),
  key: revisionOf(`key of ${name}`),
  bytes: new Uint8Array(size),
});

describe('artifacts in memory', () => {
  it('are bounded: what was written first goes first, and what is written again counts once', async () => {
    const artifacts = new MemoryArtifacts('memory store', 100);
    const [a, b, c] = [artifact('a', 40), artifact('b', 40), artifact('c', 40)];
    await artifacts.write([a, b]);
    await artifacts.write([a]);
    expect((await artifacts.read([a, b])).size).toBe(2);
    await artifacts.write([c]);
    expect([...(await artifacts.read([a, b, c])).keys()]).toEqual([a.key, c.key]);
  });

  it('do not change with the bytes that were given', async () => {
    const artifacts = new MemoryArtifacts('memory store');
    const a = artifact('a', 3);
    await artifacts.write([a]);
    a.bytes.fill(9);
    expect((await artifacts.read([a])).get(a.key)).toEqual(new Uint8Array(3));
  });
});
