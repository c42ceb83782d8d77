/** Faults in keeping compiled modules, one each: see `broken-stores.ts`. */
import { type ArtifactName, type Artifacts, memoryStore, type Store } from '../src/index.ts';
import type { BrokenStore } from './broken-stores.ts';

/** A memory store that keeps artifacts, and nothing of the past, with some members of `artifacts` replaced. */
function keeping(plain: (inner: Store) => Store, spoil: (inner: Artifacts, store: Store) => Partial<Artifacts>) {
  return () => {
    const inner = memoryStore();
    const { artifacts } = inner;
    if (artifacts === undefined) throw new Error('no artifacts');
    const store = plain(inner);
    const sound: Artifacts = {
      read: (names, options) => artifacts.read(names, options),
      write: (stored, options) => artifacts.write(stored, options),
    };
    return {
      store: {
        ...store,
        capabilities: { ...store.capabilities, artifacts: true },
        artifacts: { ...sound, ...spoil(sound, inner) },
      },
    };
  };
}

const WHOLE = 'gives artifacts back byte for byte, to whoever opens the same content';
const LAST = 'keeps the artifact that was written last under a key';

/** Whatever was written, without a look at how large it is or whether a key is one. */
function careless(): Artifacts {
  const kept = new Map<string, Uint8Array>();
  return {
    read: async (names) => {
      const found = names.flatMap(({ key }) => {
        const bytes = kept.get(key);
        return bytes === undefined ? [] : [[key, bytes] as const];
      });
      return new Map(found);
    },
    write: async (stored) => {
      for (const { key, bytes } of stored) kept.set(key, bytes);
    },
  };
}

export const brokenArtifacts = (plain: (inner: Store) => Store): readonly BrokenStore[] => [
  {
    fault: 'keeps artifacts as text',
    open: keeping(plain, (inner) => ({
      write: (stored, options) =>
        inner.write(
          stored.map((one) => ({ ...one, bytes: Buffer.from(Buffer.from(one.bytes).toString('utf8')) })),
          options,
        ),
    })),
    fails: [
      WHOLE,
      LAST,
      'keeps an artifact of a text that is not published yet',
      'leaves out artifacts that it does not have, and those that were not asked for',
    ],
  },
  {
    fault: 'gives all artifacts of a text, whichever compiler made them',
    open: keeping(plain, (inner) => {
      const known = new Map<string, ArtifactName[]>();
      return {
        write: async (stored, options) => {
          await inner.write(stored, options);
          for (const one of stored) known.set(one.revision, [...(known.get(one.revision) ?? []), one]);
        },
        read: (names, options) =>
          inner.read(
            names.flatMap(({ revision }) => known.get(revision) ?? []),
            options,
          ),
      };
    }),
    fails: ['leaves out artifacts that it does not have, and those that were not asked for'],
  },
  {
    fault: 'answers for a hundred artifacts at most',
    open: keeping(plain, (inner) => ({ read: (names, options) => inner.read(names.slice(0, 100), options) })),
    fails: ['keeps 300 artifacts and gives them at once'],
  },
  {
    fault: 'keeps the first artifact of a key',
    open: keeping(plain, (inner) => ({
      write: async (stored, options) => {
        const there = await inner.read(stored, options);
        await inner.write(
          stored.filter(({ key }) => !there.has(key)),
          options,
        );
      },
    })),
    fails: [LAST],
  },
  {
    fault: 'keeps artifacts only of texts that it has',
    open: keeping(plain, (inner, store) => ({
      write: async (stored, options) => {
        const head = await store.head();
        const manifest = head && (await store.manifest(head.hash));
        await inner.write(
          stored.filter(({ id, revision, key }) => manifest?.get(id) === revision || !/^[0-9a-f]{64}$/.test(key)),
          options,
        );
      },
    })),
    fails: ['keeps an artifact of a text that is not published yet'],
  },
  {
    fault: 'keeps artifacts of any size',
    open: keeping(plain, (inner) => {
      const large = careless();
      return {
        write: async (stored, options) => {
          await inner.write(stored, options);
          await large.write(stored.filter(({ bytes }) => bytes.byteLength > 2 ** 20));
        },
        read: async (names, options) =>
          new Map([...(await inner.read(names, options)), ...(await large.read(names, options))]),
      };
    }),
    fails: ['keeps an artifact of 4 MB, and none that is too large'],
  },
  {
    fault: 'takes any text for the key of an artifact',
    open: keeping(plain, (inner) => {
      const any = careless();
      return {
        write: async (stored, options) => {
          const isKey = ({ key }: ArtifactName) => /^[0-9a-f]{64}$/.test(key);
          await inner.write(stored.filter(isKey), options);
          await any.write(stored.filter((one) => !isKey(one)));
        },
        read: async (names, options) =>
          new Map([...(await inner.read(names, options)), ...(await any.read(names, options))]),
      };
    }),
    fails: ['refuses a key of an artifact that is none, and keeps nothing then'],
  },
  {
    fault: 'makes a release of an artifact',
    open: keeping(plain, (inner, store) => ({
      write: async (stored, options) => {
        await inner.write(stored, options);
        const expected = (await store.head())?.number ?? 0;
        await store.publish(new Map([['compiled.json', JSON.stringify(stored.map(({ key }) => key))]]), { expected });
      },
    })),
    fails: ['has no other head because of an artifact'],
  },
  {
    fault: 'keeps artifacts after an abort',
    open: keeping(plain, (inner) => ({ write: (stored) => inner.write(stored) })),
    fails: ['takes no artifact and gives none after an abort'],
  },
  {
    fault: 'gives artifacts after its end',
    open: keeping(plain, () => {
      const sound = memoryStore().artifacts as Artifacts;
      return {
        read: (names, options) => sound.read(names, options),
        write: (stored, options) => sound.write(stored, options),
      };
    }),
    fails: ['gives no artifact once it is disposed of'],
  },
];
