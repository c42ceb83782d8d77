// The module that benchmarks edit: 60 lines of rules as a game has them, with types, a class, functions and tables. It
// imports nothing, so that the floor can run it alone; each version differs from the others by one number, which comes
// back out of a call.

/** One version of the leaf. */
export interface Leaf {
  /** TypeScript, 60 lines. */
  readonly source: string;
  /** What `probe` gives for the exports of this version, and of no other. */
  readonly answer: number;
}

export const leafId = 'rules/combat.ts';

export interface LeafOptions {
  /**
   * True: the top level holds a call, so that its body runs under a time limit; false: tables and definitions alone.
   * @default false
   */
  readonly calls?: boolean;
  /**
   * How versions differ: by a number, which is how a game is tuned, or by what a function does.
   * @default 'number'
   */
  readonly edit?: Edit;
}

export type Edit = 'number' | 'statement';

export function leaf(version: number, { calls = false, edit = 'number' }: LeafOptions = {}): Leaf {
  const parts = edit === 'number' ? tuned(version) : rewritten(version);
  return { source: text({ ...parts, elements: calls ? ranked : listed }), answer: 35 + version };
}

interface Parts {
  readonly bonus: number;
  /** The end of a function. */
  readonly result: string;
}

const tuned = (version: number): Parts => ({ bonus: version, result: 'return Math.round(left) + bonus;' });

/** Each version has another statement than the one before. */
function rewritten(version: number): Parts {
  const ways = [
    `return Math.round(left) + bonus + ${version};`,
    `left += ${version};\n  return bonus + Math.round(left);`,
    `if (left > 0) left = left + ${version};\n  return Math.round(left + bonus);`,
  ];
  return { bonus: 0, result: ways[version % ways.length] as string };
}

/** How a game calls the leaf: an exported function and its arguments, as data, so that other processes can do it too. */
export const call = {
  name: 'strike',
  arguments: [
    { element: 'fire', power: 20, reach: 2 },
    { name: 'goblin', level: 3, armor: 5, wards: { fire: 0.5 } },
  ],
} as const;

/** Calls a version of the leaf through a namespace object of it. */
export function probe(exports: unknown): number {
  const functions = exports as Record<typeof call.name, (...given: readonly unknown[]) => number>;
  return functions[call.name](...call.arguments);
}

const text = ({
  bonus,
  result,
  elements,
}: Parts & {
  readonly elements: string;
}) => `// What a blow does. Pure rules: whoever lets two fighters meet calls them.

export type Element = 'fire' | 'frost' | 'poison' | 'steel';

export interface Fighter {
  readonly name: string;
  level: number;
  armor: number;
  wards?: Partial<Record<Element, number>>;
}

export interface Blow {
  readonly element: Element;
  readonly power: number;
  readonly reach?: number;
}

/** What is added to every blow. */
export const bonus: number = ${bonus};

const strengths: Readonly<Record<Element, number>> = { fire: 2, frost: 1.5, poison: 0.75, steel: 1 };
const levels: readonly number[] = [1, 1.1, 1.25, 1.5, 1.75, 2];

export class Wound {
  readonly target: Fighter;
  depth: number;
  #healed = 0;

  constructor(target: Fighter, depth: number) {
    this.target = target;
    this.depth = depth;
  }

  heal(amount: number): number {
    this.#healed = Math.min(this.depth, this.#healed + amount);
    return this.depth - this.#healed;
  }

  get text(): string {
    return \`\${this.target.name} has a wound of \${this.depth - this.#healed}\`;
  }
}

function through(armor: number, power: number): number {
  return armor <= 0 ? power : Math.max(1, power - armor);
}

export function strike(blow: Blow, target: Fighter): number {
  const { element, power, reach = 1 } = blow;
  const ward = target.wards?.[element] ?? 0;
  let left = power * strengths[element] * (levels[target.level] ?? 2);
  for (let step = 1; step < reach; step++) left -= 10;
  left = through(target.armor, left * (1 - ward) + 15);
  ${result}
}

export const wound = (blow: Blow, target: Fighter): Wound => new Wound(target, strike(blow, target));

/** The weakest first. */
export const elements: readonly Element[] = ${elements};
`;

const ranked = '(Object.keys(strengths) as Element[]).sort((a, b) => strengths[a] - strengths[b])';
const listed = "['poison', 'steel', 'frost', 'fire']";
