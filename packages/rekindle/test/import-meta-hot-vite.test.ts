/**
 * Code that comes from Vite: the same modules and edits through Vite's own server and runner, and through a host.
 *
 * What the modules log is compared. The stories keep to where both mean the same; the guide lists the rest.
 */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestHost } from 'rekindle/testing';
import { createServer, createServerModuleRunner } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { committed, settled } from './stories.ts';

const LOGGER = 'export const log = (value) => globalThis.log(value);';
/** What each module begins with: a global that several mention would let each observe the others. */
const LOG = "import { log } from './log.js';";

interface Step {
  /** The module that is edited. */
  readonly edit?: readonly [id: string, text: string];
  /** How many updates follow in Vite. @default 1 */
  readonly updates?: number;
  /** An event that the modules hear. */
  readonly send?: readonly [event: string, data: unknown];
}

interface Story {
  readonly modules: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

const stories: Record<string, Story> = {
  'a module that accepts itself, with a callback': {
    modules: {
      'main.js':
        "log('body 1'); export const name = 'one'; if (import.meta.hot) { import.meta.hot.accept((next) => log(name + ' to ' + next.name)); }",
    },
    steps: [
      {
        edit: [
          'main.js',
          "log('body 2'); export const name = 'two'; import.meta.hot.accept((next) => log(name + ' to ' + next.name));",
        ],
      },
      { edit: ['main.js', "log('body 3'); export const name = 'three'; import.meta.hot.accept();"] },
    ],
  },
  'an import that is accepted': {
    modules: {
      'rules.js': 'export const damage = () => 1;',
      'main.js': `
        import { damage } from './rules.js';
        log('main');
        let current;
        export const hit = () => (current ?? damage)();
        if (import.meta.hot) import.meta.hot.accept('./rules.js', (rules) => { current = rules.damage; log(hit()); });
      `,
    },
    steps: [
      { edit: ['rules.js', 'export const damage = () => 2;'] },
      { edit: ['rules.js', 'export const damage = () => 3;'] },
    ],
  },
  'several imports that are accepted': {
    modules: {
      'a.js': 'export const a = () => 1;',
      'b.js': 'export const b = () => 1;',
      'main.js': `
        import './a.js'; import './b.js';
        import.meta.hot.accept(['./a.js', './b.js'], ([a, b]) => log([a?.a(), b?.b()]));
      `,
    },
    steps: [{ edit: ['b.js', 'export const b = () => 2;'] }, { edit: ['a.js', 'export const a = () => 3;'] }],
  },
  'a change far below': {
    modules: {
      'deep.js': 'export const deep = 1;',
      'middle.js': "import './deep.js';",
      'main.js': "import './middle.js'; log('main'); import.meta.hot.accept();",
    },
    steps: [{ edit: ['deep.js', 'export const deep = 2;'] }],
  },
  'the nearer boundary': {
    modules: {
      'deep.js': 'export const deep = 1;',
      'middle.js': "import './deep.js'; log('middle'); import.meta.hot.accept();",
      'main.js': "import './middle.js'; log('main'); import.meta.hot.accept();",
    },
    steps: [{ edit: ['deep.js', 'export const deep = 2;'] }],
  },
  'an import that accepts itself and is accepted': {
    modules: {
      'rules.js': "export const a = 1; import.meta.hot.accept(() => log('self'));",
      'main.js': "import './rules.js'; log('main'); import.meta.hot.accept('./rules.js', () => log('importer'));",
    },
    steps: [{ edit: ['rules.js', "export const a = 2; import.meta.hot.accept(() => log('self'));"] }],
  },
  'exports that are accepted': {
    modules: {
      'rules.js':
        "export const a = () => 1; export const b = () => 1; import.meta.hot.acceptExports(['a'], (next) => log(next.a()));",
      'knows.js':
        "import { a } from './rules.js'; log('knows'); export const use = () => a(); import.meta.hot.accept();",
      'other.js':
        "import { b } from './rules.js'; log('other'); export const use = () => b(); import.meta.hot.accept();",
      'main.js': "import './knows.js'; import './other.js';",
    },
    steps: [
      {
        edit: [
          'rules.js',
          "export const a = () => 2; export const b = () => 1; import.meta.hot.acceptExports(['a'], (next) => log(next.a()));",
        ],
      },
    ],
  },
  'state that is handed over': {
    modules: {
      'main.js':
        "const count = (import.meta.hot.data.count ?? 0) + 1; log(count); import.meta.hot.dispose((data) => { log('disposed'); data.count = count; }); import.meta.hot.accept();",
    },
    steps: [
      {
        edit: [
          'main.js',
          "const count = (import.meta.hot.data.count ?? 0) + 10; log(count); import.meta.hot.dispose((data) => { log('disposed'); data.count = count; }); import.meta.hot.accept();",
        ],
      },
      { edit: ['main.js', 'log(import.meta.hot.data.count); import.meta.hot.accept();'] },
    ],
  },
  'listeners that go with their version': {
    modules: {
      'main.js': "import.meta.hot.accept(); import.meta.hot.on('weather', (it) => log(['one', it]));",
    },
    steps: [
      { send: ['weather', { rain: true }] },
      {
        edit: [
          'main.js',
          "import.meta.hot.accept(); const heard = (it) => log(['two', it]); import.meta.hot.on('weather', heard); import.meta.hot.on('end', () => import.meta.hot.off('weather', heard));",
        ],
      },
      { send: ['weather', { rain: false }] },
      { send: ['end', null] },
      { send: ['weather', { rain: true }] },
    ],
  },
  'an update that cannot be handled': {
    modules: {
      'rules.js':
        'export const damage = () => 1; import.meta.hot.accept((next) => { if (next.damage() > 5) import.meta.hot.invalidate(); });',
      'main.js':
        "import { damage } from './rules.js'; log('main'); export const hit = () => damage(); import.meta.hot.on('vite:invalidate', ({ message }) => log(['invalidated', message])); import.meta.hot.accept();",
    },
    steps: [
      {
        edit: [
          'rules.js',
          "export const damage = () => 2; import.meta.hot.accept((next) => { if (next.damage() > 5) import.meta.hot.invalidate('too much'); });",
        ],
      },
      { edit: ['rules.js', 'export const damage = () => 6; import.meta.hot.accept();'], updates: 2 },
    ],
  },
};

describe('what comes from Vite runs as it does there', () => {
  let folder = '';
  let lines: unknown[] = [];

  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'rekindle-vite-')));
    Object.assign(globalThis, { log: (value: unknown) => void lines.push(value) });
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    Reflect.deleteProperty(globalThis, 'log');
  });

  /** What each step logs. */
  async function inVite(name: string, { modules, steps }: Story): Promise<unknown[][]> {
    const root = join(folder, name.replaceAll(/\W+/g, '-'));
    await mkdir(root);
    const write = (id: string, text: string) => writeFile(join(root, id), text);
    for (const [id, text] of Object.entries(modules)) await write(id, LOG + text);
    await write('log.js', LOGGER);
    await write('ear.js', 'import.meta.hot.on("vite:afterUpdate", () => globalThis.updated?.());');
    const server = await createServer({
      configFile: false,
      envFile: false,
      root,
      cacheDir: join(root, '.cache'),
      logLevel: 'silent',
      appType: 'custom',
      optimizeDeps: { noDiscovery: true },
      experimental: { hmrPartialAccept: true },
      server: { middlewareMode: true, ws: false, watch: null },
    });
    try {
      const { ssr } = server.environments;
      const runner = createServerModuleRunner(ssr, { hmr: { logger: false } });
      const told: unknown[][] = [];
      lines = [];
      await runner.import('/main.js');
      await runner.import('/ear.js');
      told.push(lines.splice(0));
      for (const { edit, updates = 1, send } of steps) {
        if (edit !== undefined) {
          let left = updates;
          const updated = new Promise<void>((resolve) => {
            Object.assign(globalThis, { updated: () => --left === 0 && resolve() });
          });
          await write(edit[0], LOG + edit[1]);
          server.watcher.emit('change', join(root, edit[0]));
          await updated;
        }
        if (send !== undefined) ssr.hot.send(...send);
        await settled();
        told.push(lines.splice(0));
      }
      await runner.close();
      return told;
    } finally {
      await server.close();
    }
  }

  async function inHost({ modules, steps }: Story): Promise<unknown[][]> {
    const texts = Object.entries(modules).map(([id, text]) => [id, LOG + text]);
    const t = await createTestHost({ ...Object.fromEntries(texts), 'log.js': LOGGER });
    try {
      const told: unknown[][] = [];
      lines = [];
      await t.import('main.js');
      told.push(lines.splice(0));
      for (const { edit, send } of steps) {
        if (edit !== undefined) committed(await t.change({ [edit[0]]: LOG + edit[1] }));
        if (send !== undefined) t.host.send(...send);
        await settled();
        told.push(lines.splice(0));
      }
      return told;
    } finally {
      await t.close();
    }
  }

  it.each(Object.keys(stories))(
    '%s',
    async (name) => {
      const story = stories[name] as Story;
      const there = await inVite(name, story);
      expect(there.flat().length).toBeGreaterThan(0);
      expect(await inHost(story)).toEqual(there);
    },
    30_000,
  );
});
