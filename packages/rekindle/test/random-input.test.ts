/** Whatever is saved, imported or named: a coded answer, and a game that goes on. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Calls, committed, hostOf } from './stories.ts';

const PARTS = [
  ...[
    'import',
    'export',
    'default',
    'from',
    'as',
    '*',
    '{',
    '}',
    '(',
    ')',
    '[',
    ']',
    '<',
    '>',
    ';',
    ',',
    '.',
    '=',
    '=>',
  ],
  ...['class', 'extends', 'enum', 'namespace', 'type', 'interface', 'abstract', 'declare', 'accessor', 'static', '@d'],
  ...['async', 'await', 'yield', 'function', 'return', 'throw', 'new', 'using', 'let', 'const', 'var', 'if', 'else'],
  ...['a', 'b', '#p', "'./main.ts'", "'./other.ts'", "'node:fs'", '`${', '}`', '/', '/*', '*/', '//', '\n', '1', '?.'],
  ...['import.meta', 'import.meta.hot', 'new.target', 'super', 'this', 'globalThis', 'eval', 'arguments', '\\u{61}'],
];

const text = fc.oneof(
  fc.array(fc.constantFrom(...PARTS), { maxLength: 30 }).map((parts) => parts.join(' ')),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);

const name = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc
    .array(
      fc.constantFrom(
        '..',
        '.',
        '/',
        '\\',
        '%2e',
        '%2f',
        'a',
        'é',
        'main.ts',
        '.ts',
        '.json',
        '#',
        '?',
        ':',
        '\0',
        ' ',
      ),
      {
        maxLength: 8,
      },
    )
    .map((parts) => parts.join('')),
);

/** The code of an answer that is an error. */
async function codeOf(answer: Promise<unknown>): Promise<unknown> {
  return answer.then(
    () => 'none',
    (error: unknown) => (error as { code?: unknown }).code,
  );
}

describe('whatever', { timeout: 120_000 }, () => {
  it('is saved as a script is committed, or refused with code and module, and the rest runs on', async () => {
    const t = await hostOf({
      'main.ts': "import './saved.ts'; let calls = 0; export const count = () => ++calls;",
      'saved.ts': '',
      'other.ts': 'export const a = 1;',
    });
    const main = await t.import<Calls<'count'>>('main.ts');
    let calls = 0;
    await fc.assert(
      fc.asyncProperty(text, fc.constantFrom('ts', 'js'), async (source, kind) => {
        const before = await t
          .change({ 'saved.ts': kind === 'js' ? "import './inner.js';" : source, 'inner.js': source })
          .then(
            (outcome) => outcome,
            (error: unknown) => expect((error as { code: string }).code).toMatch(/^STORE_/),
          );
        if (before?.status === 'refused') {
          expect(before.diagnostics.length).toBeGreaterThan(0);
          for (const { code, message, module } of before.diagnostics) {
            expect(code).toMatch(/^[A-Z][A-Z_]+$/);
            expect(message).not.toBe('');
            expect(['saved.ts', 'inner.js', 'main.ts']).toContain(module);
          }
        }
        calls += 1;
        expect(main.count()).toBe(calls);
        committed(await t.change({ 'saved.ts': `export const fresh = ${calls};`, 'inner.js': null }));
      }),
      { numRuns: 300 },
    );
  });

  it('is imported, evaluated or named is answered with a code', async () => {
    const t = await hostOf({ 'main.ts': 'export const a = 1;', 'a/é.ts': '' });
    const { host } = t;
    await t.import('main.ts');
    await fc.assert(
      fc.asyncProperty(name, text, async (id, source) => {
        for (const code of [
          await codeOf(host.import(id)),
          await codeOf(host.evaluate(source, { id })),
          await codeOf(host.unload(id)),
          await codeOf(host.reload([id])),
        ]) {
          expect(code).toMatch(/^(?:none|[A-Z][A-Z_]+)$/);
        }
        expect(await t.import('main.ts')).toMatchObject({ a: 1 });
      }),
      { numRuns: 300 },
    );
  });
});
