// Migrations as text and as what they are to give: a chain of versions, each one step away from the one before it.
//
// A value is a record of primitives, lists, maps and goblins. Every step has its way back, so that whoever goes up and down
// again has what there was. The text of a step runs in scripts; the function of the same name is the oracle.
import fc from 'fast-check';

/** A change of shape. */
export type Step =
  | { readonly kind: 'add'; readonly key: string; readonly value: number }
  | { readonly kind: 'rename'; readonly key: string; readonly to: string }
  | { readonly kind: 'wrap'; readonly key: string }
  | { readonly kind: 'map' }
  | { readonly kind: 'plain' }
  | { readonly kind: 'goblins'; readonly key: string };

type Value = Record<string, unknown> | Map<string, unknown>;

/** What a script has at its top level, for the texts of steps. */
const HELPERS = `
export class Goblin { hp = 1; constructor(hp) { this.hp = hp; } hit() { return --this.hp; } }
const entriesOf = (value) => value instanceof Map ? [...value] : Object.entries(value);
const like = (value, entries) => value instanceof Map ? new Map(entries) : Object.fromEntries(entries);
const change = (value, key, turn) => like(value, entriesOf(value).map(([name, one]) => name === key ? turn(name, one) : [name, one]));
`;

/** The text of a step up, and of the way back. */
function textOf(step: Step): { readonly up: string; readonly down: string } {
  const key = 'key' in step ? JSON.stringify(step.key) : '';
  switch (step.kind) {
    case 'add':
      return {
        up: `(old) => like(old, [...entriesOf(old), [${key}, ${step.value}]])`,
        down: `(now) => like(now, entriesOf(now).filter(([name]) => name !== ${key}))`,
      };
    case 'rename': {
      const to = JSON.stringify(step.to);
      return {
        up: `(old) => change(old, ${key}, (_, one) => [${to}, one])`,
        down: `(now) => change(now, ${to}, (_, one) => [${key}, one])`,
      };
    }
    case 'wrap':
      return {
        up: `(old) => change(old, ${key}, (name, one) => [name, { wrapped: one, again: [one] }])`,
        down: `(now) => change(now, ${key}, (name, { wrapped }) => [name, wrapped])`,
      };
    case 'goblins':
      return {
        up: `(old) => change(old, ${key}, (name, one) => [name, Object.assign(new Goblin(5), { kept: one })])`,
        down: `(now) => change(now, ${key}, (name, { kept }) => [name, kept])`,
      };
    case 'map':
      return { up: '(old) => new Map(entriesOf(old))', down: '(now) => Object.fromEntries(entriesOf(now))' };
    case 'plain':
      return { up: '(old) => Object.fromEntries(entriesOf(old))', down: '(now) => new Map(entriesOf(now))' };
  }
}

/** A goblin as the oracle has it: what counts is what an object holds. */
export const GOBLIN = Symbol.for('prove.goblin');

/** What a step makes of a value, without a script. */
function applied(step: Step, value: Value): Value {
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  const like = (list: [string, unknown][]): Value => (value instanceof Map ? new Map(list) : Object.fromEntries(list));
  const change = (key: string, turn: (one: unknown) => [string, unknown]): Value =>
    like(entries.map(([name, one]) => (name === key ? turn(one) : [name, one])));
  switch (step.kind) {
    case 'add':
      return like([...entries, [step.key, step.value]]);
    case 'rename':
      return change(step.key, (one) => [step.to, one]);
    case 'wrap':
      return change(step.key, (one) => [step.key, { wrapped: one, again: [one] }]);
    case 'goblins':
      return change(step.key, (one) => [step.key, { hp: 5, kept: one, [GOBLIN]: true }]);
    case 'map':
      return new Map(entries);
    case 'plain':
      return Object.fromEntries(entries);
  }
}

/** A first value, and steps that fit one behind the other. */
export interface Schema {
  readonly first: Readonly<Record<string, unknown>>;
  readonly steps: readonly Step[];
}

