/**
 * `rekindle/testing`: a host for tests of scripts and of the game around them.
 *
 * Modules come from strings, time is virtual, a change is one publish and its outcome. It works in any test runner and
 * starts nothing that has to be waited for.
 */

import type { Outcome, RekindleEvent } from '@rekindle/reload';
import { VirtualClock } from '@rekindle/state';
import { memoryStore } from '@rekindle/store';
import { createHost, type Host } from './host.ts';
import type { HostOptions } from './options.ts';

export type { VirtualClock } from '@rekindle/state';

/** What `createHost` takes, without what a test host brings itself, and what is loaded at once. */
export interface TestHostOptions extends Omit<HostOptions, 'stores' | 'clock'> {
  /** Modules that are imported at once. @default none */
  readonly entries?: readonly string[];
}

/** A host over modules in memory, its virtual time, and everything that it said. */
export interface TestHost extends AsyncDisposable {
  readonly host: Host;
  /** The hands of time: nothing passes unless a test says so. */
  readonly clock: VirtualClock;
  /** Every event so far. */
  readonly events: readonly RekindleEvent[];
  /** Loads a module; resolves to its live namespace object. */
  import<Exports = Record<string, unknown>>(id: string): Promise<Exports>;
  /** One save that nobody takes yet: `null` deletes a module. For `host.rehearse()`, or a `sync` later. */
  publish(modules: Readonly<Record<string, string | null>>): Promise<void>;
  /** One save: `null` deletes a module. Resolves to what became of it. */
  change(modules: Readonly<Record<string, string | null>>): Promise<Outcome>;
  /** Empties `events`: for tests that go on for long. */
  forget(): void;
  /** Closes the host. `await using` does it too. */
  close(): Promise<void>;
}

/**
 * Makes a host over modules in memory.
 *
 * @param modules the first release: text by module id
 * @example
 * const t = await createTestHost({ 'npc/goblin.ts': 'export const hp = 10;' }, { entries: ['npc/goblin.ts'] });
 * const outcome = await t.change({ 'npc/goblin.ts': 'export const hp = 12;' });
 */
export async function createTestHost(
  modules: Readonly<Record<string, string>>,
  { entries = [], ...options }: TestHostOptions = {},
): Promise<TestHost> {
  const clock = new VirtualClock();
  const store = memoryStore();
  const host = createHost({ cache: false, ...options, stores: [store], clock });
  const events: RekindleEvent[] = [];
  host.events$.subscribe((event) => events.push(event));
  const publish = async (changes: Readonly<Record<string, string | null>>) => {
    const head = await store.head();
    await store.publish(new Map(Object.entries(changes)), { expected: head?.number ?? 0 });
  };
  await publish(modules);
  for (const entry of entries) await host.import(entry);
  return {
    host,
    clock,
    events,
    import: async <Exports>(id: string) => (await host.import(id)) as Exports,
    publish,
    async change(changes) {
      await publish(changes);
      return host.sync();
    },
    forget() {
      events.length = 0;
    },
    close: () => host.close(),
    [Symbol.asyncDispose]: () => host.close(),
  };
}
