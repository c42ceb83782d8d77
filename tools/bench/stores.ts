// What a store of 10,000 modules costs: to read its head, and to publish one module. Floors: `fs.readFile` of the same
// files; one plain `find` of the same documents; and, for a publish, the same publish into a store of 100 modules, because
// what it costs shall not depend on how many there are.
//
// The MongoDB server is a real one: MONGODB_URI, a `mongod` on the PATH, or SecantusDB, which is written in Python and
// answers more slowly than others; ratios have the same server on both sides.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { ModuleId, Store } from '@rekindle/store';
import { folderStore } from '@rekindle/store-fs';
import { mongoStore } from '@rekindle/store-mongodb';
import { MongoClient } from 'mongodb';
import { type Row, row, unjudged } from '../door/benchmark.ts';
import { numberOf, type Options, type Values } from '../door/options.ts';
import { interleave } from '../door/statistics.ts';
import { startMongo } from '../mongodb/find.ts';
import { cpuOption, type Stopwatch, stopwatch } from './lib/stopwatch.ts';

export const summary = 'a head of 10,000 modules, and a publish of one, in a folder and in MongoDB';

export const options = {
  modules: { type: 'string', about: 'how many modules the large store has', default: '10000' },
  few: { type: 'string', about: 'how many the small one has', default: '100' },
  rounds: { type: 'string', about: 'how many heads are measured', default: '9' },
  publishes: { type: 'string', about: 'how many publishes are measured', default: '60' },
  only: { type: 'string', about: 'only this: folder or mongodb' },
  cpu: cpuOption,
  'max-folder-head': { type: 'string', about: 'exit 1 when a warm head of the folder is above so many floors' },
  'max-mongodb-head': {
    type: 'string',
    about: 'exit 1 when a head with its texts from MongoDB is above so many floors',
  },
  'max-publish': { type: 'string', about: 'exit 1 when a publish into the large store is above so many floors' },
} satisfies Options;

const FOLDER_HEAD = 'the head of a folder, files known and unchanged';
const FOLDER_FIRST = 'the first head of a folder in a process';
const MONGODB_ALL = 'the head of a database with its manifest and all texts';
const MONGODB_HEAD = 'the head of a database with its manifest alone';
const PUBLISH_FOLDER = 'a publish of one module into a folder that is watched';
const PUBLISH_AGAIN = 'a publish of one module into a folder that nobody watches, by who publishes again and again';
const PUBLISH_MONGODB = 'a publish of one module into a database';

const read = promisify(readFile);

interface Sizes {
  readonly many: number;
  readonly few: number;
  readonly rounds: number;
  readonly publishes: number;
  readonly now: Stopwatch;
}

export async function run(values: Values<typeof options>): Promise<Row[]> {
  const sizes: Sizes = {
    many: numberOf('modules', values.modules),
    few: numberOf('few', values.few),
    rounds: numberOf('rounds', values.rounds),
    publishes: numberOf('publishes', values.publishes),
    now: stopwatch(values.cpu ?? false),
  };
  const folder = values.only === 'mongodb' ? [] : await folders(sizes);
  return values.only === 'folder' ? folder : [...folder, ...(await databases(sizes))];
}

export function complaint(rows: readonly Row[], limits: Values<typeof options>): string | undefined {
  const above = (name: 'max-folder-head' | 'max-mongodb-head' | 'max-publish', ...cases: readonly string[]) =>
    cases.flatMap((what) => {
      const limit = limits[name];
      const [ours, floor] = ['rekindle', 'floor'].map((side) =>
        rows.find((each) => each.name === side && each.case === what),
      );
      if (limit === undefined || ours === undefined || floor === undefined) return [];
      const ratio = ours.p50 / floor.p50;
      return ratio <= numberOf(name, limit) ? [] : [`${what}: ${ratio.toFixed(2)} of the floor, above ${limit}`];
    });
  const problems = [
    ...above('max-folder-head', FOLDER_HEAD, FOLDER_FIRST),
    ...above('max-mongodb-head', MONGODB_ALL),
    ...above('max-publish', PUBLISH_FOLDER, PUBLISH_AGAIN, PUBLISH_MONGODB),
  ];
  return problems.length === 0 ? undefined : problems.join('; ');
}

/** Modules as they are on the average: two kilobytes in folders of a hundred. */
function modules(count: number): Map<ModuleId, string> {
  const texts = new Map<ModuleId, string>();
  for (let index = 0; index < count; index += 1) {
    const lines = Array.from(
      { length: 40 },
      (_, line) => `export const value${line} = ${index} * ${line} + ${line % 7};`,
    );
    texts.set(`area${Math.floor(index / 100)}/module${index}.ts`, `// module ${index}\n${lines.join('\n')}\n`);
  }
  return texts;
}

