/** The type of `import.meta.hot`, alone and beside Vite's own. */
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const place = (name: string) => fileURLToPath(new URL(`./${name}`, import.meta.url));

const MEMBERS = `
  if (import.meta.hot) {
    const { hot } = import.meta;
    hot.accept();
    hot.accept((next) => console.log(next?.['rules']));
    hot.accept('./b.ts', (next) => console.log(next?.['go']));
    hot.accept(['./b.ts', './c.ts'], ([b, c]) => console.log(b, c));
    hot.acceptExports('rules');
    hot.acceptExports(['rules'], (next) => console.log(next?.['rules']));
    hot.dispose((data) => { data.count = 1; });
    hot.dispose(() => {});
    hot.prune(async () => {});
    hot.invalidate();
    hot.invalidate('why');
    hot.on('weather', (weather: { rain: boolean }) => console.log(weather.rain));
    hot.on('vite:beforeUpdate', ({ type, updates }) => console.log(type, updates.map(({ path }) => path)));
    hot.on('vite:error', ({ err }) => console.log(err.message, err.loc?.line));
    hot.off('weather', () => {});
    hot.send('done', { a: 1 });
    const count: unknown = hot.data.count;
    console.log(count);
  }
  import.meta.hot?.accept();
`;

const OURS = "import 'rekindle/script';";
const VITES = "import 'vite/client';";

/** What the compiler says, strict, about a script that sees these types, with the declarations themselves. */
function check(source: string): string[] {
  const fileName = place('of-an-author.ts');
  const options: ts.CompilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    customConditions: ['@rekindle/source'],
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts', 'lib.esnext.disposable.d.ts'],
    types: ['node'],
    skipLibCheck: false,
  };
  const host = ts.createCompilerHost(options);
  const { readFile, fileExists, getSourceFile } = host;
  host.readFile = (name) => (name === fileName ? source : readFile(name));
  host.fileExists = (name) => name === fileName || fileExists(name);
  host.getSourceFile = (name, version) =>
    name === fileName ? ts.createSourceFile(name, source, version, true) : getSourceFile(name, version);
  const program = ts.createProgram([fileName], options, host);
  const of = [fileName, place('../src/script.ts'), place('../../../node_modules/vite/types/importMeta.d.ts')];
  return of
    .flatMap((name) => {
      const file = program.getSourceFile(name);
      return file === undefined
        ? []
        : [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    })
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

describe('the type of import.meta.hot', () => {
  it.each([
    ['alone', `${OURS}\n${MEMBERS}`],
    ['before that of Vite', `${OURS}\n${VITES}\n${MEMBERS}`],
    ['after that of Vite', `${VITES}\n${OURS}\n${MEMBERS}`],
  ])(
    'knows every member of Vite: %s',
    (_name, source) => {
      expect(check(source)).toEqual([]);
    },
    60_000,
  );

  it('knows a member of our own, which is not there beside Vite', () => {
    expect(check(`${OURS}\nimport.meta.hot?.decline?.();`)).toEqual([]);
    expect(check(`${OURS}\n${VITES}\nimport.meta.hot?.decline?.();`)[0]).toContain("'decline' does not exist");
  }, 60_000);

  it('takes callbacks that say what they are given', () => {
    const typed = "import.meta.hot?.accept('./b.ts', (next?: { go(): number }) => next?.go());";
    expect(check(`${OURS}\n${typed}`)).toEqual([]);
  }, 60_000);

  it('tells a mistake', () => {
    expect(check(`${OURS}\nimport.meta.hot?.dispose('now');`)[0]).toContain("'string' is not assignable");
    expect(check(`${OURS}\nimport.meta.hot?.on('vite:error', ({ update }) => update);`)[0]).toContain("'update'");
  }, 60_000);
});
