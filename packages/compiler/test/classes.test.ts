import { describe, expect, it } from 'vitest';
import { instantiate, type ModuleContext, sourceMap } from '../src/index.ts';
import { artifactOf, run } from './run.ts';

const legacy = { tsconfig: { experimentalDecorators: true } };

/** What a module tells of its classes when it runs: index, class, and the initialisers. */
async function defined(source: string, options: Parameters<typeof artifactOf>[1] = {}, globals: object = {}) {
  const artifact = artifactOf(source, options);
  const instantiated = instantiate(artifact);
  if (!instantiated.ok) throw new Error(instantiated.diagnostic.message);
  const told: { index: number; made: new () => object; initialisers: Record<string, () => unknown> }[] = [];
  const { body } = instantiated;
  const running = body({
    token: {},
    bind: (rebind: (views: readonly unknown[]) => void) => rebind(Array(20).fill({ v: (made: unknown) => made })),
    global: Object.assign(Object.create(globalThis), globals),
    loops: { left: 1e9, check() {} },
    define: (index, made, initialisers) => {
      told.push({ index, made: made as never, initialisers: (initialisers?.(made as object) ?? {}) as never });
    },
  } as ModuleContext);
  await running.next();
  await running.next();
  return { artifact, told };
}

const namesOf = (source: string, options = {}) => artifactOf(source, options).classes.map(({ name }) => name);

describe('the classes of a module', () => {
  it('are those at its top level, by the name of their binding', () => {
    expect(
      namesOf(`
        class A {}
        export class B extends A {}
        const C = class {}, D = class Other {};
        export default class {}
        function f() { class Not {} return class {}; }
        { class Not {} }
        const shapes = { Not: class {} };
      `),
    ).toEqual(['A', 'B', 'C', 'D', 'default']);
    expect(namesOf('export default class Named {}')).toEqual(['Named']);
    expect(namesOf('export default (class {});')).toEqual(['default']);
  });

  it('tell their fields, and what the constructor gives every object', () => {
    const [entry] = artifactOf(
      `class A {
      static not = 1; a = 1; b; 'c d' = 2; 3 = 3; [Math.random()] = 4; method() {} get rank() { return 1; }
      constructor(x) { this.e = x; if (x) this.not = 1; this.f = 0; other.not = 1; }
    }`,
      { id: 'main.js' },
    ).classes;
    expect(entry?.fields).toEqual(['a', 'b', 'c d', '3', 'e', 'f']);
    expect(entry?.marks).toMatchObject([{ name: 'e', why: 'fixed', at: { line: 3 } }]);
  });

  it('tell the first member that is private to an object, with its line', () => {
    const of = (body: string) => artifactOf(`class A {\n${body}\n}`, { id: 'main.js' }).classes[0]?.private;
    expect(of('a = 1;\n  #hp = 1;')).toEqual({ line: 3, column: 3 });
    expect(of('#method() {}')).toEqual({ line: 2, column: 1 });
    expect(of('static #count = 0; static #make() {}')).toBeNull();
    expect(artifactOf('class A { private hp = 1; }').classes[0]?.private).toBeNull();
  });

  it('tell which fields hold functions, and which cannot be given later', () => {
    const [entry] = artifactOf(
      `class A {
      static #n = 1;
      a = () => 1; b = function () {}; c = this.run.bind(this); d = A.#n; e = [() => 1];
      run() {}
      constructor(x) { this.f = () => x; this.g = this.run.bind(this); }
    }`,
      { id: 'main.js' },
    ).classes;
    expect(entry?.marks.map(({ name, why }) => `${name} ${why}`)).toEqual([
      'a code',
      'b code',
      'c code',
      'd fixed',
      'f code',
      'f fixed',
      'g code',
    ]);
  });

  it('are told of when they have been defined, static blocks and all, before what follows', async () => {
    const seen: string[] = [];
    const { told } = await defined(
      'class A { static { seen.push("static"); } static a = seen.push("field") }\nseen.push("after");',
      { id: 'main.js' },
      { seen },
    );
    expect(seen).toEqual(['static', 'field', 'after']);
    expect(told.map(({ index, made }) => [index, made.name])).toEqual([[0, 'A']]);
  });

  it('keep a class that ends without a semicolon whole', async () => {
    const { told } = await defined('class A { a = 1 }\nclass B { static b }', { id: 'main.js' });
    expect(told.map(({ made }) => Reflect.ownKeys(made.prototype))).toEqual([['constructor'], ['constructor']]);
  });

  it('give the decorated class, too, with either kind of decorators', async () => {
    const source = `import { dec } from './dec.ts';
      @dec export class A { static s = 1; hp = 1; }
      @dec class B { hp = 1; }`;
    for (const options of [{}, legacy]) {
      expect(namesOf(source, options)).toEqual(['A', 'B']);
      const { code } = artifactOf(source, options);
      expect(code.match(/\$0m\.define\(0,/g)).toHaveLength(2);
      expect(code.match(/\$0m\.define\(1,/g)).toHaveLength(2);
    }
  });
});

describe('the initialisers of fields', () => {
  it('give an existing object what the class gives a new one', async () => {
    const { told } = await defined(
      `const base = 5;
       class Up { greet() { return 'up'; } }
       class A extends Up { a = base; b = this.a + 1; c; d = super.greet(); e = A.name; f = () => this.a; g = class {}; h = (1, 2); i = new.target }`,
      { id: 'main.js' },
    );
    const { made, initialisers } = told[1] as (typeof told)[number];
    Object.setPrototypeOf(initialisers, Object.getPrototypeOf(made.prototype));
    const object: Record<string, unknown> = {};
    for (const name of Object.keys(initialisers)) object[name] = initialisers[name]?.call(object);
    const fresh = new made() as Record<string, unknown>;
    for (const name of ['a', 'b', 'c', 'd', 'e', 'h', 'i']) expect([name, object[name]]).toEqual([name, fresh[name]]);
    expect([
      (object['f'] as () => number)(),
      (object['f'] as () => void).name,
      (object['g'] as () => void).name,
    ]).toEqual([5, 'f', 'g']);
  });

  it('may span lines, hold loops and imports, and stand beside `using`', async () => {
    const source = `
      using lock = { [Symbol.dispose]() {} };
      const limit = 3;
      class A {
        list = (() => {
          const list = []; // a comment
          for (let i = 0; i < limit; i++) list.push(\`\${i}
\`);
          return list;
        })();
      }`;
    const { artifact } = await defined('export {}');
    expect(artifact.classes).toEqual([]);
    const { list } = new ((await run(`${source}\nexport { A };`))['A'] as new () => { list: string[] })();
    expect(list).toEqual(['0\n', '1\n', '2\n']);
    expect(artifactOf(source).code).toContain('function $0i0(A)');
  });

  it('are traced to the author’s text', () => {
    const source = 'class A {\n  a = 1;\n  b = [\n    missing(this),\n  ];\n}\n';
    for (const options of [{ id: 'main.ts' }, { id: 'main.ts', ...legacy }]) {
      const { code } = artifactOf(source, options);
      const lines = code.slice(0, code.lastIndexOf('missing')).split('\n');
      const emitted = { line: lines.length, column: (lines.at(-1) as string).length + 1 };
      expect(sourceMap(source, options)?.originalPosition(emitted)).toMatchObject({ line: 4 });
    }
  });

  it('are not there for a class whose objects have private members', () => {
    expect(artifactOf('class A { #hp = 1; a = this.#hp; }', { id: 'main.js' }).code).not.toContain('$0i0');
  });
});
