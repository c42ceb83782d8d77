import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { compile, compileSteps, complete, ParseMemory, type ParseMemoryOptions } from '../src/index.ts';
import { loadStripper } from '../src/parsers.ts';

const GOBLIN = `// A goblin.
import { state, task } from 'rekindle/script';
import type { World } from '../world.ts';
import { Mood, spawn } from './moods.ts';
import * as rules from '../rules.ts';

/** How it feels. */
interface Feeling { readonly mood: Mood; strength: number }

export const limits: Record<string, number> = { hp: 10, gold: 3 };
let count = 0;

export class Goblin {
  #hp: number = limits.hp!;
  mood?: Mood;
  static made = 0;

  constructor(private_: string) {
    Goblin.made += 1;
    count += private_.length;
  }

  get hp(): number { return this.#hp; }

  step<T extends Feeling>(feeling: T, ...rest: number[]): number {
    for (let i = 0; i < 3; i++) this.#hp -= feeling.strength;
    return rest.reduce((sum, x) => sum + x, 0);
  }
}

const goblins = state('goblins', () => new Map<number, Goblin>());

export function born(name: string): Goblin {
  const goblin = new Goblin(\`\${name} of \${rules.place}\`);
  goblins.set(count, goblin); // known by number
  return goblin;
}

export async function* walk(): AsyncGenerator<number> {
  for await (const at of [1, 2, 3]) yield at as number;
}

export const greet = async (world: World) => {
  const pattern = /[a-z]+\\/x/g;
  return pattern.test(await world.name()) ? 'a' : 'b';
};

task('wander', async ({ sleep }) => {
  while (true) await sleep(1_000);
});

export { count as made, spawn };
export default goblins;
`;

const RULES = `const a = 1
const b = a + 1
;[a, b].forEach((x) => x)
export let c = b, d = 2;
function twice(x) { return x * 2 }
export { twice as two }
/* between */ export const e = twice(c);
await null
if (e) { var f = 5 }
export const g = () => ({ e, f, d })
c = 7
`;

const PIECES = [
  ...[
    'a',
    'x',
    'count',
    'World',
    'Mood',
    'rules',
    'spawn',
    'const z = 1;',
    'let y: number = 2;\n',
    'var v;',
    'type T = A;\n',
  ],
  ...[
    '\n',
    ' ',
    ';',
    ',',
    '{',
    '}',
    '(',
    ')',
    '[',
    ']',
    '<',
    '>',
    '`',
    "'",
    '/',
    '/*',
    '*/',
    '//',
    '// c\n',
    '#!',
    '=',
    '=>',
  ],
  ...[
    'export ',
    'import ',
    "import './x.ts';\n",
    "import { q } from './q.ts';\n",
    'default ',
    'async',
    'await ',
    'class K {}\n',
  ],
  ...[
    'function h() {}\n',
    'function made() {}',
    'enum E { A }\n',
    'declare ',
    'abstract ',
    '@d ',
    "'use strict';",
    '+',
    '-',
    '1',
  ],
  ...[
    'yield ',
    'return ',
    'this',
    '.x',
    '?.y',
    '!',
    ': number',
    ' as any',
    '\r\n',
    '\u2028',
    'é',
    'export { a };',
    'export const n = 1;\n',
  ],
];

/** What stands in a place of a text gives way to something else. */
const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.oneof({ weight: 3, arbitrary: fc.nat(3) }, fc.nat(60)),
  by: fc.array(fc.constantFrom(...PIECES), { maxLength: 3 }).map((pieces) => pieces.join('')),
});

const TABLES = `import { state } from 'rekindle/script';
import { helper } from './helper.ts';
type Level = 1 | 2 | 'three';
enumerate('use strict');
export const table: Record<string, number | string> = { 1: 10, 'two': 2.5, '__proto_': "x", "a b": 'it' } as const;
const slot = state('slot', () => ({ hp: 10, name: 'orc' }), { version: 2, up: { 2: (old) => old } });
export function enumerate(a: string) {
  'use strict';
  for (let i = 0; i < 3; i += 1) if (table['two'] === 2.5) helper(-1, 1..toFixed(), 0x1f, 1e3, 5n, a ? .5 : 1);
  while (1) break;
  return \`\${5} of \${'six'} and 7\` + '\\n' + /8/.source;
}
export class Item { 'constructo'() { return 1 } static 'prototyp' = 2; 3 = 'x'; async 'go'() { await import('./later.ts') } }
export const loot = [[1, 2.5, 'gold'], { of: 30, at: "x" }, -4, 5 + 60, helper ? 7 : 'eight'];
export const worth = (of: string) => (of === 'gold' ? helper(90, 'ten') : 11 * loot.length + (12 as number));
export default { price: 100, deep: [1, [2, ['3']]] };
`;

