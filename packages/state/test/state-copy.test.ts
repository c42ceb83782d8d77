import { EventEmitter } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readOnly } from '../src/read-only-membrane.ts';
import { differences, StateCopy } from '../src/state-copy.ts';

const copyOf = <Value>(value: Value): Value => new StateCopy().of(value);

describe('a copy of state', () => {
  it('is equal and shares nothing that can be written to', () => {
    fc.assert(
      fc.property(fc.object({ withMap: true, withSet: true, withDate: true, withTypedArray: true }), (value) => {
        const copy = copyOf(value);
        expect(copy).toStrictEqual(value);
        expect(differences(copy, value)).toEqual([]);
        const originals = new Set(objectsIn(value));
        for (const object of objectsIn(copy)) expect(originals.has(object)).toBe(false);
      }),
    );
  });

  it('keeps one memory one memory, and hands on what cannot be copied', () => {
    const memory = new ArrayBuffer(8);
    const copy = copyOf({
      bytes: new Uint8Array(memory, 2, 4),
      view: new DataView(memory),
      memory,
      name: Buffer.from('snag'),
    });
    copy.view.setUint8(2, 7);
    expect([copy.bytes[0], new Uint8Array(copy.memory)[2], new Uint8Array(memory)[2]]).toEqual([7, 7, 0]);
    expect(copy.name).toEqual(Buffer.from('snag'));

    const given = new ArrayBuffer(4);
    structuredClone(given, { transfer: [given] });
    const state = {
      threads: new Uint8Array(new SharedArrayBuffer(4)),
      named: Object.assign(new Int8Array(2), { n: 1 }),
      given,
    };
    const copying = new StateCopy();
    expect(copying.of(state)).toEqual(state);
    expect(copying.of(state.threads)).toBe(state.threads);
    expect([...copying.shared].sort()).toEqual(['ArrayBuffer', 'Int8Array', 'Uint8Array']);
  });

  it('keeps circles, what is shared, symbols, holes, getters and what is frozen', () => {
    const shared = { n: 1 };
    let called = 0;
    const state: Record<PropertyKey, unknown> = {
      a: shared,
      b: shared,
      [Symbol.for('s')]: shared,
      holes: Object.assign(new Array(3), { 0: 1, 2: 3 }),
      frozen: Object.freeze({ deep: { n: 1 } }),
      bare: Object.assign(Object.create(null), { n: 1 }),
      get computed() {
        called += 1;
        return 1;
      },
    };
    state['self'] = state;
    const copy = copyOf(state);
    expect([copy['self'], copy['b'], copy[Symbol.for('s')]]).toEqual([copy, copy['a'], copy['a']]);
    expect(copy['a']).not.toBe(shared);
    expect(1 in (copy['holes'] as number[])).toBe(false);
    expect(Object.isFrozen(copy['frozen'])).toBe(true);
    expect(Object.getPrototypeOf(copy['bare'])).toBe(null);
    expect([called, copy['computed'], called]).toEqual([0, 1, 1]);
  });

  it('goes as deep as a chain is long', () => {
    let chain: { next: unknown } = { next: null };
    for (let n = 0; n < 100_000; n++) chain = { next: chain };
    const copy = copyOf(chain);
    expect(differences(copy, chain)).toEqual([]);
  });

  it('is of the same class, for classes of the game that are nothing but their properties', () => {
    class Entity {
      readonly at = { x: 1, y: 2 };
      readonly id: number;
      hp = 10;
      constructor(id: number) {
        this.id = id;
      }
      hit() {
        this.hp -= 1;
        return this.hp;
      }
    }
    class Crowd extends Map<number, Entity> {
      label = 'all';
    }
    class Player extends Entity {
      pattern = /a/gy;
    }
    const player = new Player(1);
    player.pattern.lastIndex = 3;
    const state = { player, crowd: new Crowd([[1, player]]) };
    const copying = new StateCopy();
    const copy = copying.of(state);
    expect(copying.shared).toEqual([]);
    expect([copy.player instanceof Player, copy.crowd instanceof Crowd, copy.crowd.label]).toEqual([true, true, 'all']);
    expect(copy.crowd.get(1)).toBe(copy.player);
    expect([copy.player.hit(), player.hp, copy.player.at.x]).toEqual([9, 10, 1]);
    expect(copy.player.at).not.toBe(player.at);
    expect([copy.player.pattern.lastIndex, copy.player.pattern.flags]).toEqual([3, 'gy']);
    copy.player.pattern.lastIndex = 0;
    expect(player.pattern.lastIndex).toBe(3);
  });

  it('is not made of objects that are more than they show', () => {
    const known = new Set<object>();
    const secrets = new WeakMap<object, number>();
    class Registered {
      constructor() {
        known.add(this);
      }
    }
    class Downlevel {
      constructor() {
        secrets.set(this, 1);
      }
    }
    class Emitter extends EventEmitter {}
    function Old() {}
    const Made = Old as unknown as new () => object;
    const state = [new Registered(), new Downlevel(), new Emitter(), new Made(), new URL('http://x')];
    const copying = new StateCopy();
    expect(copying.of(state).map((one, index) => one === state[index])).toEqual(state.map(() => true));
    expect([...copying.shared].sort()).toEqual(['Downlevel', 'Emitter', 'Old', 'Registered', 'URL']);
  });

  it('hands on what it cannot copy, and names it', () => {
    class Socket {
      #open = true;
      get open() {
        return this.#open;
      }
    }
    const state = {
      socket: new Socket(),
      call: () => 1,
      error: new Error('x'),
      weak: new WeakMap(),
      proxy: new Proxy({}, {}),
    };
    const copying = new StateCopy();
    const copy = copying.of(state);
    for (const key of Object.keys(state) as (keyof typeof state)[]) expect(copy[key]).toBe(state[key]);
    expect([...copying.shared].sort()).toEqual(['Error', 'Function', 'Proxy', 'Socket', 'WeakMap']);
  });
});

