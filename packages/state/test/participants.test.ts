import { EventEmitter } from 'node:events';
import {
  createHook,
  createRegistry,
  endScopes,
  type Hook,
  participants,
  type Registry,
  type Scope,
} from '@rekindle/state';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Body, type Edits, type Module, Namespace, type Probe } from './namespace.ts';

/** What a module of the test does in its body. Every kind of thing that a version can own is in it. */
interface Text {
  /** Distinguishes one edit from the next: callbacks of the game see it. */
  readonly edition: number;
  readonly slots: readonly { readonly name: string; readonly version: number; readonly down: boolean }[];
  /** Takes over the slot of this name from the module before, where that has one. */
  readonly from: boolean;
  readonly callbacks: number;
  readonly keys: readonly string[];
  readonly effects: readonly ('plain' | 'no clean-up' | 'makes things' | 'nested' | 'throws')[];
  readonly intervals: readonly number[];
  readonly timeouts: readonly number[];
  readonly listeners: number;
  readonly live: boolean;
  readonly task: boolean;
  readonly schedule: boolean;
  readonly throws: boolean;
}

/** Only one key is such that two modules may want it. */
const keyOf = (id: string, key: string): string => (key === 'shared' ? key : `${id} ${key}`);

const MODULES = ['a.ts', 'b.ts', 'c.ts', 'd.ts'];

/** A game with everything that scripts plug into, and a way to see all of it. */
class Game {
  readonly namespace = new Namespace();
  readonly tick: Hook<(log: string[]) => void> = createHook('tick');
  readonly join: Hook<(player: string) => void> = createHook('join', { current: () => ['ann'] });
  readonly items: Registry<string> = createRegistry('items');
  readonly chat = new EventEmitter();
  /** What effects have set up and not cleaned up: each once. */
  readonly resources = new Set<string>();
  readonly greeted: string[] = [];
  /** The first live function that each module has given out since it was loaded. */
  readonly kept = new Map<string, { readonly scope: Scope; readonly call: () => unknown }>();

  body(id: string, text: Text): Body {
    const tag = (n: number | string): string => `${id} ${text.edition} ${n}`;
    return (module) => {
      for (const { name, version, down } of text.slots) this.#slot(module, name, version, down, text.from);
      for (let n = 0; n < text.callbacks; n++) this.tick.add((log) => void log.push(tag(n)));
      if (text.callbacks > 0) this.join.add((player) => void this.greeted.push(`${player} by ${id}`));
      for (const key of text.keys) this.items.set(keyOf(id, key), tag(key));
      for (const [n, kind] of text.effects.entries()) this.#effect(module, kind, tag(n));
      for (const delay of text.intervals) module.timers.setInterval(() => {}, delay);
      for (const delay of text.timeouts) module.timers.setTimeout(() => {}, delay);
      for (let n = 0; n < text.listeners; n++) module.listen(this.chat, 'say', (log: string[]) => log.push(tag(n)));
      if (text.live)
        this.#keep(
          id,
          module.scope,
          module.live(() => text.edition),
        );
      if (text.task) module.task('t', async ({ sleep }) => sleep(1_000));
      if (text.schedule) module.schedule('s', () => {}).after(2_000);
      if (text.throws) throw new SyntaxError('broken');
    };
  }

  #slot({ state, scope }: Module, name: string, version: number, down: boolean, from: boolean): void {
    const step = (old: { was: number }) => ({ ...old, was: old.was + 1 });
    const before = MODULES[MODULES.indexOf(scope.owner.module) - 1];
    state(name, () => ({ was: version }), {
      version: version as number,
      up: { 2: step, 3: step },
      ...(down ? { down: { 2: step, 3: step } } : {}),
      ...(from && before !== undefined ? { from: `${before}#${name}` } : {}),
    });
  }

  #effect({ effect, timers }: Module, kind: Text['effects'][number], tag: string): void {
    const take = (name: string) => {
      if (this.resources.has(name)) throw new Error(`${name} is taken`);
      this.resources.add(name);
      return () => void this.resources.delete(name);
    };
    effect(() => {
      if (kind === 'throws') throw new Error('port in use');
      if (kind === 'no clean-up') return undefined;
      if (kind === 'makes things') timers.setInterval(() => {}, 700);
      if (kind === 'nested') effect(() => take(`${tag} nested`));
      return take(tag);
    });
  }

  /** What the game sees: the same as before after a refusal, in every respect. */
  seen() {
    const { namespace, chat } = this;
    const collections = [this.tick, this.join, this.items] as unknown as {
      listed(realm: unknown): readonly object[];
    }[];
    return {
      lists: collections.map((one) => one.listed(namespace.realm)),
      called: this.called(),
      items: [...this.items.entries()],
      slots: this.#slots(),
      due: namespace.clock.due,
      resources: [...this.resources].sort(),
      listeners: chat.listeners('say'),
      heard: this.heard(),
      live: this.live(),
      greeted: [...this.greeted],
      scopes: [...namespace.scopes.values()].map(({ phase, signal, order }) => [phase, signal.aborted, order]),
    };
  }

  /** By name: their order is nobody's business. */
  #slots() {
    const slots = this.namespace.realm.slots.list().map((slot) => ({
      key: `${slot.module}#${slot.name}`,
      version: slot.version,
      waits: slot.expiry !== undefined,
      content: structuredClone(slot.value),
      identities: [slot, slot.value, slot.down, ...slot.named],
    }));
    return slots.sort((one, other) => (one.key < other.key ? -1 : 1));
  }

  #keep(id: string, scope: Scope, call: () => unknown): void {
    const first = this.kept.get(id);
    if (first === undefined || first.scope.end === 'refused') this.kept.set(id, { scope, call });
  }

  /** What those who keep a live function of a loaded module get. */
  live(): unknown[] {
    const loaded = [...this.kept].filter(([id, { scope }]) => this.namespace.scopes.has(id) && scope.end !== 'refused');
    return loaded.map(([id, { call }]) => [id, call()]);
  }

  called(): string[] {
    const log: string[] = [];
    this.tick.call(log);
    return log;
  }

  heard(): string[] {
    const log: string[] = [];
    this.chat.emit('say', log);
    return log;
  }
}

