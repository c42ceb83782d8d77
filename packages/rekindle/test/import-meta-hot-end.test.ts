/** `import.meta.hot`: how versions end and hand over, and what a refusal leaves. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { type Calls, codes, committed, deferred, hostOf, type Modules, refused, settled } from './stories.ts';

async function logged(modules: Modules, more: Record<string, unknown> = {}) {
  const log: unknown[] = [];
  const t = await hostOf(modules, {
    modules: { '@game/api': { log: (value: unknown) => void log.push(value), ...more } },
    entries: ['main.ts'],
  });
  return { t, news: () => log.splice(0) };
}

const LOG = "import { log } from '@game/api';";

describe('dispose(callback)', () => {
  it('runs at the point of no return, every one of them in order, with the data', async () => {
    const { t, news } = await logged({
      'main.ts': `
        ${LOG}
        import.meta.hot.dispose((data) => { data.count = 1; log('one'); });
        import.meta.hot.dispose((data) => log(['two', data.count]));
      `,
    });
    expect(news()).toEqual([]);
    committed(
      await t.change({ 'main.ts': `${LOG} log('next'); export const read = () => import.meta.hot.data.count;` }),
    );
    expect(news()).toEqual(['next', 'one', ['two', 1]]);
    expect((await t.import<Calls<'read'>>('main.ts')).read()).toBe(1);
  });

  it('that throws stops nothing, and is told', async () => {
    const { t, news } = await logged({
      'main.ts': `
        ${LOG}
        import.meta.hot.dispose(() => { throw new Error('no'); });
        import.meta.hot.dispose(() => log('the next one'));
      `,
    });
    committed(await t.change({ 'main.ts': 'export const a = 1;' }));
    await settled();
    expect(news()).toEqual(['the next one']);
    const [error] = t.events.filter(({ type }) => type === 'script:error');
    expect(error).toMatchObject({ module: 'main.ts', where: 'hot.dispose', error: { message: 'no' } });
  });

  it('may return a promise: it is watched, not awaited', async () => {
    const gate = deferred();
    const { t, news } = await logged(
      {
        'main.ts': `${LOG}
          import { gate } from '@game/api';
          import.meta.hot.dispose(async () => { await gate; log('disposed'); throw new Error('late'); });
        `,
      },
      { gate: gate.promise },
    );
    committed(await t.change({ 'main.ts': `${LOG} log('next');` }));
    expect(news()).toEqual(['next']);
    gate.resolve();
    await settled();
    expect(news()).toEqual(['disposed']);
    expect(t.events.at(-1)).toMatchObject({ type: 'script:error', where: 'hot.dispose', error: { message: 'late' } });
  });

  it('importers first', async () => {
    const { t, news } = await logged({
      'deep.ts': `${LOG} export const deep = 1; import.meta.hot.dispose(() => log('deep'));`,
      'main.ts': `${LOG} import { deep } from './deep.ts'; export const a = deep; import.meta.hot.dispose(() => log('main'));`,
    });
    committed(await t.host.reloadAll());
    expect(news()).toEqual(['main', 'deep']);
  });

  it('does not run for a refused release, and runs once for the next', async () => {
    const { t, news } = await logged({ 'main.ts': `${LOG} import.meta.hot.dispose(() => log('disposed'));` });
    refused(await t.change({ 'main.ts': 'throw new Error("no");' }));
    expect(news()).toEqual([]);
    committed(await t.change({ 'main.ts': 'export const a = 1;' }));
    expect(news()).toEqual(['disposed']);
  });
});

describe('data', () => {
  it("hands state over in Vite's idiom: a look of the new body at it calls the dispose callbacks first", async () => {
    const version = (number: number) => `
      ${LOG}
      const timer = { by: import.meta.hot.data.timer?.by ?? ${number} };
      log(['body', ${number}, timer.by]);
      import.meta.hot.dispose((data) => { data.timer = timer; log(['disposed', ${number}]); });
    `;
    const { t, news } = await logged({ 'main.ts': version(1) });
    committed(await t.change({ 'main.ts': version(2) }));
    committed(await t.change({ 'main.ts': version(3) }));
    expect(news()).toEqual([
      ['body', 1, 1],
      ['disposed', 1],
      ['body', 2, 1],
      ['disposed', 2],
      ['body', 3, 1],
    ]);
  });

  it('is one object over all versions, also where one of them does not look at it', async () => {
    const { t } = await logged({ 'main.ts': 'import.meta.hot.data.a = 1; globalThis.first = import.meta.hot.data;' });
    committed(await t.change({ 'main.ts': 'export const a = 1;' }));
    committed(
      await t.change({
        'main.ts': 'export const is = [globalThis.first === import.meta.hot.data, import.meta.hot.data];',
      }),
    );
    const { is } = await t.import<{ is: unknown[] }>('main.ts');
    expect(is).toEqual([true, { a: 1 }]);
  });

  it('belongs to the module: others have their own', async () => {
    const { t } = await logged({
      'other.ts': 'import.meta.hot.data.a = 1; export const data = import.meta.hot.data;',
      'main.ts': "import { data } from './other.ts'; export const r = [data, import.meta.hot.data];",
    });
    expect((await t.import<{ r: unknown }>('main.ts')).r).toEqual([{ a: 1 }, {}]);
  });

  it('is as it was after a refusal, which says that the version has handed over', async () => {
    const { t, news } = await logged({
      'main.ts': `
        ${LOG}
        Object.assign(import.meta.hot.data, { kept: 1, changed: 1, gone: 1, last: 1 });
        import.meta.hot.dispose((data) => { data.handed = true; log('disposed'); });
        export const data = () => import.meta.hot.data;
      `,
    });
    const { data } = await t.import<Calls<'data', object>>('main.ts');
    const next = `
      import.meta.hot.data.changed = 2;
      delete import.meta.hot.data.gone;
      import.meta.hot.data.added = true;
      throw new Error('no');
    `;
    const diagnostics = refused(await t.change({ 'main.ts': next }));
    expect(codes(diagnostics)).toEqual(['BODY_THREW', 'HOT_DISPOSED']);
    expect(diagnostics[1]).toMatchObject({ module: 'main.ts' });
    expect(Object.entries(data())).toEqual([
      ['kept', 1],
      ['changed', 1],
      ['gone', 1],
      ['last', 1],
    ]);
    committed(await t.change({ 'main.ts': 'export const a = 1;' }));
    expect(news()).toEqual(['disposed', 'disposed']); // the version ran on meanwhile
  });

  it('is as it was where nothing is handed over, and then nothing need be said', async () => {
    const { t } = await logged({
      'main.ts': 'import.meta.hot.data.a = 1; export const data = () => import.meta.hot.data;',
    });
    const { data } = await t.import<Calls<'data', object>>('main.ts');
    const diagnostics = refused(await t.change({ 'main.ts': 'import.meta.hot.data.a = 2; throw new Error("no");' }));
    expect(codes(diagnostics)).toEqual(['BODY_THREW']);
    expect(data()).toEqual({ a: 1 });
  });

  it('is as it was when the refusal comes from another module', async () => {
    const { t } = await logged({
      'a.ts': 'import.meta.hot.data.a = 1; export const data = () => import.meta.hot.data;',
      'main.ts': "export { data } from './a.ts';",
    });
    const { data } = await t.import<Calls<'data', object>>('main.ts');
    refused(
      await t.change({
        'a.ts': 'import.meta.hot.data.a = 2; export const data = () => import.meta.hot.data;',
        'main.ts': "export { data } from './a.ts'; throw new Error('no');",
      }),
    );
    expect(data()).toEqual({ a: 1 });
  });

  it('of a body that awaits: what the running version writes meanwhile stays', async () => {
    const gate = deferred();
    const { t } = await logged(
      {
        'main.ts': `
          Object.assign(import.meta.hot.data, { a: 1, b: 1 });
          export const write = (key, value) => { import.meta.hot.data[key] = value; };
          export const data = () => import.meta.hot.data;
        `,
      },
      { gate: gate.promise },
    );
    const main = await t.import<Calls<'data' | 'write', object> & { write(key: string, value: unknown): void }>(
      'main.ts',
    );
    const { data, write } = { ...main };
    const changing = t.change({
      'main.ts': `
        import { gate } from '@game/api';
        const { data } = import.meta.hot;
        data.a = 2; data.new = 2; data.b = 2;
        await gate;
        data.later = 2;
        throw new Error('no');
      `,
    });
    await settled();
    expect(data()).toEqual({ a: 2, b: 2, new: 2 });
    write('b', 3);
    write('own', 3);
    gate.resolve();
    refused(await changing);
    expect(data()).toEqual({ a: 1, b: 3, own: 3 });
  });

  it('of a body that awaits goes over with the commit', async () => {
    const { t, news } = await logged({
      'main.ts': `${LOG} import.meta.hot.dispose((data) => { data.a = 1; log('disposed'); });`,
    });
    committed(
      await t.change({
        'main.ts':
          'await null; import.meta.hot.data.b = import.meta.hot.data.a + 1; export const data = () => import.meta.hot.data;',
      }),
    );
    expect(news()).toEqual(['disposed']);
    expect((await t.import<Calls<'data'>>('main.ts')).data()).toEqual({ a: 1, b: 2 });
  });

  it('is told where what looked at it was given up, whatever for', async () => {
    const held: (() => unknown)[] = [];
    let act: (apply: () => unknown) => void = (apply) => void apply();
    const t = await hostOf(
      {
        'main.ts':
          'import.meta.hot.data.a = 1; import.meta.hot.dispose(() => {}); export const data = () => import.meta.hot.data;',
      },
      { entries: ['main.ts'], activate: (apply) => act(apply) },
    );
    const { data } = await t.import<Calls<'data', object>>('main.ts');
    const next = 'await null; import.meta.hot.data.a = 2; export const data = () => import.meta.hot.data;';
    act = () => {
      throw new Error('not now');
    };
    expect(codes(refused(await t.change({ 'main.ts': next })))).toEqual(['ACTIVATE_THREW', 'HOT_DISPOSED']);
    expect(data()).toEqual({ a: 1 });

    act = (apply) => void held.push(apply);
    const superseded = t.host.sync();
    await settled();
    expect([data(), held.length]).toEqual([{ a: 2 }, 1]);
    act = (apply) => void apply();
    committed(await t.change({ 'main.ts': 'export const data = () => import.meta.hot.data;' }));
    await superseded;
    expect((await t.import<Calls<'data', object>>('main.ts')).data()).toEqual({ a: 1 });
    const errors = t.events.filter(({ type }) => type === 'script:error');
    expect(errors).toMatchObject([{ module: 'main.ts', where: 'hot.dispose', error: { code: 'HOT_DISPOSED' } }]);
  });

  it('is exactly as it was, whatever a refused version and the dispose callbacks did', async () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd');
    const step = fc.oneof(
      fc.tuple(fc.constant('set'), key, fc.integer({ min: 0, max: 3 })),
      fc.tuple(fc.constant('delete'), key, fc.constant(0)),
      fc.tuple(fc.constant('define'), key, fc.integer({ min: 0, max: 3 })),
    );
    const script = (steps: readonly (readonly [string, string, number])[]) =>
      steps
        .map(([act, name, value]) => {
          if (act === 'set') return `Reflect.set(data, '${name}', ${value});`; // an accessor is no error
          if (act === 'delete') return `delete data.${name};`;
          return `Object.defineProperty(data, '${name}', { get: () => ${value}, configurable: true });`;
        })
        .join('\n');
    const steps = fc.array(step, { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(steps, steps, steps, fc.boolean(), async (first, disposal, second, awaits) => {
        const t = await hostOf(
          {
            'main.ts': `
              const { data } = import.meta.hot;
              ${script(first)}
              import.meta.hot.dispose((data) => { ${script(disposal)} });
              export const keys = () => Object.getOwnPropertyDescriptors(data);
            `,
          },
          { entries: ['main.ts'] },
        );
        const { keys } = await t.import<Calls<'keys', Record<string, PropertyDescriptor>>>('main.ts');
        const before = keys();
        const next = `${awaits ? 'await null;' : ''} const { data } = import.meta.hot; ${script(second)} throw new Error('no');`;
        const diagnostics = refused(await t.change({ 'main.ts': next }));
        expect(codes(diagnostics)).toEqual(['BODY_THREW', 'HOT_DISPOSED']);
        expect(keys()).toEqual(before);
        if (!awaits) expect(Object.keys(keys())).toEqual(Object.keys(before));
        await t.close();
      }),
      { numRuns: 40 },
    );
  }, 60_000);
});

describe('data of a release that is prepared again', () => {
  /** A release whose body looks, and imports then what no plan could foresee: its second attempt commits or not. */
  async function shopOf({
    help = '',
    inAttempt = () => {},
  }: {
    help?: string;
    inAttempt?: (attempt: number) => unknown;
  } = {}) {
    let attempts = 0;
    const again = () => {
      attempts += 1;
      return inAttempt(attempts);
    };
    const { t, news } = await logged(
      {
        'main.ts': `
          ${LOG}
          Object.assign(import.meta.hot.data, { old: 1 });
          let count = 7;
          import.meta.hot.dispose((data) => { data.count = count; delete data.old; count = 0; log('disposed'); });
          export const data = () => import.meta.hot.data;
        `,
        'help.ts': `import { price } from './price.ts'; export const get = () => price; ${help}`,
        'price.ts': 'export const price = 1;',
      },
      { again },
    );
    await t.import('help.ts');
    const before = t.events.length;
    return {
      t,
      news,
      data: (await t.import<Calls<'data', object>>('main.ts')).data,
      change: (main: string) =>
        t.change({
          'main.ts': `
            import { again } from '@game/api';
            ${main}
            export const said = (await import('./help.ts')).get();
            export const data = () => import.meta.hot.data;
          `,
          'price.ts': 'export const price = 2;',
        }),
      attempts: () => attempts,
      errors: () => t.events.slice(before).filter(({ type }) => type === 'script:error'),
    };
  }
  const LOOKS = 'await again(); const { data: mine } = import.meta.hot; mine.looks = (mine.looks ?? 0) + 1;';

  it('is handed over once, and nobody is told of a refusal', async () => {
    const { t, news, change, attempts, errors } = await shopOf();
    committed(await change(LOOKS));
    const { said, data } = await t.import<{ said: number; data(): object }>('main.ts');
    expect([said, data(), attempts()]).toEqual([2, { count: 7, looks: 1 }, 2]);
    expect([news(), errors()]).toEqual([['disposed'], []]);
  });

  it('is handed over also where the body does not look once more', async () => {
    const { t, news, change } = await shopOf({ inAttempt: (attempt) => attempt === 1 });
    committed(await change('if (again()) import.meta.hot.data.looks = 1;'));
    expect((await t.import<Calls<'data'>>('main.ts')).data()).toEqual({ count: 7 });
    expect(news()).toEqual(['disposed']);
  });

  it('is as it was after a refusal, which says so wherever it comes from', async () => {
    const stories = [
      {
        inAttempt: (attempt: number) => {
          if (attempt === 2) throw new Error('no');
        },
        refusal: 'BODY_THREW',
      },
      { help: 'import.meta.hot.decline();', refusal: 'HOT_DECLINED' },
    ];
    for (const { refusal, ...shop } of stories) {
      const { t, news, data, change, errors } = await shopOf(shop);
      expect(codes(refused(await change(LOOKS)))).toEqual([refusal, 'HOT_DISPOSED']);
      expect([data(), news(), errors()]).toEqual([{ old: 1 }, ['disposed'], []]);
      committed(await t.change({ 'main.ts': 'export const a = 1;', 'price.ts': 'export const price = 1;' }));
      expect(news()).toEqual(['disposed']); // the version ran on meanwhile
    }
  });

  it('is as it was where a newer release takes its place, and that is told', async () => {
    const { t, news, data, change, attempts, errors } = await shopOf({
      inAttempt: (attempt) => (attempt === 2 ? new Promise(() => {}) : undefined),
    });
    const superseded = change(LOOKS);
    await vi.waitFor(() => expect(attempts()).toBe(2));
    committed(await t.change({ 'main.ts': 'export const { count } = import.meta.hot.data;' }));
    await superseded;
    expect([data(), news()]).toEqual([{ count: 0 }, ['disposed', 'disposed']]);
    expect(errors()).toMatchObject([{ module: 'main.ts', where: 'hot.dispose', error: { code: 'HOT_DISPOSED' } }]);
  });
});

