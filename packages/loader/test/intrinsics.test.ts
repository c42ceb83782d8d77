import { afterEach, describe, expect, it } from 'vitest';
import { IntrinsicsWatch } from '../src/intrinsics.ts';

const ArrayPrototype = Array.prototype as unknown as Record<string, unknown>;

describe('changes to intrinsics', () => {
  const { at } = Array.prototype;

  afterEach(() => {
    delete ArrayPrototype.last;
    ArrayPrototype.at = at;
  });

  it('are none while nobody touches them', () => {
    const watch = new IntrinsicsWatch();

    expect(watch.changes()).toEqual([]);
  });

  it('are named once: what was added, what was replaced, what was removed', () => {
    const watch = new IntrinsicsWatch();

    ArrayPrototype.last = () => undefined;
    expect(watch.changes()).toEqual(['Array.prototype.last was added']);
    expect(watch.changes()).toEqual([]);

    ArrayPrototype.at = () => undefined;
    expect(watch.changes()).toEqual(['Array.prototype.at was replaced']);

    delete ArrayPrototype.last;
    expect(watch.changes()).toEqual(['Array.prototype.last was removed']);
  });

  it('includes accessors', () => {
    const watch = new IntrinsicsWatch();
    Object.defineProperty(Math, 'tau', { get: () => 6.28, configurable: true });

    expect(watch.changes()).toEqual(['Math.tau was added']);

    Reflect.deleteProperty(Math, 'tau');
  });

  it('includes an accessor in the place of a value, and a member in the place of another one', () => {
    const watch = new IntrinsicsWatch();
    const { acosh } = Math;
    const refuse = () => {
      throw new Error('read too early');
    };
    const as = (descriptor: PropertyDescriptor) => ({ configurable: true, ...descriptor });

    Object.defineProperty(Math, 'acosh', as({ get: refuse }));
    expect(watch.changes()).toEqual(['Math.acosh was replaced']);

    Object.defineProperty(Math, 'acosh', as({ value: acosh }));
    expect(watch.changes()).toEqual(['Math.acosh was replaced']);

    Reflect.deleteProperty(Math, 'acosh');
    Object.defineProperty(Math, 'acoshine', as({ value: acosh }));
    expect(watch.changes()).toEqual(['Math.acoshine was added', 'Math.acosh was removed']);

    Reflect.deleteProperty(Math, 'acoshine');
    Object.defineProperty(Math, 'acosh', as({ value: acosh, writable: true }));
  });
});
