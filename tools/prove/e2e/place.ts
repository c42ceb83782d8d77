// Where the arena has its scripts from, and how an edit of the workshop goes live there.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import type { ArenaOptions } from '../../../examples/arena/src/arena.ts';
import { differences } from '../../../examples/arena/src/differences.ts';
import { databaseAt, scriptStores } from '../../../examples/arena/src/script-stores.ts';
import { root } from '../../deps/workspace.ts';
import type { MongoServer } from '../../mongodb/server.ts';
import { uriOf } from '../../mongodb/uri.ts';
import { sourceFlags } from '../../run/flags.ts';
import type { Workshop } from './workshop.ts';

export interface Place extends AsyncDisposable {
  readonly arena: Pick<ArenaOptions, 'scripts' | 'mongodb'>;
  /** Lets what was edited since go live. */
  release(message: string): Promise<void>;
  /** The number of the newest release, where somebody gives numbers. */
  head(): Promise<number | undefined>;
}

/** The workshop's folder itself: a save is live. */
export function folderPlace(workshop: Workshop): Place {
  return {
    arena: { scripts: workshop.folder },
    release: async () => {},
    head: async () => undefined,
    [Symbol.asyncDispose]: async () => {},
  };
}

/**
 * A database of its own, which the arena fills from a copy of the workshop as it is now. What is edited after that goes
 * live when it is published: the first time by the arena's command in a process of its own, then by a client beside it.
 */
export async function databasePlace(workshop: Workshop, server: MongoServer): Promise<Place> {
  const database = `rekindle_e2e_${randomBytes(6).toString('hex')}`;
  const mongodb = uriOf(server.uri, database);
  const fallback = await mkdtemp(join(tmpdir(), 'rekindle-e2e-'));
  await cp(workshop.folder, fallback, { recursive: true });
  const author = await databaseAt(mongodb);
  const { folder } = workshop;
  const [desk] = (await scriptStores({ folder, folderName: folder })).stores;
  if (desk === undefined) throw new Error('A folder alone makes one store');
  let first = true;
  return {
    arena: { scripts: fallback, mongodb },
    release: async (message) => {
      if (first) {
        first = false;
        await publishByCommand(mongodb, folder, message);
        return;
      }
      const { head, changes, missing } = await differences(desk, author);
      const deleted = missing.map((id) => [id, null] as const);
      await author.publish(new Map<string, string | null>([...changes, ...deleted]), { expected: head, message });
    },
    head: async () => (await author.head())?.number,
    [Symbol.asyncDispose]: async () => {
      await author[Symbol.asyncDispose]();
      await desk[Symbol.asyncDispose]();
      await rm(fallback, { recursive: true, force: true });
      if (server.temporary) return;
      await using client = new MongoClient(mongodb);
      await client.db().dropDatabase();
    },
  };
}

async function publishByCommand(mongodb: string, folder: string, message: string): Promise<void> {
  const file = join(root, 'examples/arena/src/publish.ts');
  const child = spawn(process.execPath, [...sourceFlags, file, '--folder', folder, '-m', message, '--delete'], {
    env: { ...process.env, MONGODB_URI: mongodb },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`Publishing ended with ${code}:\n${output}`);
}
