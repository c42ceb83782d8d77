/**
 * Removes what no release names, compiled modules that are old, and old releases where that is asked for.
 *
 * A publish writes its texts before the release that names them, so a text that nobody names may be one that a publish in
 * progress needs. Each has the time when it was last written or named by a publish, and goes only when that is long ago;
 * the server compares, text by text, in the moment of removing it.
 */
import { StoreError } from '@rekindle/store';
import { ARTIFACT_LIFE } from './artifacts.ts';
import { batches } from './batches.ts';
import { collectionsOf, type ReleaseDocument } from './documents.ts';
import { entriesIn } from './entries.ts';
import { guarded } from './failures.ts';
import { type MongoStoreOptions, settingsOf } from './options.ts';
import { assertKnownSchema } from './schema.ts';

/** What is removed, and what is not. */
export interface MongoGarbageOptions extends MongoStoreOptions {
  /**
   * So many of the newest releases of each channel stay, with those on which they build.
   * @default all
   */
  readonly keep?: number;
  /**
   * Milliseconds for which everything stays that was written: longer than any publish takes, and than clocks differ.
   * @default 3_600_000
   */
  readonly grace?: number;
  /** Counts, and removes nothing. @default false */
  readonly dryRun?: boolean;
}

/** What was removed. */
export interface MongoGarbage {
  /** Releases. */
  readonly releases: number;
  /** Texts. */
  readonly revisions: number;
  /** Compiled modules: of texts that no release names, or written more than thirty days ago. */
  readonly artifacts: number;
}

const HOUR = 3_600_000;

/**
 * Collects the garbage of all channels of a database.
 *
 * @throws StoreError `STORE_TOO_NEW`, `STORE_UNREACHABLE`, `STORE_BAD_OPTION`
 * @example
 * const { revisions } = await collectMongoGarbage({ uri: 'mongodb://127.0.0.1', database: 'arena', keep: 500 });
 */
export async function collectMongoGarbage(options: MongoGarbageOptions): Promise<MongoGarbage> {
  const { keep = Number.POSITIVE_INFINITY, grace = HOUR, dryRun = false, ...rest } = options;
  if (!(keep >= 1) || !(grace >= 0)) {
    throw new StoreError(
      'STORE_BAD_OPTION',
      'collectMongoGarbage keeps one release at least, and has no negative grace.',
    );
  }
  const { client, owned, database, prefix, timeout } = settingsOf(rest);
  const name = `MongoDB '${database.databaseName}'`;
  const { artifacts, meta, releases, revisions } = collectionsOf(database, prefix, timeout);
  const before = Date.now() - grace;
  try {
    return await guarded(name, 'collecting garbage', async () => {
      await assertKnownSchema(name, meta);
      const going = new Map<string, number>();
      if (Number.isFinite(keep)) {
        for (const channel of await releases.distinct('_id.channel')) {
          const oldest = await oldestOf(channel, keep);
          if (oldest !== undefined) going.set(channel, oldest);
        }
      }
      const gone = ({ _id }: Pick<ReleaseDocument, '_id'>) => _id.number < (going.get(_id.channel) ?? 0);
      let removed = 0;
      const named = new Set<string>();
      // removed first: a text that only they name is left to this run, and a run that is broken off leaves texts too many
      if (!dryRun) {
        for (const [channel, oldest] of going) {
          const { deletedCount } = await releases.deleteMany({ '_id.channel': channel, '_id.number': { $lt: oldest } });
          removed += deletedCount;
        }
      }
      for await (const document of releases.find({}, { projection: { _id: 1, manifest: 1, changes: 1 } })) {
        if (dryRun && gone(document)) removed += 1;
        else
          for (const stored of [document.manifest, document.changes])
            for (const [, revision] of entriesIn(stored)) named.add(revision ?? '');
      }
      const old = { $or: [{ written: { $lt: before } }, { written: { $exists: false } }] };
      const unnamed: string[] = [];
      for await (const { _id } of revisions.find(old, { projection: { _id: 1 } }))
        if (!named.has(_id)) unnamed.push(_id);
      const compiled = await uselessArtifacts(named);
      if (dryRun) return { releases: removed, revisions: unnamed.length, artifacts: compiled.length };
      let texts = 0;
      for (const some of batches(unnamed)) {
        texts += (await revisions.deleteMany({ _id: { $in: some }, ...old })).deletedCount;
      }
      let made = 0;
      for (const some of batches(compiled)) {
        made += (await artifacts.deleteMany({ _id: { $in: some }, ...notWrittenSince(before) })).deletedCount;
      }
      return { releases: removed, revisions: texts, artifacts: made };
    });
  } finally {
    if (owned) await client.close();
  }

  /** Those of texts that nobody names, and those that nobody has written for long. */
  async function uselessArtifacts(named: ReadonlySet<string>): Promise<string[]> {
    const found: string[] = [];
    const outlived = Date.now() - Math.max(ARTIFACT_LIFE, grace);
    const projection = { revision: 1, written: 1 };
    for await (const { _id, revision, written } of artifacts.find(notWrittenSince(before), { projection })) {
      if (!named.has(revision) || written.getTime() < outlived) found.push(_id);
    }
    return found;
  }

  /** The number from which on releases stay: that of the oldest on which one of those to keep builds. */
  async function oldestOf(channel: string, count: number): Promise<number | undefined> {
    const all = releases.find({ '_id.channel': channel }, { projection: { _id: 1, base: 1, time: 1 } });
    const kept = (await all.sort({ '_id.number': -1 }).toArray()).filter(
      ({ time }, index) => index < count || time >= before,
    );
    return kept.length === 0 ? undefined : Math.min(...kept.map(({ base }) => base));
  }
}

function notWrittenSince(time: number) {
  return { written: { $lt: new Date(time) } };
}
