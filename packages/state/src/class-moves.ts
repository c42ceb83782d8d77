/**
 * Classes that go to another module: living objects follow them there, and back with code that goes back.
 *
 * A class has moved where its module exports another one under its name, or where a slot is taken over from its module by
 * one that defines a class of its name (`from: 'npc/orc.ts#orcs'`). Texts alone say it, before any body has run. How
 * objects follow is not known here.
 */
import type { ClassEntry } from '@rekindle/compiler';
import { type Change, leaving } from './change.ts';

interface Defined {
  readonly entry: ClassEntry;
}

/** A module and a class in it, by the key of `DefinedClasses`. */
interface Seat {
  readonly module: string;
  readonly key: string;
}

/** A class as it was where it stood before. */
export interface MovedClass<Definition> extends Seat {
  readonly definition: Definition;
}

export class ClassMoves<Definition extends Defined> {
  /** By the place to which it goes in the running transaction. */
  readonly #coming = new Map<string, MovedClass<Definition> & { readonly to: Seat }>();
  /** Where a class once stood, and where it is now. */
  readonly #former = new Map<string, { readonly was: Seat; readonly is: Seat }>();

  /** Looks what goes where, in a change that begins. */
  look(change: Change, current: ReadonlyMap<string, ReadonlyMap<string, Definition>>): void {
    this.#coming.clear();
    const { classesOf, exportOf } = change;
    if (classesOf === undefined) return;
    const has = (module: string, name: string) => classesOf(module)?.includes(name) === true;
    const going: MovedClass<Definition>[] = [];
    for (const { owner } of leaving(change)) {
      const { module } = owner;
      for (const [key, definition] of current.get(module) ?? []) {
        if (!has(module, definition.entry.name)) going.push({ key, module, definition });
      }
    }
    if (going.length === 0) return;
    const takers = movesOfSlots(change);
    for (const moved of going) {
      const { module, key, definition } = moved;
      const { name } = definition.entry;
      const exported = exportOf?.(module, name);
      const candidates = [
        ...(exported === undefined ? [] : [{ module: exported.module, name: exported.name }]),
        ...takers.filter(({ from }) => from === module).map(({ to }) => ({ module: to, name })),
        ...[...this.#former.values()]
          .filter(({ is }) => is.module === module && is.key === key)
          .map(({ was }) => ({
            module: was.module,
            name: was.key.slice(0, was.key.length - key.length + name.length),
          })),
      ];
      for (const to of candidates) {
        const seat = { module: to.module, key: to.name + key.slice(name.length) };
        // a class that is there already has objects of its own
        if (to.module === module || !has(to.module, to.name) || current.get(to.module)?.has(seat.key)) continue;
        this.#coming.set(placeOf(seat), { ...moved, to: seat });
        break;
      }
    }
  }

  /** What was somewhere else until now. */
  get(module: string, key: string): MovedClass<Definition> | undefined {
    return this.#coming.size === 0 ? undefined : this.#coming.get(placeOf({ module, key }));
  }

  /** What has moved stands there now. */
  settle(): void {
    for (const { module, key, to } of this.#coming.values()) {
      this.#former.delete(placeOf(to));
      this.#former.set(placeOf({ module, key }), { was: { module, key }, is: to });
    }
    this.#coming.clear();
  }

  clear(): void {
    this.#coming.clear();
    this.#former.clear();
  }
}

function placeOf({ module, key }: Seat): string {
  return `${module}#${key}`;
}

/** From which module slots are taken, and by which. */
export function movesOfSlots({ declared }: Change): { readonly from: string; readonly to: string }[] {
  return [...(declared?.() ?? [])].flatMap(({ module, from }) =>
    from === undefined ? [] : [{ from: from.slice(0, from.lastIndexOf('#')), to: module }],
  );
}
