import { createServer } from 'node:net';
import { readSlots, type SlotToWrite, writeSlots } from '@rekindle/state';
import { describe, expect, it } from 'vitest';

/** Writes a value as a slot and reads it again. */
function again<Value extends object>(value: Value): Value {
  const [slot] = readSlots(writeSlots([slotOf(value)]).bytes).slots;
  return slot?.value as Value;
}

function slotOf(value: object, name = 'slot'): SlotToWrite {
  return { namespace: 'main', module: 'npc.ts', name, version: 1, value };
}

function obstacleOf(value: object): unknown {
  const { unwritten, count } = writeSlots([slotOf(value, 'goblins'), slotOf({ kept: true }, 'other')]);
  expect(count).toBe(1);
  return unwritten.map(({ slot, path, why }) => ({ slot, path, why }))[0];
}

const Resizable = ArrayBuffer as unknown as new (length: number, options: { maxByteLength: number }) => ArrayBuffer;

function resizable(): ArrayBuffer {
  return new Resizable(4, { maxByteLength: 8 });
}

function argumentsOf(): object {
  // biome-ignore lint/complexity/noArguments: they are what is tested
  return arguments;
}

/** Memory that another thread has got, or a view of it. */
function givenAway(seen = false): object {
  const memory = new ArrayBuffer(4);
  const view = new Uint8Array(memory);
  structuredClone(memory, { transfer: [memory] });
  return seen ? view : memory;
}

