import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderStore } from '@rekindle/store-fs';
import { createHost } from 'rekindle';
import { describe, expect, it, onTestFinished } from 'vitest';
import { committed, hostOf, refused, rejection } from './stories.ts';

// what is suspect is compiled in a process of its own, which takes its time on a busy machine
describe('a text that is none of a module', { timeout: 120_000 }, () => {
  const nested = (count: number, open: string, close: string) => `${open.repeat(count)}1${close.repeat(count)}`;

  it.each([
    ['3,000 parentheses', nested(3_000, '(', ')'), 'SOURCE_TOO_DEEP'],
    ['20,000 braces', nested(20_000, '{', '}'), 'SOURCE_TOO_DEEP'],
    ['20,000 type arguments', `let x: ${'Array<'.repeat(20_000)}a${'>'.repeat(20_000)};`, 'SOURCE_TOO_DEEP'],
    ['5,000 templates in each other', nested(5_000, '`${', '}`'), 'SOURCE_TOO_DEEP'],
    ['a sum of 100,000 terms', `export const x = 1${'+1'.repeat(100_000)};`, 'SOURCE_TOO_DEEP'],
    ['32 MB', `'${'a'.repeat(32 * 2 ** 20)}'`, 'SOURCE_TOO_LARGE'],
    ['control characters', '\u001a\u0000', 'SYNTAX_ERROR'],
    ['JSX', 'export const a = <b>{c}</b>;', 'SYNTAX_ERROR'],
  ])('is refused with module and line, and the version before runs on: %s', async (_, text, code) => {
    const t = await hostOf({ 'main.ts': 'export const a = 1;' });
    const main = await t.import<{ a: number }>('main.ts');
    expect(refused(await t.change({ 'main.ts': text }))[0]).toMatchObject({ code, module: 'main.ts', line: 1 });
    expect(main.a).toBe(1);
    committed(await t.change({ 'main.ts': 'export const a = 2;' }));
    expect(main.a).toBe(2);
  });

  it('that no file can hold is refused where it is given to evaluate', async () => {
    const t = await hostOf({});
    const half = t.host.evaluate("export const a = '\ud800';", { id: 'main.ts' });
    expect(await rejection(half)).toMatchObject({ code: 'SYNTAX_ERROR', message: expect.stringContaining('U+D800') });
  });

  it('is read with a mark, CRLF or a hashbang', async () => {
    const t = await hostOf({ 'main.ts': '\ufeff#!/usr/bin/env node\r\nexport const a = `x\r\ny`;\r\n' });
    expect(await t.import('main.ts')).toMatchObject({ a: 'x\ny' });
  });
});

describe('a specifier', () => {
  it.each([
    '../out.ts',
    '../../etc/passwd',
    './%2e%2e/out.ts',
    './a/../../out.ts',
    './nul\\u0000.ts',
    'file:///etc/passwd.ts',
  ])('does not lead out of the root: %s', async (specifier) => {
    const t = await hostOf({ 'main.ts': `import '${specifier}';` });
    expect(await rejection(t.import('main.ts'))).toMatchObject({
      name: 'ScriptLoadError',
      code: expect.stringMatching(/^(?:OUTSIDE_STORE|UNRESOLVED_IMPORT|IMPORT_FAILED)$/),
    });
  });

  it('does not lead through a symbolic link out of a folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rekindle-links-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await mkdir(join(folder, 'scripts'));
    await writeFile(join(folder, 'secret.ts'), 'export const secret = 1;');
    await symlink(join(folder, 'secret.ts'), join(folder, 'scripts', 'main.ts'));
    const host = createHost({ stores: [folderStore(join(folder, 'scripts'))], cache: false });
    onTestFinished(() => host.close());
    expect(await rejection(host.import('main.ts'))).toMatchObject({ code: 'STORE_LINK_OUTSIDE' });
  });
});

describe('names that objects have anyway', () => {
  it('are ordinary names of modules, exports and host modules', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    const exported = names.map((name, n) => `const v${n} = ${n}; export { v${n} as ${name} };`).join('\n');
    const t = await hostOf(
      {
        'constructor/toString.ts': exported,
        'main.ts': `import { ${names.map((name, n) => `${name} as a${n}`).join(', ')} } from './constructor/toString';
          import { toString as host } from 'constructor';
          import * as all from './constructor/toString';
          export const values = [${names.map((_, n) => `a${n}`).join(', ')}, host, Object.keys(all).length];`,
      },
      { modules: { constructor: { toString: 'host' } } },
    );
    expect(await t.import('main.ts')).toMatchObject({ values: [0, 1, 2, 3, 'host', 4] });
    expect(Object.keys({}.constructor.prototype)).toEqual([]);
    for (const name of names) {
      expect(await rejection(t.import(`${name}.ts`))).toMatchObject({ code: 'UNRESOLVED_IMPORT' });
    }
    expect(await rejection(t.change({ '__proto__/a.ts': '' }))).toMatchObject({ code: 'STORE_BAD_ID' });
  });
});

