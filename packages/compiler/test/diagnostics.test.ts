import { describe, expect, it } from 'vitest';
import { CompilerError, compile, diagnosticAt, renderDiagnostic } from '../src/index.ts';
import { artifactOf, faultOf, faultsOf } from './run.ts';

/** What a person sees, without the place in the first line's module. */
function rendered(source: string, id = 'rules/movement.ts'): string {
  return `\n${faultsOf(source, { id })
    .map((diagnostic) => renderDiagnostic(diagnostic))
    .join('\n')}`;
}

describe('syntax errors', () => {
  it('stand at their place with a frame', () => {
    expect(rendered('const speed: number = 5;\n\nexport function move(dt: number) {\n  return speed * * dt;\n}')).toBe(`
error rules/movement.ts:4:18
      Expected an expression.

        3 | export function move(dt: number) {
      > 4 |   return speed * * dt;
          |                  ^`);
  });

  it('name the bracket that is not closed', () => {
    expect(rendered('export function move() {\n  if (a) {\n    go();\n}\n')).toBe(`
error rules/movement.ts:4:1
      Expected '}', got the end of the file.

        2 |   if (a) {
        3 |     go();
      > 4 | }
          | ^

      The '{' at 1:24 is not closed.`);
  });

  it('point to the beginning of a template and of a comment', () => {
    expect(faultOf('let a = 1;\nlet b = `x $' + '{a} y\n\n')).toMatchObject({
      message: 'The template is not closed',
      line: 2,
      column: 9,
    });
    expect(faultOf('let a = 1;\n /* never\n\n')).toMatchObject({
      message: 'The comment is not closed',
      line: 2,
      column: 2,
    });
  });

  it('are all told, in order, once for each place', () => {
    const faults = faultsOf('return 1;\nfunction f() { await g() }\n010;\nwith (a) {}');
    expect(faults.map(({ line, column, message }) => `${line}:${column} ${message}`)).toEqual([
      "1:1 'return' stands outside of a function",
      "2:16 'await' stands in a function that is not 'async'",
      '3:1 Old octal notation does not exist in modules',
      "4:1 'with' does not exist in modules",
    ]);
  });

  it.each([
    ['a tab', '\tlet x = 3 3;', 12],
    ['tabs inside', 'let\tx\t= 3\t3;', 11],
    ['wide characters', "let 漢字 = '漢字' 3;", 15],
    ['an emoji', "let a = '😀', b = 3 3;", 21],
    ['CRLF', 'let a = 1;\r\nlet b = 3 3;', 11],
    ['a byte order mark', '\ufefflet b = 3 3;', 11],
    ['a very long line', `let a = '${'x'.repeat(5_000)}', b = 3 3;`, 5_019],
  ])('have the column of the author in a line with %s', (_, source, column) => {
    expect(faultOf(source).column).toBe(column);
  });

  it('mark the word', () => {
    const { frame } = faultOf('let x = 1;\nfunction f() { await g() }');
    expect(frame).toBe('  1 | let x = 1;\n> 2 | function f() { await g() }\n    |                ^^^^^');
  });
});

describe('errors that only the second parser sees', () => {
  it('stand at the author’s place, with types and comments before them', () => {
    expect(rendered('type A = {\n  b: string;\n};\n\n/* c */ let a: A | null = null;\nconst b = 1, a = 2;')).toBe(`
error rules/movement.ts:6:14
      'a' is declared twice.

        5 | /* c */ let a: A | null = null;
      > 6 | const b = 1, a = 2;
          |              ^

      Rename one of the two, or remove it.`);
  });

  it.each([
    ['export { a, b as a }; let a, b;', 1, 18, "'a' is exported twice"],
    ['let a: number;\nexport { nope };', 2, 10, "'nope' is exported but not declared"],
    ['class A {\n  m(): void { this.#x; }\n}', 2, 20, "'#x' is not declared in the class around it"],
    ['let x: number = 1;\ndelete x;', 2, 1, 'A variable cannot be deleted in a module'],
    ['class A { #a: string; #a: number; }', 1, 23, "'#a' is declared twice"],
  ])('%s', (source, line, column, message) => {
    expect(faultOf(source)).toMatchObject({ code: 'SYNTAX_ERROR', line, column, message });
  });
});

describe('what this V8 refuses', () => {
  it.runIf(Number(process.versions.node.split('.')[0]) < 23)('is told at its place', () => {
    const fault = faultOf('const x: number = 1;\nconst pattern: RegExp = /(?i:goblin)/;');
    expect(fault).toMatchObject({ code: 'UNSUPPORTED_SYNTAX', line: 2, column: 25 });
    expect(fault.message).toContain(`Node ${process.versions.node}`);
    expect(fault.frame).toContain('^^^^^^^^^^^^^');
  });
});