describe('differences', () => {
  it('names every place that is another', () => {
    const before = { a: 1, list: [1, { b: 2 }], map: new Map([['k', { c: 3 }]]), set: new Set([1]), at: new Date(0) };
    const after = copyOf(before);
    after.a = 2;
    (after.list[1] as { b: number }).b = 3;
    after.map.set('more', { c: 4 });
    (after.map.get('k') as { c: number }).c = 5;
    after.set.delete(1);
    after.at.setTime(5);
    expect(differences(after, before)).toEqual(['a', 'at', 'list.1.b', 'map.k.c', 'map.more', 'set.#1']);
  });
});

describe('a read-only membrane', () => {
  const state = () => ({
    n: 1,
    list: [{ b: 2 }],
    map: new Map<string, { c: number }>([['k', { c: 3 }]]),
    set: new Set([1]),
    at: new Date(0),
    bytes: new Uint8Array(2),
  });
  type State = ReturnType<typeof state>;

  it.each<[string, (it: State) => unknown, string]>([
    [
      'a property',
      (it) => {
        it.n = 2;
      },
      'n',
    ],
    [
      'an element',
      (it) => {
        (it.list[0] as { b: number }).b = 3;
      },
      'list.0.b',
    ],
    [
      'an element of a map',
      (it) => {
        for (const value of it.map.values()) value.c = 4;
      },
      'map.k.c',
    ],
    [
      'an entry of a map',
      (it) => {
        for (const [, value] of it.map) value.c = 4;
      },
      'map.k.c',
    ],
    ['a map', (it) => it.map.set('x', { c: 1 }), 'map.x'],
    ['a set', (it) => it.set.add(2), 'set.2'],
    ['a date', (it) => it.at.setTime(7), 'at.7'],
    ['binary data', (it) => it.bytes.fill(1), 'bytes.1'],
    ['a deletion', (it) => Reflect.deleteProperty(it, 'n'), 'n'],
    ['an order', (it) => it.list.reverse().push({ b: 1 }), 'list.1'],
  ])('notes who writes to %s, and goes on', (_what, write, path) => {
    const guarded = readOnly(state());
    write(guarded.value);
    expect(guarded.writes.map((one) => one.path)).toContain(path);
    expect(guarded.writes[0]?.error.stack).toContain('state-copy.test.ts');
  });

  it('reads as the value does, and notes nothing', () => {
    const value = state();
    const { value: guarded, writes } = readOnly(value);
    expect(JSON.parse(JSON.stringify({ ...guarded }))).toEqual(JSON.parse(JSON.stringify(value)));
    expect([...guarded.map.keys()]).toEqual(['k']);
    expect([guarded.map.size, guarded.map.get('k')?.c, guarded.set.has(1), guarded.at.getTime()]).toEqual([
      1,
      3,
      true,
      0,
    ]);
    expect([Object.is(guarded.list, guarded.list), guarded.map instanceof Map, Array.isArray(guarded.list)]).toEqual([
      true,
      true,
      true,
    ]);
    const [entry] = guarded.map;
    expect(entry?.[0]).toBe('k');
    guarded.map.forEach((it, key) => {
      expect([key, it.c]).toEqual(['k', 3]);
    });
    expect(guarded.list.map(({ b }) => b)).toEqual([2]);
    expect(writes).toEqual([]);
  });

  it('tells the truth of what cannot change', () => {
    const inner = {};
    const { value } = readOnly(Object.freeze({ inner }));
    expect(value.inner).toBe(inner);
  });
});

function objectsIn(value: unknown, found = new Set<object>()): Set<object> {
  if (typeof value !== 'object' || value === null || found.has(value)) return found;
  found.add(value);
  for (const part of Object.values(value)) objectsIn(part, found);
  if (value instanceof Map) for (const part of [...value.keys(), ...value.values()]) objectsIn(part, found);
  if (value instanceof Set) for (const part of value) objectsIn(part, found);
  return found;
}
