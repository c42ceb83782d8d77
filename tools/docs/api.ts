// The public API as text, so that a change of it is a diff in review: each entry's exports by name, as the declarations
// that a build makes have them, without comments and without what is private.
import { join } from 'node:path';
import ts from 'typescript';
import { root } from '../deps/workspace.ts';
import type { Entry } from './public.ts';

/** Report by file name: `rekindle.script.api.md`. */
export function apiReports(entries: readonly Entry[]): Map<string, string> {
  const program = ts.createProgram({
    rootNames: entries.map(({ declarations }) => declarations),
    options: {
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
      types: ['node'],
      skipLibCheck: true,
    },
  });
  const api = new Api(program.getTypeChecker());
  const exported = entries.map(({ declarations }) => api.exportsOf(declarations, program.getSourceFile(declarations)));
  const everywhere = new Set(exported.flatMap((names) => [...names.values()]));
  return new Map(
    entries.map(({ specifier }, index) => [
      `${specifier.replace(/^@/, '').replaceAll('/', '.')}.api.md`,
      api.report(specifier, exported[index] ?? new Map(), everywhere),
    ]),
  );
}

class Api {
  readonly #checker: ts.TypeChecker;

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker;
  }

  /** By the name under which they are exported, in the order of the alphabet. */
  exportsOf(path: string, file: ts.SourceFile | undefined): Map<string, ts.Symbol> {
    const module = file && this.#checker.getSymbolAtLocation(file);
    if (!module) throw new Error(`${path} is not there, or exports nothing: run \`npm run build\` first.`);
    const symbols = this.#checker.getExportsOfModule(module);
    return new Map(byName(symbols).map((symbol) => [symbol.name, this.#resolved(symbol)]));
  }

  report(specifier: string, exported: ReadonlyMap<string, ts.Symbol>, everywhere: ReadonlySet<ts.Symbol>): string {
    const own = [...exported].map(([name, symbol]) => this.#text(symbol, name));
    const behind = byName(this.#behind(exported.values(), everywhere)).map((symbol) => this.#text(symbol));
    const hidden = behind.length === 0 ? '' : `\nWhat these name and no entry exports:\n\n${block(behind)}`;
    return `# ${specifier}\n\nWritten by \`npm run api -- --write\`.\n\n${block(own)}${hidden}`;
  }

  #text(symbol: ts.Symbol, name = symbol.name): string {
    const { declarations = [] } = symbol;
    if (declarations.length === 0) throw new Error(`'${name}' is exported and declared nowhere.`);
    const renamed = name === symbol.name ? '' : `// exported as ${name}\n`;
    return renamed + declarations.map((declaration) => print(statementOf(declaration))).join('\n');
  }

  /** What no entry exports and still is part of what they promise: bases, helper types. */
  #behind(from: Iterable<ts.Symbol>, everywhere: ReadonlySet<ts.Symbol>): ts.Symbol[] {
    const found = new Set<ts.Symbol>();
    const waiting = [...from];
    for (let symbol = waiting.pop(); symbol; symbol = waiting.pop()) {
      for (const named of this.#named(symbol)) {
        if (everywhere.has(named) || found.has(named)) continue;
        found.add(named);
        waiting.push(named);
      }
    }
    return [...found];
  }

  /** The declarations of ours that a declaration names. */
  *#named(symbol: ts.Symbol): Iterable<ts.Symbol> {
    const nodes: ts.Node[] = (symbol.declarations ?? []).map(statementOf);
    for (let node = nodes.pop(); node; node = nodes.pop()) {
      ts.forEachChild(node, (child) => {
        if (!isHidden(child)) nodes.push(child);
      });
      if (!ts.isIdentifier(node)) continue;
      const named = this.#checker.getSymbolAtLocation(node);
      const target = named && this.#resolved(named);
      if (target?.declarations?.some(isOurs)) yield target;
    }
  }

  #resolved(symbol: ts.Symbol): ts.Symbol {
    return (symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : this.#checker.getAliasedSymbol(symbol);
  }
}

function byName(symbols: readonly ts.Symbol[]): ts.Symbol[] {
  return [...symbols].sort((one, other) => (one.name < other.name ? -1 : 1));
}

function block(texts: readonly string[]): string {
  return `\`\`\`ts\n${texts.join('\n\n')}\n\`\`\`\n`;
}

/** A statement of a module of the packages; members, parameters and type parameters are part of one. */
function isOurs(declaration: ts.Declaration): boolean {
  const { fileName } = declaration.getSourceFile();
  const within = fileName.startsWith(packages) && !fileName.includes('/node_modules/');
  return within && ts.isSourceFile(statementOf(declaration).parent);
}

const packages = join(root, 'packages/');

/** `const a = …, b = …` is one statement; the declaration of a variable alone says neither `const` nor `export`. */
function statementOf(declaration: ts.Declaration): ts.Node {
  return ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
}

const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });

function print(node: ts.Node): string {
  const { transformed } = ts.transform(node, [withoutHidden]);
  return printer.printNode(ts.EmitHint.Unspecified, transformed[0] ?? node, node.getSourceFile());
}

const withoutHidden: ts.TransformerFactory<ts.Node> = (context) => (node) =>
  ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node)
    ? ts.visitEachChild(node, (child) => (isHidden(child) ? undefined : child), context)
    : node;

/** Private members, and marks: those whose name is a symbol that no entry exports (`Symbol.asyncDispose` is none). */
function isHidden(node: ts.Node): boolean {
  if (!ts.isClassElement(node) && !ts.isTypeElement(node)) return false;
  const { name } = node;
  if (name !== undefined && ts.isComputedPropertyName(name) && ts.isIdentifier(name.expression)) return true;
  if (name !== undefined && ts.isPrivateIdentifier(name)) return true;
  const modifiers = ts.canHaveModifiers(node) ? (ts.getModifiers(node) ?? []) : [];
  return modifiers.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword);
}
