/** `import.meta.hot`: what is said, by whom, to whom; and modules that cannot handle an update. */
import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { committed, evaluated, hostOf, type Modules, refused, settled } from './stories.ts';

async function logged(modules: Modules, entries: readonly string[] = ['main.ts']) {
  const log: unknown[] = [];
  const t = await hostOf(modules, { modules: { '@game/api': { log: (value: unknown) => void log.push(value) } } });
  for (const entry of entries) await t.import(entry);
  return { t, news: () => log.splice(0) };
}

const LOG = "import { log } from '@game/api';";

describe('on(event, callback)', () => {
  const listener = (name: string) => `${LOG} import.meta.hot.on('weather', (weather) => log(['${name}', weather]));`;

  it('hears what the game sends, in evaluation order of the modules', async () => {
    const { t, news } = await logged({
      'deep.ts': listener('deep'),
      'main.ts': `import './deep.ts'; ${listener('main')} import.meta.hot.on('weather', () => log('main again'));`,
    });
    const rain = { rain: true };
    t.host.send('weather', rain);
    expect(news()).toEqual([['deep', rain], ['main', rain], 'main again']);
    t.host.send('weather');
    expect(news()).toEqual([['deep', undefined], ['main', undefined], 'main again']);
    t.host.send('something else');
    expect(news()).toEqual([]);
  });

  it('belongs to the version: never doubled, gone with it, there after a refusal', async () => {
    const { t, news } = await logged({ 'main.ts': listener('one') });
    refused(await t.change({ 'main.ts': `${listener('two')} throw new Error('no');` }));
    t.host.send('weather', 1);
    expect(news()).toEqual([['one', 1]]);
    committed(await t.change({ 'main.ts': listener('three') }));
    t.host.send('weather', 2);
    expect(news()).toEqual([['three', 2]]);
    committed(await t.change({ 'main.ts': 'export const a = 1;' }));
    t.host.send('weather', 3);
    expect(news()).toEqual([]);
  });

  it('keeps to its namespace', async () => {
    const { t, news } = await logged({ 'main.ts': listener('heard') });
    const room = await t.host.namespace('room', { entries: ['main.ts'] });
    t.host.send('weather', 'main');
    room.send('weather', 'room');
    expect(news()).toEqual([
      ['heard', 'main'],
      ['heard', 'room'],
    ]);
    await room.dispose();
    expect(() => room.send('weather')).toThrow(expect.objectContaining({ code: 'NAMESPACE_DISPOSED' }));
  });

  it('a callback that throws is told with its module, and the others hear', async () => {
    const { t, news } = await logged({
      'main.ts': `import.meta.hot.on('weather', () => { throw new Error('no'); }); ${listener('next')}`,
    });
    t.host.send('weather', 1);
    await settled();
    expect(news()).toEqual([['next', 1]]);
    const [error] = t.events.filter(({ type }) => type === 'script:error');
    expect(error).toMatchObject({ module: 'main.ts', where: "hot.on('weather')", place: { line: 1 } });
  });

  it('is ended by off', async () => {
    const { t, news } = await logged({
      'main.ts': `
        ${LOG}
        const heard = () => log('heard');
        import.meta.hot.on('weather', heard);
        import.meta.hot.on('end', () => import.meta.hot.off('weather', heard));
        import.meta.hot.off('never', heard);
      `,
    });
    t.host.send('weather');
    t.host.send('end');
    t.host.send('weather');
    expect(news()).toEqual(['heard']);
  });
});

describe('on, in an effect', () => {
  it('is not doubled when a refusal sets the effect up again', async () => {
    const { t, news } = await logged({
      'rules.ts': 'export const a = 1;',
      'main.ts': `
        ${LOG}
        import { effect } from 'rekindle/script';
        import { a } from './rules.ts';
        export const twice = a * 2;
        effect(() => {
          import.meta.hot.on('weather', () => log('heard'));
          return () => log('down');
        });
      `,
    });
    const bad =
      "import { effect } from 'rekindle/script'; export const a = 2; effect(() => { throw new Error('no'); });";
    refused(await t.change({ 'rules.ts': bad }));
    expect(news()).toEqual(['down']);
    t.host.send('weather');
    expect(news()).toEqual(['heard']);
  });
});

describe('send(event, data)', () => {
  it('tells the game: an event with module, name and data', async () => {
    const { t } = await logged({
      'main.ts': "export const tell = () => import.meta.hot.send('score', { gold: 7 });",
    });
    const { tell } = await t.import<{ tell(): void }>('main.ts');
    tell();
    await settled();
    expect(t.events.at(-1)).toMatchObject({
      type: 'script:message',
      namespace: 'main',
      module: 'main.ts',
      revision: expect.stringMatching(/^[0-9a-f]{64}$/),
      event: 'score',
      data: { gold: 7 },
    });
  });
});

