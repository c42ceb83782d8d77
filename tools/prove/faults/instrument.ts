// Puts a point before and after everything of a module's text that the transaction runs: each statement of the top
// level, and each function, whoever calls it. So what an author can give to Rekindle need not be listed.
import ts from 'typescript';

/** Its function `at(label, value)` gives the value back, or throws. */
export const POINTS_MODULE = '@proof/points';

/** A point in a text is `ROLE, PLACE`; this is the role. */
export function roleOf(label: string): string {
  return label.slice(0, label.indexOf(','));
}

/** The same module with its points; the same text gets the same points, so that what pairs by text still does. */
export function withPoints(text: string): string {
  const file = ts.createSourceFile('module.ts', text, ts.ScriptTarget.ESNext, true);
  const inserts: { readonly at: number; readonly text: string }[] = [];
  let functions = 0;
  const visit = (node: ts.Node, role: string): void => {
    let inner = role;
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      inner = roleOfFunction(node, role);
      functions += 1;
      inserts.push(...around(node.body as ts.Node, `${inner}, function ${functions}`));
    }
    ts.forEachChild(node, (child) => visit(child, inner));
  };
  for (const [index, statement] of file.statements.entries()) {
    if (ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)) continue;
    inserts.push({ at: statement.getStart(), text: `__at('top level, before statement ${index}'); ` });
  }
  visit(file, 'function');
  inserts.push({ at: text.length, text: `; __at('top level, at the end');` });
  let result = text;
  // of those at one place, the first is the outermost
  for (const insert of inserts.toReversed().sort((a, b) => b.at - a.at))
    result = result.slice(0, insert.at) + insert.text + result.slice(insert.at);
  return `import { at as __at } from '${POINTS_MODULE}'; ${result}`;
}

function around(body: ts.Node, place: string): { at: number; text: string }[] {
  const begins = `__at('${place} begins')`;
  const ends = `__at('${place} ends'`;
  if (!ts.isBlock(body)) {
    return [
      { at: body.getStart(), text: `(${begins}, ${ends}, ` },
      { at: body.end, text: '))' },
    ];
  }
  const inserts = [{ at: body.getStart() + 1, text: ` ${begins}; ` }];
  const last = body.statements.at(-1);
  if (last === undefined || !ts.isReturnStatement(last)) inserts.push({ at: body.end - 1, text: ` ${ends}); ` });
  else if (last.expression !== undefined) {
    inserts.push({ at: last.expression.getStart(), text: `${ends}, ` }, { at: last.expression.end, text: ')' });
  }
  return inserts;
}

/** To whom a function is given: `effect`, `import.meta.hot.dispose`; what such a function returns is `given by effect`. */
function roleOfFunction(node: ts.Node, role: string): string {
  for (let each = node.parent; each !== undefined && !ts.isSourceFile(each); each = each.parent) {
    if (ts.isCallExpression(each) && each.expression.pos !== node.pos) return each.expression.getText();
    if (ts.isFunctionLike(each)) return role === 'function' || role.startsWith('given by') ? role : `given by ${role}`;
  }
  return role;
}
