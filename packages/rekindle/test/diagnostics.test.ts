/**
 * What an author is told when a change is refused: where, what, what to do; and everything at once.
 */
import { type Diagnostic, renderDiagnostic } from '@rekindle/compiler';
import { describe, expect, it } from 'vitest';
import { codes, hostOf, refused, rejection } from './stories.ts';

const places = (diagnostics: readonly Diagnostic[]) =>
  diagnostics.map(({ code, module, line, column }) => `${code} ${module}:${line}:${column}`);

describe('a change with many faults', () => {
  const modules = {
    'limits.ts': 'export const clamp = 1, maxSpeed = 2;',
    'movement.ts': "import { clamp } from './limits.ts'; export const move = () => clamp;",
    'goblin.ts': 'export const hp = 10;',
    'names.json': '["Grik"]',
    'main.ts': `
      import './movement.ts';
      import { hp } from './goblin.ts';
      import names from './names.json' with { type: 'json' };
      export const all = () => [hp, names];
    `,
  };

  it('is told all of them at once, whatever their kinds', async () => {
    const t = await hostOf(modules);
    await t.import('main.ts');
    const diagnostics = refused(
      await t.change({
        'goblin.ts': "// faster\nexport const hp = ;\nexport const speed = 'fast;\n",
        'names.json': '["Grik",]',
        'movement.ts':
          "import { clampSpeed } from './limits.ts';\nimport './paths.ts';\nexport const move = () => clampSpeed;",
        'limits.ts': 'export const clamp = 1;\nexport { maxSped } from "./speeds.ts";',
        'speeds.ts': 'export const maxSpeed = 2;',
        'main.ts': `${modules['main.ts']}\nimport { minSpeed } from './limits.ts';\nexport { minSpeed };`,
      }),
    );
    expect(places(diagnostics).sort()).toEqual([
      'JSON_SYNTAX names.json:1:8',
      'MISSING_EXPORT limits.ts:2:10',
      'MISSING_EXPORT main.ts:7:10',
      'MISSING_EXPORT movement.ts:1:10',
      'SYNTAX_ERROR goblin.ts:2:19',
      'UNRESOLVED_IMPORT movement.ts:2:8',
    ]);
  });

  it('is told nothing that only follows from another fault', async () => {
    const t = await hostOf(modules);
    await t.import('main.ts');
    const diagnostics = refused(
      await t.change({
        'goblin.ts': 'export const hp = 10, mood = ;',
        'movement.ts': "export * from './goblin.ts'; export * from './limits.ts'; export * from './gone.ts';",
        'limits.ts': 'export const clamp = 1;',
        'main.ts': `
          import { mood } from './goblin.ts';
          import { far, move, clamp } from './movement.ts';
          export const all = () => [mood, far, move, clamp];
        `,
      }),
    );
    expect(places(diagnostics).sort()).toEqual(['SYNTAX_ERROR goblin.ts:1:30', 'UNRESOLVED_IMPORT movement.ts:1:73']);
  });

  it('is told of unchanged importers whose names are gone, beside a module that cannot be read', async () => {
    const t = await hostOf({ ...modules, 'main.ts': "import './movement.ts'; import './goblin.ts';" });
    await t.import('main.ts');
    const diagnostics = refused(
      await t.change({ 'goblin.ts': 'export const hp = ;', 'limits.ts': 'export const maxSpeed = 2;' }),
    );
    expect(places(diagnostics).sort()).toEqual(['MISSING_EXPORT movement.ts:1:10', 'SYNTAX_ERROR goblin.ts:1:19']);
  });

  it('of a first load, too', async () => {
    const t = await hostOf({
      ...modules,
      'goblin.ts': 'export const = 1;',
      'limits.ts': 'export const clamp2 = 1;',
    });
    const { diagnostics } = (await rejection(t.import('main.ts'))) as unknown as {
      diagnostics: readonly Diagnostic[];
    };
    expect(codes(diagnostics).sort()).toEqual(['MISSING_EXPORT', 'SYNTAX_ERROR']);
  });
});

