/**
 * `import()` in scripts (ECMA-262 13.3.10), and what it means while a transaction runs:
 *
 * - code that runs on sees what is committed; a module that is not loaded yet waits its turn, unless a load that replaces
 *   nothing awaits: then it is loaded beside that one, as the language has it;
 * - a body that awaits, while a release is prepared: the module joins the release, also where unchanged code imports it
 *   for the body;
 * - a body of the synchronous step: settles after the commit, or rejects with `IMPORT_ABORTED`.
 */

import type { Diagnostic } from '@rekindle/compiler';
import type { SourceTextInstance } from '@rekindle/loader';
import { ReloadError, ScriptLoadError } from './errors.ts';
import { IntrinsicPromise } from './intrinsic-promise.ts';
import { languageError } from './language-error.ts';
import { sharedPromise } from './shared-promise.ts';

export interface ImportRequest {
  readonly specifier: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** What an attempt shows of itself to `import()`. */
export interface ImportingAttempt {
  readonly state: 'open' | 'committed' | 'undone';
  readonly evaluating: boolean;
  readonly held: HeldImport[];
  importStaged(importer: SourceTextInstance, request: ImportRequest): Promise<object>;
}

/** One of which bodies are awaited. */
export interface AwaitingAttempt extends Pick<ImportingAttempt, 'held' | 'importStaged'> {
  /** The version whose top level calls now, if one does. */
  body(): SourceTextInstance | undefined;
  /**
   * A body has been given by unchanged code what that kept of a release that did not come.
   * @throws where its own is prepared again for that
   */
  givenDropped(keepers: Iterable<SourceTextInstance>): void;
}

/** What is told of the end of the transaction: an `import()` that settles with it, for one. */
export interface HeldImport {
  commit(): void;
  abort(reason: unknown): void;
}

/** Imports by code that runs in the committed graph. */
export type ImportCommitted = (importer: SourceTextInstance, request: ImportRequest) => Promise<object>;

export class DynamicImports {
  readonly #committed: ImportCommitted;
  readonly #isBusy: () => boolean;
  /** The attempt whose bodies are awaited. */
  awaiting: AwaitingAttempt | undefined;

  /** @param isBusy whether a transaction is on its way, whose bodies may come to await */
  constructor(committed: ImportCommitted, isBusy: () => boolean) {
    this.#committed = committed;
    this.#isBusy = isBusy;
  }

  import(
    importer: SourceTextInstance,
    specifier: unknown,
    options: unknown,
    attempt: ImportingAttempt,
  ): Promise<object> {
    let request: ImportRequest;
    try {
      request = requestOf(specifier, options);
    } catch (error) {
      return Promise.reject(error);
    }
    if (attempt.state === 'undone') return Promise.reject(aborted(request, importer, undefined));
    if (attempt.state === 'committed') {
      if (this.awaiting !== undefined || this.#isBusy()) return this.#share(importer, request);
      // one promise around another, as for an import that was held: imports settle in the order of their modules
      return new IntrinsicPromise((settle) => settle(this.#committed(importer, request)));
    }
    if (attempt.evaluating) return attempt.importStaged(importer, request);
    return this.#hold(importer, request, attempt);
  }

  /**
   * While bodies await, or may come to, code that runs on may keep what it imports, and hand it to them and to those who
   * call it beside them. Who waits for it is given what an `import()` of its own would give: what the release brings, or what is committed.
   */
  #share(importer: SourceTextInstance, request: ImportRequest): Promise<object> {
    let committed: Promise<object> | undefined;
    let staged: { readonly by: AwaitingAttempt; readonly imported: Promise<object> } | undefined;
    const answer = (): Promise<object> => {
      const { awaiting } = this;
      if (awaiting?.body() === undefined || importer.record.current === undefined) {
        committed ??= this.#committed(importer, request);
        return committed;
      }
      if (staged?.by === awaiting) return staged.imported;
      const imported = awaiting.importStaged(importer, request);
      staged = { by: awaiting, imported };
      awaiting.held.push({
        commit() {
          staged = undefined;
          shared.settle(committed ?? imported);
        },
        abort() {
          staged = undefined;
        },
      });
      return imported;
    };
    const shared = sharedPromise(answer);
    const first = answer();
    const settle = () => shared.settle(first);
    if (first === committed) first.then(settle, settle);
    return shared.promise;
  }

  #hold(importer: SourceTextInstance, request: ImportRequest, attempt: ImportingAttempt): Promise<object> {
    const promise = new IntrinsicPromise<object>((resolve, reject) => {
      attempt.held.push({
        commit: () => resolve(this.#committed(importer, request)),
        abort: (reason) => reject(aborted(request, importer, reason)),
      });
    });
    promise.catch(() => {}); // that the release was refused is told: nobody need wait for this promise to hear of it
    return promise;
  }
}

/** ECMA-262 EvaluateImportCall: the specifier as a string, the options' `with` as attributes. */
function requestOf(specifier: unknown, options: unknown): ImportRequest {
  const text = `${specifier as string}`;
  if (options === undefined) return { specifier: text };
  if ((typeof options !== 'object' && typeof options !== 'function') || options === null) {
    throw new TypeError('The second argument of import() must be an object.');
  }
  const given: unknown = (options as { with?: unknown }).with;
  if (given === undefined) return { specifier: text };
  if ((typeof given !== 'object' && typeof given !== 'function') || given === null) {
    throw new TypeError("The option 'with' of import() must be an object.");
  }
  const attributes: Record<string, string> = {};
  for (const [key, value] of Object.entries(given)) {
    if (typeof value !== 'string') throw new TypeError(`Import attribute '${key}' must be a string.`);
    attributes[key] = value;
  }
  for (const key of Object.keys(attributes)) {
    if (key !== 'type') throw new TypeError(`Import attribute '${key}' is not supported.`);
  }
  return Object.keys(attributes).length === 0 ? { specifier: text } : { specifier: text, attributes };
}

function aborted({ specifier }: ImportRequest, importer: SourceTextInstance, cause: unknown): ReloadError {
  const message = `import('${specifier}') was asked for by a version of '${importer.record.key}' that was refused.`;
  return new ReloadError('IMPORT_ABORTED', message, cause === undefined ? undefined : { cause });
}

/** The error with which `import(specifier)` rejects: the language's own, where it says what that is. */
export function importError(specifier: string, diagnostics: readonly Diagnostic[]): unknown {
  const thrown = languageError(diagnostics);
  if (thrown !== undefined) return thrown.value;
  return new ScriptLoadError(`'${specifier}'`, diagnostics);
}
