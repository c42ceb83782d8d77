/**
 * Parses of modules that are being edited: where an edit lies within some statements of the top level, only those are
 * stripped and parsed again, and the others keep their part of the tree. One inside a function needs less than that
 * (`block-edit.ts`), and one inside a number or a string neither (`literal-edit.ts`).
 *
 * What comes out is what a parse of the whole text gives, node for node. Everything that could reach beyond the edited
 * statements (an import, an export list, a name that comes or goes, a `var`) is left to that, and so is a text in which
 * something is wrong. Little is kept: a tree takes twenty times the room of its text, and what was compiled once, at a
 * start or with a large release, may never be edited.
 */

import type { Program, Statement } from 'acorn';
import { applyBlockEdit, type BlockEdit, blockEdit } from './block-edit.ts';
import { applyLiteralEdit, type LiteralEdit, literalEdit, move, pathTo } from './literal-edit.ts';
import { isTorn, mayRunOn, OPEN_WORD } from './pieces.ts';
import { type PlainModule, type PlainOptions, parsePlain, stripTypes } from './plain-module.ts';
import type { RewriteResult } from './rewrite/rewrite.ts';
import type { Steps } from './steps.ts';
import { type Difference, differenceOf } from './text.ts';

/** A module's parse, and what was found out about it. */
export interface Parsed {
  readonly text: string;
  readonly plain: PlainModule;
  /** Names of imports that stand in the text and not in the tree, because only types use them. */
  readonly elided: readonly string[];
  /** What was made of it; undefined where that has to be made anew. */
  readonly result: RewriteResult | undefined;
}

export interface ParseMemoryOptions {
  /**
   * Characters of the texts whose trees are kept; the ones that were edited last stay. Modules that have more together are
   * no author's edit, and none of their trees stays.
   * @default 65_536
   */
  readonly characters?: number;
}

/** Given to `compileSteps`, it makes the edits of a module that has been edited before cheaper. */
export class ParseMemory {
  /** What was compiled last: what is compiled again while it is here is being edited. */
  readonly #compiled: LastTexts<true>;
  readonly #parsed: LastTexts<Parsed>;

  constructor({ characters = 2 ** 16 }: ParseMemoryOptions = {}) {
    this.#compiled = new LastTexts(characters);
    this.#parsed = new LastTexts(characters);
  }

  /** Whether the parse of a module is kept. */
  has(key: string): boolean {
    return this.#parsed.has(key);
  }

  /** The parse of an edited text, made from the one before; undefined where it has to be made from the whole text. */
  *reparse(key: string, text: string, options: PlainOptions): Steps<Parsed | undefined> {
    // its tree becomes a part of the new one: nobody else may have it between two steps
    const before = this.#parsed.take(key);
    if (before === undefined) return undefined;
    const difference = differenceOf(before.text, text);
    const parsed = within(before, text, difference, options) ?? (yield* edited(before, text, difference, options));
    if (parsed === undefined && !this.#parsed.has(key)) this.#parsed.put(key, before, before.text.length);
    return parsed;
  }

  /**
   * Takes note of a parse. Its tree is kept where the module is being edited: young and alive, a tree is copied twice when
   * V8 collects garbage, which takes longer than any step of a compilation.
   */
  keep(key: string, parsed: Parsed): void {
    const { length } = parsed.text;
    const isEdited = this.#compiled.take(key) === true;
    this.#compiled.put(key, true, length);
    this.#parsed.take(key);
    if (isEdited) this.#parsed.put(key, parsed, length);
  }
}

/** What belongs to the texts that were put here last, up to a number of characters together. */
class LastTexts<Value> {
  readonly #limit: number;
  readonly #texts = new Map<string, { readonly value: Value; readonly length: number }>();
  #characters = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  has(key: string): boolean {
    return this.#texts.has(key);
  }

  take(key: string): Value | undefined {
    const text = this.#texts.get(key);
    if (text === undefined) return undefined;
    this.#texts.delete(key);
    this.#characters -= text.length;
    return text.value;
  }

