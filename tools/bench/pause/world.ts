// What is alive while the pause is measured: a tree of modules, each with a timer and an entry in the game's hook, and
// the ones at its end with a class of which many instances live in their state. An edit changes code alone.

/** What a module tells the game at each tick. */
export type Count = (version: number, instances: number) => void;

export interface WorldOptions {
  readonly modules: number;
  /** How many of them, the last ones, are edited; they share the instances. */
  readonly edited: number;
  readonly instances: number;
}

export const rootId = 'world/0.ts';

const idOf = (place: number) => `world/${place}.ts`;

/** Texts by module id, everything in version 0. */
export function world(options: WorldOptions): Record<string, string> {
  const places = Array.from({ length: options.modules }, (_, place) => place);
  return Object.fromEntries(places.map((place) => [idOf(place), moduleAt(place, 0, options)]));
}

/** The texts that an edit changes. */
export function edit(version: number, options: WorldOptions): Map<string, string> {
  const places = Array.from({ length: options.edited }, (_, index) => options.modules - options.edited + index);
  return new Map(places.map((place) => [idOf(place), moduleAt(place, version, options)]));
}

function moduleAt(place: number, version: number, { modules, edited, instances }: WorldOptions): string {
  const children = [1, 2, 3, 4].map((branch) => place * 4 + branch).filter((child) => child < modules);
  const count = place >= modules - edited ? Math.round(instances / edited) : 1;
  return `import { state } from 'rekindle/script';
import { onTick } from '@bench/game';
${children.map((child) => `import { reach as reach${child} } from './${child}.ts';`).join('\n')}

interface Position {
  x: number;
  y: number;
}

export class Creature implements Position {
  x: number;
  y = 0;
  health = 100;

  constructor(x: number) {
    this.x = x;
  }

  step(dt: number): number {
    this.y += dt * ${version % 7};
    return this.health + ${version};
  }

  get isAlive(): boolean {
    return this.health > 0;
  }
}

const creatures = state('creatures', () => Array.from({ length: ${count} }, (_, index) => new Creature(index)));

setInterval(() => creatures[0]?.step(60), 60_000);
onTick((count: (version: number, instances: number) => void) => count(${version}, creatures.length));

export function reach(): number {
  return 1${children.map((child) => ` + reach${child}()`).join('')};
}
`;
}