const leaf = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.string(),
  fc.boolean(),
  fc.constant(null),
  fc.array(fc.integer(), { maxLength: 4 }),
  fc.dictionary(fc.string({ minLength: 1, maxLength: 3 }), fc.integer(), { maxKeys: 3, noNullPrototype: true }),
);

/** @param most how many versions there are at most */
export function schemas(most: number, least = 2): fc.Arbitrary<Schema> {
  const names = fc.uniqueArray(fc.constantFrom('gold', 'silver', 'mood', 'herd', 'rank'), {
    minLength: 1,
    maxLength: 5,
  });
  const choices = fc.array(fc.tuple(fc.nat(4), fc.nat(99), fc.integer()), {
    minLength: least - 1,
    maxLength: most - 1,
  });
  return fc.tuple(names, fc.array(leaf, { minLength: 5, maxLength: 5 }), choices).map(([keys, values, chosen]) => {
    const first = Object.fromEntries(keys.map((key, index) => [key, values[index]]));
    return { first, steps: chain(keys, chosen) };
  });
}

/** Steps whose keys are those that the value has by then. */
function chain(names: readonly string[], chosen: readonly (readonly [number, number, number])[]): Step[] {
  const keys = [...names];
  let isMap = false;
  return chosen.map(([kind, place, value], index) => {
    const at = place % keys.length;
    const key = keys[at] as string;
    switch (kind) {
      case 0: {
        const added = `added${index}`;
        keys.push(added);
        return { kind: 'add', key: added, value };
      }
      case 1: {
        const to = `named${index}`;
        keys[at] = to;
        return { kind: 'rename', key, to };
      }
      case 2:
        return { kind: 'wrap', key };
      case 3:
        return { kind: 'goblins', key };
      default:
        isMap = !isMap;
        return { kind: isMap ? 'map' : 'plain' };
    }
  });
}

/** What the slot is to hold at a version. */
export function expectedAt({ first, steps }: Schema, version: number): Value {
  return steps.slice(0, version - 1).reduce<Value>((value, step) => applied(step, value), first);
}

/** What is wrong with the way to a version. */
export interface Wrong {
  /** The version to which, or from which, the step leads. */
  readonly at: number;
  readonly way: 'up' | 'down';
  readonly how: 'throws' | 'returns nothing' | 'returns what it was given' | 'returns a number' | 'is missing';
}

/** The text of a module whose slot is at this version. @param edit makes two texts of one version differ */
export function moduleAt(schema: Schema, version: number, edit: number, wrong?: Wrong): string {
  const steps = (way: 'up' | 'down') =>
    schema.steps
      .slice(0, version - 1)
      .flatMap((step, index) => {
        const at = index + 2;
        const text = textOf(step)[way];
        const made = wrong?.at === at && wrong.way === way ? brokenText(text, wrong.how) : text;
        return made === undefined ? [] : [`${at}: ${made}`];
      })
      .join(',\n  ');
  return `import { reason, state } from 'rekindle/script';
${HELPERS}
export const edit = ${edit};
export const why = reason;
export const slot = state('slot', () => { throw new Error('there is a value'); }, { version: ${version},
  up: { ${steps('up')} },
  down: { ${steps('down')} } });`;
}

function brokenText(text: string, how: Wrong['how']): string | undefined {
  switch (how) {
    case 'throws':
      return "() => { throw new Error('no'); }";
    case 'returns nothing':
      return `(value) => { (${text})(value); }`;
    case 'returns what it was given':
      return '(value) => value';
    case 'returns a number':
      return '() => 5';
    case 'is missing':
      return undefined;
  }
}

/** The text with which a slot begins. */
export function firstModule(): string {
  return `import { reason, state } from 'rekindle/script';
import { first } from '@prove';
${HELPERS}
export const edit = 0;
export const why = reason;
export const slot = state('slot', () => structuredClone(first));
`;
}