describe('a missing name', () => {
  const report = async (main: string, modules: Record<string, string>) => {
    const t = await hostOf({ 'main.ts': main, ...modules });
    const { diagnostics } = (await rejection(t.import('main.ts'))) as unknown as {
      diagnostics: readonly Diagnostic[];
    };
    return diagnostics;
  };

  it('is shown in the author’s own lines, with what exists and the nearest', async () => {
    const [diagnostic, ...others] = await report(
      [
        '/* types and comments come before it */',
        'interface Speed { of: number }',
        "import { maxSpeed } from './rules/limits.ts';",
        "import { clampSpeed } from './rules/limits.ts';",
        'export const speed: Speed = { of: clampSpeed(maxSpeed) };',
      ].join('\n'),
      { 'rules/limits.ts': 'export const clamp = (n: number) => n; export const maxSpeed = 5;' },
    );
    expect(others).toEqual([]);
    expect(renderDiagnostic(diagnostic as Diagnostic)).toBe(
      `
error main.ts:4:10
      'clampSpeed' is not exported by 'rules/limits.ts'. Did you mean 'clamp'?

        2 | interface Speed { of: number }
        3 | import { maxSpeed } from './rules/limits.ts';
      > 4 | import { clampSpeed } from './rules/limits.ts';
          |          ^^^^^^^^^^

      limits.ts exports: clamp, maxSpeed.`.trimStart(),
    );
  });

  it.each([
    [
      'an interface',
      'export interface Goblin extends Object { hp: number }',
      "import { Goblin } from './a.ts'; export { Goblin };",
    ],
    ['a type', 'export type Goblin = { hp: number };', "export { Goblin } from './a.ts';"],
    ['a list', 'interface Goblin { hp: number } export type { Goblin };', "export { Goblin } from './a.ts';"],
    ['a re-exporter', "export * from './b.ts';", "export { Goblin as default } from './a.ts';"],
  ])('that looks like a type says how types are exported: %s', async (_, a, main) => {
    const diagnostics = await report(main, { 'a.ts': a, 'b.ts': 'export type Goblin = number;' });
    expect(codes(diagnostics)).toContain('MISSING_EXPORT');
    for (const { hint } of diagnostics) {
      expect(hint).toBe(
        "a.ts exports: nothing. 'Goblin' looks like a type, and types are gone when the code runs: " +
          "write 'import { type Goblin }' or 'export { type Goblin }'.",
      );
    }
  });

  it('that is exported again is told once, where it is imported', async () => {
    const diagnostics = await report(
      "export { a, a as b };\nimport { a } from './a.ts';\nexport { c } from './a.ts';",
      {
        'a.ts': 'export {};',
      },
    );
    expect(places(diagnostics).sort()).toEqual(['MISSING_EXPORT main.ts:2:10', 'MISSING_EXPORT main.ts:3:10']);
  });

  it('that is exported again is told, though it may be missing as a member of the namespace', async () => {
    const main = "import * as ns from './a.ts'; export const a = ns.a;\nexport { a as b } from './a.ts';";
    expect(places(await report(main, { 'a.ts': 'export {};' }))).toEqual(['MISSING_EXPORT main.ts:2:10']);
  });

  it('that is a type says so where imports stay as they are written', async () => {
    const t = await hostOf(
      {
        'main.ts': "import { Goblin, hp } from './a.ts'; export const goblin: Goblin = { hp };",
        'a.ts': 'export interface Goblin { hp: number } export const hp = 1;',
      },
      { tsconfig: { compilerOptions: { verbatimModuleSyntax: true } } },
    );
    const { diagnostics } = (await rejection(t.import('main.ts'))) as unknown as {
      diagnostics: readonly Diagnostic[];
    };
    expect(places(diagnostics)).toEqual(['MISSING_EXPORT main.ts:1:10']);
    expect(diagnostics[0]?.hint).toContain("write 'import { type Goblin }'");
  });

  it('that no type has says nothing of types', async () => {
    const [diagnostic] = await report("export { Goblin } from './a.ts';", {
      'a.ts': '// a type of Goblin\nexport {};',
    });
    expect(diagnostic?.hint).toBe('a.ts exports: nothing.');
  });
});

/** Whether the V8 of this Node takes a regular expression. */
function knows(pattern: string): boolean {
  try {
    return new RegExp(pattern) !== undefined;
  } catch {
    return false;
  }
}

describe('syntax that this Node does not know', () => {
  describe.each([['(?i:goblin)'], ['(?<name>goblin)|(?<name>orc)']])('%s', (pattern) => {
    it.skipIf(knows(pattern))('is refused at its place, and says what to do', async () => {
      const t = await hostOf({ 'main.ts': 'export const name = 1;' });
      await t.import('main.ts');
      const [diagnostic, ...others] = refused(
        await t.change({ 'main.ts': `type Name = string;\nexport const name: RegExp = /${pattern}/;` }),
      );
      expect(others).toEqual([]);
      expect(diagnostic).toMatchObject({ code: 'UNSUPPORTED_SYNTAX', module: 'main.ts', line: 2, column: 29 });
      expect(diagnostic?.message).toContain(`Node ${process.versions.node}`);
      expect(diagnostic?.frame).toContain(`> 2 | export const name: RegExp = /${pattern}/;`);
      expect(diagnostic?.hint).toContain('newer Node');
    });

    it.runIf(knows(pattern))('is taken', async () => {
      const t = await hostOf({ 'main.ts': `export const name = /${pattern}/.test('goblin');` });
      expect(await t.import('main.ts')).toMatchObject({ name: true });
    });
  });
});
