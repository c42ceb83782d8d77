/**
 * SWC: TypeScript and newer JavaScript into plain ECMAScript modules.
 *
 * It removes types and lowers what no supported V8 knows (decorators, `accessor`, `using`, enums); it neither changes
 * module syntax nor lowers to older versions of the language. Comments are dropped, so that an edit of comments or types
 * alone gives the identical text. It misses many early errors: `parse.ts` looks at its output again.
 */

import type { Options } from '@swc/core';
import { onAuthorLines } from './author-lines.ts';
import { type Fault, withoutRepetition, words } from './faults.ts';
import {
  type CompileOptions,
  type CompilerOptionsSubset,
  DEFAULT_LIMITS,
  type Language,
  type SourceLimits,
} from './options.ts';
import { loadSwc } from './parsers.ts';
import { LineIndex } from './positions.ts';
import { type ScanResult, scanSource, unclosed } from './source-scan.ts';
import { CompilerDied, type GuardedOutput, transformInChild } from './strip-guard.ts';
import { readReport } from './swc-report.ts';
import { type UsingPlaces, withConst } from './using.ts';

export type ScriptLanguage = Exclude<Language, 'json'>;

export interface StripOptions {
  readonly language: ScriptLanguage;
  readonly tsconfig?: CompilerOptionsSubset | undefined;
  readonly limits?: SourceLimits | undefined;
  readonly sourceMaps?: boolean;
  readonly debug?: CompileOptions['debug'] | undefined;
  /**
   * Let SWC lower `using` itself: only where a scan has misread the text.
   * @default false
   */
  readonly swcUsing?: boolean;
  /** The look at the text, where somebody has had it already. */
  readonly scan?: ScanResult | undefined;
}

export interface Stripped {
  readonly ok: true;
  readonly code: string;
  /** Where one was asked for, or is needed to find `usings` again. */
  readonly map: string | undefined;
  /** The `using` declarations of the source, which are `const` in `code`. */
  readonly usings: UsingPlaces;
  /** True where positions in `code` are those in the author's text. */
  readonly isAuthors?: boolean;
}

export type StripResult = Stripped | { readonly ok: false; readonly faults: readonly Fault[] };

/** The look at a text that comes before every parser. */
export function scanScript(source: string, options: Pick<StripOptions, 'limits'>): ScanResult {
  return scanSource(source, nestingOf(options));
}

/** How deep brackets may be nested. */
export function nestingOf({ limits }: Pick<StripOptions, 'limits'>): number {
  return limits?.nesting ?? DEFAULT_LIMITS.nesting;
}

export function strip(source: string, options: StripOptions): StripResult {
  const { tooDeepAt, suspect, deepestAt, wideSpaceAt, usings, decorates } = options.scan ?? scanScript(source, options);
  if (tooDeepAt !== undefined) {
    const nesting = nestingOf(options);
    const isBracket = !source.startsWith('class', tooDeepAt);
    const message = isBracket
      ? `Brackets are nested more than ${nesting} deep here`
      : 'Too many classes stand in the heritage of each other here';
    const hint = isBracket ? "Give parts of it names, or raise 'limits.nesting'." : 'Give them names.';
    return { ok: false, faults: [tooDeep(source, tooDeepAt, message, hint)] };
  }
  const { text, places } = withConst(source, options.swcUsing === true ? [] : usings);
  const debug = options.debug !== undefined;
  const sourceMaps = options.sourceMaps === true || places.size > 0 || debug;
  const swcOptions = toSwcOptions(options, { sourceMaps, decorators: decorates });
  const transform = suspect ? transformInChild : loadSwc().transformSync;
  let output: GuardedOutput;
  try {
    output = transform(text, swcOptions);
  } catch (error) {
    if (error instanceof CompilerDied) {
      if (wideSpaceAt !== undefined && error.reason === 'crash')
        return { ok: false, faults: [wideSpace(source, wideSpaceAt)] };
      const message =
        error.reason === 'time' ? 'The compiler cannot finish this' : 'This is nested too deep for the compiler';
      return { ok: false, faults: [tooDeep(source, deepestAt, message)] };
    }
    return { ok: false, faults: faultsOf(source, error) };
  }
  const { code, map } = output;
  if (debug && map !== undefined) return { ok: true, ...onAuthorLines({ code, map }), usings: places };
  return { ok: true, code, map, usings: places };
}

