// From an operation, which is numbers, to what is asked of the namespace, and what there is to load once it is committed.
import { isDeepStrictEqual } from 'node:util';
import type { ModuleInfo, Namespace } from 'rekindle';
import { type Course, indented, type Loads, type Opened, type Root, type Tell } from './course.ts';
import { type Done, doneLoading, doneOf } from './done.ts';
import { itemOf, type Operation } from './operations.ts';
import { awaitedOf, FIRST_TEXT, idOf, type Module, textOf } from './program.ts';
import type { World } from './world.ts';

export interface Attempt extends Loads {
  act(): Promise<Done>;
  /** An unload may be refused, and then for this alone: who imports what should leave. */
  readonly importers?: readonly string[];
  /** The module that running code imports. */
  readonly imports?: number;
}

export class Attempts {
  readonly #course: Course;
  readonly #world: World;
  readonly #tell: Tell;
  #texts = 0;

  constructor(course: Course, world: World, tell: Tell) {
    this.#course = course;
    this.#world = world;
    this.#tell = tell;
  }

  /** Undefined where there is nothing that the operation could mean. */
  of(played: Namespace, operation: Operation): Attempt | undefined {
    const { how, which } = operation;
    const same = this.#course.loads;
    switch (how) {
      case 'sync':
        return { ...same, act: async () => doneOf(await played.sync()) };
      case 'reload all':
        return { ...same, act: async () => doneOf(await played.reloadAll()) };
      case 'revert':
        return { ...same, act: async () => doneOf(await played.revert()) };
      case 'reload': {
        const wanted = pick(played.modules(), which).filter((id) => this.#course.has(id));
        return { ...same, act: async () => doneOf(await (wanted.length > 0 ? played.reload(wanted) : played.sync())) };
      }
      case 'unload': {
        const loaded = played.modules();
        const ids = new Set(pick(loaded, which));
        return ids.size === 0 ? undefined : this.#unload(played, loaded, ids, operation.cascade);
      }
      case 'load':
        return this.#load(played, which);
      case 'evaluate':
        return this.#evaluate(played, operation);
      case 'import':
        return this.#open(played, which);
      default:
        throw new Error(`no operation ${how satisfies never}`);
    }
  }

  #load(played: Namespace, [number]: Operation['which']): Attempt | undefined {
    const { loads } = this.#course;
    const id = idOf(this.#course.moduleAt(number));
    const known = loads.roots.some((root) => root.id === id);
    const loaded = played.modules();
    // what is loaded stands where it stands, until the order is found anew
    if (loaded.some((one) => one.id === id) && !reach(loaded, loads.roots).has(id)) return undefined;
    const roots = known ? loads.roots : [...loads.roots, { id }];
    return { ...loads, roots, act: () => doneLoading(() => played.import(id)) };
  }

  #unload(played: Namespace, loaded: readonly ModuleInfo[], ids: Set<string>, cascade: boolean): Attempt {
    const { roots, opened } = this.#course.loads;
    const importersOf = new Map(loaded.map(({ id, importers }) => [id, [...importers, ...this.#awaitingFor(id)]]));
    const leaving = new Set(ids);
    for (const id of leaving)
      for (const importer of importersOf.get(id) ?? []) if (importersOf.has(importer)) leaving.add(importer);
    const importers = cascade ? [] : [...leaving].filter((id) => !ids.has(id));
    return {
      roots: roots.filter(({ id }) => !leaving.has(id)),
      opened: opened.filter((one) => one.ids.every((id) => !leaving.has(id))),
      importers,
      act: async () => doneOf(await played.unload([...ids], { cascade })),
    };
  }

  /** Ids of modules that run whose top level was given one by `import()`. */
  #awaitingFor(id: string): string[] {
    const { running, texts } = this.#course;
    const all = [...running.values(), ...texts.flatMap(({ module }) => module ?? [])];
    const awaits = (module: Module) => awaitedOf(running, module).some((target) => this.#course.idOf(target) === id);
    return all.filter(awaits).map(idOf);
  }

  #evaluate(played: Namespace, { which, edits }: Operation): Attempt {
    const { loads, running } = this.#course;
    const number = FIRST_TEXT + (which[0] % 2);
    this.#texts += 1;
    const blank: Module = { number, version: this.#texts, comment: 0, folder: false, items: [] };
    const specs = edits[0]?.items ?? [];
    const module = { ...blank, items: specs.map((spec) => itemOf(running, number, spec)) };
    const id = idOf(module);
    const text = textOf(module, true);
    const place = loads.roots.findIndex((root) => root.id === id);
    const root: Root = { id, module };
    const roots = place < 0 ? [...loads.roots, root] : loads.roots.with(place, root);
    this.#tell?.(`   ${id}\n${indented(text)}`);
    return { ...loads, roots, act: () => doneLoading(() => played.evaluate(text, { id }), place < 0 ? [] : [id]) };
  }

  /** An `import()` by a module that runs. */
  #open(played: Namespace, [which, target]: Operation['which']): Attempt | undefined {
    const { loads } = this.#course;
    const shows = this.#world.shows(played);
    const show = shows[which % Math.max(1, shows.length)];
    if (show === undefined) return undefined;
    const [from, , , open] = show;
    const to = this.#course.moduleAt(target);
    this.#tell?.(`   ${from} imports ${to.number}`);
    const opened: Opened = { from, to: to.number, ids: [this.#course.idOf(from), idOf(to)] };
    const known = loads.opened.some(({ ids }) => isDeepStrictEqual(ids, opened.ids));
    return {
      ...loads,
      opened: known ? loads.opened : [...loads.opened, opened],
      imports: to.number,
      act: () => doneLoading(() => open(to.number)),
    };
  }
}

/** What the roots import, and what that imports. */
export function reach(loaded: readonly ModuleInfo[], roots: readonly Root[]): ReadonlySet<string> {
  const imports = new Map<string, string[]>();
  for (const { id, importers } of loaded) {
    for (const importer of importers) imports.set(importer, [...(imports.get(importer) ?? []), id]);
  }
  const reached = new Set(roots.map(({ id }) => id));
  for (const id of reached) for (const target of imports.get(id) ?? []) reached.add(target);
  return reached;
}

function pick(loaded: readonly ModuleInfo[], which: Operation['which']): string[] {
  return which.flatMap((number) => loaded[number % Math.max(1, loaded.length)]?.id ?? []);
}
