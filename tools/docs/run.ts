// `npm run docs`: pages of the public API in `docs/api/`, from the sources. Whatever a reader would miss is an error: a
// public symbol without a description, a type that a signature names and nobody exports, a link that leads nowhere.
// It does not check types; `npm run check` does.
import { join } from 'node:path';
import { Application, type ProjectReflection } from 'typedoc';
import { readPackages, root } from '../deps/workspace.ts';
import { publicEntries } from './public.ts';

/** Types that signatures name and nobody needs to import, by package: marks, and names for what can be read in place. */
const UNEXPORTED: Readonly<Record<string, string[]>> = {
  rekindle: ['MarkedDefinition'],
  '@rekindle/state': ['AnyFunction', 'Key', 'Later', 'Lexical', 'StateErrorDetails', 'StepsTo'],
  '@rekindle/store': ['Awaitable', 'Entries'],
};

const packages = (await readPackages()).map(({ name }) => name);
const entries = await publicEntries();
const app = await Application.bootstrap({
  name: 'Rekindle',
  entryPoints: entries.map(({ source }) => source),
  tsconfig: join(root, 'tools/docs/tsconfig.json'),
  skipErrorChecking: true,
  readme: 'none',
  disableGit: true,
  disableSources: true,
  excludePrivate: true,
  excludeInternal: true,
  sort: ['source-order'],
  validation: { notExported: false, invalidLink: true, rewrittenLink: true, notDocumented: true },
  requiredToBeDocumented: ['Class', 'Function', 'Interface', 'TypeAlias', 'Variable'],
  packagesRequiringDocumentation: packages,
  treatWarningsAsErrors: true,
});

// Named by what an import names, where TypeDoc takes the path of the file.
const points = app.getEntryPoints()?.map((point) => {
  const entry = entries.find(({ source }) => source === point.sourceFile.fileName);
  return { ...point, displayName: entry?.specifier ?? point.displayName };
});
const project = app.converter.convert(points ?? []);
app.validate(project);
for (const name of packages) validateExports(project, name);
if (!complained()) await app.generateDocs(project, join(root, 'docs/api'));

if (complained()) process.exitCode = 1;
else console.log(`docs/api/index.html: ${entries.length} entries of the public API`);

/** TypeDoc asks for the missing exports of one package alone, the project's own. */
function validateExports(all: ProjectReflection, name: string): void {
  all.packageName = name;
  app.options.setValue('validation', { notExported: true, invalidLink: false, notDocumented: false });
  app.options.setValue('intentionallyNotExported', UNEXPORTED[name] ?? []);
  app.validate(all);
}

function complained(): boolean {
  return app.logger.hasErrors() || app.logger.hasWarnings();
}
