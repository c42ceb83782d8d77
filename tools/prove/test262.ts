// ECMA-262's own tests of modules (test262), through `host.import` and nothing else of the product. The tests are not
// here: the option names a checkout. Which of them are run is pinned, so that figures can be compared.
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { numberOf, type Options, UsageError, type Values } from '../door/options.ts';
import type { Tally } from '../door/tally.ts';
import { bringNode, versionOf, versions } from '../nodes/nodes.ts';
import { bundleRealm } from './test262/bundle.ts';
import { runTests } from './test262/lanes.ts';
import type { Verdict } from './test262/verdict.ts';

export const summary = 'the pinned module tests of test262, each in a process of its own';

export const options = {
  test262: { type: 'string', about: 'folder of a checkout of github.com/tc39/test262: needed' },
  filter: { type: 'string', about: 'only tests whose path holds this text' },
  node: { type: 'string', about: 'another Node than this one: 22, 24 or 26' },
  jobs: { type: 'string', about: 'how many run at once', default: String(availableParallelism()) },
  timeout: { type: 'string', about: 'milliseconds for one test', default: '10000' },
} satisfies Options;

export async function run({ test262, filter, node, jobs, timeout }: Values<typeof options>): Promise<Tally> {
  const checkout = checkoutAt(test262);
  const tests = (await pinned()).filter((test) => filter === undefined || test.includes(filter));
  if (tests.length === 0) throw new UsageError(`No pinned test's path holds '${filter}'.`);
  const executable = await nodeFor(node);
  const realm = await bundleRealm();
  const begin = performance.now();
  try {
    const verdicts = await runTests(tests, {
      realm,
      checkout,
      node: executable,
      jobs: numberOf('jobs', jobs),
      timeout: numberOf('timeout', timeout),
      done: (test, { passed, reason }) => {
        if (!passed) console.log(`FAILED ${test}\n       ${reason}`);
      },
    });
    const seconds = ((performance.now() - begin) / 1000).toFixed(0);
    console.log(`\nNode ${node ?? process.versions.node}, ${seconds} s`);
    console.log(table(verdicts).join('\n'));
    return tallyOf([...verdicts.values()]);
  } finally {
    await rm(dirname(realm), { recursive: true });
  }
}

function checkoutAt(folder: string | undefined): string {
  if (folder === undefined) throw new UsageError('--test262 is needed: the folder of a checkout of test262.');
  const checkout = resolve(process.env['INIT_CWD'] ?? '.', folder);
  if (!existsSync(join(checkout, 'harness/assert.js'))) {
    throw new UsageError(`'${folder}' is not a checkout of test262: it has no harness/assert.js.`);
  }
  return checkout;
}

async function nodeFor(wanted: string | undefined): Promise<string> {
  if (wanted === undefined) return process.execPath;
  const version = versionOf(wanted);
  if (version === undefined) throw new UsageError(`--node takes one of ${versions.join(', ')}, not '${wanted}'.`);
  return bringNode(version);
}

async function pinned(): Promise<string[]> {
  const text = await readFile(join(import.meta.dirname, 'test262/pinned.txt'), 'utf8');
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

function tallyOf(verdicts: readonly Verdict[]): Tally {
  const passed = verdicts.filter((verdict) => verdict.passed).length;
  return { passed, failed: verdicts.length - passed };
}

/** Counts for each directory of the tests. */
function table(verdicts: ReadonlyMap<string, Verdict>): string[] {
  const directories = new Map<string, Verdict[]>();
  for (const [test, verdict] of verdicts) {
    const name = directoryOf(test);
    directories.set(name, [...(directories.get(name) ?? []), verdict]);
  }
  const width = Math.max(...[...directories.keys()].map((name) => name.length));
  return [...directories]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, all]) => {
      const { passed } = tallyOf(all);
      return `  ${name.padEnd(width)}   ${String(passed).padStart(4)} of ${String(all.length).padStart(4)}`;
    });
}

/** `test/language/` is common to all, and what lies deeper than a topic is one with it. */
function directoryOf(test: string): string {
  const [topic = '', ...below] = dirname(test).replace('test/language/', '').split('/');
  return [topic, ...below.slice(0, topic === 'expressions' ? 2 : 1)].join('/');
}
