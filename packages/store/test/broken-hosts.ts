/** Faults in keeping what hosts tell, one each: see `broken-stores.ts`. */
import { type HostReport, type HostReports, memoryStore, type Store } from '../src/index.ts';
import type { BrokenStore } from './broken-stores.ts';

/** A memory store that keeps reports, and nothing of the past, with some members of `hosts` replaced. */
function telling(plain: (inner: Store) => Store, spoil: (inner: HostReports, store: Store) => Partial<HostReports>) {
  return () => {
    const inner = memoryStore();
    const { hosts } = inner;
    if (hosts === undefined) throw new Error('no hosts');
    const store = plain(inner);
    const sound: HostReports = {
      tell: (report, options) => hosts.tell(report, options),
      forget: (host, options) => hosts.forget(host, options),
      list: (options) => hosts.list(options),
    };
    return {
      store: {
        ...store,
        capabilities: { ...store.capabilities, hosts: true },
        hosts: { ...sound, ...spoil(sound, inner) },
      },
    };
  };
}

const inShort = ({ namespaces, ...report }: HostReport): HostReport => ({
  ...report,
  namespaces: namespaces.map(({ refused: _, ...namespace }) => namespace),
});

export const brokenHosts = (plain: (inner: Store) => Store): readonly BrokenStore[] => {
  const all: HostReport[] = [];
  const seenAnyTime: Partial<HostReports> = {
    tell: async (report, options) => {
      options?.signal?.throwIfAborted();
      all.splice(0, all.length, ...all.filter(({ host }) => host !== report.host), report);
      all.sort((a, b) => (a.host < b.host ? -1 : 1));
    },
    forget: async (host) => void all.splice(0, all.length, ...all.filter((one) => one.host !== host)),
    list: async (options) => {
      options?.signal?.throwIfAborted();
      return [...all];
    },
  };
  return [
    {
      fault: 'keeps of a report of a host only which release runs',
      open: telling(plain, (inner) => ({ tell: (report, options) => inner.tell(inShort(report), options) })),
      fails: ['lists what hosts have told, by their names, whole', 'keeps one report of each host, the last'],
    },
    {
      fault: 'keeps the first report of a host',
      open: telling(plain, (inner) => ({
        tell: async (report, options) => {
          options?.signal?.throwIfAborted();
          if ((await inner.list()).every(({ host }) => host !== report.host)) await inner.tell(report);
        },
      })),
      fails: ['keeps one report of each host, the last'],
    },
    {
      fault: 'forgets no host',
      open: telling(plain, () => ({ forget: async () => {} })),
      fails: ['forgets a host that has ended, and one that it does not know without a word'],
    },
    {
      fault: 'lists hosts that went away long ago',
      open: () => {
        all.length = 0;
        return telling(plain, () => seenAnyTime)();
      },
      fails: ['does not list a host that has not been seen for a day'],
    },
    {
      fault: 'makes a release of what a host tells',
      open: telling(plain, (inner, store) => ({
        tell: async (report, options) => {
          await inner.tell(report, options);
          const expected = (await store.head())?.number ?? 0;
          await store.publish(new Map([['host.json', JSON.stringify(report)]]), { expected });
        },
      })),
      fails: ['has no head, and wakes nobody, because of what a host tells'],
    },
    {
      fault: 'keeps what a host told after it was aborted',
      open: telling(plain, (inner) => ({ tell: (report) => inner.tell(report) })),
      fails: ['takes no report and gives none after an abort'],
    },
  ];
};
