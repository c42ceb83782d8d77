/**
 * Which versions of modules an object's classes are of, for as long as it lives: a prototype that was emptied no longer
 * names its class.
 */
import { types } from 'node:util';
import type { Scope } from './scope.ts';

/** A class, as one version has defined it. */
export interface ClassVersion {
  readonly scope: Scope;
  readonly name: string;
}

const versions = new WeakMap<object, ClassVersion>();

export function noteClass(prototype: object, version: ClassVersion): void {
  versions.set(prototype, version);
}

/** That of its class, and of those that it extends. Runs no code of the author's. */
export function classVersionsOf(object: object): readonly ClassVersion[] {
  const found: ClassVersion[] = [];
  let prototype = Reflect.getPrototypeOf(object);
  while (prototype !== null && !types.isProxy(prototype)) {
    const version = versions.get(prototype);
    if (version !== undefined) found.push(version);
    prototype = Reflect.getPrototypeOf(prototype);
  }
  return found;
}