async function folders({ many, few, rounds, publishes, now }: Sizes): Promise<Row[]> {
  const root = await mkdtemp(join(tmpdir(), 'rekindle-bench-stores-'));
  try {
    const [large, small] = await Promise.all([filled(join(root, 'many'), many), filled(join(root, 'few'), few)]);
    await using warm = folderStore(large.path);
    await warm.head();
    const heads = await interleave(
      [
        { name: FOLDER_HEAD, measure: () => timed(now, () => warm.head()) },
        {
          name: FOLDER_FIRST,
          measure: async () => {
            await using store = folderStore(large.path);
            return await timed(now, () => store.head());
          },
        },
        { name: 'floor', measure: () => timed(now, () => Promise.all(large.files.map((file) => read(file, 'utf8')))) },
      ],
      { rounds, warmup: 2 },
    );
    const publishing = async (what: string, isWatched: boolean) => {
      await using one = folderStore(large.path);
      await using other = folderStore(small.path);
      const { signal } = new AbortController();
      if (isWatched) await Promise.all([one, other].map((store) => store.watch(() => {}, { signal })));
      return await published(what, { large: one, small: other, many, publishes, now });
    };
    return [
      ...[FOLDER_HEAD, FOLDER_FIRST].flatMap((what) => [
        row('rekindle', many, heads.get(what) ?? [], what),
        row('floor', many, heads.get('floor') ?? [], what),
      ]),
      ...(await publishing(PUBLISH_FOLDER, true)),
      ...(await publishing(PUBLISH_AGAIN, false)),
    ];
  } finally {
    await rm(root, { recursive: true });
  }
}

async function filled(path: string, count: number): Promise<{ readonly path: string; readonly files: string[] }> {
  const texts = modules(count);
  const files = [...texts.keys()].map((id) => join(path, id));
  for (const folder of new Set(files.map((file) => dirname(file)))) await mkdir(folder, { recursive: true });
  for (const [id, text] of texts) await writeFile(join(path, id), text);
  return { path, files };
}

async function databases({ many, few, rounds, publishes, now }: Sizes): Promise<Row[]> {
  await using server = await startMongo();
  console.log(`server: ${server.kind}`);
  const name = `rekindle_bench_${randomBytes(6).toString('hex')}`;
  await using client = new MongoClient(server.uri);
  await client.connect();
  try {
    const open = (count: number) => mongoStore({ client, database: name, prefix: `of${count}_` });
    await using large = open(many);
    await using small = open(few);
    await large.publish(modules(many), { expected: 0 });
    await small.publish(modules(few), { expected: 0 });
    const documents = async (collection: string) =>
      timed(now, () => client.db(name).collection(`of${many}_${collection}`).find().toArray());
    const heads = await interleave(
      [
        { name: MONGODB_ALL, measure: () => headOf(open(many), now, true) },
        { name: 'all', measure: async () => (await documents('releases')) + (await documents('revisions')) },
        { name: MONGODB_HEAD, measure: () => headOf(open(many), now, false) },
        { name: 'manifest', measure: () => documents('releases') },
      ],
      { rounds, warmup: 1 },
    );
    const samples = (which: string) => heads.get(which) ?? [];
    return [
      row('rekindle', many, samples(MONGODB_ALL), MONGODB_ALL),
      row('floor', many, samples('all'), MONGODB_ALL),
      unjudged(row('rekindle', many, samples(MONGODB_HEAD), MONGODB_HEAD)),
      row('floor', many, samples('manifest'), MONGODB_HEAD),
      ...(await published(PUBLISH_MONGODB, { large, small, many, publishes, now })),
    ];
  } finally {
    if (!server.temporary) await client.db(name).dropDatabase();
  }
}

/** What a host does when it starts: the head, the manifest, and every text. */
async function headOf(opened: Store, now: Stopwatch, texts: boolean): Promise<number> {
  await using store = opened;
  return await timed(now, async () => {
    const head = await store.head();
    const manifest = await store.manifest(head?.hash ?? '');
    if (texts) await Promise.all([...manifest].map(([id, revision]) => store.read(id, revision)));
  });
}

interface Publishing {
  readonly large: Store;
  readonly small: Store;
  readonly many: number;
  readonly publishes: number;
  readonly now: Stopwatch;
}

/** The floor is the same publish into the small store, by turns. */
async function published(what: string, { large, small, many, publishes, now }: Publishing): Promise<Row[]> {
  const publishing = (store: Store) => {
    let number: number | undefined;
    return async (round: number) => {
      number ??= (await store.head())?.number ?? 0;
      const text = `export const edited = ${round}; // ${what}\n`; // no content comes twice
      const expected = number;
      return timed(now, async () => {
        number = (await store.publish(new Map([['area0/module7.ts', text]]), { expected })).number;
      });
    };
  };
  const contenders = [
    { name: 'rekindle', measure: publishing(large) },
    { name: 'floor', measure: publishing(small) },
  ];
  const samples = await interleave(contenders, { rounds: publishes, warmup: 5 });
  return contenders.map(({ name }) => row(name, many, samples.get(name) ?? [], what));
}

async function timed(now: Stopwatch, work: () => Promise<unknown>): Promise<number> {
  const start = now();
  await work();
  return now() - start;
}
