/** Waits that outlive versions: over edits, refusals, releases that are taken back, unloads, and code without a handler. */
import type { Schedule } from 'rekindle/script';
import { describe, expect, it } from 'vitest';
import { committed, hostOf, refused, settled } from './stories.ts';

const MINUTE = 60_000;
const SCRIPT = "import { schedule } from 'rekindle/script';\nimport { tell } from '@game';\n";
const script = (version: string) =>
  `${SCRIPT}export const respawn = schedule('respawn', (id: number) => tell('${version}', id));`;

/** A game that has one goblin to respawn in twenty minutes. */
async function waiting() {
  const told: unknown[][] = [];
  const tell = (...args: unknown[]) => void told.push([...args, t.clock.now() / MINUTE]);
  const t = await hostOf({ 'npc.ts': script('one') }, { modules: { '@game': { tell } }, entries: ['npc.ts'] });
  const npc = await t.import<{ readonly respawn: Schedule<readonly [unknown]> }>('npc.ts');
  npc.respawn.after(20 * MINUTE, 7);
  return { t, npc, told };
}

describe('a wait', () => {
  it('calls the newest handler when it is due: over edits, a refusal and a release that is taken back', async () => {
    const { t, npc, told } = await waiting();
    await t.clock.advance(5 * MINUTE);
    committed(await t.change({ 'npc.ts': script('two') }));
    refused(await t.change({ 'npc.ts': `${script('three')}\nthrow new Error('no');` }));
    npc.respawn.after(25 * MINUTE, 8);
    await t.clock.advance(15 * MINUTE);
    expect(told).toEqual([['two', 7, 20]]);
    committed(await t.host.revert());
    expect(npc.respawn.pending()).toMatchObject([{ due: t.clock.time() + 10 * MINUTE, args: [8] }]);
    await t.clock.advance(60 * MINUTE);
    expect(told.slice(1)).toEqual([['one', 8, 30]]);
  });

  it('that comes due while its module is unloaded is called when it is there again', async () => {
    const { t, told } = await waiting();
    committed(await t.host.unload('npc.ts'));
    await t.clock.advance(60 * MINUTE);
    expect(told).toEqual([]);
    await t.import('npc.ts');
    await t.clock.advance(0);
    expect(told).toEqual([['one', 7, 60]]);
  });

  it('whose handler is gone is told, kept, and called by the handler that comes back', async () => {
    const { t, told } = await waiting();
    committed(await t.change({ 'npc.ts': SCRIPT }));
    await settled();
    expect(t.events.filter(({ type }) => type === 'state:dropped')).toMatchObject([
      { module: 'npc.ts', slot: 'schedule:respawn', until: t.clock.time() + 24 * 60 * MINUTE },
    ]);
    await t.clock.advance(60 * MINUTE);
    expect(told).toEqual([]);
    committed(await t.change({ 'npc.ts': script('two') }));
    await t.clock.advance(0);
    expect(told).toEqual([['two', 7, 60]]);
  });

  it('takes no object of a class of a script, which would come back as another one without methods', async () => {
    const { t, npc } = await waiting();
    committed(
      await t.change({
        'npc.ts': `${script('two')}\nexport class Goblin {}\nexport const deep = new Map([[1, { who: [new Goblin()] }]]);`,
      }),
    );
    const { deep } = await t.import<{ readonly deep: object }>('npc.ts');
    expect(() => npc.respawn.after(1, deep)).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining("an object of 'Goblin'"),
        hint: expect.stringContaining('its id'),
      }),
    );
    expect(npc.respawn.size).toBe(1);
  });
});