describe('what a snapshot writes comes back as it was', () => {
  it.each<[string, object]>([
    ['numbers of every kind', { a: 1, b: -0, c: Number.NaN, d: Number.POSITIVE_INFINITY, e: 2 ** 53, f: 10n ** 30n }],
    ['texts, and what is no value', { text: 'größer', empty: '', no: null, none: undefined, is: true, lone: '\ud800' }],
    [
      'a key that is the name of a prototype',
      JSON.parse('{"__proto__": {"admin": true}, "constructor": 5, "toString": 6}'),
    ],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 })],
    [
      'lists: empty, with holes, with properties of their own',
      [
        [],
        Object.assign([1], { 2: 3 }),
        Object.assign([1, 2], { name: 'two' }),
        Object.assign([1], { 2: 3, name: 'two' }),
      ],
    ],
    ['a list that is longer than what it holds', Object.assign([], { length: 1_000 })],
    [
      'maps and sets with any keys',
      new Map<unknown, unknown>([
        [1, new Set([{ a: 1 }])],
        [{ key: true }, 'value'],
        [Number.NaN, 0],
      ]),
    ],
    ['dates and regular expressions', { at: new Date(86_400_000), never: new Date(Number.NaN), word: /\w+/giu }],
    [
      'binary data',
      {
        bytes: Buffer.from('snag'),
        numbers: new Float32Array([1, 2.5]),
        view: new DataView(new ArrayBuffer(3)),
        raw: new ArrayBuffer(4),
      },
    ],
    ['boxed values', [Object('text'), Object(5), Object(true), Object(7n)]],
    [
      'a dictionary with many keys',
      Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`player-${index}`, { index }])),
    ],
    ['many kinds of objects', Array.from({ length: 600 }, (_, index) => ({ [`only${index}`]: index }))],
  ])('%s', (_what, value) => {
    const copy = again(value);
    expect(copy).not.toBe(value);
    expect(copy).toEqual(value);
    expect(Object.getPrototypeOf(copy)).toBe(Object.getPrototypeOf(value));
  });

  it('keeps keys in their order, and what may be done to an object', () => {
    const value = { z: Object.freeze({ a: 1 }), a: Object.seal([1]), m: Object.preventExtensions({ b: 2 }) };
    const copy = again(value);
    expect(Object.keys(copy)).toEqual(['z', 'a', 'm']);
    expect(
      [copy.z, copy.a, copy.m].map((each) => [Object.isFrozen(each), Object.isSealed(each), Object.isExtensible(each)]),
    ).toEqual([
      [true, true, false],
      [false, true, false],
      [false, false, false],
    ]);
  });

  it('keeps errors with their stack, cause and properties', () => {
    const cause = { why: 'no gold' };
    const error = Object.assign(new RangeError('too far', { cause }), { code: 'FAR' });
    const copy = again({ error, cause, all: new AggregateError([error], 'two') });
    expect(copy.error).toBeInstanceOf(RangeError);
    expect(copy.error).toMatchObject({ message: 'too far', code: 'FAR', stack: error.stack });
    expect(copy.error.cause).toBe(copy.cause);
    expect(copy.all.errors[0]).toBe(copy.error);
    expect(Object.keys(copy.error)).toEqual(['code']);
  });

  it('keeps circles, and one object one object within and between slots', () => {
    const shared = { name: 'snag', friends: new Set<unknown>() };
    shared.friends.add(shared);
    const written = writeSlots([slotOf({ shared }, 'a'), slotOf(new Map([[shared, [shared]]]), 'b')]);
    const [a, b] = readSlots(written.bytes).slots as unknown as [
      { value: { shared: typeof shared } },
      { value: Map<unknown, unknown[]> },
    ];
    const copy = a.value.shared;
    expect(copy.friends.has(copy)).toBe(true);
    expect(b.value.get(copy)).toEqual([copy]);
    expect(b.value.get(copy)?.[0]).toBe(copy);
  });

  it('writes chains of any length', () => {
    interface Link {
      next?: Link;
    }
    const first: Link = {};
    let last = first;
    for (let length = 1; length < 200_000; length++) {
      last.next = {};
      last = last.next;
    }
    last.next = first;
    let length = 0;
    const copy = again(first);
    for (let link = copy.next; link !== copy && link !== undefined; link = link.next) length += 1;
    expect(length).toBe(199_999);
  });

  it('keeps where a regular expression goes on', () => {
    const word = /\w+/g;
    const list = [word, /x/y, word];
    word.exec('snag and grub');
    const copy = again(list);
    expect(copy.map(({ lastIndex }) => lastIndex)).toEqual([4, 0, 4]);
    expect(copy[0]?.exec('snag and grub')?.[0]).toBe('and');
    expect(copy[2]).toBe(copy[0]);
  });

  it('keeps one memory one memory, whoever looks into it and from where', () => {
    const memory = new ArrayBuffer(16);
    const value = {
      bytes: new Uint8Array(memory, 4, 6),
      numbers: new Float32Array(memory, 8, 1),
      view: new DataView(memory, 12),
      buffer: Buffer.from(memory),
      memory,
    };
    const copy = again(value);
    expect(copy.bytes.byteOffset).toBe(4);
    expect(copy.bytes.length).toBe(6);
    expect(
      new Set([copy.bytes.buffer, copy.numbers.buffer, copy.view.buffer, copy.buffer.buffer, copy.memory]).size,
    ).toBe(1);
    copy.numbers[0] = 1;
    expect([...copy.buffer.subarray(8, 12)]).toEqual([0, 0, 128, 63]);
    copy.view.setUint8(0, 7);
    expect(new Uint8Array(copy.memory)[12]).toBe(7);
  });

  it('writes of the pool of small Buffers what is looked at, and what overlaps as one', () => {
    const secret = Buffer.from('the password of somebody else');
    const name = Buffer.from('snag the goblin');
    expect(name.buffer).toBe(secret.buffer);
    const value = { name, first: name.subarray(0, 4), other: Buffer.from('grub'), empty: name.subarray(3, 3) };
    const { bytes } = writeSlots([slotOf(value)]);
    expect(Buffer.from(bytes).includes('password')).toBe(false);
    const copy = readSlots(bytes).slots[0]?.value as typeof value;
    expect(copy).toEqual(value);
    expect(Buffer.isBuffer(copy.first)).toBe(true);
    copy.first[0] = 'g'.charCodeAt(0);
    expect(copy.name.toString()).toBe('gnag the goblin');
    expect(copy.other.buffer).not.toBe(copy.name.buffer);
  });

  it('keeps memory that can be resized', () => {
    const copy = again({ memory: resizable() });
    expect(copy.memory).toMatchObject({ byteLength: 4, resizable: true, maxByteLength: 8 });
  });

  it('keeps every flag of a pattern, a boxed -0, and what is closed around leaves', () => {
    const sets: string = 'v';
    const pattern = Object.freeze(/a/dgimsuy);
    const copy = again({ pattern, sets: RegExp('a', sets), zero: Object(-0), list: Object.seal(new Uint8Array(2)) });
    expect(copy.pattern.flags).toBe('dgimsuy');
    expect(copy.sets.flags).toBe('v');
    expect(Object.is(copy.zero.valueOf(), -0)).toBe(true);
    expect([Object.isFrozen(copy.pattern), Object.isSealed(copy.list)]).toEqual([true, true]);
  });

  it('keeps what errors, maps and sets have besides', () => {
    const error = new Error('no');
    Reflect.deleteProperty(error, 'stack');
    const value = { error, map: Object.assign(new Map([[1, 2]]), { label: 'm' }), set: Object.freeze(new Set([1])) };
    const copy = again(value);
    expect(Object.getOwnPropertyNames(copy.error)).toEqual(['message']);
    expect(copy.map).toMatchObject({ label: 'm', size: 1 });
    expect(Object.isFrozen(copy.set)).toBe(true);
  });

  it('gives binary data memory of its own', () => {
    const { bytes } = writeSlots([slotOf({ data: new Uint8Array(8) })]);
    const [one, other] = [readSlots(bytes), readSlots(bytes)].map(
      ({ slots }) => slots[0]?.value as { data: Uint8Array },
    );
    one?.data.fill(9);
    expect(other?.data).toEqual(new Uint8Array(8));
    expect(one?.data.buffer.byteLength).toBe(8);
  });
});

