// Starts the peers, each in a process of its own with the same graph, as contenders of the reload benchmark.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Contender } from '../../door/statistics.ts';
import { rootId } from '../lib/graph.ts';
import { asMjs, javascript, write } from '../lib/javascript.ts';
import { call, type Leaf, leafId } from '../lib/leaf.ts';
import { peers } from './cache.ts';

/** A contender in a process of its own. */
export interface Peer extends Contender {
  close(): Promise<void>;
}

/** Vite's ModuleRunner, native `import('?v=')` and dynohot over these modules; `edit` is what each round makes of the leaf. */
export async function startPeers(
  texts: Readonly<Record<string, string>>,
  edit: (round: number) => Leaf,
): Promise<Peer[]> {
  const packages = await peers();
  const starters = { vite: startVite, native: startNative, dynohot: startDynohot };
  const started: Peer[] = [];
  for (const [name, start] of Object.entries(starters)) {
    const folder = await mkdtemp(join(tmpdir(), `rekindle-bench-${name}-`));
    const child = await start(folder, texts, packages);
    const ended = once(child, 'close');
    const answer = () => answerOf(name, child, ended);
    await answer();
    started.push({
      name,
      async measure(round) {
        const { source, answer: wanted } = edit(round);
        child.send({ source, call, answer: wanted });
        return (await answer()).milliseconds ?? Number.NaN;
      },
      async close() {
        child.kill();
        await ended;
        await rm(folder, { recursive: true });
      },
    });
  }
  return started;
}

/** The child's next message. An error, or an end, of the child is thrown here. */
async function answerOf(
  name: string,
  child: ChildProcess,
  ended: Promise<unknown>,
): Promise<{ milliseconds?: number }> {
  const gone = ended.then(() => [{ error: `ended with code ${child.exitCode}` }]);
  const [{ error, milliseconds }] = await Promise.race([once(child, 'message'), gone]);
  if (error !== undefined) throw new Error(`${name}: ${error}`);
  return { milliseconds };
}

type Start = (folder: string, texts: Readonly<Record<string, string>>, packages: string) => Promise<ChildProcess>;

const here = (file: string) => join(import.meta.dirname, file);

const startNative: Start = async (folder, texts) => {
  await write(folder, javascript(texts));
  return fork(here('native.mjs'), [join(folder, asMjs(rootId)), join(folder, asMjs(leafId))], { execArgv: [] });
};

const startVite: Start = async (folder, texts, packages) => {
  const file = join(folder, 'texts.json');
  await writeFile(file, JSON.stringify(texts));
  return fork(here('vite.mjs'), [packages, file, rootId, leafId], { execArgv: [] });
};

const startDynohot: Start = async (folder, texts, packages) => {
  const accepting = Object.entries(javascript(texts)).map(([id, text]) => {
    const [, specifier] = /from ['"]([^'"]*combat\.mjs)['"]/.exec(text) ?? [];
    return [id, specifier === undefined ? text : `${text}\nimport.meta.hot.accept('${specifier}');`] as const;
  });
  const leaf = `./${asMjs(leafId)}`;
  await write(folder, {
    ...Object.fromEntries(accepting),
    'start.mjs': [
      `import './${asMjs(rootId)}';`,
      `import * as leaf from '${leaf}';`,
      `import.meta.hot.accept('${leaf}');`,
      `startPeer(import.meta.url, new URL('${leaf}', import.meta.url).href, () => leaf);`,
    ].join('\n'),
  });
  const hooks = [join(packages, 'dynohot/dist/loader/register.js'), here('dynohot.mjs')];
  return fork(join(folder, 'start.mjs'), [], {
    execArgv: ['--no-warnings', ...hooks.flatMap((hook) => ['--import', pathToFileURL(hook).href])],
  });
};
