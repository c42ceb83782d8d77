/**
 * A look at the slots of versions that are replaced, before and after: functions and timers of the old version that stay
 * in them, a shape that changed without a version, instances that a migration made plain.
 *
 * It reads own data properties alone, so that no code of the author's runs, two levels deep and so many of a slot. What a
 * body replaces is in order, so only what was there before and is there still is told.
 */

import { types } from 'node:util';
import type { Diagnostic, SlotEntry } from '@rekindle/compiler';
import type { SourceTextInstance } from '@rekindle/loader';
import { isOwnedTimer, type Slot, scriptClassOf } from '@rekindle/state';
import type { Powers } from './powers.ts';
import { differenceOf, isPlainObject } from './slot-shape.ts';
import { ofFlattened, ofKeptCode, ofKeptTimer, ofShape } from './slot-warnings.ts';

/** Values that are looked at in a slot. */
const LOOKS = 64;
/** Functions of which the text is looked for, in one release: each is a search through the text of a module. */
const SEARCHES = 64;

interface Suspect {
  readonly path: string;
  readonly value: object;
  /** What stands there now. */
  read(): unknown;
}

interface Noted {
  readonly old: SourceTextInstance;
  readonly next: SourceTextInstance;
  readonly slot: Readonly<Slot>;
  readonly version: number;
  readonly value: object;
  readonly suspects: readonly Suspect[];
}

/** What was told stays as it is, and is told once. */
const told = new WeakSet<object>();

/** Whether a function in a slot was told as one of a version that has ended. */
export function isKeptCode(fn: object): boolean {
  return told.has(fn);
}

export class SlotLook {
  readonly #noted: Noted[] = [];
  readonly #powers: Pick<Powers, 'diagnose'>;

  /** @param order the versions that come; those that they replace are running */
  constructor(order: readonly SourceTextInstance[], powers: Pick<Powers, 'diagnose' | 'scopes'>) {
    this.#powers = powers;
    for (const next of order) {
      const old = next.record.current;
      if (old?.kind !== 'source') continue;
      for (const slot of powers.scopes.known(old)?.slots ?? []) {
        const suspects = [...suspectsIn(slot.value)].filter(({ value }) => !told.has(value));
        this.#noted.push({ old, next, slot, version: slot.version, value: slot.value, suspects });
      }
    }
  }

