// How a scenario stands: the program in the store, the one that runs, and what the game has loaded of it.
import { memoryStore } from 'rekindle';
import { awaitedOf, FIRST_TEXT, idOf, type Module, type Program, textsOf } from './program.ts';

/** Told what happens, line by line. */
export type Tell = ((line: string) => void) | undefined;

/** What the game itself has loaded: a module of the store, or a text. */
export interface Root {
  readonly id: string;
  readonly module?: Module;
}

/** What running code imported. */
export interface Opened {
  readonly from: number;
  readonly to: number;
  /** Their ids: a module that moves is another module. */
  readonly ids: readonly [string, string];
}

/** What there is to load. */
export interface Loads {
  readonly roots: readonly Root[];
  readonly opened: readonly Opened[];
}

export class Course {
  readonly store = memoryStore();
  readonly #tell: Tell;
  #program: Program = new Map();
  #running: Program = new Map();
  #loads: Loads;
  /** What each release was. */
  readonly #programs = new Map<number, Program>();
  /** The texts that were loaded beside a release when it gave way. */
  readonly #beside = new Map<number, readonly Root[]>();

  /** @param roots how many modules the game loads at first */
  constructor(roots: number, tell: Tell) {
    this.#tell = tell;
    this.#loads = { roots: Array.from({ length: roots }, (_, number) => ({ id: `m${number}.ts` })), opened: [] };
  }

  /** The newest in the store. */
  get program(): Program {
    return this.#program;
  }

  get running(): Program {
    return this.#running;
  }

  get loads(): Loads {
    return this.#loads;
  }

  async publish(program: Program): Promise<void> {
    const texts = textsOf(program);
    const head = await this.store.head();
    const old = head === undefined ? new Map<string, string>() : textsOf(this.#program);
    const changes = new Map<string, string | null>();
    for (const [id, text] of texts) if (old.get(id) !== text) changes.set(id, text);
    for (const id of old.keys()) if (!texts.has(id)) changes.set(id, null);
    for (const [id, text] of changes) this.#tell?.(`   ${id}${text === null ? ' deleted' : `\n${indented(text)}`}`);
    if (head === undefined || changes.size > 0) await this.store.publish(changes, { expected: head?.number ?? 0 });
    this.#program = program;
  }

  /** The program in the store runs as this release. */
  commit(release: number): void {
    this.#running = this.#program;
    this.#programs.set(release, this.#program);
  }

  /** What the game has loaded from now on. @param loaded ids of all modules that there are */
  keep({ roots, opened }: Loads, loaded: ReadonlySet<string>): void {
    const stands = opened.filter((one) => this.stands(one) && one.ids.every((id) => loaded.has(id)));
    this.#loads = { roots, opened: stands };
  }

  /** A release gives way: its texts, as they are now, come back with it. */
  leave(release: number, texts: readonly Root[]): void {
    this.#beside.set(release, texts);
  }

  programOf(release: number): Program | undefined {
    return this.#programs.get(release);
  }

  /** The same roots with the texts of an earlier release; those that came since stay. */
  besides(release: number, roots: readonly Root[]): readonly Root[] {
    const texts = new Map(this.#beside.get(release)?.map((root) => [root.id, root]));
    return roots.map((root) => texts.get(root.id) ?? root);
  }

  /** The texts that were given to `evaluate`. */
  get texts(): readonly Root[] {
    return this.#loads.roots.filter(({ module }) => module !== undefined);
  }

  /** What a fresh start loads at once. */
  get entries(): readonly Root[] {
    const { roots } = this.#loads;
    const text = roots.findIndex(({ module }) => module !== undefined);
    return text < 0 ? roots : roots.slice(0, text);
  }

  /** Whether bodies import with `import()` while they are awaited: of what runs, or of what shall run next. */
  awaitsImports(roots: readonly Root[]): boolean {
    const texts = roots.flatMap(({ module }) => module ?? []);
    return [this.#running, this.#program].some((program) =>
      [...program.values(), ...texts].some((module) => awaitedOf(program, module).length > 0),
    );
  }

  has(id: string): boolean {
    return textsOf(this.#program).has(id);
  }

  moduleAt(number: number): Module {
    const modules = [...this.#program.values()];
    return modules[number % modules.length] as Module;
  }

  /** Where a module stands that runs. */
  idOf(number: number): string {
    const module = this.#running.get(number);
    return module === undefined ? `m${number}.ts` : idOf(module);
  }

  /** Whether the program has what was imported where it was. */
  stands({ from, to, ids }: Opened): boolean {
    const isHere = (number: number, id: string) => {
      const module = this.#program.get(number);
      return module === undefined ? number >= FIRST_TEXT : idOf(module) === id;
    };
    return isHere(from, ids[0]) && isHere(to, ids[1]);
  }
}

/** A text without what all of them have. */
export function indented(text: string): string {
  const lines = text.trim().split('\n').slice(1);
  return lines.map((line) => `      ${line}`).join('\n');
}
