// Graphs of script modules and a change of each that goes through every participant in its own way.

export interface Graph {
  readonly name: string;
  readonly modules: Readonly<Record<string, string>>;
  readonly entries: readonly string[];
  /** One save; `null` deletes. */
  readonly change: Readonly<Record<string, string | null>>;
  /** How it is taken. @default 'sync' */
  readonly how?: 'sync' | 'reload all' | 'unload';
  /** True where a body asks for `hot.data` before the moment of the swap: it hands over then. @default false */
  readonly early?: boolean;
}

/** A module that owns one of everything; `version` is in all that it makes. */
const owner = (name: string, version: number, more = ''): string => `
  import { effect, listen, live, schedule, signal, state, task } from 'rekindle/script';
  import { bus, define, gate, log, onRoll } from '@proof/api';

  export class Thing { static version = ${version}; ${version > 1 ? "mood = 'calm';" : ''} hit() { return '${name} ${version}'; } }
  export let count = ${version * 100};
  export const bump = () => (count += 1);
  export const flow = async () => {
    await gate();
    onRoll((called) => called.push('${name} ${version} late'));
    return '${name} ${version} ' + bump();
  };
  export const text = () => '${name} ${version}';
  export const kept = state('kept', () => ({ madeBy: ${version} }));
  export const list = state('list', () => [new Thing(), new Thing()]);
  export const first = list[0].mood;
  export const alive = () => signal.aborted;
  export const current = live(() => '${name} ${version}');

  onRoll((called) => called.push('${name} ${version}'));
  define('${name}', { version: ${version} });
  define('${name} ${version}', { version: ${version} });
  setInterval(() => log('${name} ${version} every'), 1_000);
  setTimeout(() => log('${name} ${version} once'), 5_000);
  task('${name} loop', async ({ sleep }) => { for (;;) await sleep(700); });
  export const wait = schedule('${name} wait', () => log('${name} ${version} waited'));
  listen(bus, 'event', () => log('${name} ${version} heard'));
  effect(() => { log('${name} ${version} up'); return () => log('${name} ${version} down'); });
  ${more}
`;

/** A module that says everything through `import.meta.hot`, and hands nothing over before the point of no return. */
const hot = (name: string, version: number, more = ''): string => `
  import { log, onRoll } from '@proof/api';
  export const text = () => '${name} ${version}';
  export const data = () => import.meta.hot.data;
  onRoll((called) => called.push('${name} ${version}'));
  import.meta.hot.accept(() => log('${name} ${version} handed over'));
  import.meta.hot.dispose((data) => { data.${name} = ${version}; log('${name} ${version} disposed of'); });
  import.meta.hot.prune(() => log('${name} ${version} pruned'));
  import.meta.hot.on('roll', (called) => called.push('${name} ${version} heard'));
  ${more}
`;