describe('a text that is no source', () => {
  it.each([
    ['NUL', '\u0000', 1, 1],
    ['a control character', 'let a = 1;\n\u001a\u0000', 2, 1],
    ['half of a surrogate pair', "let a = 1;\nlet s = '\ud800';", 2, 10],
    ['binary', '\u0089PNG\r\n\u001a\n\u0000\u0000\u0000\rIHDR', 1, 1],
  ])('%s is refused with a place', (_, source, line, column) => {
    expect(faultsOf(source)[0]).toMatchObject({ code: 'SYNTAX_ERROR', line, column });
  });

  it('too large a one is refused where it is too large', () => {
    const source = `// ${'é'.repeat(100)}\n${'x;'.repeat(100)}`;
    expect(faultOf(source, { limits: { source: 250 } })).toMatchObject({
      code: 'SOURCE_TOO_LARGE',
      message: 'The module has 404 bytes; the limit is 250',
      line: 2,
      column: 47,
    });
    expect(compile(source, { id: 'a.js', limits: { source: 404 } }).ok).toBe(true);
  });

  it('an unknown extension is refused', () => {
    expect(compile('a', { id: 'notes.txt' })).toMatchObject({
      ok: false,
      diagnostics: [{ code: 'UNKNOWN_LANGUAGE', module: 'notes.txt' }],
    });
    expect(compile('a', { id: 'Makefile' })).toMatchObject({ ok: false, diagnostics: [{ code: 'UNKNOWN_LANGUAGE' }] });
  });

  it('an extension that only looks known is unknown', () => {
    expect(compile('a', { id: 'a.constructor' })).toMatchObject({
      ok: false,
      diagnostics: [{ code: 'UNKNOWN_LANGUAGE' }],
    });
  });

  it('options that cannot be are thrown', () => {
    expect(() => compile('a', { id: '' })).toThrow(CompilerError);
    expect(() => compile('a', { id: 'a.ts', limits: { nesting: 0 } })).toThrow("'limits.nesting' is 0");
    expect(() => compile('a', { id: 'a.ts', limits: { source: Number.NaN } })).toThrow("'limits.source' is NaN");
  });

  it('an empty one is a module', () => {
    for (const source of ['', ' ', '\n', '\ufeff', '// nothing', '#!hashbang', 'export {};']) {
      expect(compile(source, { id: 'a.ts' }).ok).toBe(true);
    }
  });
});

describe('diagnosticAt', () => {
  const source =
    "type Goblin = { hp: number };\nimport { hit as strike } from './combat.ts';\n\nexport const blow = (goblin: Goblin) => strike(goblin);\n";
  const module = { source, options: { id: 'main.ts' } };
  const artifact = artifactOf(source);

  it('finds an entry’s place and marks its word', () => {
    const diagnostic = diagnosticAt(
      module,
      { entry: artifact.imports[0]?.at ?? { line: 0, column: 0 } },
      {
        code: 'MISSING_EXPORT',
        message: "'hit' is not exported",
        hint: 'Did you mean hurt?',
      },
    );
    expect(diagnostic).toEqual({
      code: 'MISSING_EXPORT',
      message: "'hit' is not exported",
      hint: 'Did you mean hurt?',
      module: 'main.ts',
      line: 2,
      column: 10,
      frame:
        "  1 | type Goblin = { hp: number };\n> 2 | import { hit as strike } from './combat.ts';\n    |          ^^^",
    });
  });

  it('finds a request’s place and marks its string', () => {
    const diagnostic = diagnosticAt(
      module,
      { entry: artifact.requests[0]?.at ?? { line: 0, column: 0 } },
      { code: 'X', message: 'x' },
    );
    expect(diagnostic).toMatchObject({ line: 2, column: 31 });
    expect(diagnostic.frame).toMatch(/ {31}\^{13}$/m);
  });

  it('finds the place of what ran', () => {
    const lines = artifact.code.split('\n');
    const line = lines.findIndex((text) => text.includes('(goblin)')) + 1;
    const column = (lines[line - 1] ?? '').indexOf('$strike') + 1;
    const diagnostic = diagnosticAt(module, { emitted: { line, column } }, { code: 'X', message: 'x', cause: 5 });
    expect(diagnostic).toMatchObject({ line: 4, column: 41, cause: 5 });
  });

  it('takes the author’s own place, and a length', () => {
    const diagnostic = diagnosticAt(module, { author: { line: 1, column: 6 } }, { code: 'X', message: 'x', length: 3 });
    expect(diagnostic.frame).toBe('> 1 | type Goblin = { hp: number };\n    |      ^^^');
  });

  it('leaves the place out where the source no longer compiles', () => {
    const broken = { source: 'let = ;', options: { id: 'main.ts' } };
    expect(diagnosticAt(broken, { emitted: { line: 1, column: 1 } }, { code: 'X', message: 'x' })).toEqual({
      code: 'X',
      message: 'x',
      module: 'main.ts',
    });
  });
});
