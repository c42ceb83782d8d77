// What a namespace looks like from outside, in words: the same from a host and from Node alone.
import { isDeepStrictEqual } from 'node:util';

/** Functions of a module that wait: until a promise settles, and until they are asked again. */
export interface Flow {
  run(gate: Promise<void>): Promise<readonly string[]>;
  walk(): Generator<undefined, readonly string[]>;
}

/** What a callback of a module shows. */
export type Show = (
  number: number,
  /** How the module sees each name. */
  names: Readonly<Record<string, () => unknown>>,
  slots: readonly (readonly [string, object])[],
  open: (number: number) => Promise<unknown>,
  flows: Readonly<Record<string, Flow>>,
) => void;

/** What scripts have told, before it is put into words. */
export interface Seen {
  readonly shows: readonly Parameters<Show>[];
  /** Callbacks of a hook, in their order. */
  readonly rolls: readonly (() => unknown)[];
  readonly entries: readonly (readonly [string, unknown])[];
  /** Effects and tasks that stand. */
  readonly standing: readonly string[];
  /** What hears an event: listeners, and what was set up by `own`. */
  readonly heard: readonly (() => unknown)[];
  readonly owned: readonly (() => unknown)[];
  readonly views: readonly object[];
  readonly modules: readonly string[];
  readonly timers: number;
}

export interface Picture {
  readonly modules: readonly string[];
  /** In the order of the hook's callbacks. */
  readonly shown: readonly { readonly number: number; readonly names: Readonly<Record<string, string>> }[];
  readonly rolls: readonly string[];
  readonly entries: readonly string[];
  readonly standing: readonly string[];
  readonly heard: readonly string[];
  readonly owned: readonly string[];
  /** The live views of the roots. */
  readonly roots: readonly Readonly<Record<string, string>>[];
  readonly timers: number;
}

export class Words {
  readonly #slots = new WeakSet<object>();

  picture({ shows, rolls, entries, standing, heard, owned, views, modules, timers }: Seen): Picture {
    for (const [, , slots] of shows) for (const [, value] of slots) this.#slots.add(value);
    const all = (reads: readonly (() => unknown)[]) => reads.map((read) => this.safely(read));
    return {
      modules,
      shown: shows.map(([number, names]) => ({ number, names: this.#each(names, (name) => names[name]?.()) })),
      rolls: all(rolls),
      entries: entries.map(([key, value]) => `${key}: ${this.text(value)}`).sort(),
      standing: [...standing].sort(),
      heard: all(heard).sort(),
      owned: all(owned).sort(),
      roots: views.map((view) => this.#each(view, (name) => Reflect.get(view, name))),
      timers,
    };
  }

  #each(object: object, read: (name: string) => unknown): Record<string, string> {
    return Object.fromEntries(Object.keys(object).map((name) => [name, this.safely(() => read(name))]));
  }

  safely(read: () => unknown): string {
    try {
      return this.text(read());
    } catch (error) {
      return `throws ${(error as Error).name}`;
    }
  }

  /** A value in words, as far into it as `depth` says; functions are called. */
  text(value: unknown, depth = 2): string {
    if (typeof value === 'function') {
      if (depth <= 0) return 'a function';
      if (!/^class/.test(Function.prototype.toString.call(value)))
        return `calls(${this.text(value(depth), depth - 1)})`;
      const made = new (value as new () => { at(depth: number): string })();
      return `class(${(value as unknown as { fixed: string }).fixed} ${made.at(depth)})`;
    }
    if (typeof value !== 'object' || value === null) return String(value);
    if ('slot' in value || this.#slots.has(value)) return 'a slot';
    const names = Object.keys(value);
    if (depth <= 0) return `{${names.join()}}`;
    const parts = names.map((name) => `${name}:${this.text((value as Record<string, unknown>)[name], depth - 1)}`);
    return `{${parts.join()}}`;
  }
}

/** The first parts that differ, in words. */
export function diff(expected: unknown, found: unknown, path = ''): string {
  if (isDeepStrictEqual(expected, found)) return '';
  if (typeof expected === 'object' && typeof found === 'object' && expected !== null && found !== null) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(found)])) {
      const inner = diff(Reflect.get(expected, key), Reflect.get(found, key), `${path}/${key}`);
      if (inner !== '') return inner;
    }
  }
  return `${path}: ${JSON.stringify(expected)} was expected, ${JSON.stringify(found)} found`;
}
