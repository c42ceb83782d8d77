import { VirtualClock } from '@rekindle/state';
import { type HostReport, type HostReports, memoryStore } from '@rekindle/store';
import { expect, it } from 'vitest';
import { HostReporter } from '../src/host-reporter.ts';

/** Many hosts that follow one store, of which each report counts. */
function fleet(count: number) {
  const clock = new VirtualClock();
  const release = { number: 1, hash: 'the first', origins: [] };
  const reports: HostReport[] = [];
  const hosts: HostReports = {
    tell: async (report) => void reports.push(report),
    forget: async () => {},
    list: async () => reports,
  };
  const reporters = Array.from({ length: count }, (_, index) => {
    const reporter = new HostReporter({
      clock,
      name: `arena-${index}`,
      stores: [Object.assign(memoryStore(), { hosts })],
      status: () => [{ name: 'main', release, modules: 1, following: true }],
      newest: () => release,
    });
    return reporter;
  });
  return {
    clock,
    reports,
    begin: () => {
      for (const reporter of reporters) reporter.begin();
    },
    take: (number: number) => {
      Object.assign(release, { number, hash: `number ${number}` });
      for (const reporter of reporters) reporter.changed('main', release);
    },
  };
}

/** How many reports there were in each tenth of a second of so many milliseconds. */
async function perTenth({ clock, reports }: ReturnType<typeof fleet>, time: number): Promise<number[]> {
  const counts: number[] = [];
  for (let passed = 0; passed < time; passed += 100) {
    const before = reports.length;
    await clock.advance(100);
    counts.push(reports.length - before);
  }
  return counts;
}

it('a hundred hosts that take a release tell of it one after the other, each once, in a few seconds', async () => {
  const hosts = fleet(100);
  hosts.begin();
  await perTenth(hosts, 10_000);
  hosts.reports.length = 0;
  hosts.take(2);
  const counts = await perTenth(hosts, 5_300);
  expect(Math.max(...counts)).toBeLessThanOrEqual(10);
  expect(Math.max(...counts.slice(0, 22)), 'while others have yet to read the release').toBe(0);
  expect(new Set(hosts.reports.map(({ host }) => host)).size).toBe(100);
  expect(hosts.reports).toHaveLength(100);
});

it('also when all of them start at once, and every minute after', async () => {
  const hosts = fleet(100);
  hosts.begin();
  expect(Math.max(...(await perTenth(hosts, 66_000)))).toBeLessThanOrEqual(10);
  expect(hosts.reports).toHaveLength(200);
});

it('releases in a row are one report, of the last one and of when it came', async () => {
  const hosts = fleet(1);
  hosts.begin();
  await hosts.clock.advance(10_000);
  hosts.reports.length = 0;
  hosts.take(2);
  await hosts.clock.advance(100);
  hosts.take(3);
  const since = hosts.clock.time();
  await hosts.clock.advance(6_000);
  expect(hosts.reports.map(({ namespaces }) => namespaces)).toEqual([
    [{ name: 'main', release: { number: 3, hash: 'number 3' }, since }],
  ]);
});
