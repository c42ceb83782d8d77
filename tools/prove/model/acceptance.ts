// Accept callbacks of `import.meta.hot`: who accepts an import, and goes on doing so, hears once of each new version of it.
// What is below the import and changes is heard of as well; how far that goes is not held against anything here.
import { Difference } from './difference.ts';
import { idOf, type Module } from './program.ts';

/** What is loaded, by id. */
export type Loaded = ReadonlyMap<string, Module>;

export interface Acceptance {
  readonly before: Loaded;
  readonly after: Loaded;
  /** Ids of what ran. */
  readonly ran: readonly string[];
  /** By whom, of whose new version. */
  readonly calls: readonly (readonly [number, number])[];
}

/** Throws a Difference where a callback was not called, or twice. */
export function checkAccepted({ before, after, ran, calls }: Acceptance): void {
  const heard = new Map<string, number>();
  for (const [by, target] of calls) {
    const key = `${by} of ${target}`;
    heard.set(key, (heard.get(key) ?? 0) + 1);
  }
  for (const [key, times] of heard) if (times > 1) throw new Difference(`${key}: heard ${times} times`);
  const replaced = new Set(ran.filter((id) => before.has(id) && after.has(id)));
  for (const [id, module] of after) {
    const was = before.get(id);
    if (was === undefined) continue;
    for (const target of acceptedBy(module)) {
      // what accepts is read from the versions that ran until then
      if (!acceptedBy(was).includes(target)) continue;
      const there = [...replaced].some((one) => after.get(one)?.number === target);
      if (there && !heard.has(`${module.number} of ${target}`)) {
        throw new Difference(`${id} accepts ${target}, and has not heard of its new version`);
      }
    }
  }
}

function acceptedBy({ number, items }: Module): number[] {
  return items.flatMap((item) => (item.kind === 'accept' && item.target !== number ? [item.target] : []));
}

/** Those of a program, and of the texts beside it, that are loaded. */
export function loadedOf(modules: Iterable<Module>, ids: ReadonlySet<string>): Loaded {
  const all = [...modules].map((module) => [idOf(module), module] as const);
  return new Map(all.filter(([id]) => ids.has(id)));
}