/** Values by identity: two objects that look alike are not the same. */
function expectSame(after: ReturnType<Game['seen']>, before: ReturnType<Game['seen']>): void {
  const plain = ({ slots, lists, listeners, ...rest }: ReturnType<Game['seen']>) => ({
    ...rest,
    slots: slots.map(({ identities, ...slot }) => slot),
  });
  const identities = ({ slots, lists, listeners }: ReturnType<Game['seen']>): unknown[] => [
    ...lists,
    ...listeners,
    ...slots.flatMap((slot) => slot.identities),
  ];
  expect(plain(after)).toEqual(plain(before));
  const known = identities(before);
  expect(identities(after).map((one, index) => one === known[index])).toEqual(known.map(() => true));
}

const text: fc.Arbitrary<Text> = fc.record({
  edition: fc.nat(999),
  slots: fc.uniqueArray(
    fc.record({ name: fc.constantFrom('gold', 'bag'), version: fc.integer({ min: 1, max: 3 }), down: fc.boolean() }),
    { selector: ({ name }) => name, maxLength: 2 },
  ),
  from: fc.boolean(),
  callbacks: fc.nat(3),
  keys: fc.uniqueArray(fc.constantFrom('own', 'other', 'shared'), { maxLength: 2 }),
  effects: fc.array(
    fc.oneof(
      { weight: 20, arbitrary: fc.constantFrom('plain', 'no clean-up', 'makes things', 'nested') },
      { weight: 1, arbitrary: fc.constant('throws') },
    ) as fc.Arbitrary<Text['effects'][number]>,
    { maxLength: 2 },
  ),
  intervals: fc.array(fc.constantFrom(500, 600), { maxLength: 3 }),
  timeouts: fc.array(fc.constantFrom(900, 1_100), { maxLength: 2 }),
  listeners: fc.nat(2),
  live: fc.boolean(),
  task: fc.boolean(),
  schedule: fc.boolean(),
  throws: fc.oneof({ weight: 19, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

/** The names of all participants: a new one is tested from the moment in which it is there. */
const NAMES = (() => {
  const { realm } = new Namespace();
  return participants(realm, { pairs: [] }).map(({ name }) => name);
})();

const step = fc.record({
  edits: fc.dictionary(fc.constantFrom(...MODULES), fc.oneof(text, fc.constant(null)), { maxKeys: 3 }),
  again: fc.boolean(),
  fails: fc.oneof(
    { weight: 3, arbitrary: fc.constant(null) },
    {
      weight: 1,
      arbitrary: fc.record({ name: fc.constantFrom(...NAMES), act: fc.constantFrom('apply', 'applied') }),
    },
  ),
  wait: fc.nat(400),
});

const INJECTED = new Error('injected');

function probeOf(fails: { readonly name: string; readonly act: string } | null): Probe {
  return ({ name }, act) => {
    if (fails?.name === name && fails.act === act) throw INJECTED;
  };
}

describe('a transaction', () => {
  it('commits everything or leaves everything as it was, wherever it fails', async () => {
    let committed = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 10, size: 'max' }), async (steps) => {
        const game = new Game();
        const { namespace } = game;
        const current = new Map<string, Text>();
        for (const { edits, again, fails, wait } of steps) {
          const known = Object.entries(edits).filter(([id, next]) => next !== null || current.has(id));
          const bodies: Edits = Object.fromEntries(
            known.map(([id, next]) => [id, next === null ? null : game.body(id, next)]),
          );
          const kept = [...current.keys()].filter((id) => again && !(id in edits));
          const before = game.seen();
          const old = known.flatMap(([id]) => namespace.scopes.get(id) ?? []);
          try {
            namespace.again(kept, bodies, probeOf(fails));
          } catch (error) {
            refused += 1;
            const failed = namespace.events.filter(({ type }) => type === 'effect:failed');
            expect(failed).toEqual([]);
            expectSame(game.seen(), before);
            if (error === INJECTED) expect(fails).not.toBeNull();
            await namespace.clock.advance(wait);
            continue;
          }
          committed += 1;
          expect(fails).toBeNull();
          for (const [id, next] of known) {
            if (next === null) {
              current.delete(id);
              game.kept.delete(id);
            } else current.set(id, next);
          }
          expectCommitted(game, current, old);
          await namespace.clock.advance(wait);
        }
        namespace.change(Object.fromEntries([...current.keys()].map((id) => [id, null])));
        expect(namespace.faults).toEqual([]);
        expect(game.resources.size).toBe(0);
        expect([game.tick.size, game.join.size, game.items.size]).toEqual([0, 0, 0]);
        expect(game.chat.listenerCount('say')).toBe(0);
        await namespace.clock.advance(25 * 60 * 60_000);
        expect(namespace.clock.due).toEqual([]);
        expect(namespace.realm.slots.list()).toEqual([]);
      }),
      { numRuns: 200 },
    );
    // The arbitrary is worth nothing where it only ever does one of the two.
    expect(Math.min(committed, refused)).toBeGreaterThan(100);
  });
});

