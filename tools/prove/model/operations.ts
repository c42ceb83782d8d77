// What is done to a program: edits, deletions, moves and failures, as numbers that mean something in every program, so
// that a sequence can be shrunk.
import fc from 'fast-check';
import { exportsOf, HELPERS, type Item, type Module, type Program } from './program.ts';

/** How an item is made; what the numbers choose depends on the program. */
interface ItemSpec {
  readonly kind: number;
  readonly name: number;
  readonly target: number;
  readonly pick: number;
  readonly refs: readonly number[];
}

interface Edit {
  readonly kind:
    | 'items'
    | 'one'
    | 'more'
    | 'less'
    | 'version'
    | 'comment'
    | 'rename'
    | 'delete'
    | 'add'
    | 'move'
    | 'fail';
  readonly module: number;
  readonly at: number;
  readonly items: readonly ItemSpec[];
}

/** One save of several edits, and how it is taken. */
export interface Operation {
  /** After a refusal: go back to what runs before the edits. */
  readonly mend: boolean;
  readonly edits: readonly Edit[];
  readonly how: 'sync' | 'reload' | 'reload all' | 'revert' | 'unload' | 'load' | 'import' | 'evaluate';
  /** Which modules run anyway, are taken out, are loaded. */
  readonly which: readonly [number, number];
  /** Whether those that import what is taken out leave with it. */
  readonly cascade: boolean;
  /** Where it fails at first: at which participant, before or after it has applied. */
  readonly fault: { readonly participant: number; readonly after: boolean } | undefined;
  /** What becomes of functions that wait: they begin before the operation, or go on after it. */
  readonly flight: 'none' | 'begin' | 'end' | 'both';
}

export interface Scenario {
  readonly modules: readonly (readonly ItemSpec[])[];
  readonly roots: number;
  readonly operations: readonly Operation[];
}

const NAMES = 5;

const KINDS: readonly Item['kind'][] = [
  'const',
  'function',
  'import',
  'import',
  'namespace',
  'const',
  'let',
  'class',
  'import',
  'star',
  'indirect',
  'star as',
  'default',
  'slot',
  'bare',
  'timer',
  'await',
  'await import',
  'await import',
  'effect',
  'hook',
  'entry',
  'listener',
  'own',
  'task',
  'once',
  'accept',
  'class',
  'living',
];

const itemSpec: fc.Arbitrary<ItemSpec> = fc.record({
  kind: fc.nat(KINDS.length - 1),
  name: fc.nat(NAMES - 1),
  target: fc.nat(40),
  pick: fc.nat(40),
  refs: fc.array(fc.nat(30), { maxLength: 2 }),
});

const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom<Edit['kind']>(
    'version',
    'one',
    'items',
    'more',
    'less',
    'comment',
    'rename',
    'delete',
    'add',
    'move',
    'fail',
    'version',
    'one',
    'more',
  ),
  module: fc.nat(40),
  at: fc.nat(20),
  items: fc.array(itemSpec, { minLength: 1, maxLength: 5 }),
});

const operation: fc.Arbitrary<Operation> = fc.record({
  mend: fc.nat(3).map((n) => n > 0),
  edits: fc.array(edit, { minLength: 1, maxLength: 3 }),
  how: fc.oneof(
    { weight: 8, arbitrary: fc.constant<Operation['how']>('sync') },
    {
      weight: 7,
      arbitrary: fc.constantFrom<Operation['how']>(
        'reload',
        'reload all',
        'revert',
        'unload',
        'load',
        'import',
        'evaluate',
      ),
    },
  ),
  which: fc.tuple(fc.nat(40), fc.nat(40)),
  cascade: fc.nat(3).map((n) => n > 0),
  fault: fc.option(fc.record({ participant: fc.nat(40), after: fc.boolean() }), { freq: 4, nil: undefined }),
  flight: fc.constantFrom<Operation['flight']>('none', 'none', 'begin', 'end', 'both'),
});

/** @param size operations of a scenario at most */
export function scenarios(size: number): fc.Arbitrary<Scenario> {
  return fc.record({
    modules: fc.oneof(
      { weight: 4, arbitrary: fc.array(fc.array(itemSpec, { maxLength: 6 }), { minLength: 1, maxLength: 10 }) },
      { weight: 1, arbitrary: fc.array(fc.array(itemSpec, { maxLength: 6 }), { minLength: 10, maxLength: 30 }) },
    ),
    roots: fc.integer({ min: 1, max: 3 }),
    // as long as can be: short ones are the beginnings of long ones, and a load is dear
    operations: fc.array(operation, { minLength: 1, maxLength: size, size: 'max' }),
  });
}

/** The program with which a scenario begins: each module may import any other one. */
export function firstProgram({ modules }: Scenario): Program {
  const program = new Map<number, Module>();
  for (const number of modules.keys()) program.set(number, emptyModule(number));
  for (const [number, specs] of modules.entries()) {
    program.set(number, { ...emptyModule(number), items: specs.map((spec) => itemOf(program, number, spec)) });
  }
  return program;
}

function emptyModule(number: number): Module {
  return { number, version: 1, comment: 0, folder: false, items: [] };
}

/** The program after the edits of an operation. */
export function edited(program: Program, edits: readonly Edit[], roots: number): Map<number, Module> {
  const next = new Map(program);
  for (const one of edits) {
    const numbers = [...next.keys()];
    const number = numbers[one.module % numbers.length] as number;
    apply(next, next.get(number) as Module, one, roots);
  }
  return next;
}

