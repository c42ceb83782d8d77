// What a TypeScript source imports, and whether anything of it is left at run time. It looks at syntax alone: an
// `import { type A }` leaves an import of the module behind, only `import type` does not.
import ts from 'typescript';

export interface Import {
  readonly specifier: string;
  /** 1-based. */
  readonly line: number;
  /** Nothing of it is left at run time. */
  readonly typesOnly: boolean;
  /** The exported names it takes as values; `*` for all of them (a namespace, `import()`). */
  readonly values: readonly string[];
}

export function importsOf(text: string, fileName: string): Import[] {
  const source = ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest, false, ts.ScriptKind.TS);
  const found: Import[] = [];

  const add = (node: ts.Node, specifier: ts.Node | undefined, typesOnly: boolean, values: readonly string[]) => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
    found.push({ specifier: specifier.text, line, typesOnly, values });
  };

  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      const clause = node.importClause;
      add(
        node,
        node.moduleSpecifier,
        clause?.phaseModifier === ts.SyntaxKind.TypeKeyword,
        clause ? imported(clause) : [],
      );
    } else if (ts.isExportDeclaration(node)) {
      add(node, node.moduleSpecifier, node.isTypeOnly, reexported(node.exportClause));
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node, node.arguments[0], false, ['*']);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      add(node, node.argument.literal, true, []);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function imported({ name, namedBindings }: ts.ImportClause): string[] {
  const first = name === undefined ? [] : ['default'];
  if (namedBindings === undefined) return first;
  if (ts.isNamespaceImport(namedBindings)) return [...first, '*'];
  return [...first, ...namesOf(namedBindings.elements)];
}

function reexported(clause: ts.NamedExportBindings | undefined): string[] {
  return clause === undefined || ts.isNamespaceExport(clause) ? ['*'] : namesOf(clause.elements);
}

function namesOf(elements: readonly (ts.ImportSpecifier | ts.ExportSpecifier)[]): string[] {
  return elements
    .filter((element) => !element.isTypeOnly)
    .map((element) => (element.propertyName ?? element.name).text);
}
