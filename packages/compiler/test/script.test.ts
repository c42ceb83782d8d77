import { describe, expect, it } from 'vitest';
import { CompilerError, instantiate, MODULE_ABI } from '../src/index.ts';
import { artifactOf } from './run.ts';

describe('instantiate', () => {
  it('gives a function and runs nothing of the author’s', () => {
    const result = instantiate(artifactOf('globalThis.ran = true; throw new Error("ran");'));
    expect(result.ok && typeof result.body).toBe('function');
  });

  it('gives scripts the module’s id as file name', () => {
    const result = instantiate(artifactOf('export default (() => new Error().stack)();', { id: 'npc/goblin.js' }));
    if (!result.ok) throw new Error('refused');
    const cells = [{ v: undefined as unknown }];
    const { body } = result;
    const running = body({ token: {}, bind: (rebind: (views: unknown[]) => void) => rebind(cells) } as never);
    running.next();
    running.next();
    expect(cells[0]?.v).toContain('npc/goblin.js:1:');
  });

  it('takes an artifact that was plain JSON in between', () => {
    const artifact = artifactOf("import a, * as b from 'a'; export const x = () => [a, b.c]; export * from 'b';");
    const again = JSON.parse(JSON.stringify(artifact));
    expect(again).toEqual(artifact);
    expect(instantiate(again).ok).toBe(true);
  });

  it('refuses the artifact of another ABI', () => {
    const artifact = { ...artifactOf(''), abi: MODULE_ABI + 1 };
    expect(() => instantiate(artifact)).toThrow(CompilerError);
    expect(() => instantiate(artifact)).toThrow(`of module ABI ${MODULE_ABI + 1}`);
  });

  describe('where V8 knows less than the compiler', () => {
    const source = 'type A = string;\nconst x: A = "@@";\nexport const y = x;\n';
    const artifact = artifactOf(source);
    const newer = { ...artifact, code: artifact.code.replace('"@@"', '@@@@') };

    it('it is a diagnostic at the author’s place', () => {
      const result = instantiate(newer, { source, options: { id: 'main.ts' } });
      expect(result).toMatchObject({
        ok: false,
        diagnostic: {
          code: 'UNSUPPORTED_SYNTAX',
          module: 'main.ts',
          line: 2,
          column: 14,
          cause: expect.any(SyntaxError),
        },
      });
    });

    it('it is one without a place where no source is given', () => {
      const result = instantiate(newer);
      expect(result).toMatchObject({ ok: false, diagnostic: { code: 'UNSUPPORTED_SYNTAX', module: 'main.ts' } });
      expect(!result.ok && result.diagnostic.line).toBeUndefined();
    });
  });
});
