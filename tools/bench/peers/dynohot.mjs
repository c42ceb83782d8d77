// dynohot, loaded before the graph's own main module. Its watcher and its wait of 100 ms are left out: the new text is
// imported as its watcher would do, and the root is asked to update. Importers accept the leaf and see the new version.
import fs, { writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { fileURLToPath } from 'node:url';
import { serve } from './serve.mjs';
import { strip } from './strip.mjs';

const none = { unref() {}, close() {} };
fs.watch = /** @type {any} */ (() => none);
syncBuiltinESMExports();
const { acquire } = await import(/** @type {string} */ ('hot:runtime'));

/** Called by the main module of the graph, with what gives the namespace object of its import. */
Object.assign(globalThis, {
  /** @param {string} root @param {string} leaf @param {() => object} exports */
  startPeer(root, leaf, exports) {
    let version = 0;
    serve(async (source) => {
      const start = performance.now();
      const code = strip(source, fileURLToPath(leaf));
      const stripped = performance.now();
      writeFileSync(fileURLToPath(leaf), code);
      const written = performance.now();
      version += 1;
      const params = new URLSearchParams({ url: leaf, version: String(version), format: 'module' });
      await import(`hot:reload?${params}`);
      const update = await acquire(root).requestUpdate();
      if (update?.type !== 'success') throw new Error(`the update was ${update?.type}`);
      return { exports: exports(), milliseconds: performance.now() - written + (stripped - start) };
    });
  },
});