/** What the sources that are in force say, and nothing else, is what the game sees. */
function expectCommitted(game: Game, current: ReadonlyMap<string, Text>, old: readonly Scope[]): void {
  const { namespace } = game;
  const texts = [...namespace.scopes.keys()].map((id) => [id, current.get(id) as Text] as const);
  const tags = (count: (text: Text) => number): string[] =>
    texts.flatMap(([id, one]) => Array.from({ length: count(one) }, (_, n) => `${id} ${one.edition} ${n}`));
  expect(game.called()).toEqual(tags(({ callbacks }) => callbacks));
  expect(game.heard().sort()).toEqual(tags(({ listeners }) => listeners).sort());
  expect([...game.items.entries()]).toEqual(
    texts.flatMap(([id, { edition, keys }]) => keys.map((key) => [keyOf(id, key), `${id} ${edition} ${key}`])),
  );
  const cleaned = texts.flatMap(([id, { edition, effects }]) =>
    effects.flatMap((kind, n) => {
      const tag = `${id} ${edition} ${n}`;
      if (kind === 'plain' || kind === 'makes things') return [tag];
      return kind === 'nested' ? [tag, `${tag} nested`] : [];
    }),
  );
  expect([...game.resources].sort()).toEqual(cleaned.sort());
  for (const [id, { slots }] of texts) {
    for (const { name, version } of slots) {
      expect(namespace.realm.slots.find(id, name)).toMatchObject({ version, named: new Set([namespace.scope(id)]) });
    }
  }
  const due = (delays: (text: Text) => number): number => texts.reduce((sum, [, one]) => sum + delays(one), 0);
  const waiting = [...namespace.scopes.values()].flatMap(({ pending }) => [...(pending ?? [])]);
  expect(waiting.filter(({ kind }) => kind === 'setInterval')).toHaveLength(
    due(({ intervals, effects }) => intervals.length + effects.filter((kind) => kind === 'makes things').length),
  );
  expect(waiting.every(({ state }) => state === 'set')).toBe(true);
  for (const scope of old) {
    expect([scope.phase, scope.signal.aborted, scope.pending?.size ?? 0]).toEqual(['ended', true, 0]);
  }
  for (const scope of namespace.scopes.values()) expect(scope.phase).toBe('active');
}

