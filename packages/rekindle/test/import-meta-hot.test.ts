import { describe, expect, it } from 'vitest';
import { codes, committed, evaluated, hostOf, type Modules, refused, settled } from './stories.ts';

/** A host whose scripts write into a log. */
async function logged(modules: Modules, entries: readonly string[] = ['main.ts']) {
  const log: unknown[] = [];
  const t = await hostOf(modules, {
    modules: { '@game/api': { log: (...values: unknown[]) => void log.push(values.length > 1 ? values : values[0]) } },
    entries,
  });
  return { t, log };
}

const LOG = "import { log } from '@game/api';";

describe('import.meta.hot.accept', () => {
  it('is there in every script module, with all members', async () => {
    const t = await hostOf({
      'main.ts': `
        export const members: string[] = [];
        if (import.meta.hot) {
          for (const name of ['accept', 'acceptExports', 'dispose', 'prune', 'decline', 'invalidate', 'on', 'off', 'send']) {
            if (typeof import.meta.hot[name] === 'function') members.push(name);
          }
        }
        export const same = import.meta.hot === import.meta.hot;
        export const data = import.meta.hot.data;
      `,
    });
    const main = await t.import<{ members: string[]; same: boolean; data: object }>('main.ts');
    expect(main.members).toHaveLength(9);
    expect([main.same, main.data]).toEqual([true, {}]);
  });

  it('of itself: the module runs again on a change below it, also through a bare import', async () => {
    const { t, log } = await logged({
      'deep.ts': 'export const deep = 1;',
      'middle.ts': "import './deep.ts'; export const middle = 1;",
      'main.ts': `${LOG} import './middle.ts'; log('main ran'); import.meta.hot?.accept();`,
    });
    const outcome = await t.change({ 'deep.ts': 'export const deep = 2;' });
    expect(evaluated(outcome)).toEqual(['deep.ts', 'main.ts']);
    expect(committed(outcome).reasons['main.ts']).toBe("accepts itself, and is above 'deep.ts'");
    expect(log).toEqual(['main ran', 'main ran']);
  });
});
