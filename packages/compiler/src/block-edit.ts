/**
 * Edits of some statements inside a function, which is how rules are changed: only these are parsed, and where they are
 * JavaScript as they stand, nothing is stripped.
 *
 * They are parsed inside a function of the same kind that is made for them. What such a function cannot show (a label or
 * `super` around it, a `var`, which reaches beyond the block, a name that comes or goes) is left to the others, and so is
 * every text that TypeScript might read as anything else.
 */

import type { AnyNode, BlockStatement, ClassBody, Expression, FunctionExpression, Statement } from 'acorn';
import { move } from './literal-edit.ts';
import { ACORN_OPTIONS, loadAcorn } from './parsers.ts';
import { PIECE } from './pieces.ts';
import { blankComments, type Range } from './plain-module.ts';
import { boundNames } from './rewrite/patterns.ts';
import { childrenOf, isFunction } from './rewrite/top-level.ts';
import type { ScriptLanguage } from './swc.ts';
import type { Difference } from './text.ts';

/** Statements of a block that are others in an edited text. */
export interface BlockEdit {
  /** The nodes around them, the outermost first; the last one is their block. */
  readonly path: readonly AnyNode[];
  /** Where they stood in the text before. */
  readonly start: number;
  readonly end: number;
  /** What they are now: as long as the author's text, without comments. */
  readonly code: string;
  /** Which statements of the block gave way. */
  readonly first: number;
  readonly last: number;
  /** Those that stand there now, with their places in the edited text. */
  readonly statements: readonly Statement[];
}

/**
 * The edit of a top-level statement as one of a block in it; undefined where it is none, or more than that.
 *
 * @param path the nodes of `old` around the edit, the outermost first
 * @param elided names that only types may mention
 */
export function blockEdit(
  path: readonly AnyNode[],
  old: string,
  text: string,
  { from, behind }: Difference,
  { language, elided }: { readonly language: ScriptLanguage; readonly elided: readonly string[] },
): BlockEdit | undefined {
  const until = old.length - behind;
  const depth = path.findLastIndex((node) => node.type === 'BlockStatement' && node.start < from && until < node.end);
  const block = path[depth];
  if (block?.type !== 'BlockStatement') return undefined;
  const around = aroundOf(path.slice(0, depth));
  if (around === undefined) return undefined;
  const stretch = stretchOf(block, old, from, until);
  const source = text.slice(stretch.start, stretch.end + text.length - old.length);
  if (source.length > PIECE || (language === 'typescript' && mayBeTyped(source)) || REACHING.test(source)) {
    return undefined;
  }
  if (elided.some((name) => source.includes(name)) || (around.isArrow && NEW_TARGET.test(source))) return undefined;
  const parsed = parseIn(around, source);
  if (parsed === undefined || !isClosed(parsed.statements.at(-1), source)) return undefined;
  const replaced = block.body.slice(stretch.first, stretch.last);
  if (namesOf(parsed.statements) !== namesOf(replaced) || [...parsed.statements, ...replaced].some(isDirective)) {
    return undefined;
  }
  for (const statement of parsed.statements) move(statement, stretch.start);
  return { path: path.slice(0, depth + 1), ...stretch, ...parsed };
}

/** Puts the new statements in the place of the old ones, and gives all that stands behind them its new place. */
export function applyBlockEdit({ path, end, first, last, statements, code, start }: BlockEdit): void {
  const block = path.at(-1) as BlockStatement;
  const by = code.length - (end - start);
  const { body } = block;
  block.body = [];
  for (const node of by === 0 ? [] : path) {
    for (const child of childrenOf(node)) if (child.start >= end) move(child, by);
    node.end += by;
  }
  const later = body.slice(last);
  if (by !== 0) for (const statement of later) move(statement, by);
  block.body = [...body.slice(0, first), ...statements, ...later];
}

/** What a text can mean something else by, or to, than its own statements. */
const REACHING = /\b(?:var|super|arguments|using)\b/;
const NEW_TARGET = /\bnew\b[\s\S]*\btarget\b/;

/** What is a type to TypeScript, or may be one, although JavaScript reads it in its own way. */
function mayBeTyped(text: string): boolean {
  return (
    /<[\s\S]*>/.test(text.replaceAll('=>', '')) ||
    /\)\s*:|\b(?:abstract|declare|type|namespace|module|interface|global|enum|accessor)\b\s*(?:[\w$'"{\\]|\/[/*])/.test(
      text,
    )
  );
}

/** The function around a block, as far as it decides how statements in it are parsed. */
interface Around {
  readonly head: string;
  readonly tail: string;
  readonly isArrow: boolean;
}

