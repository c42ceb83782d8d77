import { EventEmitter } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHook, createRegistry } from 'rekindle';
import { createTestHost } from 'rekindle/testing';
import { describe, expect, it } from 'vitest';
import { codes, committed, evaluated, hostOf, refused, settled, rejection } from './stories.ts';
const S = "import { state, task, effect, schedule, listen, live, signal, reason } from 'rekindle/script';\n";
const tell = (...x: unknown[]) => console.log(...x);
const filt = (t: any, re: RegExp) => t.events.filter((e: any) => re.test(e.type)).map((e: any) => { const { time, namespace, release, ...r } = e; return JSON.stringify(r, (k, v) => v instanceof Error ? String(v) : v); });

describe('snapshot', () => {
  it('moves on restore: from, version step, class instances, schedule', async () => {
    const t = await hostOf({ 'npc/orc.ts': `${S}export class Orc { hp = 1; m() { return 1; } }\nexport const orcs = state('orcs', () => new Map([[1, new Orc()]]));\nexport const s = schedule('s', () => {}); s.after(5000, 1);\nstate('fn', () => ({ f: () => 1, ok: 1 }));\nstate('sock', () => ({ a: new Map([['x', { deep: process.stdout }]]) }));` }, { entries: ['npc/orc.ts'] });
    const snap = await t.host.snapshot();
    tell(snap.unwritten, filt(t, /unwritten/));
    const u = await hostOf({ 'npc/goblin.ts': `${S}export class Orc { hp = 1; mood = 'x'; m() { return 2; } }\nexport const r = reason; export const all = state('all', () => ({ list: [] }) as any, { from: 'npc/orc.ts#orcs', version: 2, up: { 2: (o: any) => ({ list: [...o.values()] }) }, down: { 2: (o: any) => new Map(o.list.map((x: any, i: number) => [i, x])) } });` }, { restore: snap, entries: [] } as any);
    const r = await u.import<any>('npc/goblin.ts').catch((e) => e);
    tell(r instanceof Error ? [r.message, (r as any).diagnostics] : [r.r, r.all, r.all.list[0]?.m?.()]);
    tell(filt(u, /state|restor/));
  });
  it('moves on restore: old module re-exports', async () => {
    const t = await hostOf({ 'npc/orc.ts': `${S}export class Orc { hp = 1; m() { return 1; } }\nexport const orcs = state('orcs', () => new Map([[1, new Orc()]]));` }, { entries: ['npc/orc.ts'] });
    const snap = await t.host.snapshot();
    const u = await hostOf({ 'npc/orc.ts': `export { Orc } from './goblin.ts';`, 'npc/goblin.ts': `${S}export class Orc { hp = 1; mood = 'x'; m() { return 2; } }\nexport const r = reason; export const all = state('all', () => ({ list: [] }) as any, { from: 'npc/orc.ts#orcs', version: 2, up: { 2: (o: any) => ({ list: [...o.values()] }) } });` }, { restore: snap } as any);
    await u.import<any>('npc/orc.ts');
    const r = await u.import<any>('npc/goblin.ts').catch((e) => e);
    tell(r instanceof Error ? [r.message, (r as any).diagnostics] : [r.r, r.all, r.all.list[0]?.m?.()]);
  });
  it('revert after restore', async () => {
    const A = (v: number) => v === 1 ? `${S}export const b = state('b', () => ({ gold: 0 }));` : `${S}export const b = state('b', () => ({ gold: 0, s: 0 }), { version: 2, up: { 2: (o: any) => ({ ...o, s: 0 }) }, down: { 2: ({ s, ...o }) => o } });`;
    const t = await hostOf({ 'a.ts': A(1) }, { entries: ['a.ts'] });
    (await t.import<any>('a.ts')).b.gold = 7;
    const snap = await t.host.snapshot();
    const u = await hostOf({ 'a.ts': A(1) }, { restore: snap } as any);
    const a = await u.import<any>('a.ts');
    committed(await u.change({ 'a.ts': A(2) }));
    tell(a.b);
    tell((await u.host.revert()).status, a.b);
    // restored at 2 then lower
    committed(await u.change({ 'a.ts': A(2) + '//x' }));
    const snap2 = await u.host.snapshot();
    const w = await hostOf({ 'a.ts': A(1) }, { restore: snap2 } as any);
    tell(await rejection(w.import('a.ts')).then((e: any) => [e.message, e.code, e.diagnostics]));
    const x = await hostOf({ 'a.ts': A(2) }, { restore: snap2 } as any);
    await x.import('a.ts');
    const o = await x.change({ 'a.ts': A(1) });
    tell(o.status, (o as any).diagnostics?.map((d: any) => d.code + d.message), (await x.import<any>('a.ts')).b);
  });
  it('weird values', async () => {
    const t = await hostOf({ 'a.ts': `${S}export class P { x = 1; get double() { return this.x * 2; } }
export class L extends Array { sum() { return this.length; } }
export class M extends Map { z() { return this.size; } }
const shared = { a: 1 };
export const s = state('s', () => { const l = new L(); l.push(1, 2); (l as any).extra = shared; const m = new M(); m.set(shared, l); const o: any = { l, m, p: new P(), d: new Date(5), re: /x/gi, big: 10n, nan: NaN, neg: -0, u: undefined, n: null, buf: Buffer.from('hi'), f32: new Float32Array([1.5]), err: new TypeError('x', { cause: shared }), url: 1, sparse: [, 1], [Symbol.for('q')]: 1, nullp: Object.create(null) }; o.self = o; return o; });
export const s2 = state('s2', () => { const o: any = { l: 1, boxed: Object(5), frozen: Object.freeze({ a: 1 }), set: new Set([shared]) }; return o; });` }, { entries: ['a.ts'] });
    const snap = await t.host.snapshot();
    tell(snap.unwritten);
  });
  it('file is atomic and hash', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'snap-'));
    const t = await hostOf({ 'a.ts': `${S}export const s = state('s', () => ({ a: 1 }));` }, { entries: ['a.ts'] });
    const snap = await t.host.snapshot();
    const path = join(dir, 'w');
    await snap.write(path);
    const bytes = readFileSync(path);
    for (const at of [0, 4, 40, bytes.length - 1, bytes.length >> 1]) {
      const b = Buffer.from(bytes); b[at]! ^= 1; writeFileSync(path, b);
      const u = await createTestHost({ 'a.ts': `${S}export const s = state('s', () => ({ a: 1 }));` }, { restore: path } as any);
      tell(at, await rejection(u.import('a.ts')).then((e: any) => [e.code, e.message]));
      await u.close();
    }
  });
});
describe('rehearse', () => {
  it('reports', async () => {
    const t = await hostOf({ 'a.ts': `${S}export const b = state('b', () => ({ gold: 0, list: [{ n: 1 }] }));` }, { entries: ['a.ts'] });
    await t.publish({ 'a.ts': `${S}export const b = state('b', () => ({ gold: 0, list: [] }) as any, {\n  version: 3,\n  up: {\n    2: (o: any) => {\n      o.list[0].n = 5;\n      return { ...o };\n    },\n    3: (o: any) => ({ ...o, s: 1 }),\n  },\n});` });
    const r: any = await t.host.rehearse();
    tell(JSON.stringify(r, (k, v) => (k === 'release' ? undefined : v instanceof Error ? String(v) : v), 1).slice(0, 3000));
    tell((await t.import<any>('a.ts')).b);
  });
});
describe('hooks and registries', () => {
  it('registry conflict, order, for', async () => {
    const items = createRegistry<{ n: number }>('items');
    const t = await hostOf({ 'a.ts': `import { items } from '@g';\nitems.set('sword', { n: 1 });`, 'b.ts': `import { items } from '@g';\n` }, { modules: { '@g': { items } }, entries: ['a.ts', 'b.ts'] });
    const out: any = await t.change({ 'b.ts': `import { items } from '@g';\n\nitems.set('sword', { n: 2 });` });
    tell(out.status, out.diagnostics?.map((d: any) => [d.code, d.line, d.message, d.hint]));
    tell([...items.for('main').keys()], items.get('sword'));
  });
  it('live function kept by game', async () => {
    const t = await hostOf({ 'a.ts': `${S}import { keep } from '@g';\nexport function hit() { return 1; }\nkeep(live(hit));\nconst arrow = () => 'a1'; keep(live(arrow)); keep(live(() => 'anon1'));` }, { modules: { '@g': { keep: (f: any) => kept.push(f) } } });
    const kept: any[] = [];
    await t.import('a.ts');
    const direct = t.host.namespace ? (await t.host.namespace('main')).live('a.ts', 'hit' as never) as any : null;
    committed(await t.change({ 'a.ts': `${S}import { keep } from '@g';\nexport function hit() { return 2; }\nkeep(live(hit));\nconst arrow = () => 'a2'; keep(live(arrow)); keep(live(() => 'anon2'));` }));
    tell(kept.map((f) => f()), direct?.());
  });
});
