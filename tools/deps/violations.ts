// Holds packages to the table of directions. Tests may import what they like; only `src/` and what is installed count.
import { posix } from 'node:path';
import { type Allowed, directions, reserved } from './directions.ts';
import { type Import, importsOf } from './imports.ts';
import type { Package } from './workspace.ts';

/** One sentence for each import, dependency and reference that the table does not allow; none when all is well. */
export function violations(packages: readonly Package[]): string[] {
  const folderOf = new Map(packages.map(({ name, folder }) => [name, folder]));
  return [
    ...Object.keys(directions)
      .filter((name) => !folderOf.has(name))
      .map((name) => `The table names '${name}', which is no package.`),
    ...packages.flatMap((one) => [...ofManifest(one, folderOf), ...ofSources(one, folderOf)]),
  ];
}

function ofManifest(
  { name, folder, dependencies, references }: Package,
  folderOf: ReadonlyMap<string, string>,
): string[] {
  const allowed = directions[name];
  if (allowed === undefined) return [`packages/${folder}: '${name}' has no line in the table.`];
  const ours = dependencies.filter((target) => folderOf.has(target));
  const expected = ours.map((target) => folderOf.get(target)).sort();
  const found: string[] = [];
  for (const target of dependencies) {
    if (folderOf.has(target) && allowed[target] === undefined) {
      found.push(`packages/${folder}/package.json depends on '${target}', which the table does not allow.`);
    }
    if (reserved[target]?.includes(name) === false) {
      found.push(
        `packages/${folder}/package.json depends on '${target}', which is kept for ${list(reserved[target])}.`,
      );
    }
  }
  if (expected.join() !== [...references].sort().join()) {
    found.push(
      `packages/${folder}/tsconfig.json references ${list(references)}, its package.json asks for ${list(expected)}.`,
    );
  }
  return found;
}

function ofSources({ name, folder, dependencies, sources }: Package, folderOf: ReadonlyMap<string, string>): string[] {
  const allowed = directions[name] ?? {};
  return Object.entries(sources).flatMap(([path, text]) =>
    importsOf(text, path).flatMap((one) => {
      const complaint = judge(one);
      return complaint === undefined ? [] : [`${path}:${one.line} imports '${one.specifier}': ${complaint}`];

      function judge({ specifier }: Import): string | undefined {
        if (specifier.startsWith('.')) {
          const inside = posix.join(posix.dirname(path), specifier).startsWith(`packages/${folder}/src/`);
          return inside ? undefined : "this is outside of the package's src.";
        }
        const target = packageOf(specifier);
        if (reserved[target]?.includes(name) === false) return `it is kept for ${list(reserved[target])}.`;
        if (!folderOf.has(target) || target === name) return undefined;
        const permission = allowed[target];
        if (permission === undefined) return 'the table does not allow it.';
        if (!dependencies.includes(target)) return 'it is not among the dependencies in package.json.';
        return beyond(one, permission);
      }
    }),
  );
}

/** What an import takes at run time beyond the permission. */
function beyond({ typesOnly, values }: Import, permission: Allowed): string | undefined {
  if (permission === 'values' || typesOnly) return undefined;
  const named = permission === 'types' ? [] : permission;
  const surplus = values.filter((value) => !named.includes(value));
  if (surplus.length > 0) return `the table allows ${list(['types', ...named])}, not ${list(surplus)}.`;
  return values.length > 0 ? undefined : 'say `import type`, or the module is loaded for nothing.';
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function list(names: readonly (string | undefined)[] = []): string {
  return names.length === 0 ? 'nothing' : names.join(', ');
}