describe('each participant', () => {
  const full: Text = {
    edition: 1,
    slots: [{ name: 'gold', version: 1, down: true }],
    from: false,
    callbacks: 2,
    keys: ['own'],
    effects: ['plain', 'nested', 'makes things', 'no clean-up'],
    intervals: [500, 500],
    timeouts: [900],
    listeners: 2,
    live: true,
    task: true,
    schedule: true,
    throws: false,
  };
  const next: Text = { ...full, edition: 2, slots: [{ name: 'gold', version: 3, down: true }], callbacks: 3 };

  it.each(NAMES.flatMap((name) => [[name, 'apply'] as const, [name, 'applied'] as const]))(
    '%s can fail at %s, and nothing has happened',
    async (name, act) => {
      const game = new Game();
      const { namespace } = game;
      namespace.change({
        'a.ts': game.body('a.ts', full),
        'b.ts': game.body('b.ts', { ...full, keys: ['own', 'shared'] }),
      });
      await namespace.clock.advance(123);
      const before = game.seen();
      const edits = {
        'a.ts': game.body('a.ts', next),
        'b.ts': null,
        'c.ts': game.body('c.ts', { ...next, keys: ['shared'] }),
      };
      expect(() => namespace.change(edits, probeOf({ name, act }))).toThrow(INJECTED);
      expectSame(game.seen(), before);
      namespace.change(edits);
      expect(game.called()).toHaveLength(6);
    },
  );

  it('takes back what it had done when it failed half-way', () => {
    const game = new Game();
    const { namespace } = game;
    namespace.change({ 'a.ts': game.body('a.ts', full) });
    const before = game.seen();
    for (const kind of ['hook', 'registry'] as const) {
      const hostile = {
        kind,
        name: 'hostile',
        listed: () => [],
        swap: () => {
          throw INJECTED;
        },
        forget() {},
        settle() {},
      };
      const body: Body = (module) => {
        game.body('a.ts', next)(module);
        module.scope.collections?.add(hostile);
      };
      expect(() => namespace.change({ 'a.ts': body })).toThrow(INJECTED);
      expectSame(game.seen(), before);
    }
  });

  it('may be told to undo without having been applied', () => {
    const { realm } = new Namespace();
    for (const participant of participants(realm, { pairs: [] })) participant.undo();
  });
});

describe('the end of a namespace', () => {
  it('cleans up, disposes, and leaves no handle behind', async () => {
    const game = new Game();
    const { namespace } = game;
    const closed: string[] = [];
    namespace.change({
      'a.ts': (module) => {
        module.state('server', () => ({}), { dispose: () => closed.push('server') });
        module.state('kept', () => ({}));
        module.effect(() => () => closed.push('effect'));
        module.listen(game.chat, 'say', () => {});
        module.timers.setInterval(() => {}, 10);
        module.task('t', async ({ sleep }) => sleep(10));
        game.tick.add(() => {});
      },
      'b.ts': (module) => module.effect(() => () => closed.push('effect of an importer')),
    });
    endScopes(namespace.realm, [...namespace.scopes.values()]);
    expect(closed).toEqual(['effect of an importer', 'effect', 'server']);
    expect([game.tick.size, game.chat.listenerCount('say')]).toEqual([0, 0]);
    expect(namespace.realm.slots.list()).toEqual([]);
    await namespace.clock.advance(0);
    expect(namespace.clock.due).toEqual([]);
    expect(namespace.faults).toEqual([]);
  });
});
