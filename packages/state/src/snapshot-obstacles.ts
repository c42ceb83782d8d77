/**
 * Why slots cannot be written: for each, the shortest way from its value to what is in the way, as an author would write
 * it: `goblins.get(3).socket`.
 *
 * It is asked only where something could not be written. What has been found to be clean once is not walked again.
 */
import { types } from 'node:util';
import { integrityOf, Kinds, leafLoss, propertiesOf, unwritable } from './snapshot-kinds.ts';

/** What prevents a slot from being written. */
interface Obstacle {
  /** From the name of the slot: `goblins.get(3).socket`. */
  readonly path: string;
  /** In words: `a function`, `an instance of 'Socket', …`. */
  readonly why: string;
}

interface Step {
  readonly object: object;
  readonly from: Step | undefined;
  /** Given the path so far, the path to the object. */
  readonly path: (before: string) => string;
}

export class Obstacles {
  readonly #kinds = new Kinds();
  readonly #clean = new Set<object>();

  /** What is in the way of a value; undefined where nothing is. */
  find(name: string, value: object): Obstacle | undefined {
    const seen = new Set<object>([value]);
    const steps: Step[] = [{ object: value, from: undefined, path: () => wayOf(name) }];
    for (let index = 0; index < steps.length; index++) {
      const step = steps[index] as Step;
      const obstacle = this.#lookAt(step, (object, path) => {
        if (seen.has(object) || this.#clean.has(object)) return;
        seen.add(object);
        steps.push({ object, from: step, path });
      });
      if (obstacle !== undefined) return obstacle;
    }
    for (const object of seen) this.#clean.add(object);
    return undefined;
  }

  #lookAt(step: Step, follow: (object: object, path: Step['path']) => void): Obstacle | undefined {
    const { object } = step;
    if (typeof object === 'function') return { path: pathTo(step), why: 'a function' };
    const family = this.#kinds.of(object);
    if (typeof family === 'string') return { path: pathTo(step), why: family };
    if (family.kind === 'Leaf' || family.kind === 'Memory' || family.kind === 'View') {
      const loss = leafLoss(object);
      if (loss === undefined) return undefined;
      return { path: member(pathTo(step), loss.key), why: loss.why };
    }
    const values: unknown[] = [];
    const properties = propertiesOf(object, family.kind, integrityOf(object), values);
    if ('why' in properties) return { path: member(pathTo(step), properties.key), why: properties.why };
    for (const { value, path } of partsOf(object, properties, values)) {
      const why = unwritable(value);
      if (why !== undefined) return { path: path(pathTo(step)), why };
      if (typeof value === 'object' && value !== null) follow(value, path);
    }
    return undefined;
  }
}

interface Part {
  readonly value: unknown;
  readonly path: Step['path'];
}

function* partsOf(object: object, properties: readonly string[], values: readonly unknown[]): Iterable<Part> {
  for (const [index, key] of properties.entries()) {
    yield { value: values[index], path: (before) => member(before, key) };
  }
  if (types.isMap(object)) {
    let place = 0;
    for (const [key, value] of Map.prototype.entries.call(object)) {
      const at = place++;
      yield { value: key, path: (before) => `[...${before}.keys()][${at}]` };
      const isName = typeof key === 'string' || typeof key === 'number';
      yield { value, path: (before) => (isName ? `${before}.get(${inText(key)})` : `[...${before}.values()][${at}]`) };
    }
  } else if (types.isSet(object)) {
    let place = 0;
    for (const value of Set.prototype.values.call(object)) {
      const at = place++;
      yield { value, path: (before) => `[...${before}][${at}]` };
    }
  }
}

function pathTo(step: Step): string {
  const steps: Step[] = [];
  for (let each: Step | undefined = step; each !== undefined; each = each.from) steps.push(each);
  return steps.reverse().reduce((before, { path }) => path(before), '');
}

/** The path to a member of what a path leads to. */
export function member(before: string, key: PropertyKey): string {
  if (typeof key === 'symbol') return `${before}[${String(key)}]`;
  const name = String(key);
  if (/^(?:0|[1-9]\d*)$/.test(name)) return `${before}[${name}]`;
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? `${before}.${name}` : `${before}[${inText(name)}]`;
}

function wayOf(name: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? name : inText(name);
}

function inText(value: string | number): string {
  return typeof value === 'number' ? String(value) : `'${value.replace(/['\\]/g, '\\$&').replace(/\n/g, '\\n')}'`;
}
