import { describe, expect, it } from 'vitest';
import { codeFrame, renderDiagnostic } from '../src/index.ts';

const lines = [
  ...Array.from({ length: 9 }, () => '//'),
  '',
  "import { maxSpeed } from './limits.ts';",
  "import { clampSpeed } from './limits.ts';",
];

const missing = {
  code: 'MISSING_EXPORT',
  message: "'clampSpeed' is not exported by 'rules/limits.ts'. Did you mean 'clamp'?",
  module: 'rules/movement.ts',
  line: 12,
  column: 10,
  frame: codeFrame(lines.join('\n'), { line: 12, column: 10 }, 10),
  hint: 'limits.ts exports: clamp, maxSpeed. Release 2 keeps running.',
};

describe('renderDiagnostic', () => {
  it('is the block that a refusal prints', () => {
    expect(`\n${renderDiagnostic(missing, { label: 'refused' })}\n`).toBe(`
refused rules/movement.ts:12:10
        'clampSpeed' is not exported by 'rules/limits.ts'. Did you mean 'clamp'?

          11 | import { maxSpeed } from './limits.ts';
        > 12 | import { clampSpeed } from './limits.ts';
             |          ^^^^^^^^^^

        limits.ts exports: clamp, maxSpeed. Release 2 keeps running.
`);
  });

  it('ends a sentence', () => {
    expect(renderDiagnostic({ code: 'X', message: 'It broke', module: 'a.ts' })).toBe('error a.ts\n      It broke.');
  });

  it('needs no place', () => {
    expect(renderDiagnostic({ code: 'X', message: 'It broke', hint: 'Mend it.' })).toBe(
      'error It broke.\n\n      Mend it.',
    );
  });

  it('indents every line of a message and of a hint', () => {
    const text = renderDiagnostic(
      { code: 'X', message: 'One\nTwo', module: 'a.ts', hint: 'Three\nFour' },
      { label: 'no' },
    );
    expect(text).toBe('no a.ts\n   One\n   Two\n\n   Three\n   Four');
  });

  it('has colours where they are asked for, and says the same', () => {
    const coloured = renderDiagnostic(missing, { label: 'refused', colour: true });
    expect(coloured).toContain('\u001b[31mrefused\u001b[0m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is removed
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(renderDiagnostic(missing, { label: 'refused' }));
  });
});
