/**
 * Slots into bytes and back: what a snapshot holds, without the file around it.
 *
 * Slots of several namespaces are one graph: an object that two of them hold is one object afterwards. Who reads the bytes
 * has verified them: here they are what was written.
 */
import { deserialize, serialize } from 'node:v8';
import { type ClassName, type ExpectedClass, type NativeKind, standIn } from './class-registry.ts';
import type { SavedSlot } from './slots.ts';
import { type FlatGraph, flatten, Unwritable } from './snapshot-graph.ts';
import { Obstacles } from './snapshot-obstacles.ts';
import { revive } from './snapshot-revival.ts';

/** A slot of a namespace. */
export interface SlotToWrite extends SavedSlot {
  readonly namespace: string;
}

/** A slot that a snapshot does not have, and why. */
export interface UnwrittenSlot {
  readonly namespace: string;
  readonly module: string;
  readonly slot: string;
  /** From the name of the slot to what is in the way: `goblins.get(3).socket`. */
  readonly path: string;
  /** What that is: `a function`, `an instance of 'Socket', …`. */
  readonly why: string;
}

export interface WrittenSlots {
  readonly bytes: Uint8Array;
  /** How many were written. */
  readonly count: number;
  readonly unwritten: readonly UnwrittenSlot[];
}

/** What was read: the slots, and the classes that their objects wait for. */
export interface ReadSlots {
  readonly slots: readonly SlotToWrite[];
  readonly classes: readonly ExpectedClass[];
}

interface Written {
  readonly slots: readonly Omit<SlotToWrite, 'value'>[];
  readonly graph: FlatGraph;
}

/** Writes what can be written; nothing that a script does later changes it. Runs no code of scripts. */
export function writeSlots(slots: readonly SlotToWrite[]): WrittenSlots {
  const unwritten: UnwrittenSlot[] = [];
  let writable = slots;
  let graph = tryToFlatten(writable);
  if (graph === undefined) {
    const obstacles = new Obstacles();
    writable = slots.filter(({ namespace, module, name, value }) => {
      const obstacle = obstacles.find(name, value);
      if (obstacle !== undefined) unwritten.push({ namespace, module, slot: name, ...obstacle });
      return obstacle === undefined;
    });
    graph = flatten(writable.map(({ value }) => value));
  }
  const written: Written = {
    slots: writable.map(({ namespace, module, name, version }) => ({ namespace, module, name, version })),
    graph,
  };
  return { bytes: serialize(written), count: writable.length, unwritten };
}

function tryToFlatten(slots: readonly SlotToWrite[]): FlatGraph | undefined {
  try {
    return flatten(slots.map(({ value }) => value));
  } catch (error) {
    if (error instanceof Unwritable) return undefined;
    throw error;
  }
}

/** Reads what `writeSlots` has written. */
export function readSlots(bytes: Uint8Array): ReadSlots {
  const { slots, graph } = deserialize(bytes) as Written;
  const classes = new Map<string, ExpectedClass>();
  const objects = revive(graph, ({ namespace, module, name, kind, fields }) => {
    const saved: ClassName = { namespace, module, name };
    const made = standIn(saved, kind as NativeKind, fields);
    classes.set(JSON.stringify([namespace, module, name, kind]), made);
    return made.made.prototype;
  });
  return {
    slots: slots.map((slot, index) => ({ ...slot, value: objects[graph.roots[index] as number] as object })),
    classes: [...classes.values()],
  };
}
