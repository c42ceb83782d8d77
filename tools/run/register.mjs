// Lets Node run the workspace's TypeScript sources as they stand, without a build:
//
//     node --import ./tools/run/register.mjs --conditions=@rekindle/source file.ts
//
// The condition is the one that every package's `exports` names first, so `import 'rekindle'` finds `src/`. Forks and
// workers inherit both flags. Plain JavaScript, since nothing can translate it before it has run.
// It only translates: resolution stays Node's, and there is no cache, as SWC takes about a millisecond a file.
import { readFileSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

// A vitest worker carries this flag for the sake of what a test forks; it translates by itself, and 150 ms a test file
// would be lost.
const inVitest = /[\\/]vitest[\\/]dist[\\/]/.test(process.argv[1] ?? '');

if (!inVitest) {
  process.setSourceMapsEnabled(true);
  if (typeof module.registerHooks === 'function') {
    const { isTypeScript, transform } = await import('./transform.mjs');
    module.registerHooks({
      load(url, context, nextLoad) {
        if (!isTypeScript(url)) return nextLoad(url, context);
        const filename = fileURLToPath(url);
        return { format: 'module', shortCircuit: true, source: transform(readFileSync(filename, 'utf8'), filename) };
      },
    });
  } else {
    module.register('./hooks.mjs', import.meta.url);
  }
}
