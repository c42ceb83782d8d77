/**
 * Compiled modules beside the texts: what is kept comes back byte for byte, or not at all.
 *
 * A store may forget any of them at any time; the rules write little, and read it at once.
 */
import { createHash } from 'node:crypto';
import { ARTIFACT_BYTES, type ArtifactName, type Artifacts, type StoredArtifact } from '../artifacts.ts';
import type { Store } from '../contract.ts';
import { revisionOf } from '../text.ts';
import { codeOf, type Rule, rejectionOf, type Subject } from './fixture.ts';

/** As many as a start asks for. */
const MANY = 300;

const artifactsOf = (store: Store): Artifacts => {
  if (store.artifacts === undefined) throw new Error('The store declares that it keeps artifacts, and has none.');
  return store.artifacts;
};

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Bytes of all values, so that none is taken for text. */
const bytesFor = (length: number, salt = 0) => Uint8Array.from({ length }, (_, index) => (index * 7 + salt) % 256);

/** Modules that the store shows, each with an artifact that is not kept yet. */
async function compiled(subject: Subject, texts: Record<string, string>): Promise<StoredArtifact[]> {
  await subject.write(texts);
  const { manifest } = await subject.state();
  return [...manifest].map(([id, revision], index) => ({
    id,
    revision,
    key: sha256(`${id} ${revision}`),
    bytes: bytesFor(700 + index, index),
  }));
}

/** What is read, as an object that can be compared. */
async function read(store: Store, names: readonly ArtifactName[]): Promise<Record<string, readonly number[]>> {
  const found = await artifactsOf(store).read(names);
  return Object.fromEntries([...found].map(([key, bytes]) => [key, [...bytes]] as const).sort());
}

const written = (artifacts: readonly StoredArtifact[]): Record<string, readonly number[]> =>
  Object.fromEntries(artifacts.map(({ key, bytes }) => [key, [...bytes]] as const).sort());

const TWO = { 'a.ts': 'export const a = 1;', 'npc/b.ts': 'export const b = 2;' };

export const artifactRules: readonly Rule[] = [
  {
    name: 'gives artifacts back byte for byte, to whoever opens the same content',
    check: async (subject, expect) => {
      const artifacts = await compiled(subject, TWO);
      const other = await subject.other();
      await subject.state(other);
      await artifactsOf(subject.store).write(artifacts);
      expect([await read(subject.store, artifacts), await read(other, artifacts)]).toEqual([
        written(artifacts),
        written(artifacts),
      ]);
    },
  },
  {
    name: 'leaves out artifacts that it does not have, and those that were not asked for',
    check: async (subject, expect) => {
      const [kept, absent] = await compiled(subject, TWO);
      if (kept === undefined || absent === undefined) throw new Error('The store has not shown what was written.');
      const elsewhere = { ...kept, key: sha256('another compiler') };
      await artifactsOf(subject.store).write([kept, elsewhere]);
      expect([await read(subject.store, [kept, absent]), await read(subject.store, [])]).toEqual([written([kept]), {}]);
    },
  },
  {
    name: `keeps ${MANY} artifacts and gives them at once`,
    check: async (subject, expect) => {
      const texts = Array.from({ length: MANY }, (_, index) => [`m${index}.ts`, `export const m = ${index};`] as const);
      const artifacts = await compiled(subject, Object.fromEntries(texts));
      await artifactsOf(subject.store).write(artifacts);
      expect(Object.keys(await read(subject.store, artifacts)).length).toBe(MANY);
    },
  },
  {
    name: 'keeps the artifact that was written last under a key',
    check: async (subject, expect) => {
      const [first] = await compiled(subject, { 'a.ts': 'export const a = 1;' });
      if (first === undefined) throw new Error('The store has not shown what was written.');
      const second = { ...first, bytes: bytesFor(50, 9) };
      await artifactsOf(subject.store).write([first]);
      await artifactsOf(subject.store).write([second]);
      expect(await read(subject.store, [first])).toEqual(written([second]));
    },
  },
  {
    name: 'keeps an artifact of a text that is not published yet',
    when: (store) => store.capabilities.publish,
    check: async (subject, expect) => {
      const text = 'export const later = 1;';
      const early = { id: 'later.ts', revision: revisionOf(text), key: sha256('early'), bytes: bytesFor(300) };
      await artifactsOf(subject.store).write([early]);
      await subject.write({ 'later.ts': text });
      expect(await read(subject.store, [early])).toEqual(written([early]));
    },
  },
  {
    name: 'keeps an artifact of 4 MB, and none that is too large',
    check: async (subject, expect) => {
      const [large, larger] = await compiled(subject, TWO);
      if (large === undefined || larger === undefined) throw new Error('The store has not shown what was written.');
      const bytes = new Uint8Array(4 * 2 ** 20).fill(3);
      await artifactsOf(subject.store).write([
        { ...large, bytes },
        { ...larger, bytes: new Uint8Array(ARTIFACT_BYTES + 1) },
      ]);
      const found = await artifactsOf(subject.store).read([large, larger]);
      const back = found.get(large.key);
      expect([[...found.keys()], back !== undefined && Buffer.compare(back, bytes)]).toEqual([[large.key], 0]);
    },
  },
  {
    name: 'refuses a key of an artifact that is none, and keeps nothing then',
    check: async (subject, expect) => {
      const [first, second] = await compiled(subject, TWO);
      if (first === undefined || second === undefined) throw new Error('The store has not shown what was written.');
      const bad = ['', '../../etc/passwd', first.key.toUpperCase().replace(/^./, 'A'), first.key.slice(1)];
      const codes: unknown[] = [];
      for (const key of bad) codes.push(await codeOf(artifactsOf(subject.store).write([first, { ...second, key }])));
      expect([codes, await read(subject.store, [first])]).toEqual([bad.map(() => 'STORE_BAD_OPTION'), {}]);
    },
  },
  {
    name: 'has no other head because of an artifact',
    check: async (subject, expect) => {
      const artifacts = await compiled(subject, TWO);
      const before = await subject.state();
      await artifactsOf(subject.store).write(artifacts);
      const after = await subject.state();
      expect([after.head, [...after.manifest]]).toEqual([before.head, [...before.manifest]]);
    },
  },
  {
    name: 'takes no artifact and gives none after an abort',
    check: async (subject, expect) => {
      const artifacts = await compiled(subject, TWO);
      const store = artifactsOf(subject.store);
      const reason = new Error('enough');
      const options = { signal: AbortSignal.abort(reason) };
      const told = await rejectionOf(store.write(artifacts, options));
      expect([told, await rejectionOf(store.read(artifacts, options)), await read(subject.store, artifacts)]).toEqual([
        reason,
        reason,
        {},
      ]);
    },
  },
  {
    name: 'gives no artifact once it is disposed of',
    check: async (subject, expect) => {
      const artifacts = await compiled(subject, TWO);
      const store = artifactsOf(subject.store);
      await subject.store[Symbol.asyncDispose]();
      expect([await codeOf(store.read(artifacts)), await codeOf(store.write(artifacts))]).toEqual([
        'STORE_DISPOSED',
        'STORE_DISPOSED',
      ]);
    },
  },
];
