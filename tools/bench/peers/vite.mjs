// Vite's ModuleRunner in the process of its server, modules from memory, driven without a watcher: the edited module is
// invalidated on both sides and imported again. Who imported the old version keeps it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { serve } from './serve.mjs';

const [packages = '', file = '', rootId = '', leafId = ''] = process.argv.slice(2);
/** @type {Map<string, string>} */
const texts = new Map(Object.entries(JSON.parse(readFileSync(file, 'utf8'))).map(([id, text]) => [`/${id}`, text]));
const vite = await import(pathToFileURL(join(packages, 'vite/dist/node/index.js')).href);

const server = await vite.createServer({
  configFile: false,
  envFile: false,
  root: join(file, '..'),
  cacheDir: join(file, '../cache'),
  logLevel: 'silent',
  appType: 'custom',
  optimizeDeps: { noDiscovery: true },
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  plugins: [
    {
      name: 'memory',
      enforce: 'pre',
      /** @param {string} id @param {string | undefined} importer */
      resolveId(id, importer) {
        const path = id.startsWith('.') && importer ? new URL(id, `file://${importer}`).pathname : id;
        return texts.has(path) ? path : undefined;
      },
      /** @param {string} id */
      load: (id) => texts.get(id),
    },
  ],
});
const environment = server.environments.ssr;
const runner = vite.createServerModuleRunner(environment, { hmr: false });
await runner.import(`/${rootId}`);

const leaf = `/${leafId}`;
serve(async (source) => {
  texts.set(leaf, source);
  const start = performance.now();
  environment.moduleGraph.invalidateModule(environment.moduleGraph.getModuleById(leaf));
  runner.evaluatedModules.invalidateModule(runner.evaluatedModules.getModuleById(leaf));
  const exports = await runner.import(leaf);
  return { exports, milliseconds: performance.now() - start };
});
