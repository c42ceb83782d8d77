/**
 * The way of a script's text to emitted text: SWC, acorn, the rewrite; most texts go a quicker one (`plain-module.ts`).
 * `compile` makes an artifact of the result, a tracer goes the way once more with a map.
 */

import type { Program } from 'acorn';
import { type ConfusedExport, confusedExports } from './confused-exports.ts';
import type { Fault } from './faults.ts';
import type { CompileOptions } from './options.ts';
import { parseModule } from './parse.ts';
import type { ParseMemory } from './parse-memory.ts';
import { plainModule, withoutImports } from './plain-module.ts';
import type { Stretch } from './rewrite/edits.ts';
import { type RewriteResult, rewrite } from './rewrite/rewrite.ts';
import { isSimple, type ScanResult } from './source-scan.ts';
import { complete, pauseBefore, type Steps } from './steps.ts';
import {
  mayBePlain,
  nestingOf,
  type ScriptLanguage,
  type StripOptions,
  type Stripped,
  scanScript,
  strip,
} from './swc.ts';
import { SwcMap } from './swc-map.ts';

/** A fault at an offset of what SWC gave, or of the author's text. */
export interface FaultAtOffset extends Partial<Pick<Fault, 'code' | 'hint'>> {
  readonly message: string;
  readonly offset: number;
  /** @default 'code' */
  readonly of?: 'source' | 'code';
}

export type EmitResult =
  | { readonly ok: true; readonly stripped: Stripped; readonly result: RewriteResult }
  /** SWC refused the text. */
  | { readonly ok: false; readonly faults: readonly Fault[] }
  /** What SWC gave is refused. */
  | { readonly ok: false; readonly stripped: Stripped; readonly faultsAtOffsets: readonly FaultAtOffset[] }
  /** The stack did not suffice for the tree. */
  | { readonly ok: false; readonly tooDeep: true };

export interface EmitOptions extends Omit<CompileOptions, 'id'> {
  readonly language: ScriptLanguage;
  readonly sourceMaps?: boolean;
  readonly stretches?: Stretch[];
  /** Earlier parses of the module, under its key. */
  readonly memory?: { readonly parses: ParseMemory; readonly key: string } | undefined;
}

export function emit(text: string, options: EmitOptions): EmitResult {
  return complete(emitSteps(text, options));
}

/** The same in steps: one is a fraction of a millisecond for a statement, some for the rewrite of 30,000 characters. */
export function* emitSteps(text: string, options: EmitOptions): Steps<EmitResult> {
  // SWC's native part is only met on the long way
  const scan = isSimple(text, nestingOf(options)) ? undefined : scanScript(text, options);
  const plain = yield* emitPlain(text, options, scan);
  if (plain !== undefined) return plain;
  const emitted = yield* emitOnce(text, { ...options, scan });
  if (!emitted.ok || emitted.result.disposals === emitted.stripped.usings.size) return emitted;
  // a word that only looked like `using`: in a regular expression that the scan took for a division, say
  return yield* emitOnce(text, { ...options, scan, swcUsing: true });
}

/** The quick way; undefined for a text that has to go the long one, be it to find out what is wrong with it. */
function* emitPlain(text: string, options: EmitOptions, scan?: ScanResult): Steps<EmitResult | undefined> {
  if (!mayBePlain(options, scan)) return undefined;
  try {
    const { memory } = options;
    const reparsed = memory && (yield* memory.parses.reparse(memory.key, text, options));
    let plain = reparsed?.plain ?? (yield* plainModule(text, options));
    if (plain === undefined) return undefined;
    yield pauseBefore(text);
    const elides = options.language === 'typescript' && options.tsconfig?.verbatimModuleSyntax !== true;
    const made = options.stretches === undefined ? reparsed?.result : undefined;
    let result = made ?? rewrite(plain.code, plain.program, { stretches: options.stretches, findUnused: elides });
    const { unused } = result;
    if (unused.size > 0) {
      plain = yield* withoutImports(plain, unused);
      if (plain === undefined) return undefined;
      yield pauseBefore(text);
      if (options.stretches !== undefined) options.stretches.length = 0;
      result = rewrite(plain.code, plain.program, { stretches: options.stretches });
    }
    const elided = [...(reparsed?.elided ?? []), ...unused];
    memory?.parses.keep(memory.key, { text, plain, elided, result });
    if (result.unsupported.length > 0 || (elides && exportsNothing(plain.program, result))) return undefined;
    const { code } = plain;
    return {
      ok: true,
      stripped: { ok: true, code, map: undefined, usings: new Map(), isAuthors: true },
      result,
    };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** `export default Goblin` where nobody declares a value of that name: an interface, which TypeScript drops. */
function exportsNothing({ body }: Program, { rewritten }: RewriteResult): boolean {
  const item = body.find(({ type }) => type === 'ExportDefaultDeclaration');
  if (item?.type !== 'ExportDefaultDeclaration' || item.declaration.type !== 'Identifier') return false;
  return rewritten.facts.globals.includes(item.declaration.name);
}

function* emitOnce(text: string, options: EmitOptions & StripOptions): Steps<EmitResult> {
  yield pauseBefore(text);
  const stripped = strip(text, options);
  if (!stripped.ok) return stripped;
  const { code, usings } = stripped;
  yield;
  try {
    const parsed = yield* parseModule(text, code, options.language);
    if (!parsed.ok) return { ok: false, stripped, faultsAtOffsets: [parsed] };
    yield pauseBefore(code);
    const disposalAt = usings.size === 0 ? undefined : disposalsOf(stripped, text);
    const result = rewrite(code, parsed.program, { stretches: options.stretches, disposalAt });
    const confusions = confusedExports(parsed.program, text).map(confusion);
    const faultsAtOffsets = [...result.unsupported, ...confusions];
    return faultsAtOffsets.length > 0 ? { ok: false, stripped, faultsAtOffsets } : { ok: true, stripped, result };
  } catch (error) {
    if (error instanceof RangeError) return { ok: false, tooDeep: true };
    throw error;
  }
}

function disposalsOf({ code, map = '', usings }: Stripped, text: string) {
  const swcMap = new SwcMap(map, code, text);
  return (offset: number) => usings.get(swcMap.originalOffset(offset) ?? -1);
}

function confusion({ name, offset }: ConfusedExport): FaultAtOffset {
  const message = `'${name}' is exported here beside others, and declared in a block as well, which SWC confuses`;
  const hint = 'Rename one of the two, or export it by a declaration of its own.';
  return { code: 'UNSUPPORTED_SYNTAX', message, hint, offset };
}