export const graphs: readonly Graph[] = [
  {
    name: 'what comes from Vite',
    modules: {
      'below.ts': 'export let below = 1; export const bump = () => (below += 1);',
      'rules.ts': hot('rules', 1, "import './below.ts';"),
      'left.ts': hot('left', 1),
      'main.ts': hot(
        'main',
        1,
        "import './rules.ts'; import './left.ts'; import.meta.hot.accept('./rules.ts', () => log('main told'));",
      ),
      'keeper.ts': `
        import { log } from '@proof/api';
        import { below } from './below.ts';
        export const now = () => below;
        Object.assign(import.meta.hot.data, { one: 1, two: 2, three: 3 });
        export const data = () => import.meta.hot.data;
        import.meta.hot.accept('./below.ts', ({ below }) => log('keeper told ' + below));
      `,
      'taker.ts': `
        Object.assign(import.meta.hot.data, { one: 1, two: 2, three: 3 });
        export const data = () => import.meta.hot.data;
      `,
    },
    entries: ['main.ts', 'keeper.ts', 'taker.ts'],
    change: {
      'below.ts': 'export let below = 2; export const bump = () => (below += 2); import.meta.hot.invalidate();',
      'main.ts': hot('main', 2, "import './rules.ts'; import.meta.hot.accept('./rules.ts', () => log('main told'));"),
      'taker.ts': `
        const { data: taken } = import.meta.hot;
        delete taken.one;
        taken.two = 3;
        taken.four = Object.keys(taken).join();
        export const data = () => import.meta.hot.data;
      `,
    },
  },
  {
    name: 'what comes from Vite, while it is awaited',
    early: true,
    modules: {
      'below.ts': 'export const below = 1;',
      'main.ts': `
        import './below.ts';
        Object.assign(import.meta.hot.data, { one: 1, two: 2, three: 3 });
        export const data = () => import.meta.hot.data;
        import.meta.hot.accept();
        import.meta.hot.on('roll', (called) => called.push('main 1 heard'));
      `,
    },
    entries: ['main.ts'],
    change: {
      'main.ts': `
        import './below.ts';
        const { data: taken } = import.meta.hot;
        taken.two = 3;
        await null;
        taken.four = Object.keys(taken).join();
        delete taken.four;
        export const data = () => import.meta.hot.data;
        import.meta.hot.on('roll', (called) => called.push('main 2 heard'));
      `,
    },
  },
  {
    name: 'one module that owns everything',
    modules: { 'main.ts': owner('main', 1) },
    entries: ['main.ts'],
    change: { 'main.ts': owner('main', 2) },
  },
  {
    name: 'a chain whose end changes and whose importers observe it',
    modules: {
      'base.ts': owner('base', 1),
      'middle.ts': `import { text as base } from './base.ts'; export const seen = base(); ${owner('middle', 1)}`,
      'main.ts': `import { seen } from './middle.ts'; import * as base from './base.ts'; export const both = () => [seen, base.text()]; ${owner('main', 1)}`,
    },
    entries: ['main.ts'],
    change: { 'base.ts': owner('base', 2) },
  },
  {
    name: 'names that come, go and lead elsewhere, behind re-exports',
    modules: {
      'one.ts': "export const hit = () => 'one'; export const only = 1;",
      'two.ts': "export const hit = () => 'two'; export const more = 2;",
      'barrel.ts': "export { hit } from './one.ts'; export * as inner from './one.ts'; export * from './two.ts';",
      'main.ts': `import * as all from './barrel.ts'; import { hit } from './barrel.ts';
        export const names = () => Object.keys(all); export const space = () => all; export const inner = () => all.inner; export const use = () => hit();`,
    },
    entries: ['main.ts', 'barrel.ts'],
    change: {
      'barrel.ts':
        "export { hit } from './two.ts'; export * as inner from './two.ts'; export * from './one.ts'; export const extra = 1;",
      'two.ts': "export const hit = () => 'two again'; export const less = 3;",
    },
  },
  {
    name: 'a cycle',
    modules: {
      'left.ts': `import { right } from './right.ts'; export function left() { return 'left 1' + typeof right; } ${owner('left', 1)}`,
      'right.ts': `import { left } from './left.ts'; export function right() { return 'right 1' + typeof left; } ${owner('right', 1)}`,
    },
    entries: ['left.ts'],
    change: {
      'right.ts': `import { left } from './left.ts'; export function right() { return 'right 2' + left(); } ${owner('right', 2)}`,
    },
  },
  {
    name: 'modules that come, go, move and change places',
    modules: {
      'a.ts': owner('a', 1),
      'b.ts': owner('b', 1),
      'c.ts': owner('c', 1),
      'orc.ts': owner('orc', 1),
      'main.ts': "import './a.ts'; import './b.ts'; import './c.ts'; export { text } from './orc';",
    },
    entries: ['main.ts', 'a.ts', 'c.ts'],
    change: {
      'b.ts': null,
      'orc.ts': null,
      'orc/index.ts': owner('orc', 2),
      'new.ts': owner('new', 1),
      'main.ts': "import './c.ts'; import './new.ts'; import './a.ts'; export { text } from './orc';",
    },
  },
  {
    name: 'slots that migrate, move and appear',
    modules: {
      'bag.ts': `
        import { state } from 'rekindle/script';
        export const bag = state('bag', () => ({ gold: 1 }));
        export const old = state('old', () => ({ from: 'here' }));
      `,
      'main.ts': "import { bag } from './bag.ts'; export const shape = Object.keys(bag); export const now = () => bag;",
    },
    entries: ['main.ts', 'bag.ts'],
    change: {
      'bag.ts': `
        import { state } from 'rekindle/script';
        export const bag = state('bag', () => ({ gold: 1 }), { version: 2, up: { 2: (before: any) => ({ ...before, silver: 0 }) }, down: { 2: ({ gold }: any) => ({ gold }) } });
        export const old = 0;
        export const fresh = state('fresh', () => ({ made: true }));
      `,
      'heir.ts':
        "import { state } from 'rekindle/script'; export const taken = state('taken', () => ({}), { from: 'bag.ts#old' });",
      'main.ts':
        "import './heir.ts'; import { bag } from './bag.ts'; export const shape = Object.keys(bag); export const now = () => bag;",
    },
  },
  {
    name: 'bodies that await, and what they import',
    modules: {
      'plugin.ts': owner('plugin', 1),
      'base.ts': "export const base = 'base 1';",
      'helper.ts': "import { base } from './base.ts'; export const help = () => base;",
      'main.ts': `import { help } from './helper.ts'; await null; export const helped = help(); ${owner('main', 1)}`,
    },
    entries: ['main.ts'],
    change: {
      'base.ts': "export const base = 'base 2';",
      'main.ts': `import { help } from './helper.ts'; const { text: plugged } = await import('./plugin.ts'); export const helped = help() + plugged(); ${owner('main', 2)}`,
    },
  },
  {
    name: 'a file that a transform makes a module of',
    modules: {
      'prices.rows': 'sword 3',
      'main.ts': `import rows from './prices.rows'; export const prices = rows; ${owner('main', 1)}`,
    },
    entries: ['main.ts', 'prices.rows'],
    change: { 'prices.rows': 'sword 4' },
  },
  {
    name: 'effects that are set up again without their modules',
    modules: {
      'port.ts': 'export const port = 1;',
      'a.ts': `
        import { port } from './port.ts';
        ${owner('a', 1, "effect(() => { const at = port; log('a server ' + at); setInterval(() => log('a beat ' + at), 900); effect(() => () => log('a inner')); return () => log('a server closed ' + at); });")}
      `,
      'b.ts': `
        import { effect } from 'rekindle/script';
        import { log, onRoll } from '@proof/api';
        import { port } from './port.ts';
        effect(() => { const at = port; onRoll((called) => called.push('b at ' + at)); return () => log('b closed ' + at); });
      `,
      'main.ts': "import './a.ts'; import './b.ts'; export { text } from './a.ts';",
    },
    entries: ['main.ts', 'a.ts', 'b.ts'],
    change: { 'port.ts': `export const port = 2; ${owner('port', 1)}` },
  },
  {
    name: 'everything again',
    modules: {
      'a.ts': owner('a', 1),
      'b.ts': `import { text as a } from './a.ts'; export const seen = a(); ${owner('b', 1)}`,
      'main.ts': "export { seen } from './b.ts';",
    },
    entries: ['main.ts', 'a.ts', 'b.ts'],
    change: {},
    how: 'reload all',
  },
  {
    name: 'an unload with all that imports it',
    modules: {
      'a.ts': owner('a', 1),
      'b.ts': `import { text as a } from './a.ts'; export const seen = a(); ${owner('b', 1)}`,
      'c.ts': owner('c', 1),
    },
    entries: ['c.ts', 'b.ts'],
    change: {},
    how: 'unload',
  },
];