describe('prune(callback)', () => {
  const RULES = `${LOG}
    import.meta.hot.data.count = 1;
    import.meta.hot.prune((data) => log(['pruned', data]));
    import.meta.hot.dispose((data) => { data.closed = true; log('disposed'); });
    import.meta.hot.on('vite:beforePrune', ({ paths }) => log(['before', paths]));
  `;

  it('runs when no root reaches the module any more: dispose, then prune; the data is gone', async () => {
    const { t, news } = await logged({
      'rules.ts': `${RULES} log(['ran', { ...import.meta.hot.data }]);`,
      'main.ts': "import './rules.ts';",
    });
    expect(news()).toEqual([['ran', { count: 1 }]]);
    committed(await t.change({ 'main.ts': 'export const a = 1;' }));
    expect(news()).toEqual([['before', ['rules.ts']], 'disposed', ['pruned', { count: 1, closed: true }]]);
    committed(await t.change({ 'main.ts': "import './rules.ts';" }));
    expect(news()).toEqual([['ran', { count: 1 }]]);
  });

  it('runs for an unload, and when the host closes', async () => {
    const { t, news } = await logged({ 'rules.ts': RULES, 'main.ts': RULES });
    await t.import('rules.ts');
    committed(await t.host.unload('rules.ts'));
    const pruned = ['disposed', ['pruned', { count: 1, closed: true }]];
    expect(news()).toEqual([['before', ['rules.ts']], ['before', ['rules.ts']], ...pruned]);
    await t.close();
    expect(news()).toEqual([['before', ['main.ts']], ...pruned]);
  });

  it('does not run for an edit', async () => {
    const { t, news } = await logged({ 'main.ts': RULES });
    committed(await t.change({ 'main.ts': 'export const a = 1;' }));
    expect(news()).toEqual(['disposed']);
  });
});

