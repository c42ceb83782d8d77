/**
 * Where in the author's source: positions of artifacts, and of errors that scripts throw.
 *
 * Stacks are mapped when they are read (`stack-traces.ts`), so the place of a throw is found in the text of the stack.
 */

import {
  authorPosition,
  type Diagnostic,
  diagnosticAt,
  type ModuleSource,
  type Position,
  placeInEdition,
  restoreNames,
  type SourceTracer,
  sourceMap,
  type WarningEntry,
  warningWords,
} from '@rekindle/compiler';
import { newestEdition, type Unit } from '@rekindle/loader';
import type { FaultText, Place } from '@rekindle/reload';
import { scriptSources } from './script-sources.ts';
import { aboutTransformed, isTransformed } from './transforms.ts';

const tracers = new WeakMap<Unit, SourceTracer | undefined>();

/** The author's place for one that V8 reports; undefined where nothing of the author's stands there. */
export function placeOfEmitted(unit: Unit, emitted: Position): Position | undefined {
  if (!tracers.has(unit)) tracers.set(unit, sourceMap(unit.source, unit.options));
  const place = authorPosition(moduleOf(unit), { emitted }, tracers.get(unit));
  const newest = newestEdition(unit);
  if (place === undefined || newest === unit || newest.artifact.code === unit.artifact.code) return place;
  return placeInEdition(moduleOf(unit), moduleOf(newest), place) ?? place;
}

/** A diagnostic about a module, with its place and the lines around it. */
export function diagnose(unit: Unit, place: Place, text: FaultText): Diagnostic {
  const diagnostic = diagnosticIn(unit, place, text);
  return isTransformed(unit) ? aboutTransformed(diagnostic) : diagnostic;
}

/** The words and the place of a warning that an artifact tells. */
export function warn(unit: Unit, warning: WarningEntry): Diagnostic {
  const { message, ...words } = warningWords(warning);
  return diagnose(unit, { at: warning.at }, { ...words, message: `${message}.` });
}

function diagnosticIn(unit: Unit, place: Place, text: FaultText): Diagnostic {
  if ('at' in place) {
    // a text that was not printed anew has its entries where the author wrote them
    const where = unit.artifact.plain === true ? { author: place.at } : { entry: place.at };
    return diagnosticAt(moduleOf(unit), where, text);
  }
  if ('emitted' in place) {
    const author = placeOfEmitted(unit, place.emitted);
    return author === undefined ? wordsAlone(unit, text) : diagnosticAt(moduleOf(unit), { author }, text);
  }
  if ('declaration' in place) {
    const author = declarationOf(unit.source, place.declaration);
    return author === undefined ? wordsAlone(unit, text) : diagnosticAt(moduleOf(unit), { author }, text);
  }
  const inner = placeOfThrow(place.thrown);
  const writer = place.innermost === true && inner !== undefined ? scriptSources.find(inner.module) : undefined;
  if (inner !== undefined && writer !== undefined) {
    const { line, column } = inner;
    return diagnosticAt(moduleOf(writer), { author: { line, column } }, text);
  }
  const elsewhere = inner === undefined || inner.module === unit.id ? '' : ` (in ${inner.module}:${inner.line})`;
  const message = `${restoreNames(text.message, unit.artifact)}${elsewhere}`;
  const author = placeInStack(place.thrown, (id) => id === unit.id);
  if (author === undefined) return wordsAlone(unit, { ...text, message });
  const { line, column } = author;
  return diagnosticAt(moduleOf(unit), { author: { line, column } }, { ...text, message });
}

/** Where nothing of the author's is at the place. */
function wordsAlone(unit: Unit, { length: _length, ...words }: FaultText): Diagnostic {
  return { ...words, module: unit.id };
}

/** The first place where a text seems to declare a variable at its top level. */
function declarationOf(source: string, name: string): Position | undefined {
  const escaped = name.replace(/[$\\]/g, '\\$&');
  const pattern = new RegExp(`^((?:export )?(?:let|var)\\b[^;\\n]*?[\\s,{[])${escaped}\\b`, 'm');
  const found = pattern.exec(source);
  if (found === null) return undefined;
  const before = source.slice(0, found.index + (found[1] ?? '').length);
  const lines = before.split('\n');
  return { line: lines.length, column: (lines.at(-1) ?? '').length + 1 };
}

export interface ThrowPlace {
  readonly module: string;
  /** 1-based line in the author's source. */
  readonly line: number;
  readonly column: number;
}

/** The innermost place in a script from which an error was thrown. */
export function placeOfThrow(error: unknown): ThrowPlace | undefined {
  return placeInStack(error, (id) => scriptSources.has(id));
}

/** Every place in a script that an error's stack leads through, the innermost first. */
export function placesOfThrow(error: unknown): ThrowPlace[] {
  return [...placesInStack(error, (id) => scriptSources.has(id))];
}

const FRAME = /^ {4}at (.+):(\d+):(\d+)\)?$/;

function placeInStack(error: unknown, isWanted: (id: string) => boolean): ThrowPlace | undefined {
  for (const place of placesInStack(error, isWanted)) return place;
  return undefined;
}

function* placesInStack(error: unknown, isWanted: (id: string) => boolean): Iterable<ThrowPlace> {
  for (const line of stackOf(error).split('\n')) {
    const [, text, row, column] = FRAME.exec(line) ?? [];
    const module = text === undefined ? undefined : fileOf(text, isWanted);
    if (module !== undefined) yield { module, line: Number(row), column: Number(column) };
  }
}

/** In `async heal (npc/goblin.ts`, the id; it may have spaces and parentheses itself. */
function fileOf(text: string, isWanted: (id: string) => boolean): string | undefined {
  for (const { index } of text.matchAll(/(?<=^|^async | \()/g)) {
    const file = text.slice(index);
    if (isWanted(file)) return file;
  }
  return undefined;
}

function stackOf(error: unknown): string {
  try {
    return error instanceof Error && typeof error.stack === 'string' ? error.stack : '';
  } catch {
    return ''; // a getter or a proxy of the author's
  }
}

function moduleOf({ source, options }: Unit): ModuleSource {
  return { source, options };
}
