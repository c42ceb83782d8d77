/**
 * What a caller may say about a compilation, and what of a `tsconfig.json` changes the output.
 *
 * Everything here is part of a cache key: two compilations with equal options and equal text give equal artifacts.
 * Type checking is not done here, so an option that only concerns types is not listed.
 */

import { CompilerError } from './errors.ts';

/** Those `compilerOptions` of a `tsconfig.json` that change what is emitted. Others may be present and are ignored. */
export interface CompilerOptionsSubset {
  /**
   * Only decides the default of `useDefineForClassFields`: syntax is never lowered to an older version of the language.
   * @default 'esnext'
   */
  readonly target?: string;
  /**
   * `true`: TypeScript's own decorators; `false`: those of ECMAScript (2022-03).
   * @default false
   */
  readonly experimentalDecorators?: boolean;
  /** @default false */
  readonly emitDecoratorMetadata?: boolean;
  /** @default true, and false where `target` is older than ES2022 */
  readonly useDefineForClassFields?: boolean;
  /**
   * `true`: imports stay unless they say `type`; `false`: an import that is only used as a type is dropped.
   * @default false
   */
  readonly verbatimModuleSyntax?: boolean;
}

export interface SourceLimits {
  /**
   * How deep brackets, and chains that a parser takes for depth, may be nested.
   * @default 500
   */
  readonly nesting?: number;
  /**
   * Bytes of UTF-8 that a source may have.
   * @default 1_048_576
   */
  readonly source?: number;
}

export interface CompileOptions {
  /** Module id, for example `npc/goblin.ts`: its extension is its language, and it is the file name in stack traces. */
  readonly id: string;
  /**
   * What the text is, whatever the id's extension: `'text'` makes the text itself the default export, `'typescript'` is
   * for what a transform made of another kind of file.
   * @default absent: what the extension says
   */
  readonly as?: 'text' | 'typescript';
  readonly tsconfig?: CompilerOptionsSubset;
  readonly limits?: SourceLimits;
  /**
   * For debuggers and profilers: what stands on a line of the author's stands on that line of the code, and a source map
   * that names `url` as the file stands at its end. It takes SWC a map for each module.
   * @default absent: no map, and lines as SWC makes them
   */
  readonly debug?: { readonly url: string };
}

export const DEFAULT_LIMITS: Required<SourceLimits> = { nesting: 500, source: 2 ** 20 };

export type Language = 'typescript' | 'javascript' | 'json';

const LANGUAGES: ReadonlyMap<string, Language> = new Map([
  ['ts', 'typescript'],
  ['mts', 'typescript'],
  ['js', 'javascript'],
  ['mjs', 'javascript'],
  ['json', 'json'],
]);

/** The language of a module by the extension of its id; undefined for one that needs a transform first. */
export function languageOf(id: string): Language | undefined {
  return LANGUAGES.get(id.slice(id.lastIndexOf('.') + 1));
}

/** @throws {CompilerError} `INVALID_OPTIONS` */
export function checkOptions({ id, limits }: CompileOptions): void {
  if (id === '') throw new CompilerError('INVALID_OPTIONS', "'id' is empty");
  for (const [name, limit] of Object.entries(limits ?? {})) {
    if (limit >= 1) continue;
    throw new CompilerError('INVALID_OPTIONS', `'limits.${name}' is ${limit}; it has to be at least 1`);
  }
}
