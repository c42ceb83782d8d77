/**
 * Other kinds of files into modules: a table, a sheet of texts, a script in another dialect.
 *
 * A transform gives module text, and from there on it is that text which is compiled, cached and talked about: there is
 * no way back to the lines of the file, so every diagnostic says that its lines are those of the text.
 */

import type { Diagnostic } from '@rekindle/compiler';
import type { Unit } from '@rekindle/loader';
import type { Clock } from '@rekindle/state';

/**
 * Makes the text of an ES module, in TypeScript or JavaScript, of a file. It should depend on its arguments alone: each
 * revision of a file is transformed once while anybody uses it.
 */
export type Transform = (source: string, id: string) => string | PromiseLike<string>;

export type Transformed =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

export class Transforms {
  readonly #byExtension: ReadonlyMap<string, Transform>;
  readonly #clock: Clock;
  readonly #limit: number;

  /** @param limit milliseconds that a transform may wait for something */
  constructor(transforms: Readonly<Record<string, Transform>>, clock: Clock, limit: number) {
    this.#byExtension = new Map(Object.entries(transforms));
    this.#clock = clock;
    this.#limit = limit;
  }

  /** With their dots. */
  get extensions(): readonly string[] {
    return [...this.#byExtension.keys()];
  }

  takes(id: string): boolean {
    return this.#byExtension.has(extensionOf(id));
  }

  /** Never rejects: what a transform throws is a diagnostic about the file. */
  async run(id: string, source: string): Promise<Transformed> {
    const extension = extensionOf(id);
    const transform = this.#byExtension.get(extension) as Transform;
    const failed = (what: string, cause?: unknown): Transformed => {
      const message = `The transform for '${extension}' ${what}`;
      const hint = `Mend the file, or \`transforms['${extension}']\` of createHost.`;
      const diagnostic = { code: 'TRANSFORM_FAILED', message, module: id, hint };
      return { ok: false, diagnostics: [cause === undefined ? diagnostic : { ...diagnostic, cause }] };
    };
    try {
      const text: unknown = await this.#inTime(transform(source, id));
      if (text === LATE) return failed(`has not answered within ${this.#limit} ms.`);
      if (typeof text === 'string') return { ok: true, text };
      return failed(`gave ${text === null ? 'null' : `a value of type ${typeof text}`} instead of a module's text.`);
    } catch (error) {
      return failed(`threw: ${messageOf(error)}`, error);
    }
  }

  async #inTime(answer: string | PromiseLike<string>): Promise<unknown> {
    if (typeof answer !== 'object' || answer === null) return answer;
    const clock = this.#clock;
    return new Promise((resolve, reject) => {
      const timer = clock.setTimeout(() => resolve(LATE), this.#limit);
      Promise.resolve(answer)
        .finally(() => clock.clear(timer))
        .then(resolve, reject);
    });
  }
}

const LATE = Symbol('late');

/** The diagnostic of a module whose text a transform made, with a word about its lines. */
export function aboutTransformed(diagnostic: Diagnostic): Diagnostic {
  const { module, hint, line } = diagnostic;
  if (line === undefined) return diagnostic;
  const note = `The lines are those of the text that the transform for '${extensionOf(module ?? '')}' made.`;
  return { ...diagnostic, hint: hint === undefined ? note : `${hint} ${note}` };
}

export function isTransformed(unit: Pick<Unit, 'options'>): boolean {
  return unit.options.as === 'typescript';
}

/** With its dot. */
function extensionOf(id: string): string {
  return id.slice(id.lastIndexOf('.'));
}

function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return 'something that cannot be told';
  }
}
