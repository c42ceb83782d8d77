/**
 * Parses of modules that are being edited: where an edit lies within some statements of the top level, only those are
 * stripped and parsed again, and the others keep their part of the tree.
 *
 * What comes out is what a parse of the whole text gives, node for node. Everything that could reach beyond the edited
 * statements (an import, an export list, a name that comes or goes, a `var`) is left to that, and so is a text in which
 * something is wrong. Little is kept: a tree takes fifty times the room of its text, and what was compiled once, at a
 * start, may never be edited.
 */

import type { AnyNode, Parser, Program, Statement } from 'acorn';
import { ACORN_OPTIONS, loadAcorn } from './parsers.ts';
import { blankComments, type PlainModule, type PlainOptions, type Range, stripTypes } from './plain-module.ts';
import { childrenOf } from './rewrite/top-level.ts';
import { differences } from './text.ts';

/** A module's parse, and what was found out about it. */
export interface Parsed {
  readonly text: string;
  readonly plain: PlainModule;
  /** Names of imports that stand in the text and not in the tree, because only types use them. */
  readonly elided: readonly string[];
}

export interface ParseMemoryOptions {
  /**
   * Characters of the texts whose trees are kept; the ones that were edited last stay.
   * @default 131_072
   */
  readonly characters?: number;
}

/** Modules of which it is known that they were compiled once. */
const MOST_KNOWN = 10_000;

/** Given to `compileSteps`, it makes the edits of a module that has been edited before cheaper. */
export class ParseMemory {
  readonly #limit: number;
  readonly #known = new Set<string>();
  readonly #parsed = new Map<string, Parsed>();
  #characters = 0;

  constructor({ characters = 2 ** 17 }: ParseMemoryOptions = {}) {
    this.#limit = characters;
  }

  /** The parse of an edited text, made from the one before; undefined where it has to be made from the whole text. */
  reparse(key: string, text: string, options: PlainOptions): Parsed | undefined {
    const before = this.#parsed.get(key);
    if (before === undefined) return undefined;
    const edit = editedPart(before, text);
    const part = edit && parsePart(edit, options);
    if (edit === undefined || part === undefined) return undefined;
    this.#forget(key); // its tree becomes a part of the new one
    return { text, plain: spliced(before.plain, edit, part), elided: before.elided };
  }

  /** Takes note of a parse; its tree is kept from the module's second one on. */
  keep(key: string, parsed: Parsed): void {
    this.#forget(key);
    if (!this.#known.has(key)) {
      if (this.#known.size >= MOST_KNOWN) this.#known.clear();
      this.#known.add(key);
      return;
    }
    if (parsed.text.length > this.#limit) return;
    this.#parsed.set(key, parsed);
    this.#characters += parsed.text.length;
    for (const oldest of this.#parsed.keys()) {
      if (this.#characters <= this.#limit) return;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    this.#characters -= this.#parsed.get(key)?.text.length ?? 0;
    this.#parsed.delete(key);
  }
}

type Item = Program['body'][number];

/** An edit, widened to whole statements. */
interface Edit {
  /** The new text of these statements. */
  readonly text: string;
  /** What the tree has before them, as code. */
  readonly before: string;
  readonly start: number;
  /** The items that stay before and behind. */
  readonly first: number;
  readonly last: number;
  /** Those that go. */
  readonly replaced: readonly Item[];
  /** How far the ones behind move. */
  readonly shift: number;
  /** Names that only types may mention. */
  readonly elided: readonly string[];
}

/** Words that mean something else together with what stands behind them. */
const OPEN_WORD = /\b(?:abstract|declare|async|type|namespace|module|interface|enum)\s*$/;

function editedPart({ text: old, plain, elided }: Parsed, text: string): Edit | undefined {
  const { body } = plain.program;
  const [from, behind] = differences(old, text);
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
  const end = last === body.length ? text.length : (body[last] as Item).start + shift;
  const part = text.slice(start, end);
  if (OPEN_WORD.test(part)) return undefined;
  const replaced = body.slice(first, last);
  return { text: part, before: plain.code.slice(0, start), start, first, last, replaced, shift, elided };
}

/** Nothing that comes behind it can continue it. */
function isClosed(item: Item, text: string): boolean {
  const node = item.type === 'ExportNamedDeclaration' ? (item.declaration ?? item) : item;
  return node.type === 'FunctionDeclaration' || node.type === 'ClassDeclaration' || text[item.end - 1] === ';';
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
function parsePart({ text, before, start, replaced, elided }: Edit, options: PlainOptions): Part | undefined {
  const names = namesOf(replaced);
  if (names === undefined) return undefined;
  const stripped = stripTypes(text, options);
  if (stripped === undefined || elided.some((name) => stripped.includes(name))) return undefined;
  const comments: Range[] = [];
  const onComment = (_isBlock: boolean, _text: string, from: number, to: number) => {
    comments.push({ start: from, end: to });
  };
  try {
    const whole = before + stripped;
    // acorn takes a place to begin at: so nodes have theirs in the whole text
    const parser = new (loadAcorn().Parser as unknown as ParserFrom)({ ...ACORN_OPTIONS, onComment }, whole, start);
    const { body } = parser.parse();
    if (namesOf(body) !== names) return undefined;
    return { code: blankComments(whole, comments).slice(start), body };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

type ParserFrom = new (options: object, input: string, start: number) => Pick<Parser, 'parse'> & { parse(): Program };

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
  const kept = body.slice(edit.last);
  const [next] = kept;
  const behind = next === undefined ? '' : code.slice(next.start);
  if (edit.shift !== 0) for (const item of kept) move(item, edit.shift);
  program.body = [...body.slice(0, edit.first), ...part.body, ...kept];
  const whole = edit.before + part.code + behind;
  program.end = whole.length;
  return { code: whole, program };
}

function move(node: AnyNode, by: number): void {
  node.start += by;
  node.end += by;
  let previous: AnyNode | undefined;
  for (const child of childrenOf(node)) {
    // one node stands in two places of `export { a }` and of `import { a }`
    if (child !== previous) move(child, by);
    previous = child;
  }
}
