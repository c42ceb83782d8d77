/** What hosts tell: each has one report, which anybody can read who opens the same content. */
import type { Store } from '../contract.ts';
import type { HostReport, HostReports } from '../host-reports.ts';
import { type Rule, rejectionOf } from './fixture.ts';

const DAY = 86_400_000;

const hostsOf = (store: Store): HostReports => {
  if (store.hosts === undefined)
    throw new Error('The store declares that it keeps what hosts tell, and has no `hosts`.');
  return store.hosts;
};

const report = (host: string, seen: number): HostReport => ({
  host,
  started: seen - 1_000,
  seen,
  rooms: 2,
  namespaces: [
    { name: 'main', release: { number: 3, hash: 'ab'.repeat(32) }, since: seen - 500 },
    {
      name: 'room.$17 \u{1F409}',
      since: seen - 500,
      refused: {
        release: { number: 4, hash: 'cd'.repeat(32) },
        since: seen - 100,
        why: [{ code: 'SYNTAX_ERROR', message: "Expected ';'", module: 'npc/goblin.ts', line: 7 }],
      },
      held: { why: 'the final runs', since: seen - 50 },
    },
  ],
});

export const hostRules: readonly Rule[] = [
  {
    name: 'lists what hosts have told, by their names, whole',
    check: async (subject, expect) => {
      const now = Date.now();
      const [first, second] = [report('arena/1', now), report('arena.$2 \u{1F409}', now)];
      await hostsOf(subject.store).tell(first);
      await hostsOf(await subject.other()).tell(second);
      expect([await hostsOf(subject.store).list(), await hostsOf(await subject.other()).list()]).toEqual([
        [second, first],
        [second, first],
      ]);
    },
  },
  {
    name: 'keeps one report of each host, the last',
    check: async (subject, expect) => {
      const now = Date.now();
      await hostsOf(subject.store).tell(report('arena', now - 2_000));
      await hostsOf(subject.store).tell(report('arena', now));
      expect(await hostsOf(subject.store).list()).toEqual([report('arena', now)]);
    },
  },
  {
    name: 'forgets a host that has ended, and one that it does not know without a word',
    check: async (subject, expect) => {
      const hosts = hostsOf(subject.store);
      await hosts.tell(report('arena', Date.now()));
      await hosts.forget('arena');
      await hosts.forget('nobody');
      expect(await hosts.list()).toEqual([]);
    },
  },
  {
    name: 'does not list a host that has not been seen for a day',
    check: async (subject, expect) => {
      const hosts = hostsOf(subject.store);
      await hosts.tell(report('gone', Date.now() - DAY - 60_000));
      await hosts.tell(report('quiet', Date.now() - DAY + 60_000));
      expect((await hosts.list()).map(({ host }) => host)).toEqual(['quiet']);
    },
  },
  {
    name: 'has no head, and wakes nobody, because of what a host tells',
    check: async (subject, expect) => {
      const before = await subject.store.head();
      await hostsOf(subject.store).tell(report('arena', Date.now()));
      expect(await (await subject.other()).head()).toEqual(before);
    },
  },
  {
    name: 'takes no report and gives none after an abort',
    check: async (subject, expect) => {
      const hosts = hostsOf(subject.store);
      const reason = new Error('enough');
      const options = { signal: AbortSignal.abort(reason) };
      const told = await rejectionOf(hosts.tell(report('arena', Date.now()), options));
      expect([told, await rejectionOf(hosts.list(options)), await hosts.list()]).toEqual([reason, reason, []]);
    },
  },
];