describe('graphs of a size that nobody has', { timeout: 120_000 }, () => {
  it('a module that imports itself, and a cycle', async () => {
    const t = await hostOf({
      'self.ts': "import * as self from './self.ts'; export const a = 1; export const read = () => self.a;",
      'b.ts': "import { c } from './c.ts'; export const b = () => c;",
      'c.ts': "import { b } from './b.ts'; export const c = 3; export const read = () => b();",
    });
    expect((await t.import<{ read(): number }>('self.ts')).read()).toBe(1);
    expect((await t.import<{ read(): number }>('c.ts')).read()).toBe(3);
  });

  it('a module with 10,000 imports', async () => {
    const count = 10_000;
    const numbers = Array.from({ length: count }, (_, n) => n);
    const t = await hostOf(
      {
        ...Object.fromEntries(numbers.map((n) => [`m${n}.ts`, `export const v = ${n};`])),
        'main.js': `${numbers.map((n) => `import { v as v${n} } from './m${n}.ts';`).join('\n')} export const all = () => [v0, v9999];`,
      },
      { limits: { prepare: 100_000, activate: 100_000, source: 2 ** 22 } },
    );
    const main = await t.import<{ all(): number[] }>('main.js');
    expect([main.all(), t.host.modules().length]).toEqual([[0, 9_999], count + 1]);
    committed(await t.change({ 'm9999.ts': 'export const v = 5;' }));
    expect(main.all()).toEqual([0, 5]);
  });

  it('a chain of 3,000 `export *` takes over what its end has instead, and a name more', async () => {
    const length = 3_000;
    const modules: Record<string, string> = {
      'main.ts': "import * as all from './m0.ts'; export const names = () => Object.keys(all);",
    };
    for (let index = 0; index < length; index += 1) modules[`m${index}.ts`] = `export * from './m${index + 1}.ts';`;
    modules[`m${length}.ts`] = 'export const a = 1;';
    const t = await hostOf(modules);
    const main = await t.import<{ names(): string[] }>('main.ts');
    committed(await t.change({ [`m${length}.ts`]: 'export const a = 2; export const b = 3;' }));
    expect(main.names()).toEqual(['a', 'b']);
    expect(await t.import('m0.ts')).toMatchObject({ a: 2, b: 3 });
  });

  it('a chain of 3,000 imports is disposed of with its namespace', async () => {
    const length = 3_000;
    const modules: Record<string, string> = { [`m${length}.ts`]: 'export const v = 1;' };
    for (let index = 0; index < length; index += 1) {
      modules[`m${index}.ts`] = `import { v as next } from './m${index + 1}.ts'; export const v = next + 1;`;
    }
    const t = await hostOf(modules, { limits: { prepare: 100_000 } });
    const room = await t.host.namespace('room');
    expect(await room.import('m0.ts')).toMatchObject({ v: length + 1 });
    await room.dispose();
    const again = await t.host.namespace('room');
    expect(await again.import(`m${length}.ts`)).toMatchObject({ v: 1 });
  });

  it('a chain of 5,000 imports whose end awaits loads, reloads and leaves', async () => {
    const length = 5_000;
    const t = await hostOf(
      Object.fromEntries(
        Array.from({ length }, (_, n) => [
          `m${n}.ts`,
          n === 0
            ? 'await null; export const v = 1;'
            : `import { v as below } from './m${n - 1}.ts'; export const v = below + 1;`,
        ]),
      ),
      { limits: { prepare: 100_000, activate: 100_000 } },
    );
    const top = await t.import<{ v: number }>(`m${length - 1}.ts`);
    expect(top.v).toBe(length);
    committed(await t.change({ 'm0.ts': 'await null; export const v = 2;' }));
    expect(top.v).toBe(length + 1);
    committed(await t.host.unload('m0.ts', { cascade: true }));
    expect(t.host.modules()).toEqual([]);
  });
});