describe('decline()', () => {
  it('refuses a release that would run the module again, with the line of the call', async () => {
    const main = "import { deep } from './deep.ts';\nexport const twice = deep * 2;\nimport.meta.hot.decline();";
    const { t } = await logged({ 'deep.ts': 'export const deep = 1;', 'main.ts': main });
    const declined = { code: 'HOT_DECLINED', module: 'main.ts', line: 3 };
    const [first] = refused(await t.change({ 'main.ts': 'export const twice = 2;' }));
    expect(first).toMatchObject(declined);
    expect(first?.message).toContain("'main.ts' would run again");
    expect(refused(await t.change({ 'main.ts': main, 'deep.ts': 'export const deep = 2;' }))[0]).toMatchObject(
      declined,
    );
    expect(codes(refused(await t.host.reload('main.ts')))).toEqual(['HOT_DECLINED']);
    expect(await t.host.explain('main.ts')).toMatchObject({ declined: true });
    expect(await t.host.explain('deep.ts')).toMatchObject({ declined: false });
  });

  it('lets the module leave, and come again', async () => {
    const { t } = await logged({ 'main.ts': 'export const a = 1; import.meta.hot.decline();' });
    committed(await t.host.unload('main.ts'));
    committed(await t.change({ 'main.ts': 'export const a = 2;' }));
    expect(await t.import('main.ts')).toMatchObject({ a: 2 });
  });
});

