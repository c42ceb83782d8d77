// What the tests of this package need again and again: databases of their own, and what a client has sent.
import { randomBytes } from 'node:crypto';
import type { Changes, SourceNotice, Store } from '@rekindle/store';
import { type CommandStartedEvent, type Document, MongoClient } from 'mongodb';
import { onTestFinished } from 'vitest';
import { type MongoStoreOptions, mongoStore } from '../../src/index.ts';

export function freshName(): string {
  return `rekindle_${randomBytes(6).toString('hex')}`;
}

/** A store that is disposed of when the test ends. */
export function open(options: MongoStoreOptions): Store {
  const store = mongoStore(options);
  onTestFinished(() => store[Symbol.asyncDispose]());
  return store;
}

/** A client that is closed when the test ends. */
export function clientOf(uri: string, options = {}): MongoClient {
  const client = new MongoClient(uri, options);
  onTestFinished(() => client.close());
  return client;
}

/** A client, and every command that it sends; not those by which it watches the server. */
export function recorded(uri: string): { readonly client: MongoClient; readonly sent: CommandStartedEvent[] } {
  const client = clientOf(uri, { monitorCommands: true });
  const sent: CommandStartedEvent[] = [];
  client.on('commandStarted', (command) => sent.push(command));
  return { client, sent };
}

export function changes(texts: Record<string, string | null>): Changes {
  return new Map(Object.entries(texts));
}

/** So many modules, all different. */
export function modules(count: number, version = 1): Record<string, string> {
  const texts: Record<string, string> = {};
  for (let index = 0; index < count; index += 1) texts[`m${index}.ts`] = `export const m${index} = ${version};\n`;
  return texts;
}

/** Every text that the head shows. */
export async function textsOf(store: Store): Promise<Record<string, string>> {
  const head = await store.head();
  if (head === undefined) return {};
  const manifest = await store.manifest(head.hash);
  const texts = [...manifest].map(async ([id, revision]) => [id, await store.read(id, revision)] as const);
  return Object.fromEntries(await Promise.all(texts));
}

/** For what a server does in its own time: far above what it takes. */
export const patience = { timeout: 20_000, interval: 10 };

/** Follows a store until the test ends. */
export async function follow(store: Store) {
  const end = new AbortController();
  onTestFinished(() => end.abort());
  const notices: SourceNotice[] = [];
  const heard = { notices, wakes: 0, last: 0 };
  const wake = () => {
    heard.wakes += 1;
    heard.last = performance.now();
  };
  await store.watch(wake, { signal: end.signal, notice: (notice) => notices.push(notice) });
  return heard;
}

/** Makes commands fail, on a server that lets itself be told so: `mode` is how often, `data` which and how. */
export async function failing(uri: string, mode: Document | 'alwaysOn' | 'off', data: Document = {}): Promise<void> {
  await clientOf(uri).db('admin').command({ configureFailPoint: 'failCommand', mode, data });
}
