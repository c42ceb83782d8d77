// What test262 wants of a host: `$262`, `print`, and the harness files as scripts of the realm.
// https://github.com/tc39/test262/blob/main/INTERPRETING.md
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import vm from 'node:vm';
import { COMPLETE, FAILURE } from './verdict.ts';

/** Resolves with what an asynchronous test prints about its end. */
export function defineHostObject(): Promise<string> {
  const { promise, resolve } = withResolvers<string>();
  define('print', (message: unknown) => {
    const text = String(message);
    if (text === COMPLETE || text.startsWith(FAILURE)) resolve(text);
  });
  define(
    '$262',
    hostObject(globalThis, (source) => vm.runInThisContext(source)),
  );
  return promise;
}

/** Runs files of `harness/`: what they declare is global. */
export function runHarness(checkout: string, names: readonly string[]): void {
  for (const name of names) {
    const file = join(checkout, 'harness', name);
    vm.runInThisContext(readFileSync(file, 'utf8'), { filename: file });
  }
}

function hostObject(global: object, evalScript: (source: string) => unknown): object {
  return {
    global,
    evalScript,
    createRealm() {
      const context = vm.createContext({});
      const inner = vm.runInContext('globalThis', context) as Record<string, unknown>;
      const own = hostObject(inner, (source) => vm.runInContext(source, context));
      inner['$262'] = own;
      return own;
    },
    gc() {
      if (globalThis.gc === undefined) throw new Error('The process runs without --expose-gc.');
      globalThis.gc();
    },
    detachArrayBuffer(buffer: ArrayBuffer) {
      structuredClone(buffer, { transfer: [buffer] });
    },
  };
}

function define(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
}

function withResolvers<Value>(): { promise: Promise<Value>; resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => {};
  const promise = new Promise<Value>((onResolve) => {
    resolve = onResolve;
  });
  return { promise, resolve };
}