describe('what cannot be written is named with the way to it, and the other slots are written', () => {
  class Vault {
    readonly gold = 5;
  }
  const goblins = (socket: unknown) => new Map([[3, { name: 'snag', socket }]]);

  it.each<[string, object, string, RegExp]>([
    [
      'a socket',
      goblins(createServer()),
      'goblins.get(3).socket',
      /^an instance of 'Server', which is of no class at the top level of a script$/,
    ],
    ['a function', goblins(() => {}), 'goblins.get(3).socket', /^a function$/],
    ['a slot that is a function', () => {}, 'goblins', /^a function$/],
    ['a symbol', { a: [0, { kind: Symbol('orc') }] }, 'goblins.a[1].kind', /^a symbol$/],
    ['a key that is a symbol', { [Symbol('tag')]: 1 }, 'goblins[Symbol(tag)]', /key is a symbol/],
    [
      'an accessor',
      {
        get hp() {
          throw new Error('never called');
        },
      },
      'goblins.hp',
      /^an accessor property$/,
    ],
    ['what is hidden', { a: Object.defineProperty({}, 'id', { value: 1 }) }, 'goblins.a.id', /not enumerable/],
    ['a class of the game', { 'the vault': new Vault() }, "goblins['the vault']", /'Vault'/],
    ['a promise in a set', new Set([1, { wait: Promise.resolve() }]), '[...goblins][1].wait', /'Promise'/],
    ['a weak map as a key', new Map([[new WeakMap(), 1]]), '[...goblins.keys()][0]', /'WeakMap'/],
    [
      'a proxy',
      {
        a: new Proxy(
          {},
          {
            get() {
              throw new Error('never asked');
            },
          },
        ),
      },
      'goblins.a',
      /^a Proxy$/,
    ],
    ['an object whose key is an object', new Map([[{}, () => {}]]), '[...goblins.values()][0]', /^a function$/],
    ['memory that threads share', { a: new Uint8Array(new SharedArrayBuffer(4)) }, 'goblins.a.buffer', /threads share/],
    ['a pattern with a name', { a: Object.assign(/x/, { label: 'x' }) }, 'goblins.a.label', /has none by itself/],
    ['bytes with a name', { a: Object.assign(new ArrayBuffer(2), { label: 'x' }) }, 'goblins.a.label', /by itself/],
    ['a boxed text with more', [Object.assign(Object('ab'), { more: 1 })], 'goblins[0].more', /by itself/],
    ['a pattern that goes on nowhere', Object.assign(/x/g, { lastIndex: -1 }), 'goblins.lastIndex', /no whole number/],
    [
      'a property that can only be written',
      { a: { hp: 1, set mood(_: string) {} } },
      'goblins.a.mood',
      /^an accessor property$/,
    ],
    [
      'an element that is an accessor',
      Object.defineProperty([1, 2], 1, {
        get: () => {
          throw new Error('never called');
        },
        enumerable: true,
      }),
      'goblins[1]',
      /^an accessor property$/,
    ],
    [
      'what is read-only',
      Object.defineProperty({}, 'id', { value: 1, enumerable: true, configurable: true }),
      'goblins.id',
      /read-only/,
    ],
    [
      'what is read-only although sealed',
      Object.seal(Object.defineProperty({ hp: 1 }, 'id', { value: 1, enumerable: true })),
      'goblins.id',
      /read-only/,
    ],
    [
      'what cannot be deleted',
      [Object.defineProperty({}, 'id', { value: 1, enumerable: true, writable: true })],
      'goblins[0].id',
      /deleted/,
    ],
    [
      'a list of fixed length',
      { a: Object.defineProperty([1], 'length', { writable: false }) },
      'goblins.a.length',
      /length that is read-only/,
    ],
    [
      'a message that shows',
      Object.defineProperty(new Error('x'), 'message', { enumerable: true }),
      'goblins.message',
      /is enumerable/,
    ],
    [
      'a stack of its own',
      Object.defineProperty(new Error('x'), 'stack', {
        get: () => {
          throw new Error('never called');
        },
        enumerable: false,
      }),
      'goblins.stack',
      /^an accessor property$/,
    ],
    ['few bytes with a name', [Object.assign(new Uint8Array(2), { label: 'x' })], 'goblins[0].label', /by itself/],
    [
      'many bytes with a name',
      [Object.assign(new Float32Array(5_000), { label: 'x' })],
      'goblins[0].label',
      /by itself/,
    ],
    [
      'many bytes with a hidden name',
      Object.defineProperty(Buffer.alloc(5_000), 'label', { value: 'x' }),
      'goblins.label',
      /by itself/,
    ],
    [
      'bytes that hide their memory',
      Object.defineProperty(new Uint8Array(5_000), 'buffer', {
        get: () => {
          throw new Error('never called');
        },
      }),
      'goblins.buffer',
      /by itself/,
    ],
    [
      'a view with a name',
      Object.assign(new DataView(new ArrayBuffer(2)), { label: 'x' }),
      'goblins.label',
      /by itself/,
    ],
    [
      'bytes of a memory with a name',
      new Uint8Array(Object.assign(new ArrayBuffer(2), { label: 'x' })),
      'goblins.buffer',
      /by itself/,
    ],
    ['memory that was given away', { a: givenAway() }, 'goblins.a.byteLength', /given away/],
    ['a view of it', { a: givenAway(true) }, 'goblins.a.buffer', /given away/],
    ['a view of memory that can be resized', new Uint8Array(resizable()), 'goblins.buffer', /can be resized/],
    [
      'a false list of numbers',
      Object.setPrototypeOf(new Uint8Array(2), Int8Array.prototype),
      'goblins',
      /only looks like/,
    ],
    ['a false boxed number', [Object.setPrototypeOf(Object('5'), Number.prototype)], 'goblins[0]', /only looks like/],
    [
      'a pattern whose place is fixed',
      Object.defineProperty(/x/g, 'lastIndex', { writable: false }),
      'goblins.lastIndex',
      /read-only/,
    ],
    ['arguments', argumentsOf(), 'goblins[Symbol(Symbol.iterator)]', /symbol/],
    ['a false map', { a: Object.create(Map.prototype) }, 'goblins.a', /only looks like/],
  ])('%s', (_what, value, path, why) => {
    expect(obstacleOf(value)).toEqual({ slot: 'goblins', path, why: expect.stringMatching(why) });
  });

  it('says it of every slot that leads there, and of no other', () => {
    const world = { socket: () => {} };
    const clean = { a: 1 };
    const { unwritten, count } = writeSlots([
      slotOf({ clean }, 'a'),
      slotOf({ world }, 'b'),
      slotOf([world, clean], 'c'),
      slotOf({ clean }, 'd'),
    ]);
    expect(unwritten.map(({ path }) => path)).toEqual(['b.world.socket', 'c[0].socket']);
    expect(count).toBe(2);
  });
});
