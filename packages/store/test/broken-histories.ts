/** Faults of a history and of channels, one each: see `broken-stores.ts`. */
import type { Release, Store } from '../src/index.ts';
import type { BrokenStore } from './broken-stores.ts';

type Spoil = (spoil: (inner: Store) => Partial<Store>) => BrokenStore['open'];

/** The member of a store that certainly has it. */
function own<Name extends 'history' | 'release' | 'promote' | 'channels'>(store: Store, name: Name) {
  const member = store[name];
  if (member === undefined) throw new Error(`no ${name}`);
  return member.bind(store) as NonNullable<Store[Name]>;
}

const anonymous = (release: Release): Release => ({ ...release, author: '' });

export const brokenHistories = (spoiled: Spoil): readonly BrokenStore[] => [
  {
    fault: 'forgets who published',
    open: spoiled((inner) => ({ history: async (options) => (await own(inner, 'history')(options)).map(anonymous) })),
    fails: ['lists its releases as they were published, the newest first'],
  },
  {
    fault: 'takes no notice of the limit of a list',
    open: spoiled((inner) => ({
      history: (options) => own(inner, 'history')({ ...options, limit: 50 }),
    })),
    fails: ['lists so many releases before a number'],
  },
  {
    fault: 'gives the newest manifest for every release',
    open: spoiled((inner) => ({
      release: async (number, options) => {
        const [found, [newest]] = [
          await own(inner, 'release')(number, options),
          await own(inner, 'history')({ ...options, limit: 1 }),
        ];
        const last = newest && (await own(inner, 'release')(newest.number, options));
        return found && last && { release: found.release, manifest: last.manifest };
      },
    })),
    fails: ['gives an earlier release with its manifest and texts, and none for a number that it does not have'],
  },
  {
    fault: 'promotes what is the newest anyway',
    open: spoiled((inner) => ({
      promote: async (options) => {
        const { channel, number } = options.from;
        const found = await own(inner, 'release')(number, channel === undefined ? {} : { channel });
        if (found === undefined || options.channel !== undefined) return own(inner, 'promote')(options);
        return inner.publish(new Map(), options);
      },
    })),
    fails: ['publishes an earlier release once more, as a release of its own'],
  },
  {
    fault: 'promotes on whatever head there is',
    open: spoiled((inner) => ({
      promote: async (options) => {
        const { channel } = options;
        const [head] = await own(inner, 'history')({ limit: 1, ...(channel === undefined ? {} : { channel }) });
        return own(inner, 'promote')({ ...options, expected: head?.number ?? 0 });
      },
    })),
    fails: ['refuses to promote on another head than was expected'],
  },
  {
    fault: 'promotes the newest release where there is none of the number',
    open: spoiled((inner) => ({
      promote: async (options) => {
        const found = await own(inner, 'release')(options.from.number);
        return own(inner, 'promote')(found ? options : { ...options, from: { number: options.expected } });
      },
    })),
    fails: ['refuses to promote a release that it does not have'],
  },
  {
    fault: 'gives a copy a number of its own',
    open: spoiled((inner) => ({
      publish: (changes, { as: _, ...options }) => inner.publish(changes, options),
    })),
    fails: ['publishes a copy under the number and the time that it has elsewhere, and under no number that is taken'],
  },
  {
    fault: 'counts the releases of all channels together',
    open: spoiled((inner) => ({
      publish: async (changes, options) => {
        if (options.channel === undefined) return inner.publish(changes, options);
        const number = ((await inner.head())?.number ?? 0) + 1;
        return inner.publish(changes, { ...options, as: { number, time: Date.now() } });
      },
    })),
    fails: ['publishes to another channel, whose numbers are its own'],
  },
  {
    fault: 'shows in its head what is on another channel',
    open: spoiled((inner) => {
      const leaked = new Set<number>();
      return {
        publish: async (changes, options) => {
          const release = await inner.publish(changes, options);
          if (options.channel !== 'next') return release;
          const expected = (await inner.head())?.number ?? 0;
          leaked.add((await inner.publish(changes, { expected })).number);
          return release;
        },
        history: async (options) => {
          const releases = await own(inner, 'history')(options);
          return options?.channel === undefined ? releases.filter(({ number }) => !leaked.has(number)) : releases;
        },
      };
    }),
    fails: ['shows nothing of another channel in its own head'],
  },
  {
    fault: 'promotes to its own channel only',
    open: spoiled((inner) => ({
      promote: async ({ channel, ...options }) =>
        channel === undefined
          ? own(inner, 'promote')(options)
          : own(inner, 'promote')({ ...options, expected: (await inner.head())?.number ?? 0 }),
    })),
    fails: ['promotes a release to another channel'],
  },
  {
    fault: 'names its own channel alone',
    open: spoiled((inner) => ({ channels: async () => (await own(inner, 'channels')()).slice(0, 1) })),
    fails: ['names the channels that have releases'],
  },
];