describe("Vite's own events", () => {
  const ear = (...events: string[]) =>
    `${LOG} ${events.map((event) => `import.meta.hot.on('${event}', (payload) => log(['${event}', payload]));`).join('\n')}`;

  it('vite:beforeUpdate goes to the versions that run until then, vite:afterUpdate to those that run from then on', async () => {
    const { t, news } = await logged(
      {
        'deep.ts': 'export let deep = 1;',
        'rules.ts': "import { deep } from './deep.ts'; export const read = () => deep;",
        'main.ts': "import './rules.ts'; import.meta.hot.accept('./rules.ts', () => {});",
        'ear.ts': ear('vite:beforeUpdate', 'vite:afterUpdate'),
      },
      ['main.ts', 'ear.ts'],
    );
    committed(await t.change({ 'deep.ts': 'export let deep = 2;' }));
    const update = (path: string, acceptedPath = path) => ({
      type: 'js-update',
      path,
      acceptedPath,
      timestamp: expect.any(Number),
    });
    const payload = { type: 'update', updates: [update('main.ts', 'rules.ts'), update('deep.ts')] };
    expect(news()).toEqual([
      ['vite:beforeUpdate', payload],
      ['vite:afterUpdate', payload],
    ]);
    committed(await t.change({ 'ear.ts': ear('vite:afterUpdate') }));
    const edited = { type: 'update', updates: [update('ear.ts')] };
    expect(news()).toEqual([
      ['vite:beforeUpdate', edited],
      ['vite:afterUpdate', edited],
    ]);
  });

  it('nothing is said when a module is only loaded', async () => {
    const { t, news } = await logged({ 'ear.ts': ear('vite:beforeUpdate', 'vite:afterUpdate'), 'main.ts': '' }, [
      'ear.ts',
    ]);
    await t.import('main.ts');
    expect(news()).toEqual([]);
  });

  it('vite:error carries the first fault of a refused release', async () => {
    const { t, news } = await logged({
      'rules.ts': 'export const a = 1;',
      'main.ts': `import './rules.ts'; ${ear('vite:error')}`,
    });
    refused(await t.change({ 'rules.ts': 'export const a = 2;\nthrow new Error("no");' }));
    expect(news()).toMatchObject([
      [
        'vite:error',
        {
          type: 'error',
          err: {
            message: 'Error: no',
            stack: expect.stringContaining('rules.ts:2'),
            id: 'rules.ts',
            frame: expect.stringContaining('throw new Error'),
            loc: { file: 'rules.ts', line: 2, column: 7 },
            plugin: 'rekindle',
            pluginCode: 'BODY_THREW',
          },
        },
      ],
    ]);
  });
});

