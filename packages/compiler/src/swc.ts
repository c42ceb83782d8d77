/**
 * SWC: TypeScript and newer JavaScript into plain ECMAScript modules.
 *
 * It removes types and lowers what no supported V8 knows (decorators, `accessor`, `using`, enums); it neither changes
 * module syntax nor lowers to older versions of the language. Comments are dropped, so that an edit of comments or types
 * alone gives the identical text. It misses many early errors: `parse.ts` looks at its output again.
 */

import { type Options, type Output, transformSync } from '@swc/core';
import type { CompilerOptionsSubset, Language } from './options.ts';
import { type SourceFault, swcFaults } from './swc-faults.ts';

export type StripResult =
  | { readonly ok: true; readonly code: string; readonly map: string | undefined }
  | { readonly ok: false; readonly faults: readonly SourceFault[] };

/** A name of our own, not the module's id: SWC must not make anything of it, and faults are parsed by it. */
export const SWC_FILENAME = 'module';

export function strip(
  source: string,
  language: Exclude<Language, 'json'>,
  tsconfig: CompilerOptionsSubset = {},
  sourceMaps = false,
): StripResult {
  const options = swcOptions(language, tsconfig, sourceMaps);
  let output: Output;
  try {
    output = transformSync(source, options);
  } catch (error) {
    return { ok: false, faults: swcFaults(source, error, (text) => transformSync(text, options)) };
  }
  return { ok: true, code: output.code, map: output.map };
}

function swcOptions(
  language: Exclude<Language, 'json'>,
  tsconfig: CompilerOptionsSubset,
  sourceMaps: boolean,
): Options {
  const legacyDecorator = tsconfig.experimentalDecorators === true;
  return {
    filename: SWC_FILENAME,
    configFile: false,
    swcrc: false,
    isModule: true,
    sourceMaps,
    inputSourceMap: false,
    module: { type: 'es6' },
    jsc: {
      target: 'es2022',
      externalHelpers: true,
      minify: { format: { comments: false } }, // the one switch that drops them all; nothing else is minified
      keepClassNames: true,
      parser:
        language === 'typescript'
          ? { syntax: 'typescript', tsx: false, decorators: true }
          : {
              syntax: 'ecmascript',
              jsx: false,
              decorators: true,
              importAttributes: true,
              explicitResourceManagement: true,
            },
      transform: {
        legacyDecorator,
        ...(legacyDecorator
          ? { decoratorMetadata: tsconfig.emitDecoratorMetadata === true }
          : { decoratorVersion: '2022-03' as const }),
        useDefineForClassFields: tsconfig.useDefineForClassFields ?? definesFields(tsconfig.target),
        verbatimModuleSyntax: language === 'javascript' || tsconfig.verbatimModuleSyntax === true,
      },
      experimental: { keepImportAttributes: true },
    },
  };
}

/** TypeScript's default: since ES2022 the language itself has class fields. */
function definesFields(target = 'esnext'): boolean {
  const year = /^es(\d+)$/i.exec(target.trim())?.[1];
  return year === undefined || Number(year) >= 2022;
}
