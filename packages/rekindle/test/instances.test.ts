import type { InstancesUpgraded } from 'rekindle';
import type { TestHost } from 'rekindle/testing';
import { describe, expect, it } from 'vitest';
import { committed, hostOf, type Modules, refused } from './stories.ts';

/** What the stories know of the objects that scripts make. */
interface Creature {
  hp: number;
  mood: string;
  step(): string;
  readonly rank: string;
  [name: string]: unknown;
}
type CreatureClass = (new () => Creature) & { readonly kind: string };
interface Exports {
  readonly Goblin: CreatureClass;
  readonly all: Map<number, Creature>;
  readonly default: CreatureClass;
  [name: string]: unknown;
}

/** A module that keeps the objects: it stays while the class changes. */
const KEEPER = `
  import { state } from 'rekindle/script';
  export const all = state('all', () => new Map());
`;

const first = `export class Goblin {
  static kind = 'first';
  hp = 10;
  get rank() { return 'private ' + this.hp; }
  step() { return 'walks'; }
}`;
const second = `export class Goblin {
  static kind = 'second';
  hp = 20;
  mood = 'calm';
  get rank() { return 'captain ' + this.hp; }
  step() { return 'runs'; }
}`;

/** A host with one living goblin, and both modules. */
async function living(goblin: string, more: Modules = {}) {
  const t = await hostOf({ 'goblin.ts': goblin, 'keeper.ts': KEEPER, ...more });
  const module = await t.import<Exports>('goblin.ts');
  const { all } = await t.import<Exports>('keeper.ts');
  const one = new (module.Goblin ?? module.default)();
  all.set(1, one);
  return { t, module, all, one };
}

function upgrades(t: TestHost): InstancesUpgraded[] {
  return t.events.filter((event) => event.type === 'instances:upgraded');
}

