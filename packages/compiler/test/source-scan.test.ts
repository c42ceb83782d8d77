import { describe, expect, it } from 'vitest';
import { scanSource, unclosed } from '../src/source-scan.ts';

const suspect = (source: string) => scanSource(source, 500).suspect;
const times = (count: number, text: string) => text.repeat(count);

describe('what could end the native compiler is suspect', () => {
  // each with half of the levels that end a worker thread, the smaller of the stacks
  it.each([
    ['parentheses', (n: number) => `${times(n, '(')}1${times(n, ')')}`, 690],
    ['arrays', (n: number) => `x=${times(n, '[')}${times(n, ']')}`, 1_100],
    ['blocks', (n: number) => times(n, '{') + times(n, '}'), 990],
    ['objects in types', (n: number) => `let x: ${times(n, '{a:')}a${times(n, '}')}`, 430],
    ['type arguments', (n: number) => `let x: ${times(n, 'Array<')}a${times(n, '>')}`, 690],
    ['type arguments after others', (n: number) => `let x: ${times(n, 'Map<a,')}a${times(n, '>')}`, 690],
    ['arrows', (n: number) => `x=${times(n, 'x=>')}1`, 970],
    ['arrows with parameters', (n: number) => `x=${times(n, '(a)=>')}1`, 690],
    ['default values', (n: number) => `x=${times(n, '(a=')}1${times(n, ')=>1')}`, 600],
    ['conditions without blocks', (n: number) => `${times(n, 'if(a)')};`, 480],
    ['conditions over lines', (n: number) => `${times(n, 'if(a)\n')};`, 480],
    ['loops', (n: number) => `${times(n, 'for(;;)')};`, 990],
    ['do', (n: number) => `${times(n, 'do ')};${times(n, 'while(1)')}`, 1_400],
    ['labels', (n: number) => `${times(n, 'a:')};`, 1_400],
    ['else if', (n: number) => `if(a){}${times(n, 'else if(a){}')}`, 4_000],
    ['else if over lines', (n: number) => `if(a){}${times(n, '\nelse if(a){}')}`, 4_000],
    ['assignments', (n: number) => `${times(n, 'a=')}1`, 2_000],
    ['calls', (n: number) => `a${times(n, '.a()')}`, 3_500],
    ['calls over lines', (n: number) => `a${times(n, '\n.a()')}`, 3_500],
    ['members', (n: number) => `a${times(n, '.a')}`, 6_600],
    ['a sum', (n: number) => `1${times(n, '+1')}`, 13_500],
    ['a sum over lines', (n: number) => `1${times(n, ' +\n1')}`, 13_500],
    ['strings', (n: number) => `'a'${times(n, "+'a'")}`, 13_500],
    ['negations', (n: number) => `${times(n, '!')}1`, 5_800],
    ['typeof', (n: number) => `${times(n, 'typeof ')}1`, 5_800],
    ['typeof over lines', (n: number) => `${times(n, 'typeof\n')}1`, 5_800],
    ['conditionals', (n: number) => `${times(n, 'a?1:')}1`, 5_800],
    ['templates', (n: number) => `${times(n, '`$' + '{')}1${times(n, '}`')}`, 990],
    ['functions', (n: number) => times(n, 'function f(){') + times(n, '}'), 780],
    ['classes', (n: number) => `${times(n, 'class A{a=')}1${times(n, '}')}`, 610],
    ['function types', (n: number) => `let x: ${times(n, '()=>')}a`, 1_400],
    ['keyof', (n: number) => `let x: ${times(n, 'keyof ')}a`, 3_600],
    ['conditional types', (n: number) => `type X = ${times(n, 'a extends b ? c : ')}d`, 8_000],
    ['namespaces', (n: number) => `namespace A${times(n, '.A')}{export let x = 1}`, 1_250],
  ])('%s', (_, source, levels) => {
    expect(suspect(source(levels))).toBe(true);
  });
});

