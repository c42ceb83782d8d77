// A database server that is killed during publishes: no half release, and none lost that somebody was told of.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isStoreError } from '@rekindle/store';
import { mongoStore } from '@rekindle/store-mongodb';
import type { Checks } from '../../door/checks.ts';
import type { starterOf } from '../../mongodb/option.ts';

export async function proveServerKills(
  checks: Checks,
  times: number,
  start: ReturnType<typeof starterOf>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'rekindle-server-kills-'));
  const told = new Map<number, string>();
  let torn = 0;
  try {
    for (let round = 1; round <= times; round++) {
      const server = await start({ folder });
      const uri = `mongodb://127.0.0.1:${server.port}/?directConnection=true`;
      await using store = mongoStore({ uri, database: 'kills', timeout: 2_000 });
      const last = await store.head();
      const manifest = last && (await store.manifest(last.hash));
      const texts = await Promise.all([...(manifest ?? [])].map(([id, revision]) => store.read(id, revision)));
      if (new Set(texts).size > 1) torn += 1;
      let dying: Promise<void> | undefined;
      let expected = last?.number ?? 0;
      const publishes = 2 + (round % 5);
      try {
        for (let publish = 1; dying === undefined || publish < publishes + 50; publish++) {
          const text = `round ${round}, publish ${publish}`;
          const changes = new Map(['a.ts', 'b.ts', 'c.ts'].map((id) => [id, text]));
          const publishing = store.publish(changes, { expected, author: text });
          if (publish === publishes) dying = server.kill();
          const release = await publishing;
          told.set(release.number, release.author);
          expected = release.number;
        }
      } catch (error) {
        if (!isStoreError(error)) throw error;
      }
      await dying;
    }
    const server = await start({ folder });
    const uri = `mongodb://127.0.0.1:${server.port}/?directConnection=true`;
    {
      await using store = mongoStore({ uri, database: 'kills' });
      const history = (await store.history?.({ limit: 10_000 })) ?? [];
      const authors = new Map(history.map(({ number, author }) => [number, author]));
      const lost = [...told].filter(([number, author]) => authors.get(number) !== author);
      checks.that(`${times} servers were killed during publishes`, told.size > 0, `${told.size} were told of`);
      checks.that('no release that was told of is lost', lost.length === 0, JSON.stringify(lost.slice(0, 3)));
      checks.that(
        'none is there twice, and none is left out',
        history.every(({ number }, index) => number === history.length - index),
      );
    }
    await server.kill();
    checks.that('no head was torn', torn === 0);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
