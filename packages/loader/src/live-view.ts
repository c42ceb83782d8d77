/**
 * What the game holds: an object of a module's exports whose identity never changes, over any number of reloads.
 *
 * Accessors on an ordinary object, so that a call through it is inlined; names come and go with the commits, which an
 * exact namespace object could not do.
 */

import type { ReadExport } from './namespace-object.ts';

export class LiveView {
  readonly object: object = Object.create(null, { [Symbol.toStringTag]: { value: 'Module' } });

  /** Shows exactly these exports; returns what undoes it. */
  show(exports: ReadonlyMap<string, ReadExport>): () => void {
    const before = Object.getOwnPropertyDescriptors(this.object);
    for (const name of Object.keys(this.object)) Reflect.deleteProperty(this.object, name);
    for (const [name, get] of exports) {
      Object.defineProperty(this.object, name, { get, enumerable: true, configurable: true });
    }
    return () => {
      for (const name of Object.keys(this.object)) Reflect.deleteProperty(this.object, name);
      for (const name of Object.keys(before)) {
        Object.defineProperty(this.object, name, before[name as keyof typeof before] as PropertyDescriptor);
      }
    };
  }
}
