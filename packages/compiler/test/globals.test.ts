import { describe, expect, it, vi } from 'vitest';
import { MiniLinker } from './mini-linker.ts';
import { artifactOf, run, warningsOf } from './run.ts';

describe('free names', () => {
  it('read the facade first, then the process', async () => {
    const namespace = await run('export const r = [only, process, Buffer.from("a").length];', {
      globals: { only: 1, process: 'hidden' },
    });
    expect(namespace.r).toEqual([1, 'hidden', 1]);
  });

  it('are written to the facade', async () => {
    const linker = new MiniLinker(
      { 'main.js': 'a = 1; [b] = [2]; ({ c } = { c: 3 }); for (d of [4]); e++; f ||= 5;' },
      {
        globals: { a: 0, b: 0, c: 0, d: 0, e: 0, f: 0 },
      },
    );
    await linker.evaluate('main.js');
    expect({ ...linker.facade }).toEqual({ a: 1, b: 2, c: 3, d: 4, e: 1, f: 5 });
    expect('a' in globalThis).toBe(false);
  });

  it('that nobody declared throw as in the language', async () => {
    const source = `
      export const errors = [];
      const attempt = (f) => { try { f() } catch (error) { errors.push(error.name + ': ' + error.message) } };
      attempt(() => nope);
      attempt(() => nope());
      attempt(() => nope\`\`);
      attempt(() => new nope());
      attempt(() => { nope = 1 });
      attempt(() => { nope += 1 });
      attempt(() => { [nope] = [1] });
      attempt(() => arguments);`;
    const { errors } = await run(source, {}, 'main.js');
    const seven = Array.from({ length: 7 }, () => 'ReferenceError: nope is not defined');
    expect(errors).toEqual([...seven, 'ReferenceError: arguments is not defined']);
  });

  it('evaluate the right side before an undeclared target throws', async () => {
    const { log } = await run('export const log = []; try { nope = log.push(1) } catch { log.push(2) }', {}, 'main.js');
    expect(log).toEqual([1, 2]);
  });

  it('may be asked for with typeof', async () => {
    const { r } = await run('export const r = [typeof nope, typeof only, typeof arguments, typeof console];', {
      globals: { only: 1 },
    });
    expect(r).toEqual(['undefined', 'number', 'undefined', 'object']);
  });

  it('keep `arguments` of functions', async () => {
    const { r } = await run(
      'function f() { return (() => arguments.length)() } export const r = f(1, 2);',
      {},
      'main.js',
    );
    expect(r).toBe(2);
  });

  it('are members of globalThis', async () => {
    const linker = new MiniLinker({
      'main.js':
        'globalThis.made = 1; export const r = [made, globalThis.made, global === globalThis, Object.keys(globalThis)];',
    });
    expect((await linker.evaluate('main.js')).r).toEqual([1, 1, true, ['made']]);
    expect('made' in globalThis).toBe(false);
  });

  it('of the language itself are left as they are', () => {
    const { code } = artifactOf('export const r = [undefined, NaN, Math.PI, new Map(), JSON, Symbol.iterator];');
    expect(code).not.toContain('$0g');
  });

  it('stand in shorthand properties and are shadowed', async () => {
    const source = 'export const r = [{ only }, { setTimeout }, ((only) => ({ only }))(2)];';
    const setTimeout = () => {};
    const { r } = await run(source, { globals: { only: 1 }, timers: { setTimeout } });
    expect(r).toEqual([{ only: 1 }, { setTimeout }, { only: 2 }]);
  });
});

describe('timers', () => {
  it('are those of the module', async () => {
    const timers = { setTimeout: vi.fn(() => 5), clearTimeout: vi.fn(), setInterval: vi.fn() };
    const source =
      'const id = setTimeout(() => {}, 10); clearTimeout(id); const every = setInterval; every(1); export const t = typeof setTimeout;';
    expect((await run(source, { timers })).t).toBe('function');
    expect(timers.setTimeout).toHaveBeenCalledWith(expect.any(Function), 10);
    expect(timers.clearTimeout).toHaveBeenCalledWith(5);
    expect(timers.setInterval).toHaveBeenCalledWith(1);
  });

  it('are not, where the module declares the name', async () => {
    const timers = { setTimeout: vi.fn() };
    const source = 'const setTimeout = (f) => f(); export const r = setTimeout(() => 4);';
    expect((await run(source, { timers }, 'main.js')).r).toBe(4);
    expect(timers.setTimeout).not.toHaveBeenCalled();
  });
});

describe('warnings', () => {
  it.each([
    ["const fs = require('fs');", 'COMMONJS_NAME', 12],
    ['module.exports = 1;', 'COMMONJS_NAME', 1],
    ['let d = __dirname;', 'COMMONJS_NAME', 9],
    ["let x = eval('1');", 'DIRECT_EVAL', 9],
  ])('%s', (source, code, column) => {
    expect(warningsOf(source)).toMatchObject([{ code, line: 1, column }]);
  });

  it.each([
    "typeof require === 'function'",
    '(0, eval)("1")',
    'function f(module) { return module }',
    'let exports = 1',
  ])('none for %s', (source) => {
    expect(warningsOf(source)).toEqual([]);
  });
});