/** Whether a text is one for blanks: nothing in it has to be lowered. Without a scan, a glance has said so. */
export function mayBePlain({ language, tsconfig }: StripOptions, scan?: ScanResult): boolean {
  if (language === 'typescript' && !(tsconfig?.useDefineForClassFields ?? definesFields(tsconfig?.target)))
    return false;
  if (scan === undefined) return true;
  return scan.tooDeepAt === undefined && !scan.suspect && !scan.decorates && scan.usings.length === 0;
}

function wideSpace(source: string, at: number): Fault {
  const name = source.charCodeAt(at).toString(16).toUpperCase().padStart(4, '0');
  const message = `Here is a space that is none of the keyboard's (U+${name}), and something behind it cannot be read`;
  const hint = 'Write an ordinary space instead; a text that was copied from a page may have more of them.';
  return { code: 'SYNTAX_ERROR', message, hint, ...new LineIndex(source).positionAt(at), length: 1 };
}

export function tooDeep(source: string, at: number, message: string, hint = 'Give parts of it names.'): Fault {
  return { code: 'SOURCE_TOO_DEEP', message, hint, ...new LineIndex(source).positionAt(at), length: 1 };
}

function faultsOf(source: string, error: unknown): Fault[] {
  const report = error instanceof Error ? error.message : String(error);
  const found = readReport(report, source);
  if (found.length === 0) {
    const [firstLine = ''] = report.trim().split('\n', 1);
    return [{ code: 'COMPILER_FAILED', message: `The compiler failed: ${firstLine}`, line: 1, column: 1, length: 1 }];
  }
  const faults = found.map(({ message, ...place }): Fault => ({ ...words(message), ...place }));
  return withoutRepetition(faults).map((fault) => explainEnd(source, fault));
}

/** What stops at the end of the file began far above it, at a bracket, a template or a comment. */
function explainEnd(source: string, fault: Fault): Fault {
  const lines = new LineIndex(source);
  const isText = /^The (?:template|comment) is not closed$/.test(fault.message);
  if (!isText && lines.offsetAt(fault) + fault.length < source.trimEnd().length) return fault;
  const open = unclosed(source);
  if (open === undefined) return fault;
  const { line, column } = lines.positionAt(open.at);
  if (isText) return { ...fault, line, column, length: 1 };
  return { ...fault, hint: fault.hint ?? `${open.what} at ${line}:${column} is not closed.` };
}

interface SwcNeeds {
  readonly sourceMaps: boolean;
  /** Whether there are any; else SWC is spared the passes for them, a tenth of its time. */
  readonly decorators: boolean;
}

function toSwcOptions({ language, tsconfig = {} }: StripOptions, { sourceMaps, decorators }: SwcNeeds): Options {
  return {
    // a name of our own, not the module's id: SWC must not make anything of it
    filename: 'module',
    configFile: false,
    swcrc: false,
    isModule: true,
    sourceMaps,
    inputSourceMap: false,
    module: { type: 'es6' },
    jsc: {
      target: 'es2022',
      externalHelpers: true,
      // the one switch that drops every comment; nothing else is minified
      minify: { format: { comments: false } },
      parser:
        language === 'typescript'
          ? { syntax: 'typescript', tsx: false, decorators }
          : { syntax: 'ecmascript', jsx: false, decorators, explicitResourceManagement: true },
      transform: {
        ...(decorators ? decoratorOptions(tsconfig) : {}),
        useDefineForClassFields: tsconfig.useDefineForClassFields ?? definesFields(tsconfig.target),
        verbatimModuleSyntax: language === 'javascript' || tsconfig.verbatimModuleSyntax === true,
      },
      experimental: { keepImportAttributes: true },
    },
  };
}

function decoratorOptions({ experimentalDecorators, emitDecoratorMetadata }: CompilerOptionsSubset) {
  return experimentalDecorators === true
    ? { legacyDecorator: true, decoratorMetadata: emitDecoratorMetadata === true }
    : { legacyDecorator: false, decoratorVersion: '2022-03' as const };
}

/** TypeScript's default: since ES2022 the language itself has class fields. */
function definesFields(target = 'esnext'): boolean {
  const year = /^es(\d+)$/i.exec(target.trim())?.[1];
  return year === undefined || Number(year) >= 2022;
}
