/**
 * The module record of ECMA-262: requests, import entries, and the three kinds of export entries.
 *
 * Imports are collected before the walk, because a body may mention them before their declaration. Line and column of
 * an entry are those in the text that is rewritten, before the rewrite.
 */

import type {
  ExportAllDeclaration,
  ExportNamedDeclaration,
  Identifier,
  ImportDeclaration,
  Literal,
  Program,
} from 'acorn';
import type {
  EmittedPosition,
  ImportEntry,
  IndirectExportEntry,
  LocalExportEntry,
  ModuleRequest,
} from '../artifact.ts';
import { LineIndex } from '../positions.ts';

type WithSource = ImportDeclaration | ExportAllDeclaration | (ExportNamedDeclaration & { source: Literal });

/** ModuleExportName: an identifier or a string. */
function moduleExportName(node: Identifier | Literal): string {
  return node.type === 'Identifier' ? node.name : String(node.value);
}

export class ModuleEntries {
  readonly requests: ModuleRequest[] = [];
  readonly imports: ImportEntry[] = [];
  readonly locals: LocalExportEntry[] = [];
  readonly indirect: IndirectExportEntry[] = [];
  readonly stars: number[] = [];
  /** Local name → index of its import entry. */
  readonly importOf = new Map<string, number>();
  /** Local name → indexes of its entries in `locals`: one cell for each. */
  readonly cellsOf = new Map<string, number[]>();
  /** `export { local as name }` and exported declarations, in the order of the text. */
  readonly #exported: { readonly name: string; readonly local: string; readonly at: number }[] = [];
  /** Index of an import entry that the author did not write → its variable. */
  readonly helperVariables = new Map<number, string>();
  readonly #members = new Map<string, number>();
  readonly #requestOf = new Map<string, number>();
  readonly #source: string;
  #lines: LineIndex | undefined;

  constructor(source: string) {
    this.#source = source;
  }

  at(offset: number): EmittedPosition {
    this.#lines ??= new LineIndex(this.#source);
    return this.#lines.positionAt(offset);
  }

  /** Everything that stands in `import` and `export … from`, and the export lists. */
  collect(program: Program): void {
    for (const item of program.body) {
      if (item.type === 'ImportDeclaration') this.#importDeclaration(item);
      else if (item.type === 'ExportAllDeclaration') this.#exportAll(item);
      else if (item.type === 'ExportNamedDeclaration') this.#exportList(item);
    }
  }

  exportLocal(name: string, local: string, at: number): void {
    this.#exported.push({ name, local, at });
  }

  /** The locals that are exported by a list or a declaration. */
  *exportedNames(): Iterable<string> {
    for (const { local } of this.#exported) yield local;
  }

  /** Sorts the exports into local and indirect ones: an exported import is the other module's. */
  resolveExports(kindOf: (local: string) => LocalExportEntry['kind']): void {
    for (const { name, local, at } of this.#exported) {
      const entry = this.imports[this.importOf.get(local) ?? -1];
      if (entry !== undefined) {
        this.indirect.push({ name, request: entry.request, from: entry.name, at: this.at(at) });
        continue;
      }
      const cells = this.cellsOf.get(local);
      if (cells === undefined) this.cellsOf.set(local, [this.locals.length]);
      else cells.push(this.locals.length);
      this.locals.push({ name, local, kind: kindOf(local) });
    }
  }

  /** An import that the author did not write; `local` is no identifier, so that nothing of theirs can mean it. */
  importHelper(specifier: string, name: string, local: string, variable: string): void {
    const at = { line: 1, column: 1 };
    this.helperVariables.set(this.imports.length, variable);
    this.imports.push({ request: this.#requestFor(specifier, [], at), name, local, at });
  }

  /** The entry for `ns.member`: one for each name, however often it is read. */
  memberOf(namespace: string, member: string, at: number): number {
    const local = `${namespace}.${member}`;
    const known = this.#members.get(local);
    if (known !== undefined) return known;
    const { request } = this.imports[this.importOf.get(namespace) as number] as ImportEntry;
    const index = this.imports.length;
    this.#members.set(local, index);
    this.imports.push({ request, name: member, local, optional: true, at: this.at(at) });
    return index;
  }

  #importDeclaration(item: ImportDeclaration): void {
    const request = this.#request(item);
    for (const specifier of item.specifiers) {
      const name =
        specifier.type === 'ImportNamespaceSpecifier'
          ? null
          : specifier.type === 'ImportDefaultSpecifier'
            ? 'default'
            : moduleExportName(specifier.imported);
      this.importOf.set(specifier.local.name, this.imports.length);
      this.imports.push({ request, name, local: specifier.local.name, at: this.at(specifier.start) });
    }
  }

  #exportAll(item: ExportAllDeclaration): void {
    const request = this.#request(item);
    if (item.exported == null) {
      if (!this.stars.includes(request)) this.stars.push(request);
    } else {
      const name = moduleExportName(item.exported);
      this.indirect.push({ name, request, from: null, at: this.at(item.exported.start) });
    }
  }

  #exportList(item: ExportNamedDeclaration): void {
    if (item.source != null) {
      const request = this.#request(item as ExportNamedDeclaration & { source: Literal });
      for (const { exported, local } of item.specifiers) {
        const at = this.at(local.start);
        this.indirect.push({ name: moduleExportName(exported), request, from: moduleExportName(local), at });
      }
    } else {
      for (const { exported, local } of item.specifiers) {
        this.exportLocal(moduleExportName(exported), moduleExportName(local), local.start);
      }
    }
  }

  #request(item: WithSource): number {
    const specifier = String(item.source.value);
    const attributes = item.attributes.map(({ key, value }) => [moduleExportName(key), String(value.value)] as const);
    attributes.sort(([a], [b]) => (a < b ? -1 : 1));
    return this.#requestFor(specifier, attributes, this.at(item.source.start));
  }

  #requestFor(specifier: string, attributes: readonly (readonly [string, string])[], at: EmittedPosition): number {
    const key = attributes.length === 0 ? specifier : JSON.stringify([specifier, attributes]);
    const known = this.#requestOf.get(key);
    if (known !== undefined) return known;
    const index = this.requests.length;
    this.#requestOf.set(key, index);
    this.requests.push(
      attributes.length === 0 ? { specifier, at } : { specifier, attributes: Object.fromEntries(attributes), at },
    );
    return index;
  }
}