  put(key: string, value: Value, length: number): void {
    if (length > this.#limit) return;
    this.#texts.set(key, { value, length });
    this.#characters += length;
    for (const oldest of this.#texts.keys()) {
      if (this.#characters <= this.#limit) return;
      this.take(oldest);
    }
  }
}

type Item = Program['body'][number];

/** Some part of one statement is another. */
function within(parsed: Parsed, text: string, difference: Difference, options: PlainOptions): Parsed | undefined {
  const { text: old, plain } = parsed;
  const { body } = plain.program;
  const index = body.findLastIndex(({ start }) => start <= difference.from);
  const item = body[index];
  if (item === undefined || !isCode(item)) return undefined;
  const path = pathTo(item, difference.from, old.length - difference.behind);
  const literal = literalEdit(path, old, text, difference);
  if (literal !== undefined) return tuned(parsed, text, literal, index);
  const block = blockEdit(path, old, text, difference, { ...options, elided: parsed.elided });
  return block && reworked(parsed, text, block, index);
}

/** A number or a string has another value. */
function tuned({ text: old, plain, ...before }: Parsed, text: string, edit: LiteralEdit, index: number): Parsed {
  const { code, program } = plain;
  const { start, end } = edit.literal;
  const result = before.result && retuned(before.result, edit, code.slice(start, end));
  applyLiteralEdit(program.body[index] as Item, edit);
  moveBehind(program, index, text.length - old.length);
  return { ...before, text, plain: { code: code.slice(0, start) + edit.raw + code.slice(end), program }, result };
}

/** Some statements of a block are others. */
function reworked({ text: old, plain, elided }: Parsed, text: string, edit: BlockEdit, index: number): Parsed {
  const { code, program } = plain;
  applyBlockEdit(edit);
  moveBehind(program, index, text.length - old.length);
  const whole = code.slice(0, edit.start) + edit.code + code.slice(edit.end);
  return { text, plain: { code: whole, program }, elided, result: undefined };
}

/** Gives all that stands behind a statement another place. */
function moveBehind(program: Program, index: number, by: number): void {
  program.end += by;
  if (by !== 0) for (const later of program.body.slice(index + 1)) move(later, by);
}

/** The same result with another value; undefined where more may depend on that. */
function retuned(
  result: RewriteResult,
  { literal, raw, isValue }: LiteralEdit,
  old: string,
): RewriteResult | undefined {
  const place = isValue && raw.length === old.length ? result.edits.placeOf(literal.start) : undefined;
  if (place === undefined) return undefined;
  const { rewritten, headLength } = result;
  const at = headLength + place;
  const { code } = rewritten;
  if (!code.startsWith(old, at)) return undefined;
  return { ...result, rewritten: { ...rewritten, code: code.slice(0, at) + raw + code.slice(at + old.length) } };
}

/** What a literal of it says is a value, and not the name of a module or of an export, nor a directive. */
function isCode(item: Item): boolean {
  switch (item.type) {
    case 'ImportDeclaration':
    case 'ExportAllDeclaration':
      return false;
    case 'ExportNamedDeclaration':
      return item.declaration != null;
    case 'ExpressionStatement':
      return item.directive === undefined;
    default:
      return true;
  }
}

/** Some statements are others, which declare the same. */
function* edited(
  parsed: Parsed,
  text: string,
  difference: Difference,
  options: PlainOptions,
): Steps<Parsed | undefined> {
  const edit = withinStatement(parsed, text, difference) ?? widened(parsed, text, difference);
  const part = edit && (yield* parsePart(edit, options));
  if (edit === undefined || part === undefined) return undefined;
  return { text, plain: spliced(parsed.plain, edit, part), elided: parsed.elided, result: undefined };
}

/** An edit, widened to whole statements. */
interface Edit {
  /** The new text of these statements. */
  readonly text: string;
  /** What the tree has before them, as code. */
  readonly before: string;
  readonly start: number;
  /** Where the text begins again that stays, as it was. */
  readonly end: number;
  /** The items that stay before and behind. */
  readonly first: number;
  readonly last: number;
  /** Those that go. */
  readonly replaced: readonly Item[];
  /** How far the ones behind move. */
  readonly shift: number;
  /** Names that only types may mention. */
  readonly elided: readonly string[];
  /** True where it has to be whole statements to its last character, because what stands behind it is not looked at. */
  readonly isWhole: boolean;
}

/** How a statement begins that nothing before it reaches into. */
const BEGINNING = /^(?:export )?(?:const|let|class|function|async function) /;

/** The one statement that an edit lies in, without its first words and its last character. */
function withinStatement(
  { text: old, plain, elided }: Parsed,
  text: string,
  { from, behind }: Difference,
): Edit | undefined {
  const { body } = plain.program;
  const index = body.findLastIndex(({ start }) => start < from);
  const item = body[index];
  if (item === undefined || old.length - behind >= item.end || !isClosed(item, old)) return undefined;
  const { start } = item;
  const [words] = BEGINNING.exec(text.slice(start, start + 24)) ?? [];
  if (words === undefined || from < start + words.length) return undefined;
  if (text.slice(text.lastIndexOf('\n', start - 1) + 1, start).trim() !== '') return undefined; // `abstract class`
  const shift = text.length - old.length;
  const { end } = item;
  const part = { text: text.slice(start, end + shift), before: plain.code.slice(0, start), start, end };
  return { ...part, first: index, last: index + 1, replaced: [item], shift, elided, isWhole: true };
}

/** The edited statements with what stands around them. */
function widened({ text: old, plain, elided }: Parsed, text: string, { from, behind }: Difference): Edit | undefined {
  const { body } = plain.program;
  const shift = text.length - old.length;
  let first = body.length;
  while (first > 0 && !((body[first - 1] as Item).end <= from && isClosed(body[first - 1] as Item, old))) first -= 1;
  const start = first === 0 ? 0 : (body[first - 1] as Item).end;
  let last = first;
  while (last < body.length) {
    const item = body[last] as Item;
    if (item.start >= old.length - behind && beginsAnew(item, start, item.start + shift, text)) break;
    last += 1;
  }
  if (first === 0 && last === body.length) return undefined;
  const end = last === body.length ? old.length : (body[last] as Item).start;
  const part = { text: text.slice(start, end + shift), before: plain.code.slice(0, start), start, end };
  if (OPEN_WORD.test(part.text)) return undefined;
  return { ...part, first, last, replaced: body.slice(first, last), shift, elided, isWhole: false };
}

/** Nothing that comes behind it can continue it. */
function isClosed(item: Item, text: string): boolean {
  const node = item.type === 'ExportNamedDeclaration' ? (item.declaration ?? item) : item;
  return node.type === 'FunctionDeclaration' || node.type === 'ClassDeclaration' || text[item.end - 1] === ';';
}

/** A text's last statement ends where the text does, and nothing can continue it. */
function endsWith(item: Item | undefined, text: string): boolean {
  return item !== undefined && item.end === text.length && isClosed(item, text);
}

/** It is the first of its line, and begins with a word that continues nothing. */
function beginsAnew(item: Item, start: number, at: number, text: string): boolean {
  switch (item.type) {
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
    case 'VariableDeclaration':
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'ExportDefaultDeclaration':
      return text.slice(Math.max(start, text.lastIndexOf('\n', at - 1) + 1), at).trim() === '';
    default:
      return false;
  }
}

interface Part {
  readonly code: string;
  readonly body: readonly Item[];
}

/** The edited statements as code and tree; undefined where they are not sure to be what they are in the whole text. */
function* parsePart(edit: Edit, options: PlainOptions): Steps<Part | undefined> {
  const { text, before, start, replaced, elided, isWhole } = edit;
  const names = namesOf(replaced);
  if (names === undefined) return undefined;
  const stripped = yield* stripTypes(text, options);
  if (stripped === undefined || elided.some((name) => stripped.code.includes(name))) return undefined;
  if (mayRunOn(text, stripped.code)) return undefined;
  const whole = before + stripped.code;
  const parsed = yield* parsePlain(whole, start);
  if (parsed === undefined) return undefined;
  const { body } = parsed.program;
  if (namesOf(body) !== names) return undefined;
  const cuts = stripped.cuts.map((cut) => start + cut);
  if (isTorn(body, whole, cuts)) return undefined;
  if (isWhole && !endsWith(body.at(-1), whole)) return undefined;
  return { code: parsed.code.slice(start), body };
}

/** What statements declare and export, as a text; undefined where one may do more than that. */
function namesOf(items: readonly Item[]): string | undefined {
  const names: string[] = [];
  for (const item of items) {
    const exported = item.type === 'ExportNamedDeclaration';
    const node = exported ? item.declaration : item;
    const declared = node == null ? undefined : declaredBy(node);
    if (declared === undefined) return undefined;
    for (const name of declared) names.push(exported ? `export ${name}` : name);
  }
  return names.sort().join();
}

function declaredBy(node: Item | Statement): string[] | undefined {
  switch (node.type) {
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
      return [node.id?.name ?? ''];
    case 'VariableDeclaration': {
      if (node.kind !== 'const' && node.kind !== 'let') return undefined;
      const names = node.declarations.map(({ id }) => (id.type === 'Identifier' ? id.name : undefined));
      return names.includes(undefined) ? undefined : (names as string[]);
    }
    case 'ExpressionStatement':
      return node.directive === undefined ? [] : undefined;
    default:
      return undefined;
  }
}

function spliced({ code, program }: PlainModule, edit: Edit, part: Part): PlainModule {
  const { body } = program;
  moveBehind(program, edit.last - 1, edit.shift);
  program.body = [...body.slice(0, edit.first), ...part.body, ...body.slice(edit.last)];
  return { code: edit.before + part.code + code.slice(edit.end), program };
}
