// What `import()` of running code rejected with: by the language (ECMA-262 [[EvaluationError]]), a module whose body failed
// rejects with the very same error whenever it is imported again, also on another way, on which it would run today. A fresh
// start has not failed before.
import { codesOf, idOf, type Program, reachOf } from './program.ts';

export class FailedImports {
  /** By the error: the code of all that was imported. */
  readonly #met = new WeakMap<object, ReadonlyMap<string, string>>();

  /** An import of this module was rejected. */
  note(error: unknown, program: Program, number: number): void {
    if (typeof error === 'object' && error !== null && !this.#met.has(error))
      this.#met.set(error, codes(program, number));
  }

  /** Whether this is the error of an earlier import, and the code that both imported is as it was. */
  isKnown(error: unknown, program: Program, number: number): boolean {
    const before = typeof error === 'object' && error !== null ? this.#met.get(error) : undefined;
    if (before === undefined) return false;
    return [...codes(program, number)].every(([id, code]) => !before.has(id) || before.get(id) === code);
  }
}

function codes(program: Program, number: number): Map<string, string> {
  const all = codesOf(program);
  const ids = [...reachOf(program, [number])].flatMap((one) => {
    const module = program.get(one);
    return module === undefined ? [] : [idOf(module)];
  });
  return new Map(ids.map((id) => [id, all.get(id) ?? '']));
}