describe('invalidate(message)', () => {
  it('lets the importers run, in a transaction after the present one', async () => {
    const { t, news } = await logged({
      'rules.ts': `
        export let damage = 1;
        import.meta.hot.accept((next) => { if (next.damage > 5) import.meta.hot.invalidate('too much'); });
      `,
      'main.ts': `
        ${LOG}
        import { damage } from './rules.ts';
        log('main');
        export const hit = () => damage;
        import.meta.hot.on('vite:invalidate', (payload) => log(payload));
      `,
    });
    news();
    const rules = (damage: number) => `
      export let damage = ${damage};
      import.meta.hot.accept((next) => { if (next.damage > 5) import.meta.hot.invalidate('too much'); });
    `;
    expect(evaluated(await t.change({ 'rules.ts': rules(2) }))).toEqual(['rules.ts']);
    await settled();
    expect(news()).toEqual([]);
    expect(evaluated(await t.change({ 'rules.ts': rules(6) }))).toEqual(['rules.ts']);
    await settled();
    expect(news()).toEqual([{ path: 'rules.ts', message: 'too much', firstInvalidatedBy: 'rules.ts' }, 'main']);
    const [, second] = t.events.filter((event) => event.type === 'reload:committed').slice(-2);
    expect(second).toMatchObject({
      cause: 'invalidate',
      modules: [],
      evaluated: ['main.ts'],
      reasons: { 'main.ts': "imports 'rules.ts' (too much), which was invalidated" },
      release: t.host.release,
    });
  });

  it('in a body counts if the release commits', async () => {
    const { t, news } = await logged({
      'rules.ts': 'export const a = 1;',
      'main.ts': `${LOG} import './rules.ts'; log('main');`,
    });
    news();
    refused(await t.change({ 'rules.ts': "import.meta.hot.invalidate(); throw new Error('no');" }));
    await settled();
    expect(news()).toEqual([]);
    committed(await t.change({ 'rules.ts': 'export const a = 2; import.meta.hot.invalidate();' }));
    await settled();
    expect(news()).toEqual(['main']);
  });

  it('in an accept callback is forgotten where a later one refuses the release', async () => {
    const { t, news } = await logged(
      {
        'rules.ts': 'export const a = 1; import.meta.hot.accept(() => import.meta.hot.invalidate());',
        'main.ts': `${LOG} import './rules.ts'; log('main');`,
        'strict.ts': "import './other.ts'; import.meta.hot.accept('./other.ts', () => { throw new Error('no'); });",
        'other.ts': 'export const a = 1;',
      },
      ['main.ts', 'strict.ts'],
    );
    news();
    refused(await t.change({ 'rules.ts': 'export const a = 2;', 'other.ts': 'export const a = 2;' }));
    await settled();
    expect(news()).toEqual([]);
  });

  it('from running code, and from a version that was replaced, runs the importers of now', async () => {
    const { t, news } = await logged({
      'rules.ts': 'export const give = () => import.meta.hot.invalidate();',
      'main.ts': `${LOG} import { give } from './rules.ts'; log('main'); export const call = () => give();`,
    });
    const main = await t.import<{ call(): void }>('main.ts');
    const { give } = { ...(await t.import<{ give(): void }>('rules.ts')) };
    main.call();
    await settled();
    expect(news()).toEqual(['main', 'main']);
    committed(await t.change({ 'rules.ts': 'export const give = () => 1; // another' }));
    news();
    give();
    await settled();
    expect(news()).toEqual(['main']);
  });

  it('several of one step become one transaction', async () => {
    const { t, news } = await logged({
      'a.ts': 'export const a = 1;',
      'b.ts': 'export const b = 1;',
      'main.ts': `${LOG} import './a.ts'; import './b.ts'; log('main');`,
    });
    news();
    const text = 'export const c = 2; import.meta.hot.invalidate();';
    committed(await t.change({ 'a.ts': text, 'b.ts': text }));
    await settled();
    expect(news()).toEqual(['main']);
  });

  it('goes on upwards, and ends where it comes back to a module', async () => {
    const { t, news } = await logged(
      {
        'a.ts': `${LOG} import './b.ts'; log('a'); import.meta.hot.invalidate('a');`,
        'b.ts': `${LOG} import './a.ts'; log('b'); import.meta.hot.invalidate('b');`,
        'ear.ts': `${LOG} import.meta.hot.on('vite:invalidate', ({ path, firstInvalidatedBy }) => log([path, firstInvalidatedBy]));`,
      },
      ['ear.ts', 'b.ts'],
    );
    await settled();
    // the first load invalidates both at once; each lets the other run, and both are in the chain then
    expect(news()).toEqual([
      'a',
      'b',
      ['a.ts', 'a.ts'],
      ['b.ts', 'b.ts'],
      'a',
      'b',
      ['a.ts', 'a.ts'],
      ['b.ts', 'a.ts'],
    ]);
    const [first] = t.events.filter(({ type }) => type === 'reload:refused');
    expect(first).toMatchObject({
      cause: 'invalidate',
      diagnostics: [{ code: 'HOT_INVALIDATION_CIRCLE', module: 'a.ts' }],
    });
  });

  it('whose importers do not run is refused: what has been committed stands', async () => {
    const { t } = await logged({
      'rules.ts': 'export let damage = 1;',
      'main.ts': `
        import { damage } from './rules.ts';
        if (import.meta.hot.data.ran) throw new Error('only once');
        import.meta.hot.data.ran = true;
        export const hit = () => damage;
      `,
    });
    const main = await t.import<{ hit(): number }>('main.ts');
    const rules = 'export let damage = 2; import.meta.hot.invalidate();';
    expect(evaluated(await t.change({ 'rules.ts': rules }))).toEqual(['rules.ts']);
    await settled();
    expect(main.hit()).toBe(2);
    expect(t.events.at(-1)).toMatchObject({
      type: 'reload:refused',
      cause: 'invalidate',
      diagnostics: [{ code: 'BODY_THREW', module: 'main.ts' }],
    });
    const status = await firstValueFrom(t.host.status$);
    expect(status.namespaces[0]).not.toHaveProperty('refused'); // the newest release runs
  });

  it('asks for nothing where nobody imports the module, or it is gone', async () => {
    const { t } = await logged({
      'main.ts': 'export const give = () => import.meta.hot.invalidate();',
      'other.ts': '',
    });
    const { give } = { ...(await t.import<{ give(): void }>('main.ts')) };
    give();
    await t.import('other.ts');
    committed(await t.host.unload('main.ts'));
    give();
    await settled();
    expect(t.events.filter((event) => 'cause' in event && event.cause === 'invalidate')).toEqual([]);
  });

  it('called by way of a body of another module waits for that release', async () => {
    const { t, news } = await logged(
      {
        'rules.ts': 'export const give = () => import.meta.hot.invalidate();',
        'main.ts': `${LOG} import './rules.ts'; log('main');`,
        'caller.ts': 'export const a = 1;',
      },
      ['main.ts', 'caller.ts'],
    );
    news();
    refused(await t.change({ 'caller.ts': "import { give } from './rules.ts'; give(); throw new Error('no');" }));
    await settled();
    expect(news()).toEqual([]);
    committed(
      await t.change({
        'caller.ts':
          "import { give } from './rules.ts'; export const a = 1; if (globalThis.once !== true) { globalThis.once = true; give(); }",
      }),
    );
    await settled();
    expect(news()).toEqual(['main']);
  });

  it('while the host closes asks for nothing', async () => {
    const { t } = await logged({
      'rules.ts': 'import.meta.hot.dispose(() => import.meta.hot.invalidate());',
      'main.ts': "import './rules.ts';",
    });
    await t.close();
    await settled();
  });
});