function apply(program: Map<number, Module>, module: Module, { kind, at, items }: Edit, roots: number): void {
  const { number } = module;
  const made = () => items.map((spec) => itemOf(program, number, spec));
  const place = at % Math.max(1, module.items.length);
  const change = (part: Partial<Module>) => program.set(number, { ...module, version: module.version + 1, ...part });
  switch (kind) {
    case 'comment':
      program.set(number, { ...module, comment: module.comment + 1 });
      return;
    case 'version':
      change({});
      return;
    case 'items':
      change({ items: made() });
      return;
    case 'one':
      change({ items: module.items.toSpliced(place, 1, made()[0] as Item) });
      return;
    case 'more':
      change({ items: module.items.toSpliced(place, 0, ...made()) });
      return;
    case 'less':
      change({ items: module.items.toSpliced(place, 1) });
      return;
    case 'fail': {
      const how = (['throws', 'syntax', 'unresolved', 'effect'] as const)[at % 4] as 'throws';
      change({ items: [...module.items, { kind: 'fails', how }] });
      return;
    }
    case 'move':
      if (number >= roots) program.set(number, { ...module, folder: !module.folder });
      return;
    case 'rename':
      rename(program, module, at);
      return;
    case 'add':
      add(program, module, items);
      return;
    case 'delete':
      if (number >= roots) remove(program, module, at);
      return;
    default:
      throw new Error(`no edit ${kind satisfies never}`);
  }
}

/** Another name for an export; with an even `at`, in all importers as well. */
function rename(program: Map<number, Module>, module: Module, at: number): void {
  const before = `x${at % NAMES}`;
  const after = `x${(at + 1) % NAMES}`;
  const renamed = module.items.map((item) =>
    'name' in item && item.kind !== 'import' && item.name === before ? { ...item, name: after } : item,
  );
  program.set(module.number, { ...module, version: module.version + 1, items: renamed });
  if (at % 2 === 1) return;
  for (const other of [...program.values()]) {
    const items = other.items.map((item): Item => {
      if (item.kind === 'import' && item.target === module.number && item.name === before)
        return { ...item, name: after };
      if (item.kind === 'indirect' && item.target === module.number && item.from === before)
        return { ...item, from: after };
      return item;
    });
    if (items.some((item, index) => item !== other.items[index])) {
      program.set(other.number, { ...other, version: other.version + 1, items });
    }
  }
}

function add(program: Map<number, Module>, importer: Module, specs: readonly ItemSpec[]): void {
  const number = Math.max(...program.keys()) + 1;
  if (program.size >= 30) return;
  program.set(number, emptyModule(number));
  program.set(number, { ...emptyModule(number), items: specs.map((spec) => itemOf(program, number, spec)) });
  const namespace: Item = { kind: 'namespace', local: `n${number}`, target: number };
  program.set(importer.number, {
    ...importer,
    version: importer.version + 1,
    items: [...importer.items, namespace],
  });
}

/** With an even `at`, the imports are taken out in the same save. */
function remove(program: Map<number, Module>, module: Module, at: number): void {
  program.delete(module.number);
  if (at % 2 === 1) return;
  for (const other of [...program.values()]) {
    const items = other.items.filter((item) => !('target' in item) || item.target !== module.number);
    if (items.length !== other.items.length) program.set(other.number, { ...other, version: other.version + 1, items });
  }
}

export function itemOf(program: Program, number: number, { kind, name, target, pick, refs }: ItemSpec): Item {
  const what = KINDS[kind] as Item['kind'];
  const own = `x${name}`;
  const numbers = [...program.keys()];
  const other = numbers[target % numbers.length] as number;
  switch (what) {
    case 'import': {
      const names = exportsOf(program, other);
      // nothing to import by name: the whole of it
      if (names.length === 0 || other === number) return { kind: 'namespace', local: `n${other}`, target: other };
      return { kind: 'import', local: `i${name}`, name: names[pick % names.length] as string, target: other };
    }
    case 'indirect': {
      const names = exportsOf(program, other);
      if (names.length === 0 || other === number) return { kind: 'star', target: other };
      return { kind: 'indirect', name: own, from: names[pick % names.length] as string, target: other };
    }
    case 'namespace':
      return { kind: 'namespace', local: `n${other}`, target: other };
    case 'await import':
      // half of them by itself
      return { kind: 'await import', local: `a${other}`, target: other, by: HELPERS[pick % (2 * HELPERS.length)] };
    case 'star as':
      return { kind: 'star as', name: own, target: other };
    case 'bare':
    case 'star':
    case 'accept':
      return { kind: what, target: other };
    case 'timer':
    case 'once':
      return { kind: what, delay: (what === 'once' ? 100_000 : 1_000) + pick };
    case 'task':
      return { kind: 'task', task: name, delay: 2_000 + pick };
    case 'entry':
      return { kind: 'entry', key: pick, refs };
    case 'effect':
    case 'hook':
    case 'listener':
    case 'own':
      return { kind: what, refs };
    case 'await':
    case 'living':
      return { kind: what };
    case 'default':
      return { kind: 'default', refs };
    case 'const':
    case 'let':
    case 'function':
    case 'class':
    case 'slot':
      return { kind: what, name: own, refs };
    case 'fails':
      return { kind: 'fails', how: 'throws' };
    default:
      throw new Error(`no item ${what satisfies never}`);
  }
}