  /** What is to be told, after the commit. */
  warnings(): Diagnostic[] {
    const found: Diagnostic[] = [];
    let searches = 0;
    for (const noted of this.#noted) {
      const { slot } = noted;
      const tell = (diagnostic: Diagnostic) => found.push(diagnostic);
      found.push(...valueWarnings({ ...noted, before: noted, after: slot }, this.#powers));
      if (slot.value !== noted.value) continue;
      for (const { path, value, read } of noted.suspects) {
        if (read() !== value) continue;
        if (isOwnedTimer(value)) {
          if (value.state !== 'closed') continue;
          tell(ofKeptTimer(noted.old, slot, path, this.#powers));
        } else {
          searches += 1;
          if (searches > SEARCHES) break;
          const at = placeIn(noted.old, value);
          if (at === undefined) continue;
          tell(ofKeptCode(noted.old, slot, path, at, this.#powers));
        }
        told.add(value);
      }
    }
    return found;
  }
}

/** The value of a slot as one version had it. */
interface SlotValue {
  readonly version: number;
  readonly value: object;
}

/** A slot over a release. */
export interface SlotChange {
  readonly old: SourceTextInstance;
  readonly next: SourceTextInstance;
  readonly slot: Pick<Slot, 'module' | 'name' | 'version'>;
  readonly before: SlotValue;
  readonly after: SlotValue;
}

/** What is to be told of the value of a slot that was there before. */
export function valueWarnings(change: SlotChange, powers: Pick<Powers, 'diagnose'>): Diagnostic[] {
  const { next, slot, before, after } = change;
  if (before.version === after.version) {
    const difference = before.value === after.value ? shapeDifference(change) : undefined;
    return difference === undefined ? [] : [ofShape(next, slot, difference, powers)];
  }
  const name = flattenedClass(before.value, after.value);
  // a class of which the new text no longer speaks was meant to go
  if (name === undefined || !mentions(next.unit.source, name)) return [];
  return [ofFlattened(next, { ...slot, version: after.version }, name, powers)];
}

function shapeDifference({ old, next, slot, after }: SlotChange) {
  const [before, now] = [entryOf(old, slot.name), entryOf(next, slot.name)];
  if (before?.shape == null || now?.shape == null) return undefined;
  if (before.version === null || before.version !== now.version) return undefined;
  return differenceOf(before.shape, now.shape, after.value);
}

function mentions(text: string, name: string): boolean {
  return new RegExp(`(?<![\\w$])${name.replaceAll('$', '\\$')}(?![\\w$])`).test(text);
}

function entryOf({ artifact }: SourceTextInstance, name: string): SlotEntry | undefined {
  return artifact.slots?.find((entry) => entry.name === name);
}

// ---- what stands in a value

interface Member {
  readonly path: string;
  readonly value: unknown;
  read(): unknown;
}

/** Functions and timers in a slot's value and in the plain containers in it. */
function* suspectsIn(value: object): Iterable<Suspect> {
  let looks = LOOKS;
  const isSuspect = (it: unknown): it is object => isOwnedTimer(it) || (typeof it === 'function' && !isClass(it));
  if (isSuspect(value)) yield { path: '', value, read: () => value };
  for (const member of membersOf(value)) {
    looks -= 1;
    if (looks < 0) return;
    if (isSuspect(member.value)) yield { ...member, value: member.value };
    else if (typeof member.value === 'object' && member.value !== null) {
      for (const inner of membersOf(member.value)) {
        looks -= 1;
        if (looks < 0) return;
        const { value: held } = inner;
        if (isSuspect(held)) yield { path: `${member.path}.${inner.path}`, value: held, read: inner.read };
      }
    }
  }
}

/** Own data of plain objects and arrays, elements of maps and sets; nothing of anything else. */
function* membersOf(container: object, isLarge = large): Iterable<Member> {
  if (types.isProxy(container)) return;
  if (types.isMap(container)) {
    for (const [key, value] of Map.prototype.entries.call(container)) {
      yield {
        path: typeof key === 'object' ? '…' : String(key),
        value,
        read: () => Map.prototype.get.call(container, key),
      };
    }
  } else if (types.isSet(container)) {
    for (const value of Set.prototype.values.call(container)) {
      yield { path: '…', value, read: () => (Set.prototype.has.call(container, value) ? value : undefined) };
    }
  } else {
    for (const path of keysOf(container, isLarge)) {
      const read = (): unknown => Object.getOwnPropertyDescriptor(container, path)?.value;
      yield { path, value: read(), read };
    }
  }
}

/** Objects with so many keys are looked at once: the language gives all keys or none. */
const MANY = 4_096;
const large = new WeakSet<object>();

function* keysOf(container: object, isLarge: WeakSet<object>): Iterable<string> {
  if (Array.isArray(container)) {
    for (let index = 0; index < container.length; index++) yield String(index);
  } else if (isPlainObject(container) && !isLarge.has(container)) {
    const keys = Object.keys(container);
    if (keys.length > MANY) isLarge.add(container);
    yield* keys;
  }
}

/** A class in a slot is data: its objects follow to the newest version. */
function isClass(fn: object): boolean {
  const descriptor = Object.getOwnPropertyDescriptor(fn, 'prototype');
  return descriptor !== undefined && descriptor.writable === false;
}

/** Where the code of a version has a function; undefined for one of somebody else. */
function placeIn({ running }: SourceTextInstance, fn: object) {
  const text = Function.prototype.toString.call(fn);
  const { code } = running.artifact;
  const at = code.indexOf(text);
  if (at < 0) return undefined;
  const lines = code.slice(0, at).split('\n');
  return { line: lines.length, column: (lines.at(-1) as string).length + 1 };
}

/** The script's class of a value, or of the elements directly in it, where those of the new value are plain objects. */
function flattenedClass(before: object, after: object): string | undefined {
  const name = scriptClassOf(before);
  if (name !== undefined) return isPlainObject(after) ? name : undefined;
  const classes = elementsOf(before).map(scriptClassOf);
  const found = classes.find((one) => one !== undefined);
  if (found === undefined) return undefined;
  const elements = elementsOf(after);
  return elements.length > 0 && elements.every(isPlainObject) ? found : undefined;
}

function elementsOf(container: object): object[] {
  const elements: object[] = [];
  let looks = LOOKS;
  for (const { value } of membersOf(container, new WeakSet())) {
    looks -= 1;
    if (looks < 0) break;
    if (typeof value === 'object' && value !== null) elements.push(value);
  }
  return elements;
}
