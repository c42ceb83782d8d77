// The runner of test262's tests, on tests of our own that pass and fail in every way that it tells apart.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleRealm } from '../test262/bundle.ts';
import { frontmatterOf, type Phase } from '../test262/frontmatter.ts';
import { runTests } from '../test262/lanes.ts';
import { type Ran, type Verdict, verdict } from '../test262/verdict.ts';

describe('the frontmatter', () => {
  const of = (...lines: string[]) => frontmatterOf(`// notes\n/*---\n${lines.join('\n')}\n---*/\ncode;`);

  it('is read in every form that test262 has', () => {
    expect(of('flags: [module, async]', 'includes: [a.js]')).toEqual({
      flags: ['module', 'async'],
      includes: ['a.js'],
      negative: undefined,
    });
    expect(of('includes:', '  - a.js', '  - b.js', 'flags: [module,', '  async]').includes).toEqual(['a.js', 'b.js']);
    expect(of('flags: [module,', '  async]').flags).toEqual(['module', 'async']);
    expect(of('negative:', '  phase: resolution', '  type: SyntaxError', 'flags: []').negative).toEqual({
      phase: 'resolution',
      type: 'SyntaxError',
    });
    expect(of('description: >', '  flags: [no]', 'info: |', '  includes: [no.js]')).toMatchObject({
      flags: [],
      includes: [],
    });
  });

  it('must be there, and whole', () => {
    expect(() => frontmatterOf('code;')).toThrow('no frontmatter');
    expect(() => of('negative:', '  phase: early')).toThrow("the phase 'early' and the type 'undefined'");
  });
});

describe('the verdict', () => {
  const plain = { flags: ['module'], includes: [], negative: undefined };
  const wanting = (phase: Phase, type: string) => ({ ...plain, negative: { phase, type } });
  const late: Ran = { ended: 'threw', phase: 'runtime', name: 'SyntaxError', message: 'late' };

  it('is that of the test: what must be thrown, and when', () => {
    expect(verdict(plain, { ended: 'evaluated' })).toEqual({ passed: true });
    expect(verdict(plain, late)).toEqual({ passed: false, reason: 'threw runtime SyntaxError: late' });
    expect(verdict(wanting('runtime', 'SyntaxError'), late)).toEqual({ passed: true });
    expect(verdict(wanting('parse', 'SyntaxError'), late)).toEqual({
      passed: false,
      reason: 'wanted parse SyntaxError, got runtime SyntaxError: late',
    });
    expect(verdict(wanting('runtime', 'Error'), late)).toEqual({
      passed: false,
      reason: 'wanted runtime Error, got runtime SyntaxError: late',
    });
    expect(verdict(wanting('runtime', 'Error'), { ended: 'evaluated' })).toEqual({
      passed: false,
      reason: 'wanted runtime Error, nothing was thrown',
    });
  });

  it('of an asynchronous test is what it prints', () => {
    const asynchronous = { ...plain, flags: ['async'] };
    expect(verdict(asynchronous, { ended: 'evaluated', printed: 'Test262:AsyncTestComplete' })).toEqual({
      passed: true,
    });
    expect(verdict(asynchronous, { ended: 'evaluated', printed: 'Test262:AsyncTestFailure:no' })).toEqual({
      passed: false,
      reason: 'no',
    });
    expect(verdict(asynchronous, { ended: 'evaluated' })).toEqual({ passed: false, reason: 'printed nothing' });
  });
});

describe('a test in a process of its own', () => {
  const tests: Record<string, { readonly text: string; readonly verdict: Verdict }> = {
    'is evaluated': test('import { a } from "./a_FIXTURE.js"; assert(a === 1);'),
    'may throw': test('assert(false);', {}, 'threw runtime Error: assertion'),
    'may be no module': test('const = 1;', negative('parse')),
    'may import a name that is not there': test('import { b } from "./a_FIXTURE.js";', negative('resolution')),
    'may import what is no module': test('import "./broken_FIXTURE.js";', negative('resolution')),
    'says when it is done': test('await null; $DONE();', { flags: 'async' }),
    'may end the process': test(
      '$262.evalScript("process.kill(process.pid, \'SIGKILL\')");',
      {},
      /^the process ended with SIGKILL/,
    ),
    'has globals of its own': test(
      'assert(typeof seen === "undefined"); $262.evalScript("seen = 1"); assert(seen === 1);',
    ),
    'has what a host gives': test('$262.gc(); assert($262.createRealm().global.Array !== Array); assert(included);', {
      includes: 'more.js',
    }),
  };
  const endless = test('', { flags: 'async' }, 'not done after 1000 ms');

  const checkout = mkdtempSync(join(tmpdir(), 'rekindle-test262-'));
  let realm: string;
  const verdicts = new Map<string, Verdict>();

  beforeAll(async () => {
    const write = (path: string, text: string) => {
      mkdirSync(dirname(join(checkout, path)), { recursive: true });
      writeFileSync(join(checkout, path), text);
    };
    write('harness/assert.js', 'function assert(holds) { if (!holds) throw new Error("assertion"); }');
    write('harness/sta.js', '');
    write('harness/doneprintHandle.js', 'function $DONE() { print("Test262:AsyncTestComplete"); }');
    write('harness/more.js', 'var included = true;');
    write('test/a_FIXTURE.js', 'export const a = 1;');
    write('test/broken_FIXTURE.js', 'const = 1;');
    write('test/endless.js', endless.text);
    for (const [name, { text }] of Object.entries(tests)) write(`test/${name}.js`, text);
    realm = await bundleRealm();
    const options = { realm, checkout, node: process.execPath, jobs: 2 };
    const paths = Object.keys(tests).map((name) => `test/${name}.js`);
    for (const [path, one] of await runTests(paths, { ...options, timeout: 60_000 })) verdicts.set(path, one);
    for (const [path, one] of await runTests(['test/endless.js'], { ...options, timeout: 1_000 }))
      verdicts.set(path, one);
  }, 180_000);

  afterAll(() => {
    rmSync(checkout, { recursive: true });
    if (realm !== undefined) rmSync(dirname(realm), { recursive: true });
  });

  it.each(Object.entries({ ...tests, endless }))('%s', (name, expected) => {
    expect(verdicts.get(`test/${name}.js`)).toEqual(expected.verdict);
  });
});

interface Says {
  readonly flags?: string;
  readonly includes?: string;
  readonly negative?: string;
}

function test(code: string, { flags, includes, negative }: Says = {}, reason?: string | RegExp) {
  const lines = [
    `flags: [module${flags === undefined ? '' : `, ${flags}`}]`,
    ...(includes === undefined ? [] : [`includes: [${includes}]`]),
    ...(negative === undefined ? [] : [negative]),
  ];
  const verdict: Verdict =
    reason === undefined
      ? { passed: true }
      : { passed: false, reason: typeof reason === 'string' ? reason : (expect.stringMatching(reason) as string) };
  return { text: `/*---\n${lines.join('\n')}\n---*/\n${code}`, verdict };
}

function negative(phase: Phase): Says {
  return { negative: `negative:\n  phase: ${phase}\n  type: SyntaxError` };
}
