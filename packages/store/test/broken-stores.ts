/**
 * Stores with one fault each. They prove that the conformance suite finds what it is there to find: each fault makes the
 * rules fail that are named with it, and no other.
 */

import type { StoreFixture } from '../src/conformance/index.ts';
import {
  type Changes,
  defineStore,
  foldModuleId,
  isStoreError,
  type Manifest,
  memoryStore,
  type PublishOptions,
  type Release,
  revisionOf,
  type Store,
  StoreError,
} from '../src/index.ts';
import { brokenArtifacts } from './broken-artifacts.ts';
import { brokenHistories } from './broken-histories.ts';
import { brokenHosts } from './broken-hosts.ts';

export interface BrokenStore {
  readonly fault: string;
  readonly open: () => StoreFixture;
  /** The names of the rules that have to fail. */
  readonly fails: readonly string[];
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A memory store without a history, with some members replaced. */
function spoiled(spoil: (inner: Store) => Partial<Store>): () => StoreFixture {
  return () => {
    const inner = memoryStore();
    return { store: { ...plain(inner), ...spoil(inner) } };
  };
}

/** The same with its history and its channels. */
function spoiledHistory(spoil: (inner: Store) => Partial<Store>): () => StoreFixture {
  return () => {
    const inner = memoryStore();
    return { store: { ...plain(inner), ...past(inner), ...spoil(inner) } };
  };
}

function plain(inner: Store): Store {
  const { publish, watch } = inner.capabilities;
  return {
    name: inner.name,
    capabilities: { publish, watch },
    head: (options) => inner.head(options),
    manifest: (hash, options) => inner.manifest(hash, options),
    read: (id, revision, options) => inner.read(id, revision, options),
    watch: (wake, options) => inner.watch(wake, options),
    publish: (changes, options) => inner.publish(changes, options),
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  };
}

function past(inner: Store): Partial<Store> {
  const { capabilities, history, release, promote, channels } = inner;
  return {
    capabilities: { ...capabilities, hosts: false, artifacts: false },
    ...(history && { history: (options) => history.call(inner, options) }),
    ...(release && { release: (number, options) => release.call(inner, number, options) }),
    ...(promote && { promote: (options) => promote.call(inner, options) }),
    ...(channels && { channels: (options) => channels.call(inner, options) }),
  };
}

/** A defined store over texts outside, with some members replaced. */
function spoiledSource(spoil: (inner: Store) => Partial<Store>, list = true): () => StoreFixture {
  return () => {
    const texts = new Map<string, string>();
    const read = (id: string) => texts.get(id);
    const inner = defineStore(list ? { read, list: () => texts.keys() } : { read });
    const { find, committed } = inner;
    const store: Store = {
      ...plain(inner),
      ...(find && { find: (id, options) => find.call(inner, id, options) }),
      ...(committed && { committed: (hash) => committed.call(inner, hash) }),
      ...spoil(inner),
    };
    const write = async (changes: Changes) => {
      for (const [id, text] of changes) if (text === null) texts.delete(id);
      for (const [id, text] of changes) if (text !== null) texts.set(id, text);
    };
    return { store, write };
  };
}

const lastRelease = async (inner: Store): Promise<Release> => {
  const head = await inner.head();
  return { number: head?.number ?? 0, hash: head?.hash ?? '', parent: null, author: '', message: '', time: 0 };
};

/** Refusals with one of these codes are swallowed. */
const forgiving = (code: 'STORE_DUPLICATE_ID' | 'STORE_BAD_ID', when: (error: Error) => boolean = () => true) =>
  spoiled((inner) => ({
    publish: async (changes, options) => {
      try {
        return await inner.publish(changes, options);
      } catch (error) {
        if (isStoreError(error, code) && when(error)) return lastRelease(inner);
        throw error;
      }
    },
  }));

export const brokenStores: readonly BrokenStore[] = [
  {
    fault: 'compares, waits, then sets',
    open: spoiled((inner) => ({
      publish: async (changes: Changes, options: PublishOptions) => {
        const number = (await inner.head())?.number ?? 0;
        if (number !== options.expected || options.signal?.aborted) return inner.publish(changes, options);
        await turn();
        const { signal: _, ...rest } = options;
        return inner.publish(changes, { ...rest, expected: (await inner.head())?.number ?? 0 });
      },
    })),
    fails: ['lets one of 50 publishers win on each head'],
  },
  {
    fault: 'says that there is a conflict, and not with whom',
    open: spoiled((inner) => ({
      publish: async (changes, options) => {
        try {
          return await inner.publish(changes, options);
        } catch (error) {
          if (isStoreError(error, 'STORE_CONFLICT')) throw new StoreError('STORE_CONFLICT', 'Try again.');
          throw error;
        }
      },
    })),
    fails: ['tells whose release took the place'],
  },
  {
    fault: 'takes the newest changes whatever they were made on',
    open: spoiled((inner) => ({
      publish: async (changes, options) => {
        if (options.expected < 2 || changes.has('winner.ts')) return inner.publish(changes, options);
        return inner.publish(changes, { ...options, expected: (await inner.head())?.number ?? 0 });
      },
    })),
    fails: ['refuses changes that were made on another head'],
  },
  {
    fault: 'shows a publish module by module',
    open: spoiled((inner) => {
      let before: Manifest | undefined;
      return {
        publish: async (changes, options) => {
          const head = await inner.head();
          const old = head && (await inner.manifest(head.hash));
          const release = await inner.publish(changes, options);
          before = old;
          for (let turns = 0; turns < 5; turns += 1) await turn();
          before = undefined;
          return release;
        },
        manifest: async (hash, options) => {
          const manifest = new Map(await inner.manifest(hash, options));
          for (const [id, revision] of before ?? [])
            if (id.endsWith('7.ts') && manifest.has(id)) manifest.set(id, revision);
          return manifest;
        },
      };
    }),
    fails: ['never shows a reader half of a release'],
  },
  {
    fault: 'keeps the good part of a refused publish',
    open: spoiled((inner) => ({
      publish: async (changes, options) => {
        try {
          return await inner.publish(changes, options);
        } catch (error) {
          const good = new Map([...changes].filter(([id]) => id === 'b.ts'));
          if (isStoreError(error, 'STORE_BAD_ID') && good.size > 0) await inner.publish(good, options);
          throw error;
        }
      },
    })),
    fails: ['leaves everything as it was when it refuses'],
  },
  {
    fault: 'takes any string as an id',
    open: forgiving('STORE_BAD_ID', (error) => !error.message.includes('folder')),
    fails: ['refuses what is no module id with STORE_BAD_ID'],
  },
  {
    fault: 'takes a module as a folder',
    open: forgiving('STORE_BAD_ID', (error) => error.message.includes('folder')),
    fails: ['refuses an id that would be a folder of another'],
  },
  {
    fault: 'tells modules apart by case',
    open: forgiving('STORE_DUPLICATE_ID', (error) => /Goblin/.test(error.message)),
    fails: ['refuses two ids that differ in case alone'],
  },
  {
    fault: 'tells modules apart by normal form',
    open: forgiving('STORE_DUPLICATE_ID', (error) => /u0301/.test(error.message)),
    fails: ['refuses two ids that differ in normal form alone'],
  },
  {
    fault: 'names one of two twins',
    open: spoiled((inner) => ({
      publish: (changes, options) =>
        inner.publish(changes, options).catch((error: unknown) => {
          if (!isStoreError(error, 'STORE_DUPLICATE_ID')) throw error;
          throw new StoreError(error.code, error.message.replace(/'NPC[^']*'/, 'another module'));
        }),
    })),
    fails: ['names both of two ids that could be one file'],
  },
  {
    fault: 'forgets the author',
    open: spoiled((inner) => ({
      publish: async (changes, options) => ({ ...(await inner.publish(changes, options)), author: '' }),
    })),
    fails: ['keeps author and message'],
  },
  {
    fault: 'answers a publish with the number before',
    open: spoiled((inner) => ({
      publish: async (changes, options) => {
        const release = await inner.publish(changes, options);
        return release.number === 2 ? { ...release, parent: 2 } : release;
      },
    })),
    fails: ['gives the first release the number 1 and no parent, and the next 2 with the parent 1'],
  },
  {
    fault: 'hands out the bytes that were written',
    open: spoiled((inner) => {
      const raw = new Map<string, string>();
      return {
        publish: async (changes, options) => {
          for (const text of changes.values()) if (text?.includes('\r')) raw.set(text.replace(/^\ufeff|\r/g, ''), text);
          return inner.publish(changes, options);
        },
        read: async (id, revision, options) => {
          const text = await inner.read(id, revision, options);
          return raw.get(text) ?? text;
        },
      };
    }),
    fails: ['gives out texts with LF and without a byte order mark'],
  },
  {
    fault: 'names CRLF texts by their bytes',
    open: spoiled((inner) => ({
      manifest: async (hash, options) => {
        const manifest = new Map(await inner.manifest(hash, options));
        if (manifest.has('crlf.ts')) manifest.set('crlf.ts', '0'.repeat(64));
        return manifest;
      },
      head: async (options) => inner.head(options),
    })),
    fails: ['gives one revision to a text with CRLF or a byte order mark and to the same text without'],
  },
  {
    fault: 'drops NUL from texts',
    open: spoiled((inner) => ({
      read: async (id, revision, options) => (await inner.read(id, revision, options)).replaceAll('\0', ''),
    })),
    fails: ['keeps every character of a text'],
  },
  {
    fault: 'knows the basic plane alone',
    open: spoiled((inner) => ({
      manifest: async (hash, options) => {
        const manifest = await inner.manifest(hash, options);
        if (![...manifest.keys()].some((id) => /[^\0-\uffff]/u.test(id))) return manifest;
        return new Map([...manifest].map(([id, revision]) => [id.replace(/[^\0-\uffff]/gu, '_'), revision]));
      },
    })),
    fails: ['takes ids of all Unicode'],
  },
  {
    fault: 'cuts texts at 10 MB',
    open: spoiled((inner) => ({
      read: async (id, revision, options) => (await inner.read(id, revision, options)).slice(0, 10 * 2 ** 20),
    })),
    fails: ['keeps a text of 15 MB'],
  },
  {
    fault: 'lists a thousand modules at most',
    open: spoiled((inner) => ({
      manifest: async (hash, options) => new Map([...(await inner.manifest(hash, options))].slice(0, 1000)),
    })),
    fails: ['keeps 10,000 modules'],
  },
  {
    fault: 'names manifests by number',
    open: spoiled((inner) => {
      const hashes = new Map<string, string>();
      const name = (number: number, hash: string) => {
        const named = hash.startsWith('7') ? hash : number.toString(16).padStart(64, '0');
        hashes.set(named, hash);
        return named;
      };
      return {
        head: async (options) => {
          const head = await inner.head(options);
          return head && { ...head, hash: name(head.number, head.hash) };
        },
        manifest: (hash, options) => inner.manifest(hashes.get(hash) ?? hash, options),
        publish: async (changes, options) => {
          const release = await inner.publish(changes, options);
          return { ...release, hash: name(release.number, release.hash) };
        },
      };
    }),
    fails: [
      'names a manifest by its entries alone',
      'has the hash of before when content is put back',
      'makes a release of no change',
    ],
  },
  {
    fault: 'answers an unknown manifest with an empty one',
    open: spoiled((inner) => ({
      manifest: async (hash, options) => {
        try {
          return await inner.manifest(hash, options);
        } catch (error) {
          if (isStoreError(error, 'STORE_RELEASE_GONE')) return new Map();
          throw error;
        }
      },
    })),
    fails: ['rejects a manifest that it never had with STORE_RELEASE_GONE'],
  },
  {
    fault: 'answers an unknown text with an empty one',
    open: spoiled((inner) => ({
      read: async (id, revision, options) => {
        try {
          return await inner.read(id, revision, options);
        } catch (error) {
          if (isStoreError(error, 'STORE_CONTENT_MISSING')) return '';
          throw error;
        }
      },
    })),
    fails: ['rejects a text that it never had with STORE_CONTENT_MISSING'],
  },
  {
    fault: 'has the newest manifest alone',
    open: spoiled((inner) => ({
      manifest: async (hash, options) => {
        const head = await inner.head(options);
        if (!head || head.hash === hash) return inner.manifest(hash, options);
        return inner.manifest('0'.repeat(64), options);
      },
    })),
    fails: ['still has the manifest of the head before'],
  },
  {
    fault: 'has the newest texts alone',
    open: spoiled((inner) => ({
      read: async (id, revision, options) => {
        const head = await inner.head(options);
        const manifest = head && (await inner.manifest(head.hash, options));
        const known = manifest?.get(id) === undefined || manifest.get(id) === revision;
        return inner.read(id, known ? revision : '0'.repeat(64), options);
      },
    })),
    fails: ['still has the texts of the head before'],
  },
  {
    fault: 'never wakes',
    open: spoiled((inner) => ({ watch: (_, options) => inner.watch(() => {}, options) })),
    fails: [
      'wakes after a change, when the head shows it',
      'wakes for every change of several',
      'wakes every listener',
      'wakes for what another opener of the same content changed',
      'wakes nobody after the abort',
      'wakes nobody after it was disposed of',
    ],
  },
  {
    fault: 'wakes for the first two changes',
    open: spoiled((inner) => ({
      watch: (wake, options) => {
        let left = 2;
        return inner.watch(() => (left-- > 0 ? wake() : undefined), options);
      },
    })),
    fails: ['wakes for every change of several'],
  },
  {
    fault: 'has one place for a listener',
    open: spoiled((inner) => {
      let listeners = 0;
      return {
        watch: async (wake, { signal }) => {
          if (listeners > 0) return inner.watch(() => {}, { signal });
          listeners += 1;
          signal.addEventListener('abort', () => {
            listeners -= 1;
          });
          return inner.watch(wake, { signal });
        },
      };
    }),
    fails: ['wakes every listener', 'wakes nobody after the abort'],
  },
  {
    fault: 'wakes on after the abort',
    open: spoiled((inner) => ({
      watch: async (wake, { signal }) => {
        if (!signal.aborted) await inner.watch(wake, { signal: new AbortController().signal });
      },
    })),
    fails: ['wakes nobody after the abort'],
  },
  {
    fault: 'rejects a watch that is aborted',
    open: spoiled((inner) => ({
      watch: async (wake, options) => {
        options.signal.throwIfAborted();
        await inner.watch(wake, options);
      },
    })),
    fails: ['ends a watch without a word when its signal is aborted'],
  },
  {
    fault: 'minds being disposed of twice',
    open: spoiled((inner) => {
      let gone = false;
      return {
        [Symbol.asyncDispose]: async () => {
          if (gone) throw new Error('already gone');
          gone = true;
          await inner[Symbol.asyncDispose]();
        },
      };
    }),
    fails: ['is disposed of any number of times'],
  },
  {
    fault: 'cannot be disposed of without having been used',
    open: spoiled((inner) => {
      let used = false;
      return {
        head: (options) => {
          used = true;
          return inner.head(options);
        },
        [Symbol.asyncDispose]: async () => {
          if (!used) throw new Error('not connected');
          await inner[Symbol.asyncDispose]();
        },
      };
    }),
    fails: ['is disposed of without having been used'],
  },
  {
    fault: 'answers on after it was disposed of',
    open: spoiled(() => ({ [Symbol.asyncDispose]: async () => {} })),
    fails: ['rejects every call after that with STORE_DISPOSED'],
  },
  {
    fault: 'breaks calls off with an error of its own when it is disposed of',
    open: spoiled((inner) => {
      let gone = false;
      return {
        head: async (options) => {
          const head = await inner.head(options);
          await turn();
          if (gone) throw new Error('socket hang up');
          return head;
        },
        [Symbol.asyncDispose]: async () => {
          gone = true;
          await inner[Symbol.asyncDispose]();
        },
      };
    }),
    fails: ['can be disposed of while calls are under way'],
  },
  {
    fault: 'wakes when it is disposed of',
    open: spoiled((inner) => {
      const wakes = new Set<() => void>();
      return {
        watch: async (wake, options) => {
          wakes.add(wake);
          options.signal.addEventListener('abort', () => wakes.delete(wake));
          await inner.watch(wake, options);
        },
        [Symbol.asyncDispose]: async () => {
          await inner[Symbol.asyncDispose]();
          for (const wake of wakes) setImmediate(wake);
        },
      };
    }),
    fails: ['wakes nobody after it was disposed of'],
  },
  {
    fault: 'does not look at signals',
    open: spoiled((inner) => ({
      head: () => inner.head(),
      manifest: (hash) => inner.manifest(hash),
      read: (id, revision) => inner.read(id, revision),
    })),
    fails: ["rejects a call whose signal is aborted with the signal's reason"],
  },
  {
    fault: 'rejects an abort with an error of its own',
    open: spoiled((inner) => ({
      read: async (id, revision, options) => {
        const signal = options?.signal;
        if (signal?.aborted) return inner.read(id, revision, options);
        await turn();
        if (signal?.aborted) throw new Error('cancelled');
        return inner.read(id, revision);
      },
    })),
    fails: ['gives the result or the reason, whenever a reading call is aborted'],
  },
  {
    fault: 'publishes what it then says was broken off',
    open: spoiled((inner) => ({
      publish: async (changes, options) => {
        const release = await inner.publish(changes, options);
        await turn();
        options.signal?.throwIfAborted();
        return release;
      },
    })),
    fails: ['has published when a publish resolves, and has not when it rejects, whenever it is aborted'],
  },
  {
    fault: 'has a capability that nobody knows',
    open: spoiled(() => ({ capabilities: { publish: true, watch: true, teleport: true } as Store['capabilities'] })),
    fails: ['declares no capability that has no rules'],
  },
  {
    fault: 'says that it wakes, and does not',
    open: spoiledSource(() => ({ capabilities: { publish: false, watch: true } })),
    fails: [
      'wakes after a change, when the head shows it',
      'wakes for every change of several',
      'wakes every listener',
      'wakes for what another opener of the same content changed',
      'wakes nobody after the abort',
      'wakes nobody after it was disposed of',
    ],
  },
  {
    fault: 'says that it does not wake, and does',
    open: spoiledSource(() => ({
      watch: async (wake, { signal }) => {
        if (!signal.aborted) wake();
      },
    })),
    fails: ['lets itself be watched, and simply does not wake', 'rejects every call after that with STORE_DISPOSED'],
  },
  {
    fault: 'ignores a publish that it cannot do',
    open: spoiledSource((inner) => ({
      publish: (_, options) =>
        inner.publish(new Map(), options).catch((error: unknown) => {
          if (isStoreError(error, 'STORE_READ_ONLY')) return lastRelease(inner);
          throw error;
        }),
    })),
    fails: ['refuses to publish with STORE_READ_ONLY'],
  },
  {
    fault: 'counts attempts',
    open: spoiledSource((inner) => {
      let attempts = 0;
      const seen = new Set<string>();
      return {
        head: async (options) => {
          const head = await inner.head(options);
          if (head && head.number === 0 && !seen.has(head.hash)) attempts += 1;
          if (head) seen.add(head.hash);
          return head && head.number === 0 ? { ...head, number: attempts } : head;
        },
      };
    }),
    fails: ['keeps its number while nobody commits'],
  },
  {
    fault: 'counts the same manifest twice',
    open: spoiledSource((inner) => {
      let calls = 0;
      const commit = inner.committed?.bind(inner);
      return {
        committed: async (hash) => {
          const number = (await commit?.(hash)) ?? 0;
          calls += 1;
          return calls === 2 && number === 1 ? 2 : number;
        },
      };
    }),
    fails: ['gives a committed manifest a number, and the same number again'],
  },
  {
    fault: 'says a wrong number beforehand',
    open: spoiledSource((inner) => ({
      head: async (options) => {
        const head = await inner.head(options);
        return head?.next === undefined ? head : { ...head, next: head.next + 1 };
      },
    })),
    fails: ['says beforehand which number a manifest will get'],
  },
  {
    fault: 'gives content that was put back its old number',
    open: spoiledSource((inner) => {
      const numbers = new Map<string, number>();
      const commit = inner.committed?.bind(inner);
      return {
        committed: async (hash) => {
          const number = numbers.get(hash) ?? (await commit?.(hash)) ?? 0;
          numbers.set(hash, number);
          return number;
        },
      };
    }),
    fails: ['gives the next number to the next manifest, and to content that was put back'],
  },
  {
    fault: 'numbers a host that lags behind anew',
    open: spoiledSource((inner) => {
      let newest = '';
      let number = 0;
      return {
        head: async (options) => {
          const head = await inner.head(options);
          return head && { ...head, number };
        },
        committed: async (hash) => {
          await inner.committed?.(hash);
          if (hash !== newest) number += 1;
          newest = hash;
          return number;
        },
      };
    }),
    fails: ['leaves its number to a manifest that a host commits after the content has moved on'],
  },
  {
    fault: 'finds everything',
    open: spoiledSource(
      (inner) => ({
        find: async (id, options) => (await inner.find?.(id, options)) ?? '0'.repeat(64),
      }),
      false,
    ),
    fails: ['finds nothing where there is nothing'],
  },
  {
    fault: 'forgets what it did not find',
    open: spoiledSource((inner) => {
      const found = new Set<string>();
      const missed = new Set<string>();
      return {
        find: async (id, options) => {
          const revision = await inner.find?.(id, options);
          if (revision !== undefined) found.add(id);
          if (found.has(id)) missed.delete(id);
          else missed.add(id);
          return revision;
        },
        manifest: async (hash, options) =>
          new Map([...(await inner.manifest(hash, options))].filter(([id]) => !missed.has(id))),
      };
    }, false),
    fails: ['shows what comes into being after it was asked for in vain'],
  },
  {
    fault: 'comes with a sample',
    open: spoiled((inner) => {
      const sample = '5'.repeat(64);
      return {
        head: async (options) => (await inner.head(options)) ?? { number: 0, hash: sample },
        manifest: async (hash, options) =>
          hash === sample ? new Map([['sample.ts', revisionOf('')]]) : inner.manifest(hash, options),
      };
    }),
    fails: ['shows no module before there is one'],
  },
  {
    fault: 'takes an empty module for none',
    open: spoiled((inner) => ({
      manifest: async (hash, options) =>
        new Map([...(await inner.manifest(hash, options))].filter(([, revision]) => revision !== revisionOf(''))),
    })),
    fails: ['shows a module that was written, under its id'],
  },
  {
    fault: 'names texts by a hash of its own',
    open: spoiled((inner) => {
      const text = revisionOf('export const a = 1;\n');
      const own = 'c'.repeat(64);
      return {
        manifest: async (hash, options) => {
          const manifest = new Map(await inner.manifest(hash, options));
          for (const [id, revision] of manifest) if (revision === text && manifest.size === 1) manifest.set(id, own);
          return manifest;
        },
        read: (id, revision, options) => inner.read(id, revision === own ? text : revision, options),
      };
    }),
    fails: ['names a text by its SHA-256'],
  },
  {
    fault: 'answers a publish with a hash of its own',
    open: spoiled((inner) => ({
      publish: async (changes, options) => ({ ...(await inner.publish(changes, options)), hash: '0'.repeat(64) }),
    })),
    fails: ['answers with the release that its head then shows'],
  },
  {
    fault: 'minds that a module to be deleted is not there',
    open: spoiled((inner) => ({
      publish: async (changes, options) => {
        const head = await inner.head();
        const manifest = head && (await inner.manifest(head.hash));
        for (const [id, text] of changes) {
          if (text === null && !manifest?.has(id)) throw new StoreError('STORE_CONTENT_MISSING', 'Not there.');
        }
        return inner.publish(changes, options);
      },
    })),
    fails: ['deletes a module, and does not mind one that is not there'],
  },
  {
    fault: 'writes before it deletes',
    open: spoiled((inner) => ({
      publish: async (changes, options) => {
        const deleted = [...changes].filter(([, text]) => text === null).map(([id]) => foldModuleId(id));
        for (const [id, text] of changes) {
          if (text !== null && deleted.includes(foldModuleId(id))) throw new StoreError('STORE_DUPLICATE_ID', id);
        }
        return inner.publish(changes, options);
      },
    })),
    fails: ['changes the case of a name in one release'],
  },
  {
    fault: 'keeps ids in normal form D',
    open: spoiled((inner) => ({
      manifest: async (hash, options) => {
        const manifest = await inner.manifest(hash, options);
        if (!manifest.has('caf\u00e9.ts')) return manifest;
        return new Map([...manifest].map(([id, revision]) => [id.normalize('NFD'), revision]));
      },
    })),
    fails: ['puts an id into normal form C'],
  },
  {
    fault: 'does not find a module the first time',
    open: spoiledSource((inner) => {
      const asked = new Set<string>();
      return {
        find: async (id, options) => {
          const revision = await inner.find?.(id, options);
          const first = !asked.has(id);
          asked.add(id);
          return first ? undefined : revision;
        },
      };
    }, false),
    fails: ['finds a module that no manifest names yet, at its revision'],
  },
  {
    fault: 'gives out only what a manifest named',
    open: spoiledSource((inner) => {
      const named = new Set<string>();
      return {
        manifest: async (hash, options) => {
          const manifest = await inner.manifest(hash, options);
          for (const id of manifest.keys()) named.add(id);
          return manifest;
        },
        read: async (id, revision, options) => {
          const text = await inner.read(id, revision, options);
          if (!named.has(id)) throw new StoreError('STORE_CONTENT_MISSING', 'Not in a manifest.');
          return text;
        },
      };
    }, false),
    fails: ['gives out the text of what it found'],
  },
  {
    fault: 'knows after the first head what there is',
    open: spoiledSource((inner) => {
      const found = new Set<string>();
      let fixed: ReadonlySet<string> | undefined;
      return {
        find: async (id, options) => {
          const revision = await inner.find?.(id, options);
          found.add(id);
          return revision;
        },
        manifest: async (hash, options) => {
          const manifest = await inner.manifest(hash, options);
          fixed ??= new Set(found);
          return new Map([...manifest].filter(([id]) => fixed?.has(id)));
        },
      };
    }, false),
    fails: ['shows in later heads what it found'],
  },
  {
    fault: 'shows two openers two heads',
    open: () => {
      const inner = memoryStore();
      const other = handle(inner);
      const store: Store = {
        ...other,
        head: async (options) => {
          const head = await other.head(options);
          return head && { ...head, hash: head.hash.toUpperCase() };
        },
        manifest: (hash, options) => other.manifest(hash.toLowerCase(), options),
      };
      return { store: handle(inner), again: async () => store };
    },
    fails: ['shows another opener of the same content the same head'],
  },
  ...brokenHosts(plain),
  ...brokenArtifacts(plain),
  ...brokenHistories(spoiledHistory),
];

/** One of several stores on the same content, with a life of its own. */
export function handle(inner: Store): Store {
  const life = new AbortController();
  const alive = () => {
    if (life.signal.aborted) throw new StoreError('STORE_DISPOSED', 'The handle was disposed of.');
  };
  const { history, release, promote, channels, hosts, artifacts } = inner;
  return {
    name: inner.name,
    capabilities: inner.capabilities,
    ...(hosts && { hosts }),
    ...(artifacts && {
      artifacts: {
        read: async (names, options) => {
          alive();
          return artifacts.read(names, options);
        },
        write: async (stored, options) => {
          alive();
          return artifacts.write(stored, options);
        },
      },
    }),
    ...(history && {
      history: async (options) => {
        alive();
        return history.call(inner, options);
      },
    }),
    ...(release && {
      release: async (number, options) => {
        alive();
        return release.call(inner, number, options);
      },
    }),
    ...(promote && {
      promote: async (options) => {
        alive();
        return promote.call(inner, options);
      },
    }),
    ...(channels && {
      channels: async (options) => {
        alive();
        return channels.call(inner, options);
      },
    }),
    head: async (options) => {
      alive();
      return inner.head(options);
    },
    manifest: async (hash, options) => {
      alive();
      return inner.manifest(hash, options);
    },
    read: async (id, revision, options) => {
      alive();
      return inner.read(id, revision, options);
    },
    watch: async (wake, { signal }) => {
      alive();
      await inner.watch(wake, { signal: AbortSignal.any([signal, life.signal]) });
    },
    publish: async (changes, options) => {
      alive();
      return inner.publish(changes, options);
    },
    [Symbol.asyncDispose]: async () => life.abort(),
  };
}