describe('what a version leaves behind', () => {
  it('is nothing: versions that were replaced, refused or unloaded are collected', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const seen: WeakRef<object>[] = [];
    const version = (number: number, more = '') => `
      import { see } from '@game/api';
      import './rules.ts';
      const big = { number: ${number}, data: new Array(1_000).fill(0) };
      see(big);
      import.meta.hot.data.count = (import.meta.hot.data.count ?? 0) + 1;
      import.meta.hot.accept(() => big);
      import.meta.hot.accept('./rules.ts', () => big);
      import.meta.hot.dispose(() => big);
      import.meta.hot.prune(() => big);
      import.meta.hot.on('weather', () => big);
      ${more}
    `;
    const { t } = await logged(
      { 'rules.ts': 'export const a = 0;', 'main.ts': version(0) },
      { see: (thing: object) => void seen.push(new WeakRef(thing)) },
    );
    for (let number = 1; number < 10; number++) {
      refused(await t.change({ 'main.ts': version(number, "throw new Error('no');") }));
      committed(await t.change({ 'main.ts': version(number) }));
      committed(await t.change({ 'rules.ts': `export const a = ${number};` }));
    }
    expect(seen).toHaveLength(19);
    const alive = async (most: number) => {
      t.forget();
      const held = () => seen.filter((one) => one.deref() !== undefined).length;
      for (let round = 0; round < 20 && held() > most; round++) {
        await settled();
        gc();
      }
      return held();
    };
    expect(await alive(1)).toBe(1);
    committed(await t.host.unload('main.ts'));
    expect(await alive(0)).toBe(0);
  });
});