/** What an author may write where a number or a string stands. */
const SPELLINGS = [
  ...['0', '1', '7', '12', '.', '.5', '-', 'e3', 'n', '_', '0x', '08', ' ', 'x', ''],
  ...["'", '"', '\\', 'é', '\u2028', '__proto__', '_', 'r', 'e', 'use strict', '\n', '//', '`', '${'],
];

/** A part of a number or a string of a text gives way to something else. */
const spelling = fc.record({
  which: fc.nat(200),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.nat(3),
  /** A character becomes another one of its kind. */
  isTuning: fc.boolean(),
  by: fc.array(fc.constantFrom(...SPELLINGS), { maxLength: 2 }).map((pieces) => pieces.join('')),
});

const FIGHTS = `import { hit, type Blow } from './blows.ts';
import type { Fighter } from './fighters.ts';
export let fought = 0;

export function strike(blow: Blow, target: Fighter): number {
  const { power, reach = 1 } = blow;
  let left = power * 2; // halved below
  for (let step = 1; step < reach; step++) {
    if (step === 3) continue;
    left -= 10;
  }
  fought++;
  return hit(left, target);
}

export async function* rounds(count: number) {
  outer: for (let i = 0; i < count; i += 1) {
    for await (const blow of [i, 2]) {
      if (blow > 1) break outer;
      yield blow;
    }
    await null;
  }
  switch (count) { case 1: { fought = 1; break; } default: fought = 2 }
}

export class Arena {
  #crowd = 0;
  cheer = () => { this.#crowd += 1; return this.#crowd };
  static { let of = 1; if (of) { fought += of; } }
  constructor(public_: string) { this.#crowd = public_.length; }
  get loud() { return this.#crowd > 10; }
  fill(by: number) {
    try { this.#crowd += by; } catch (error) { fought = 0; throw error } finally { fought += 1 }
    const inner = function (x) { 'use strict'; function deep() { return x }; return deep() };
    while (by > 0) { by -= 1; if (by === 2) { break } }
    return inner(by);
  }
}

export const later = async (name: string) => {
  const { length } = name;
  { const more = length; let less = 1; fought = more - less; }
  return length;
};
`;

/** What an author may write between the statements of a function. */
const STATEMENTS = [
  ...[
    'fought += 1;',
    'left = 2;',
    'const z = 1;',
    'let left = 3;',
    'var v = 4;',
    'return 5;',
    'hit(1);',
    'fought',
    '\n',
  ],
  ...[
    'if (fought) ',
    'else fought = 3;',
    '{ ',
    '} ',
    '}); (function () {',
    '// c\n',
    '// c',
    '/* c */',
    '/*',
    '`',
    ';',
    ' ',
  ],
  ...[
    'break;',
    'continue;',
    'await 1;',
    'yield 2;',
    'super.x;',
    'this.#crowd = 7;',
    'this.#none;',
    'new.target;',
    'x: ',
  ],
  ...[
    "'use strict';",
    'function deep() {}',
    'class Deep { #own = 1; }',
    'Fighter;',
    'type',
    'declare ',
    'as any',
    ': number',
  ],
  ...['a < b > (c);', 'fought ? (1) : fought => 2;', 'arguments;', 'const power = 2, { reach } = {};', 'throw 1;', '!'],
  ...[
    'outer: for (;;) { break outer; }',
    'for (const a of [1]) { fought = a; continue; }',
    'setTimeout(() => hit(2));',
    '=>',
  ],
];

const SPOTS = [';', '{', '}', '\n', '(', ' '];

/** Something between two places of a text, which mostly are those of statements, gives way to something else. */
const rework = fc.record({
  at: fc.nat(10_000),
  spot: fc.constantFrom(...SPOTS),
  length: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(25)),
  by: fc.array(fc.constantFrom(...STATEMENTS), { minLength: 1, maxLength: 2 }).map((pieces) => pieces.join('')),
});

