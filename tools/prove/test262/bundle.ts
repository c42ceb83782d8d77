// The child's sources in one file: to translate two hundred files takes a process half a second, and there are more
// than a thousand processes.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, defaultServerConditions, type Plugin } from 'vite';
import { root } from '../../deps/workspace.ts';
import { sourceCondition } from '../../run/flags.ts';

/** What a module reads beside itself, it finds beside its source. */
const inPlace: Plugin = {
  name: 'in-place',
  transform: (code, id) => code.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href)),
};

/** Writes it below `node_modules`, so that it finds the packages that it leaves outside; gives its path. */
export async function bundleRealm(): Promise<string> {
  const outDir = join(root, 'node_modules/.cache/test262', String(process.pid));
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    plugins: [inPlace],
    ssr: {
      noExternal: [/^(?:@rekindle\/|rekindle(?:\/|$))/],
      resolve: { conditions: [sourceCondition, ...defaultServerConditions] },
    },
    build: {
      ssr: join(import.meta.dirname, 'realm.ts'),
      outDir,
      target: 'node20',
      rollupOptions: { output: { entryFileNames: 'realm.mjs' } },
    },
  });
  return join(outDir, 'realm.mjs');
}
