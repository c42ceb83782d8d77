import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('../src/script-module.ts', import.meta.url));
const fileName = fileURLToPath(new URL('./of-an-author.ts', import.meta.url));

const right = `
  const names = state('names', () => new Map<number, string>());
  const one: string | undefined = names.get(1);
  const bounty = state('bounty', () => ({ gold: 0, silver: 0 }), {
    version: 2,
    up: { 2: (old: { gold: number }) => ({ gold: old.gold, silver: 0 }) },
    down: { 2: (now) => ({ gold: now.gold }) },
  });
  const silver: number = bounty.silver;
  state('steps', () => ({ coins: [0] }), {
    version: 3,
    up: { 2: (old: { a: 1 }) => ({ b: old.a }), 3: (old: { b: number }) => ({ coins: [old.b] }) },
    down: { 3: (now) => ({ b: now.coins.length }), 2: (now: { b: number }) => ({ a: now.b }) },
  });
  state('server', () => ({ close() {} }), { dispose: (it) => it.close(), from: 'old.ts#server' });
  class Goblin { #hp = 1; hit() { return this.#hp; } }
  const goblin: Goblin = state('goblin', () => new Goblin());
  const respawn = schedule('respawn', (id: number, name: string) => id + name.length);
  respawn.after(5, 7, 'grom');
  listen(process, 'exit', (code: number) => code);
  console.log(one, silver, goblin);
`;

const withOptions = (options: string): string => `state('n', () => ({ a: 1, b: 1 }), ${options});`;

/** A text, and what the compiler says about it. */
const wrong = {
  'a number': [
    "state('n', () => 5);",
    "Type 'number' is not assignable to type '\"A slot holds an object: wrap the value",
  ],
  'a step that makes another shape': [
    withOptions('{ version: 2, up: { 2: (old: { a: number }) => ({ a: old.a }) } }'),
    "'b' is missing",
  ],
  'a step down that reads what is not there': [
    withOptions('{ version: 2, down: { 2: (now) => ({ a: now.c }) } }'),
    "'c' does not exist",
  ],
  'a step beyond the version': [withOptions('{ version: 2, up: { 3: (old: { a: 1 }) => old } }'), "'3' does not exist"],
  'a step to version 1': [withOptions('{ version: 2, up: { 1: (old: { a: 1 }) => old } }'), "'1' does not exist"],
  'an old shape that is not written down': [
    withOptions('{ version: 2, up: { 2: (old) => ({ a: old.a, b: 1 }) } }'),
    "'a' does not exist on type 'never'",
  ],
  'other data for a schedule': [
    "schedule('respawn', (id: number) => id).after(5, 'seven');",
    "'string' is not assignable to parameter of type 'number'",
  ],
} as const;

/** What the compiler says, strict, about each of some texts; all in one program, because the start is what takes time. */
function check(texts: readonly string[]): string[][] {
  const head = `import type { AddSchedule, Listen, State } from '${source}';
declare const state: State; declare const listen: Listen; declare const schedule: AddSchedule;
`;
  const blocks = texts.map((text) => `{${text}}\n`);
  const options: ts.CompilerOptions = {
    noEmit: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    types: ['node'],
    customConditions: ['@rekindle/source'],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.getSourceFile = (name, ...rest) =>
    name === fileName
      ? ts.createSourceFile(name, head + blocks.join(''), ts.ScriptTarget.ES2023)
      : getSourceFile(name, ...rest);
  host.fileExists = (name) => name === fileName || fileExists(name);
  const program = ts.createProgram([fileName], options, host);
  const file = program.getSourceFile(fileName);
  const errors: string[][] = texts.map(() => []);
  for (const { start = 0, messageText } of [
    ...program.getSyntacticDiagnostics(file),
    ...program.getSemanticDiagnostics(file),
  ]) {
    let end = head.length;
    const index = blocks.findIndex((block) => {
      end += block.length;
      return start < end;
    });
    errors[index]?.push(ts.flattenDiagnosticMessageText(messageText, '\n'));
  }
  return errors;
}

describe('R45: the types of what a script has', () => {
  const names = Object.keys(wrong);
  let said: string[][] = [];
  beforeAll(() => {
    said = check([right, ...Object.values(wrong).map(([text]) => text)]);
  }, 60_000);

  it('let through what is right', () => {
    expect(said[0]).toEqual([]);
  });

  it.each(Object.entries(wrong))('refuse %s, and say why', (name, [, message]) => {
    expect(said[1 + names.indexOf(name)]?.join('\n')).toContain(message);
  });
});