/** Undefined where the block is in no function, or in a labelled block. */
function aroundOf(path: readonly AnyNode[]): Around | undefined {
  const depth = path.findLastIndex((node) => isFunction(node) || node.type === 'StaticBlock');
  const inner = path[depth];
  if (inner === undefined || !isFunction(inner)) return undefined;
  const within = path.slice(depth);
  const labelled = within.filter((node) => node.type === 'LabeledStatement');
  if (!labelled.every(({ body }) => isLoop(body))) return undefined;
  const [async, star] = [inner.async ? 'async ' : '', inner.generator ? '*' : ''];
  const names = new Set(path.filter((node) => node.type === 'ClassBody').flatMap(privateNames));
  const members = [...names].map((name) => `#${name};`).join('');
  const [head, tail] =
    members === '' ? [`(${async}function${star}(){`, '})'] : [`(class{${members}${async}${star}m(){`, '}})'];
  const labels = labelled.map(({ label }) => `${label.name}:`).join('');
  const [loop, loopEnd] = within.some(isLoop) ? [`${labels}for(;;){`, '}'] : ['', ''];
  return {
    head: head + loop,
    tail: `\n${loopEnd}${tail}`,
    isArrow: path.every((node) => !isFunction(node) || node.type === 'ArrowFunctionExpression'),
  };
}

function privateNames({ body }: ClassBody): string[] {
  return body.flatMap((element) =>
    'key' in element && element.key.type === 'PrivateIdentifier' ? [element.key.name] : [],
  );
}

function isLoop({ type }: AnyNode): boolean {
  return /^(?:For|While|DoWhile)/.test(type);
}

interface Stretch extends Pick<BlockEdit, 'start' | 'end' | 'first' | 'last'> {}

/** The statements of a block that an edit touches, with what stands around them. */
function stretchOf(block: BlockStatement, text: string, from: number, until: number): Stretch {
  const { body } = block;
  let first = body.length;
  while (first > 0 && !((body[first - 1] as Statement).end <= from && isClosed(body[first - 1], text))) first -= 1;
  let last = first;
  while (last < body.length && (body[last] as Statement).start < until) last += 1;
  const start = first === 0 ? block.start + 1 : (body[first - 1] as Statement).end;
  const end = last === body.length ? block.end - 1 : (body[last] as Statement).start;
  return { start, end, first, last };
}

/** Nothing that comes behind it can continue it; `else` and its like are no beginning of a statement. */
function isClosed(statement: Statement | undefined, text: string): boolean {
  if (statement === undefined) return true;
  switch (statement.type) {
    case 'FunctionDeclaration':
    case 'ClassDeclaration':
    case 'BlockStatement':
    case 'SwitchStatement':
    case 'TryStatement':
      return true;
    case 'IfStatement':
      return isClosed(statement.alternate ?? statement.consequent, text);
    case 'ForStatement':
    case 'ForInStatement':
    case 'ForOfStatement':
    case 'WhileStatement':
    case 'WithStatement':
    case 'LabeledStatement':
      return isClosed(statement.body, text);
    default:
      return text[statement.end - 1] === ';';
  }
}

/** Statements with their places in `source`; undefined where they are not sure to be what they are in their block. */
function parseIn({ head, tail }: Around, source: string): Pick<BlockEdit, 'statements' | 'code'> | undefined {
  const comments: Range[] = [];
  const onComment = (isBlock: boolean, _text: string, start: number, end: number) => {
    if (isBlock || end < head.length + source.length)
      comments.push({ start: start - head.length, end: end - head.length });
    else throw new SyntaxError('The comment reaches beyond the statements.');
  };
  try {
    const { body } = loadAcorn().parse(head + source + tail, { ...ACORN_OPTIONS, onComment });
    const statements = statementsOf(body, head, source);
    if (statements === undefined) return undefined;
    for (const statement of statements) move(statement, -head.length);
    return { statements, code: blankComments(source, comments) };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The statements of the one function, if that is what the whole is: a text may have closed it, and opened another one. */
function statementsOf(body: readonly AnyNode[], head: string, source: string): Statement[] | undefined {
  const [item] = body;
  if (body.length !== 1 || item?.type !== 'ExpressionStatement') return undefined;
  const block = functionOf(item.expression)?.body;
  if (block?.type !== 'BlockStatement') return undefined;
  const inner = head.endsWith('for(;;){') ? loopBody(block) : block;
  if (inner?.type !== 'BlockStatement') return undefined;
  const isWhole = inner.start === head.length - 1 && inner.end === head.length + source.length + 2;
  return isWhole ? inner.body : undefined;
}

function functionOf(expression: Expression): FunctionExpression | undefined {
  if (expression.type === 'FunctionExpression') return expression;
  if (expression.type !== 'ClassExpression') return undefined;
  const method = expression.body.body.at(-1);
  return method?.type === 'MethodDefinition' ? method.value : undefined;
}

function loopBody({ body }: BlockStatement): Statement | undefined {
  let [loop] = body;
  while (loop?.type === 'LabeledStatement') loop = loop.body;
  return body.length === 1 && loop?.type === 'ForStatement' ? loop.body : undefined;
}

/** What statements declare in their block. */
function namesOf(statements: readonly Statement[]): string {
  const names: string[] = [];
  for (const statement of statements) {
    if (statement.type === 'FunctionDeclaration') names.push(`function ${statement.id.name}`);
    if (statement.type === 'ClassDeclaration') names.push(statement.id.name);
    if (statement.type !== 'VariableDeclaration') continue;
    const { kind, declarations } = statement;
    for (const { id } of declarations) boundNames(id, ({ name }) => names.push(kind === 'var' ? `var ${name}` : name));
  }
  return names.sort().join();
}

function isDirective(statement: Statement): boolean {
  return statement.type === 'ExpressionStatement' && statement.directive !== undefined;
}