describe('ordinary text is not suspect', () => {
  it.each([
    ['many statements', times(5_000, 'call(a, b.c, [1, 2], { d: 1 });\n')],
    [
      'many statements without semicolons',
      times(5_000, 'call(a, b.c)\nlet x = a.b + 1\nif (x) {\n  y()\n} else z()\n'),
    ],
    ['many functions', times(2_000, 'function f(a: number): void { if (a > 1) { g(a) } else { h() } }\n')],
    ['many classes', times(1_000, 'class A extends B<C> { x = 1; m(): D<E, F> { return this.x } }\n')],
    ['a large table', `export const table = [${times(20_000, "{ id: 1, name: 'goblin', drops: [1, 2] },\n")}];`],
    ['a large object', `export const table = {${times(20_000, 'a: 1,\n')}};`],
    ['a large switch', `switch (x) {${times(2_000, 'case 1: a(); break;\n')}}`],
    ['many cases of one body', `switch (x) {${times(200, 'case 1:\n')} a(); }`],
    ['many imports', times(2_000, "import { a, b as c } from './x.ts'\n")],
    ['a union', `type A = ${times(500, "| 'abc'\n")};`],
    ['a long chain', `z${times(200, '\n  .string()')}`],
    ['a long string', `const a = '${times(100_000, '(')}';`],
    ['a long template', `const a = \`${times(10_000, '(\n[')}\`;`],
    ['a long comment', `/* ${times(10_000, '(\n')} */ // ${times(10_000, '[')}`],
    ['a regular expression', `const a = /${times(1_000, '(a|')}[/\`'"]/; ${times(100, 'b();')}`],
    ['quotes in a regular expression', times(2_000, 'a.replace(/"/g, "x");\n')],
    ['comparisons', `const a = [${times(300, 'a < b, c > d,')}];`],
  ])('%s', (_, source) => {
    expect(scanSource(source, 500)).toMatchObject({ tooDeepAt: undefined, suspect: false });
  });

  it('the compiler’s own longest file', async () => {
    const { readFile } = await import('node:fs/promises');
    const text = await readFile(new URL('../src/source-scan.ts', import.meta.url), 'utf8');
    expect(scanSource(text, 500)).toMatchObject({ tooDeepAt: undefined, suspect: false });
  });
});

describe('brackets deeper than the limit', () => {
  it('are found where they pass it', () => {
    expect(scanSource(`a;\n${times(6, '(')}${times(6, ')')}`, 5).tooDeepAt).toBe(8);
    expect(scanSource(`a;\n${times(5, '[')}${times(5, ']')}`, 5).tooDeepAt).toBeUndefined();
    expect(scanSource(times(100, '{}'), 5).tooDeepAt).toBeUndefined();
  });

  it('and classes in heritage are', () => {
    const nested = (levels: number) => `x=${times(levels, 'class extends ')}a${times(levels, '{}')}`;
    expect(scanSource(nested(40), 500).tooDeepAt).toBeDefined();
    expect(scanSource(nested(10), 500).tooDeepAt).toBeUndefined();
    expect(scanSource(times(50, 'class A extends class {} {}\n'), 500).tooDeepAt).toBeUndefined();
  });

  it('are not in strings, comments, templates and regular expressions', () => {
    const deep = times(10, '(');
    for (const source of [
      `'${deep}'`,
      `"${deep}\\"${deep}"`,
      `// ${deep}`,
      `/* ${deep} */`,
      `\`${deep}\``,
      `x = /[${deep}/]/`,
    ]) {
      expect([source, scanSource(source, 5).tooDeepAt]).toEqual([source, undefined]);
    }
    expect(scanSource(`\`$${'{'}${deep}`, 5).tooDeepAt).toBeDefined();
    expect(scanSource(`a / ${deep} / b`, 5).tooDeepAt).toBeDefined();
  });
});

describe('what is not closed', () => {
  it.each([
    ['f(a, [1', "The '['", 5],
    ['f(a', "The '('", 1],
    ['{ (a) ', "The '{'", 0],
    ['a `b', 'The template', 2],
    ['a `b $' + '{c} d', 'The template', 2],
    ['a `b $' + '{c', 'The template', 2],
    ['a /* b', 'The comment', 2],
    ['a { b }', undefined, undefined],
    ['a ) }', undefined, undefined],
  ])('%j', (source, what, at) => {
    expect(unclosed(source)).toEqual(what === undefined ? undefined : { what, at });
  });
});

describe('decorators are seen', () => {
  it.each([
    '@dec class A {}',
    'class A { @dec() m() {} }',
    'export default @a.b class {}',
    'class A { accessor x = 1; }',
    'class A { static accessor x; }',
    'const half = a / 2; /* / */ @dec class A {}',
  ])('in %s', (source) => {
    expect(scanSource(source, 500).decorates).toBe(true);
  });

  it.each([
    '/** @param a what it is for */ class A {}',
    '// @ts-check\nclass A {}',
    "const mail = 'a@b'; const other = `@ `;",
    'const mail = /@/.test(a);',
    'class A { accessors = 1; get accessorOf() { return 1; } }',
  ])('and not in %s', (source) => {
    expect(scanSource(source, 500).decorates).toBe(false);
  });
});