describe('a living object', () => {
  it('has the new methods, accessors and statics, and is the same object', async () => {
    const { t, module, all, one } = await living(first);
    const Old = module.Goblin;
    const named = new Map([[one, 'Snag']]);
    expect([one.step(), one.rank]).toEqual(['walks', 'private 10']);
    committed(await t.change({ 'goblin.ts': second }));
    expect([one.step(), one.rank]).toEqual(['runs', 'captain 10']);
    expect((one.constructor as CreatureClass).kind).toBe('second');
    expect(one.constructor).toBe(module.Goblin);
    expect([all.get(1), named.get(one)]).toEqual([one, 'Snag']);
    expect(module.Goblin).not.toBe(Old);
  });

  it('is an instance of both versions, as a new one is', async () => {
    const { t, module, one } = await living(first);
    const Old = module.Goblin;
    committed(await t.change({ 'goblin.ts': second }));
    const { Goblin } = module;
    const fresh = new Goblin();
    expect([one instanceof Goblin, one instanceof Old, fresh instanceof Goblin, fresh instanceof Old]).toEqual(
      Array(4).fill(true),
    );
    expect([{} instanceof Old, {} instanceof Goblin, (1 as unknown) instanceof Old]).toEqual([false, false, false]);
  });

  it('of an old class that code in flight goes on making is of the newest version, too', async () => {
    const { t, module } = await living(`${first}\nexport const make = () => new Goblin();`);
    const make = module['make'] as () => Creature;
    committed(await t.change({ 'goblin.ts': second }));
    const late = make();
    expect([late.step(), late.hp, late.mood]).toEqual(['runs', 10, 'calm']);
    expect(late).toBeInstanceOf(module.Goblin);
  });

  it('loses members that its class has no more', async () => {
    const { t, one } = await living(first);
    committed(await t.change({ 'goblin.ts': 'export class Goblin { hp = 1; }' }));
    expect(['step' in one, 'rank' in one, one.hp]).toEqual([false, false, 10]);
  });

  it('of a class that nobody exports follows as well', async () => {
    const text = (says: string) => `
      import { state } from 'rekindle/script';
      class Hidden { step() { return '${says}'; } }
      export const one = state('one', () => new Hidden());`;
    const t = await hostOf({ 'main.ts': text('first') });
    const { one } = await t.import<{ one: Creature }>('main.ts');
    committed(await t.change({ 'main.ts': text('second') }));
    expect(one.step()).toBe('second');
  });

  it('of a class in a constant follows as well', async () => {
    const text = (says: string) => `export const Goblin = class { step() { return '${says} ' + Goblin.name; } };`;
    const { t, one } = await living(text('first'));
    committed(await t.change({ 'goblin.ts': text('second') }));
    expect(one.step()).toBe('second Goblin');
  });

  it('of an anonymous default class follows as well', async () => {
    const text = (says: string) => `export default class { hp = 1; step() { return '${says}'; } }`;
    const { t, module, one } = await living(text('first'));
    committed(await t.change({ 'goblin.ts': text('second') }));
    expect([one.step(), one instanceof module.default, module.default.name]).toEqual(['second', true, 'default']);
  });

  it('follows through many generations, whichever it was made in', async () => {
    const text = (n: number) =>
      `export class Goblin { hp = ${n}; ${Array.from({ length: n }, (_, i) => `f${i} = ${i};`).join(' ')} step() { return 'v${n}'; } }`;
    const { t, module } = await living(text(0));
    const herd = [new module.Goblin()];
    for (let n = 1; n <= 6; n++) {
      committed(await t.change({ 'goblin.ts': text(n) }));
      herd.push(new module.Goblin());
    }
    expect(herd.map((one) => one.step())).toEqual(Array(7).fill('v6'));
    expect(herd.map((one) => one.hp)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(herd.map((one) => one['f5'])).toEqual(Array(7).fill(5));
    expect(herd.every((one) => one instanceof module.Goblin)).toBe(true);
    committed(await t.change({ 'goblin.ts': text(2) }));
    expect([herd[0]?.['f1'], 'f4' in (herd[0] as Creature), herd[6]?.['f5']]).toEqual([1, false, 5]);
  });

  it('is met as the new code knows it by the bodies and migrations of the same release', async () => {
    const user = (version: number) => `
      import { state } from 'rekindle/script';
      import { all } from './keeper.ts';
      import { Goblin } from './goblin.ts';
      const one = all.get(1);
      export const seen = one && [one.step(), one.mood, one instanceof Goblin];
      export const told = state('told', () => ({ step: '' }), {
        version: ${version},
        up: { 2: () => ({ step: all.get(1).step() + ' ' + all.get(1).mood }) },
      });`;
    const { t } = await living(first, { 'user.ts': user(1) });
    const used = await t.import<{ seen: unknown; told: object }>('user.ts');
    committed(await t.change({ 'goblin.ts': second, 'user.ts': user(2) }));
    expect(used.seen).toEqual(['runs', 'calm', true]);
    expect(used.told).toEqual({ step: 'runs calm' });
  });

  it('changes nothing while a body awaits, and everything before the first synchronous body', async () => {
    const user =
      "import { all } from './keeper.ts'; import { Goblin } from './goblin.ts'; export const seen = [all.get(1)?.step(), Goblin.kind];";
    const { t, one } = await living(first, { 'user.ts': user });
    const used = await t.import<{ seen: unknown }>('user.ts');
    const seen: string[] = [];
    Object.assign(globalThis, { lookAtGoblin: () => seen.push(one.step()) });
    const awaiting = `${second}\nglobalThis.lookAtGoblin(); await null; globalThis.lookAtGoblin();`;
    committed(await t.change({ 'goblin.ts': awaiting }));
    Reflect.deleteProperty(globalThis, 'lookAtGoblin');
    expect(seen).toEqual(['walks', 'walks']);
    expect(used.seen).toEqual(['runs', 'second']);
    expect(one.step()).toBe('runs');
  });
});

describe('classes that extend others', () => {
  const orc = `import { Goblin } from './goblin.ts';
    export class Orc extends Goblin { step() { return 'stomps and ' + super.step(); } }`;

  it('in other modules have what the base has got: methods, statics, fields', async () => {
    const { t, module } = await living(first, { 'orc.ts': orc });
    const orcs = await t.import<{ Orc: CreatureClass }>('orc.ts');
    const { Orc: Old } = orcs;
    const OldGoblin = module.Goblin;
    const one = new Old();
    committed(await t.change({ 'goblin.ts': second }));
    expect([one.step(), one.rank, one.mood]).toEqual(['stomps and runs', 'captain 10', 'calm']);
    expect((one.constructor as CreatureClass).kind).toBe('second');
    const classes = [orcs.Orc, Old, module.Goblin, OldGoblin];
    expect(classes.map((each) => one instanceof each)).toEqual(Array(4).fill(true));
    const goblin = new module.Goblin();
    expect(classes.map((each) => goblin instanceof each)).toEqual([false, false, true, true]);
    expect(orcs.Orc.kind).toBe('second');
  });

  it('change their heritage', async () => {
    const { t } = await living(first, { 'orc.ts': orc });
    const orcs = await t.import<{ Orc: CreatureClass }>('orc.ts');
    const one = new orcs.Orc();
    const next = `class Beast { tail = 'long'; step() { return 'crawls'; } }
      export class Orc extends Beast { roar() { return super.step(); } }`;
    committed(await t.change({ 'orc.ts': next }));
    expect([one.step(), (one['roar'] as () => string)(), one['tail'], 'rank' in one]).toEqual([
      'crawls',
      'crawls',
      'long',
      false,
    ]);
  });

  it('that a function makes, of a class of a module, have its new methods', async () => {
    const maker = `import { Goblin } from './goblin.ts';
      export const make = () => new (class extends Goblin { own() { return 'own'; } })();`;
    const { t } = await living(first, { 'maker.ts': maker });
    const { make } = await t.import<{ make: () => Creature }>('maker.ts');
    const one = make();
    committed(await t.change({ 'goblin.ts': second }));
    expect([one.step(), one.mood, (one['own'] as () => string)()]).toEqual(['runs', 'calm', 'own']);
  });

  it('may extend Array: living ones stay arrays', async () => {
    const bag = (more: string) =>
      `export class Goblin extends Array { sum() { return this.reduce((a, b) => a + b, 0); } ${more} }`;
    const { t, module, one } = await living(bag(''));
    const list = one as unknown as number[] & { double(): number[] };
    list.push(1, 2, 3);
    committed(
      await t.change({ 'goblin.ts': bag('owner = "Snag"; double() { return this.map((each) => each * 2); }') }),
    );
    expect([Array.isArray(list), list.length, [...list.double()]]).toEqual([true, 3, [2, 4, 6]]);
    expect(list.double()).toBeInstanceOf(module.Goblin);
    expect(one['owner']).toBe('Snag');
  });
});

describe('new fields', () => {
  it('appear on first touch, each once, and may read each other', async () => {
    const { t, one } = await living(first);
    const text = `let made = 0;
      export class Goblin { hp = 1; a = ++made; b = this.a + 1; list = []; go = () => this.b; 'odd name' = super.toString().length; step() { return 'x'; } }`;
    committed(await t.change({ 'goblin.ts': text }));
    expect(Object.keys(one)).toEqual(['hp']);
    expect(one['b']).toBe(2);
    expect(Object.keys(one).sort()).toEqual(['a', 'b', 'hp']);
    expect([one['a'], Object.is(one['list'], one['list']), (one['go'] as () => number)()]).toEqual([1, true, 2]);
    expect([(one['go'] as () => number).name, one['odd name']]).toEqual(['go', '[object Object]'.length]);
    one.hp = 5;
    expect(one.hp).toBe(5);
  });

  it('can be written before they are read', async () => {
    const { t, one } = await living(first);
    committed(await t.change({ 'goblin.ts': second }));
    one.mood = 'angry';
    expect([one.mood, Object.keys(one)]).toEqual(['angry', ['hp', 'mood']]);
  });

  it('that the constructor gives to everybody appear, too, where their value needs nothing of it', async () => {
    const { t, one } = await living('export class Goblin { constructor() { this.hp = 10; } }');
    const text =
      "export class Goblin { constructor(name = 'Snag') { this.hp = 10; this.bag = []; this.name = name; } }";
    committed(await t.change({ 'goblin.ts': text }));
    expect([one.hp, one['bag'], one['name']]).toEqual([10, [], undefined]);
    expect(upgrades(t)[0]?.stale).toMatchObject([{ member: 'name', diagnostic: { code: 'FIELD_NOT_GIVEN', line: 1 } }]);
  });

  it('are there for frozen objects, which stay frozen', async () => {
    const { t, one } = await living(first);
    Object.freeze(one);
    committed(await t.change({ 'goblin.ts': second }));
    expect([one.mood, Object.isFrozen(one), Object.keys(one)]).toEqual(['calm', true, ['hp']]);
    expect(() => {
      one.mood = 'angry';
    }).toThrow(TypeError);
  });

  it('are in JSON, spread and structuredClone when the sweep has gone by', async () => {
    const { t, module, all } = await living(first);
    for (let id = 2; id <= 2_500; id++) all.set(id, new module.Goblin());
    const last = all.get(2_500) as Creature;
    const nested = new module.Goblin();
    Object.assign(all.get(7) as Creature, { friends: [{ best: nested }], cycle: all });
    committed(await t.change({ 'goblin.ts': second }));
    expect(JSON.stringify(last)).toBe('{"hp":10}');
    await t.clock.advance(0);
    expect(JSON.parse(JSON.stringify(last))).toEqual({ hp: 10, mood: 'calm' });
    expect({ ...nested }).toEqual({ hp: 10, mood: 'calm' });
    expect(structuredClone(all.get(2_000))).toEqual({ hp: 10, mood: 'calm' });
  });

  it('are swept up a thousand objects a turn', async () => {
    const { t, module, all } = await living(first);
    for (let id = 2; id <= 2_500; id++) all.set(id, new module.Goblin());
    const swept = () => [...all.values()].filter((one) => Object.hasOwn(one, 'mood')).length;
    committed(await t.change({ 'goblin.ts': second }));
    const seen = new Set<number>();
    for (let turn = 0; turn < 100; turn++) {
      seen.add(swept());
      if (t.clock.due.length === 0) break;
      await t.clock.advance(0);
    }
    expect(swept()).toBe(2_500);
  });
});

describe('what is refused or taken back', () => {
  it('leaves living objects exactly as they were, also those that the new code has touched', async () => {
    const toucher = "import { all } from './keeper.ts'; import './goblin.ts'; export const mood = all.get(1)?.mood;";
    const { t, module, one } = await living(first, { 'toucher.ts': toucher });
    await t.import('toucher.ts');
    const { Goblin } = module;
    const before = pictureOf(one, Goblin);
    const failing = `${toucher} if (mood !== 'calm') throw new Error('untouched'); all.get(1).mood = 'angry'; throw new Error('no');`;
    const [diagnostic] = refused(await t.change({ 'goblin.ts': second, 'toucher.ts': failing }));
    expect(diagnostic?.message).toContain('no');
    expect(pictureOf(one, Goblin)).toEqual(before);
    expect([one.step(), one.rank, one.mood]).toEqual(['walks', 'private 10', undefined]);
    expect(upgrades(t)).toEqual([]);
    committed(await t.change({ 'goblin.ts': second, 'toucher.ts': toucher }));
    expect([one.step(), one.mood]).toEqual(['runs', 'calm']);
  });

  it('goes back with a revert, and forth again', async () => {
    const { t, one } = await living(first);
    committed(await t.change({ 'goblin.ts': second }));
    expect(one.mood).toBe('calm');
    one.mood = 'angry';
    committed(await t.host.revert());
    expect([one.step(), one.rank]).toEqual(['walks', 'private 10']);
    committed(await t.change({ 'goblin.ts': second.replace('runs', 'flies') }));
    expect([one.step(), one.mood]).toEqual(['flies', 'angry']);
  });
});

describe('decorated classes', () => {
  const decorators = `
    export const names: string[] = [];
    export const shout = (method: any) => function (this: any) { return method.call(this).toUpperCase(); };
    export const listed = (made: any, context: any) => { names.push(context?.name ?? made.name); };
    export const wrapped = (made: any) => class extends made { wrap() { return 'wrapped'; } };
    export const legacyShout = (prototype: any, name: string, d: any) => ({ ...d, value() { return d.value.call(this).toUpperCase(); } });`;

  it('follow', async () => {
    const text = (says: string, more = '') => `import { listed, shout } from './decorators.ts';
      @listed export class Goblin { static kind = '${says}'; hp = 1; ${more} @shout step() { return '${says}'; } }`;
    const { t, module, one } = await living(text('first'), { 'decorators.ts': decorators });
    committed(await t.change({ 'goblin.ts': text('second', "mood = 'calm';") }));
    expect([one.step(), one.mood, one instanceof module.Goblin, module.Goblin.kind]).toEqual([
      'SECOND',
      'calm',
      true,
      'second',
    ]);
  });

  it('follow where the decorator gives another class', async () => {
    const text = (says: string) => `import { wrapped } from './decorators.ts';
      @wrapped export class Goblin { hp = 1; step() { return '${says}'; } }`;
    const { t, module, one } = await living(text('first'), { 'decorators.ts': decorators });
    committed(await t.change({ 'goblin.ts': text('second') }));
    const { Goblin } = module;
    expect([one.step(), (one['wrap'] as () => string)(), one instanceof Goblin, one.constructor === Goblin]).toEqual([
      'second',
      'wrapped',
      true,
      true,
    ]);
    expect(upgrades(t)[0]?.classes).toEqual(['Goblin']);
  });

  it("follow with TypeScript's own decorators", async () => {
    const text = (says: string) => `import { listed, legacyShout, wrapped } from './decorators.ts';
      @wrapped export class Goblin { hp = 1; @legacyShout step() { return '${says}'; } }`;
    const t = await hostOf(
      { 'goblin.ts': text('first'), 'decorators.ts': decorators },
      { tsconfig: { compilerOptions: { experimentalDecorators: true } } },
    );
    const module = await t.import<Exports>('goblin.ts');
    const one = new module.Goblin();
    committed(await t.change({ 'goblin.ts': text('second') }));
    expect([one.step(), one instanceof module.Goblin]).toEqual(['SECOND', true]);
  });
});

describe('what living objects keep', () => {
  const secret = (says: string) => `export class Goblin {
  #hp = 10;
  step() { return '${says} ' + this.#hp; }
}`;

  it('is their whole old class where it has private members: told with the line', async () => {
    const { t, module, one } = await living(secret('first'));
    const Old = module.Goblin;
    committed(await t.change({ 'goblin.ts': secret('second') }));
    expect([one.step(), one.constructor === Old, one instanceof module.Goblin]).toEqual(['first 10', true, false]);
    expect(new module.Goblin().step()).toBe('second 10');
    expect(upgrades(t)).toMatchObject([
      {
        module: 'goblin.ts',
        classes: [],
        kept: [{ class: 'Goblin', diagnostic: { code: 'CLASS_PRIVATE', module: 'goblin.ts', line: 2, column: 3 } }],
      },
    ]);
    expect(upgrades(t)[0]?.kept[0]?.diagnostic.frame).toContain('#hp = 10');
  });

  it('is their old class where a base has private members and has changed, not where it has not', async () => {
    const orc = (says: string) => `import { Goblin } from './goblin.ts';
      export class Orc extends Goblin { roar() { return '${says} ' + this.step(); } }`;
    const { t } = await living(secret('first'), { 'orc.ts': orc('first') });
    const orcs = await t.import<{ Orc: CreatureClass }>('orc.ts');
    const one = new orcs.Orc();
    committed(await t.change({ 'orc.ts': orc('second') }));
    expect((one['roar'] as () => string)()).toBe('second first 10');
    committed(await t.change({ 'goblin.ts': secret('third') }));
    expect((one['roar'] as () => string)()).toBe('second first 10');
    expect(upgrades(t).map(({ module, classes, kept }) => [module, classes.length, kept.length])).toEqual([
      ['orc.ts', 1, 0],
      ['goblin.ts', 0, 1],
      ['orc.ts', 0, 1],
    ]);
  });

  it('is a field that became a method, and functions of the old version: told with the line', async () => {
    const { t, one } = await living(`export class Goblin {
  step = 'left';
  go = () => 'first';
  constructor() { this.run = this.run.bind(this); }
  run() { return 'first'; }
}`);
    committed(
      await t.change({
        'goblin.ts': "export class Goblin { step() { return 'second'; } go() {} run() { return 'second'; } }",
      }),
    );
    expect([one.step, (one['run'] as () => string)()]).toEqual(['left', 'first']);
    const [event] = upgrades(t);
    expect(event?.classes).toEqual(['Goblin']);
    expect(event?.stale.map(({ member, diagnostic }) => [member, diagnostic.code, diagnostic.line])).toEqual([
      ['step', 'FIELD_HIDES_MEMBER', 1],
      ['go', 'FIELD_HIDES_MEMBER', 1],
      ['run', 'FIELD_HIDES_MEMBER', 1],
      ['go', 'FIELD_KEEPS_CODE', 3],
      ['run', 'FIELD_KEEPS_CODE', 4],
    ]);
  });

  it('is their old class where its prototype is frozen, or the built-in class below is another', async () => {
    const { t, module, one } = await living(`${first}\nObject.freeze(Goblin.prototype);`);
    committed(await t.change({ 'goblin.ts': first.replace('walks', 'runs') }));
    expect(one.step()).toBe('walks');
    const two = new module.Goblin();
    committed(await t.change({ 'goblin.ts': "export class Goblin extends Map { step() { return 'maps'; } }" }));
    expect(two.step()).toBe('runs');
    expect(upgrades(t).map(({ kept }) => kept[0]?.diagnostic.code)).toEqual(['CLASS_FROZEN', 'CLASS_HERITAGE']);
  });
});

describe('a class', () => {
  it('is what the language says, but for what it does not show', async () => {
    const text = `
      export const seen: unknown[] = [];
      export class Goblin {
        static kind = 'goblin';
        static { seen.push(this.name, Object.getOwnPropertyNames(this).join(), Reflect.ownKeys(this.prototype).join()); }
        constructor() { seen.push(new.target === Goblin); }
        step() {}
      }
      export default class { }`;
    const t = await hostOf({ 'main.ts': text });
    const main = await t.import<Exports & { seen: unknown[] }>('main.ts');
    new main.Goblin();
    expect(main.seen).toEqual(['Goblin', 'length,name,prototype,kind', 'constructor,step', true]);
    expect(Object.getOwnPropertyNames(main.Goblin)).toEqual(['length', 'name', 'prototype', 'kind']);
    expect(main.default.name).toBe('default');
  });

  it('that goes and comes again is the same one, as a slot is: what was taken out by mistake is put back', async () => {
    const { t, one } = await living(`${first}\nexport const more = 1;`);
    committed(await t.change({ 'goblin.ts': 'export const more = 2;' }));
    expect(one.step()).toBe('walks');
    committed(await t.change({ 'goblin.ts': second }));
    expect(one.step()).toBe('runs');
    expect(upgrades(t)).toEqual([]);
  });

  it('is told of when a module runs again, with the release that runs', async () => {
    const { t } = await living(`${first}\nclass Other {}`);
    committed(await t.change({ 'goblin.ts': `${second}\nclass Other {}` }));
    expect(upgrades(t)).toMatchObject([
      {
        module: 'goblin.ts',
        namespace: 'main',
        release: { number: 2 },
        classes: ['Goblin', 'Other'],
        kept: [],
        stale: [],
      },
    ]);
  });

  it('of one room leaves the objects of another alone', async () => {
    const { t, one } = await living(first);
    const room = await t.host.namespace('room', { entries: ['goblin.ts'], follow: false });
    const there = (await room.import('goblin.ts')) as Exports;
    const guest = new there.Goblin();
    committed(await t.change({ 'goblin.ts': second }));
    expect([one.step(), guest.step()]).toEqual(['runs', 'walks']);
  });
});

/** What can be seen of an object and its class, by identity. */
function pictureOf(object: object, made: CreatureClass): unknown[] {
  const chain: unknown[] = [];
  for (
    let each: object | null = object;
    each !== null && each !== Object.prototype;
    each = Object.getPrototypeOf(each)
  ) {
    chain.push(
      each,
      Reflect.ownKeys(each).map((key) => [key, Object.getOwnPropertyDescriptor(each, key)]),
    );
  }
  return [chain, Reflect.ownKeys(made).map((key) => [key, Object.getOwnPropertyDescriptor(made, key)])];
}

describe('living objects whose class goes and comes back', () => {
  const HORDE = `
    import { state } from 'rekindle/script';
    import { strength } from './strength.ts';
    export class Goblin { hp = 10; step() { return 'walks ' + strength; } }
    export const goblins = state('goblins', () => ({ all: [new Goblin()] }));
  `;
  const modules = { 'horde.ts': HORDE, 'strength.ts': 'export const strength = 1;' };
  interface Horde {
    readonly goblins: { readonly all: { readonly hp: number; readonly mood?: string; step(): string }[] };
  }

  it('are of the class that comes with their module, which had left for a while', async () => {
    const t = await hostOf(modules);
    const [one] = (await t.import<Horde>('horde.ts')).goblins.all;
    committed(await t.host.unload('horde.ts'));

    await t.change({
      ...modules,
      'horde.ts': HORDE.replace('walks', 'runs').replace('hp = 10;', "hp = 1; mood = 'calm';"),
    });
    const { goblins } = await t.import<Horde>('horde.ts');

    expect(goblins.all).toEqual([one]);
    expect(one?.step()).toBe('runs 1');
    expect([one?.hp, one?.mood]).toEqual([10, 'calm']);
  });

  it('are as they were where the module that comes back is refused', async () => {
    const t = await hostOf(modules);
    const [one] = (await t.import<Horde>('horde.ts')).goblins.all;
    committed(await t.host.unload('horde.ts'));
    await t.change({ ...modules, 'horde.ts': `${HORDE.replace('walks', 'runs')} throw new Error('not yet');` });
    await expect(t.import('horde.ts')).rejects.toThrow('not yet');
    expect(() => one?.step()).toThrow('horde.ts');

    await t.change(modules);
    await t.import('horde.ts');
    expect(one?.step()).toBe('walks 1');
  });
});
