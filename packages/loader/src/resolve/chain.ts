/**
 * The resolution chain: an ordered list of named steps, from a specifier to what it means.
 *
 *     specifier ─▶ host ─▶ store ─▶ node ─▶ (nobody)
 *                   │        │       │
 *                   └── answers, refuses, or calls next() ──▶
 *
 * A step is called with what is known and `next`, the rest of the chain; users' steps stand anywhere in it.
 * Steps may be synchronous or asynchronous; nothing is awaited that is not a promise.
 */

/** Nothing is awaited where the value is there at once. */
export type MaybePromise<Value> = Value | Promise<Value>;

/** What a specifier means. */
export type Resolved =
  /** A script of the stores' view. */
  | { readonly kind: 'script'; readonly id: string }
  /** A module that the game or Rekindle provides. */
  | { readonly kind: 'host'; readonly name: string }
  /** A builtin or an npm package: what Node's own `import()` takes. */
  | { readonly kind: 'native'; readonly url: string };

/** A step's final no: the steps behind it are not asked. */
export interface Refusal {
  readonly kind: 'refused';
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
}

/** What a step says: a meaning, a final no, or `undefined` where nobody knows. */
export type Answer = Resolved | Refusal | undefined;

/** What is known of the import that is being resolved. */
export interface ResolveContext {
  /** Id of the importing module; `null` for the game's own import. */
  readonly parent: string | null;
  readonly namespace: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** Whether the stores' view has a module of this id. */
  has(id: string): MaybePromise<boolean>;
  /** Steps write down here every place in which they looked, in words for the author. */
  readonly looked: Looked[];
}

/** One place in which a step looked. */
export interface Looked {
  readonly step: string;
  readonly place: string;
}

/** The rest of the chain. */
export type Next = (specifier?: string) => MaybePromise<Answer>;

/** One step of the resolution chain: it answers, refuses, or asks the steps behind it. */
export interface ResolutionStep {
  /** A short noun, unique in the chain: `explain` and error messages show it. */
  readonly name: string;
  /**
   * Says what the specifier means, here or by asking on.
   * @param next asks the steps behind this one, for another specifier where one is given
   */
  resolve(specifier: string, context: ResolveContext, next: Next): MaybePromise<Answer>;
}

/** Asks the steps in order; `undefined` where nobody answered. */
export function resolveBy(
  steps: readonly ResolutionStep[],
  specifier: string,
  context: ResolveContext,
): MaybePromise<Answer> {
  const ask = (index: number, text: string): MaybePromise<Answer> =>
    steps[index]?.resolve(text, context, (other = text) => ask(index + 1, other));
  return ask(0, specifier);
}

/** What one step said when it was asked. */
export interface StepReport {
  readonly step: string;
  readonly said: 'answered' | 'refused' | 'passed' | 'not asked';
  /** Where it looked. */
  readonly looked: readonly string[];
}

/** As `resolveBy`, with what each step said. */
export async function resolveAndReport(
  steps: readonly ResolutionStep[],
  specifier: string,
  context: Omit<ResolveContext, 'looked'>,
): Promise<{ readonly answer: Answer; readonly steps: readonly StepReport[] }> {
  const looked: Looked[] = [];
  const asked = new Set<string>();
  const passed = new Set<string>();
  const watched = steps.map(
    (step): ResolutionStep => ({
      name: step.name,
      resolve(text, inner, next) {
        asked.add(step.name);
        return step.resolve(text, inner, (other) => {
          passed.add(step.name);
          return next(other);
        });
      },
    }),
  );
  const answer = await resolveBy(watched, specifier, { ...context, looked });
  const reports = steps.map(({ name }): StepReport => {
    const places = looked.filter(({ step }) => step === name).map(({ place }) => place);
    if (!asked.has(name)) return { step: name, said: 'not asked', looked: places };
    if (passed.has(name) || answer === undefined) return { step: name, said: 'passed', looked: places };
    return { step: name, said: answer.kind === 'refused' ? 'refused' : 'answered', looked: places };
  });
  return { answer, steps: reports };
}
