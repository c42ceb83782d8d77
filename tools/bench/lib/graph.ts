// A graph of script modules around the leaf: a tree of small modules, four to a branch, of which either one or all call
// the leaf. They call it from functions and never at top level, so that an edit of the leaf runs the leaf alone.
import { leaf, leafId } from './leaf.ts';

export type Importers = 'one' | 'all';

export interface GraphOptions {
  /** How many modules there are, the leaf among them: 3 at least. */
  readonly modules: number;
  /** Who imports the leaf. */
  readonly importers: Importers;
}

/** The module that reaches all others. */
export const rootId = 'main.ts';

/** Texts by module id; the leaf is version 0. */
export function graph({ modules, importers }: GraphOptions): Record<string, string> {
  if (modules < 3) throw new RangeError(`A graph needs 3 modules at least, not ${modules}.`);
  const texts: Record<string, string> = { [leafId]: leaf(0).source };
  const last = modules - 2;
  for (let place = 0; place <= last; place += 1) {
    const children = [1, 2, 3, 4].map((branch) => place * 4 + branch).filter((child) => child <= last);
    texts[idOf(place)] = member(place, children, importers === 'all' || place === last);
  }
  return texts;
}

/** What `visit({ id: 1, health: 1 })` of the root gives at the first call, when every module of the graph has answered. */
export function firstVisit({ modules }: Pick<GraphOptions, 'modules'>): number {
  const count = modules - 1;
  return count + (count * (count - 1)) / 2;
}

function idOf(place: number): string {
  return place === 0 ? rootId : `area${place % 10}/room${place}.ts`;
}

/** Fifteen lines or so: a type, some state, functions that call on. */
function member(place: number, children: readonly number[], callsLeaf: boolean): string {
  const up = place === 0 ? './' : '../';
  return `${children.map((child) => `import { visit as visit${child} } from '${up}${idOf(child)}';`).join('\n')}
${callsLeaf ? `import { type Blow, type Fighter, strike } from '${up}${leafId}';` : ''}

export interface Visitor {
  readonly id: number;
  health: number;
}

const visitors = new Map<number, Visitor>();
export const place = ${place};

export function visit(visitor: Visitor): number {
  visitors.set(visitor.id, visitor);
  return visitors.size + place${children.map((child) => ` + visit${child}(visitor)`).join('')};
}
${callsLeaf ? '\nexport const fight = (blow: Blow, fighter: Fighter): number => strike(blow, fighter) + place;\n' : ''}`;
}