/** A memory that knows a text. */
function memoryOf(text: string, ids: readonly string[], options?: ParseMemoryOptions): ParseMemory {
  const parses = new ParseMemory(options);
  for (const id of ids) for (let time = 0; time < 2; time += 1) complete(compileSteps(text, { id }, parses));
  return parses;
}

type Edit = { readonly at: number; readonly length: number; readonly by: string };

function edited(text: string, { at, length, by }: Edit): string {
  const start = Math.floor(at * text.length);
  return text.slice(0, start) + by + text.slice(start + length);
}

describe('a module that is edited', () => {
  it.each([
    ['TypeScript', 'npc/goblin.ts', GOBLIN],
    ['JavaScript', 'rules.js', RULES],
    ['text without semicolons', 'rules.ts', RULES],
  ])('is compiled to what its whole text gives: %s', { timeout: 120_000 }, (_, id, text) => {
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 6 }), (edits) => {
        const parses = memoryOf(text, [id]);
        let last = text;
        for (const one of edits) {
          const next = edited(last, one);
          const result = complete(compileSteps(next, { id }, parses));
          expect(result).toEqual(compile(next, { id }));
          if (result.ok) last = next; // an author mends what does not compile
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is compiled to what its whole text gives where numbers and strings are tuned', { timeout: 120_000 }, () => {
    const id = 'items/tables.ts';
    let spared = 0;
    let kept = 0;
    fc.assert(
      fc.property(fc.array(spelling, { minLength: 1, maxLength: 6 }), (edits) => {
        const parses = memoryOf(TABLES, [id]);
        let last = TABLES;
        for (const { which, at, length, isTuning, by } of edits) {
          const literals = [...last.matchAll(/\d[\d.]*|'[^'\n]*'|"[^"\n]*"/g)];
          const literal = literals[which % literals.length] as RegExpExecArray;
          const start = literal.index + Math.floor(at * literal[0].length);
          const like = /\d/.test(last[start] as string) ? String(1 + (which % 9)) : 'q';
          const next = isTuning
            ? last.slice(0, start) + like + last.slice(start + 1)
            : last.slice(0, start) + by + last.slice(start + length);
          const tuned = complete(
            memoryOf(last, [id]).reparse(`${id} typescript false`, next, { language: 'typescript' }),
          );
          const result = complete(compileSteps(next, { id }, parses));
          expect(result).toEqual(compile(next, { id }));
          if (!result.ok) continue;
          if (tuned !== undefined) spared += 1;
          if (tuned?.result !== undefined) kept += 1;
          last = next;
        }
      }),
      { numRuns: 200 },
    );
    expect(spared).toBeGreaterThan(40); // else it would show nothing
    expect(kept).toBeGreaterThan(15);
  });

  it('is compiled to what its whole text gives where functions are reworked', { timeout: 120_000 }, () => {
    const id = 'fights.ts';
    let spared = 0;
    fc.assert(
      fc.property(fc.array(rework, { minLength: 1, maxLength: 6 }), (edits) => {
        const parses = memoryOf(FIGHTS, [id]);
        let last = FIGHTS;
        for (const { at, spot, length, by } of edits) {
          const places = [...last.matchAll(new RegExp(`[${spot}]`, 'g'))].map(({ index }) => index + 1);
          const start = places[at % places.length] ?? 0;
          const next = last.slice(0, start) + by + last.slice(start + length);
          const stripped = vi.spyOn(loadStripper(), 'transformSync');
          const result = complete(compileSteps(next, { id }, parses));
          if (stripped.mock.calls.length === 0 && result.ok) spared += 1;
          stripped.mockRestore();
          expect(result).toEqual(compile(next, { id }));
          if (result.ok) last = next;
        }
      }),
      { numRuns: 150 },
    );
    expect(spared).toBeGreaterThan(15); // else it would show nothing
  });

  it.each([
    ['at the end of a function', ['return hit(left, target);', 'left += 5;\n  return hit(left, target) * 2;']],
    ['in a loop', ['left -= 10;', 'if (left < 3) continue;\n    left -= 1;']],
    ['in a method', ['this.#crowd += by;', 'this.#crowd = by + this.#crowd;']],
    ['in an asynchronous arrow function', ['return length;', 'await null;\n  return length;']],
    ['in a generator', ['yield blow;', 'yield* [blow, 1];']],
    ['between statements, with a comment', ['  fought++;', '  // one more\n  fought++;\n  hit(1);']],
  ] as const)('is not stripped for an edit %s', (_, [from, to]) => {
    const id = 'fights.ts';
    const parses = memoryOf(FIGHTS, [id]);
    const next = FIGHTS.replace(from, to);
    expect(next).not.toBe(FIGHTS);
    const stripped = vi.spyOn(loadStripper(), 'transformSync');
    const result = complete(compileSteps(next, { id }, parses));
    expect(stripped).not.toHaveBeenCalled();
    stripped.mockRestore();
    expect(result).toEqual(compile(next, { id }));
  });

  it('has the semicolon that SWC puts where a signature without a body went, and only there', () => {
    const id = 'signatures.ts';
    const before = 'function x() {}\n/r/;\nlet a = 1;\n/r/;\n';
    for (const at of [before.indexOf('/r/'), before.lastIndexOf('/r/')]) {
      const next = `${before.slice(0, at)}function f(of: string): void;\n${before.slice(at)}`;
      const parses = memoryOf(before, [id]);
      expect(complete(compileSteps(next, { id }, parses))).toEqual(compile(next, { id }));
    }
  });

  it('is not parsed at all where a number or a string is tuned', () => {
    const id = 'items/tables.ts';
    for (const [from, to] of [
      ['price: 100', 'price: 1250.5'],
      ["name: 'orc'", "name: 'old orc'"],
      ['i < 3', 'i < 30'],
    ] as const) {
      const next = TABLES.replace(from, to);
      const parses = memoryOf(TABLES, [id]);
      const stripped = vi.spyOn(loadStripper(), 'transformSync');
      expect(complete(compileSteps(next, { id }, parses))).toMatchObject({ ok: true });
      expect(stripped).not.toHaveBeenCalled();
      stripped.mockRestore();
    }
  });

  it('is parsed in the statements that were edited alone', () => {
    const parses = memoryOf(GOBLIN, ['npc/goblin.ts']);
    const options = { language: 'typescript' } as const;
    const key = 'npc/goblin.ts typescript false';
    const next = GOBLIN.replace('-= feeling.strength', '-= feeling.strength * 2');
    const before = complete(parses.reparse(key, next, options));
    expect(before?.plain.code.length).toBe(next.length);
    // its tree has become a part of the other one
    expect(complete(parses.reparse(key, next, options))).toBeUndefined();
  });

  it.each([
    ['an import', (text: string) => text.replace("'./moods.ts'", "'./mood.ts'")],
    ['a name that only types used', (text: string) => text.replace('return rest', 'Mood; return rest')],
    ['a new name', (text: string) => text.replace('let count = 0;', 'let count = 0, more = 1;')],
    [
      'a statement that runs together with the next',
      (text: string) => text.replace('let count = 0;', 'let count = 0; declare'),
    ],
    [
      'a word about the next statement, and a comment behind it',
      (text: string) => text.replace('let count = 0;', 'declare // for now\nlet count = 0;'),
    ],
    ['a comment without an end', (text: string) => text.replace('let count = 0;', 'let count = 0; /*')],
  ])('is parsed as a whole for %s', (_, change) => {
    const parses = memoryOf(GOBLIN, ['npc/goblin.ts']);
    const options = { language: 'typescript' } as const;
    expect(complete(parses.reparse('npc/goblin.ts typescript false', change(GOBLIN), options))).toBeUndefined();
  });

  it('is not remembered before it was edited', () => {
    const parses = new ParseMemory();
    complete(compileSteps(GOBLIN, { id: 'npc/goblin.ts' }, parses));
    const next = GOBLIN.replace('-= feeling', '+= feeling');
    expect(
      complete(parses.reparse('npc/goblin.ts typescript false', next, { language: 'typescript' })),
    ).toBeUndefined();
  });

  it('is forgotten when others are edited', () => {
    const parses = memoryOf(GOBLIN, ['a.ts', 'b.ts', 'c.ts'], { characters: 2_000 });
    const next = GOBLIN.replace('-= feeling', '+= feeling');
    const known = ['a.ts', 'b.ts', 'c.ts'].filter((id) =>
      complete(parses.reparse(`${id} typescript false`, next, { language: 'typescript' })),
    );
    expect(known).toEqual(['c.ts']);
  });
});
