/** Follows a folder store as a host does: it reads the head when it is woken, and never because time has passed. */

import type { SourceNotice } from '@rekindle/store';
import { onTestFinished } from 'vitest';
import { type FolderStore, type FolderStoreOptions, folderStore } from '../src/index.ts';

export interface Follower {
  readonly store: FolderStore;
  /** Wakes so far. */
  readonly wakes: number;
  readonly notices: readonly SourceNotice[];
  /** Every text that a module had when the head was read after a wake, without repetitions, by id. */
  seen(id: string): readonly (string | undefined)[];
  /** Every id that a head named. */
  readonly ids: ReadonlySet<string>;
  /** Resolves as soon as the condition holds after a wake or a notice. */
  until(condition: () => boolean | Promise<boolean>): Promise<void>;
  /** Resolves when a module has this text; `undefined` for none. */
  shows(id: string, text: string | undefined): Promise<void>;
}

export async function follow(path: string, options?: FolderStoreOptions): Promise<Follower> {
  const store = folderStore(path, options);
  const end = new AbortController();
  onTestFinished(async () => {
    end.abort();
    await store[Symbol.asyncDispose]();
  });
  const history = new Map<string, (string | undefined)[]>();
  const ids = new Set<string>();
  const notices: SourceNotice[] = [];
  let wakes = 0;
  let looking = false;
  let again = false;
  let changed = signalled();

  const note = () => {
    changed.resolve();
    changed = signalled();
  };
  const look = async () => {
    const texts = await textsOf(store);
    for (const id of texts.keys()) ids.add(id);
    for (const id of new Set([...history.keys(), ...texts.keys()])) {
      const past = history.get(id) ?? [];
      history.set(id, past);
      if (past.length === 0 || past.at(-1) !== texts.get(id)) past.push(texts.get(id));
    }
  };
  const lookUntilCalm = async () => {
    for (; again; note()) {
      again = false;
      // A folder that is gone, or being written to, is looked at again with the next wake.
      await look().catch(() => {});
    }
  };
  const wake = () => {
    wakes += 1;
    again = true;
    if (!looking) {
      looking = true;
      void lookUntilCalm().then(() => {
        looking = false;
        if (again) wake();
      });
    }
  };
  await store.watch(wake, {
    signal: end.signal,
    notice: (notice) => {
      notices.push(notice);
      note();
    },
  });
  await look().catch(() => {});

  const until = async (condition: () => boolean | Promise<boolean>) => {
    for (;;) {
      const next = changed.promise;
      if (await condition()) return;
      await next;
    }
  };
  return {
    store,
    ids,
    notices,
    get wakes() {
      return wakes;
    },
    seen: (id) => history.get(id) ?? [],
    until,
    shows: (id, text) =>
      until(() => (history.get(id) ?? []).at(-1) === text && (text === undefined || history.has(id))),
  };
}

/** Every text of the head, by id. */
export async function textsOf(store: FolderStore): Promise<Map<string, string>> {
  const head = await store.head();
  const texts = new Map<string, string>();
  if (!head) return texts;
  for (const [id, revision] of await store.manifest(head.hash)) texts.set(id, await store.read(id, revision));
  return texts;
}

function signalled(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
