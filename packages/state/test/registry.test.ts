import { createRegistry, LATER, LEXICAL, type Registry, runIn, type StateError } from '@rekindle/state';
import { describe, expect, it } from 'vitest';
import { type Body, codeOf, Namespace } from './namespace.ts';

const sets =
  <Value>(registry: Registry<Value>, definitions: Readonly<Record<string, Value>>): Body =>
  () => {
    for (const [key, value] of Object.entries(definitions)) registry.set(key, value);
  };

describe('a registry', () => {
  it('has the definitions of all modules, in evaluation order, and replaces them in their place', () => {
    const items = createRegistry<number>('items');
    const game = new Namespace();
    game.change({ 'a.ts': sets(items, { sword: 1, axe: 2 }), 'b.ts': sets(items, { bow: 3 }) });
    expect([...items.entries()]).toEqual([
      ['sword', 1],
      ['axe', 2],
      ['bow', 3],
    ]);
    game.change({ 'a.ts': sets(items, { club: 9, sword: 10 }) });
    expect([...items.keys()]).toEqual(['club', 'sword', 'bow']);
    expect([items.get('sword'), items.get('axe'), items.size]).toEqual([10, undefined, 3]);
    game.change({ 'a.ts': null });
    expect([...items.keys()]).toEqual(['bow']);
  });

  it('takes any value for a key, once for each module: the last one counts', () => {
    const items = createRegistry<string | undefined, symbol>('items');
    const key = Symbol('sword');
    const game = new Namespace();
    game.change({
      'a.ts': () => {
        items.set(key, 'first');
        items.set(key, undefined);
      },
    });
    expect([items.get(key), items.size]).toEqual([undefined, 1]);
  });

  it('refuses a release in which two modules set one key, with both names and the line', () => {
    const items = createRegistry<number>('items');
    const game = new Namespace();
    game.change({ 'a.ts': sets(items, { sword: 1 }) });
    let error: StateError | undefined;
    try {
      game.change({ 'b.ts': sets(items, { sword: 2 }) });
    } catch (thrown) {
      error = thrown as StateError;
    }
    expect(error).toMatchObject({ code: 'REGISTRY_CONFLICT', module: 'b.ts' });
    expect(error?.message).toBe("'b.ts' and 'a.ts' both set 'sword' in the registry 'items'.");
    expect(error?.stack).toContain('registry.test.ts');
    expect([items.get('sword'), items.size]).toEqual([1, 1]);
  });

  it('lets a key move from one module to another in one release', () => {
    const items = createRegistry<number>('items');
    const game = new Namespace();
    game.change({ 'a.ts': sets(items, { sword: 1 }), 'b.ts': sets(items, {}) });
    game.change({ 'a.ts': sets(items, {}), 'b.ts': sets(items, { sword: 2 }) });
    expect(items.get('sword')).toBe(2);
    expect(codeOf(() => game.change({ 'a.ts': sets(items, { sword: 3 }) }))).toBe('REGISTRY_CONFLICT');
  });

  it('is not changed by a refusal', () => {
    const items = createRegistry<number>('items');
    const game = new Namespace();
    game.change({ 'a.ts': sets(items, { sword: 1 }) });
    const broken: Body = () => {
      throw new SyntaxError('broken');
    };
    expect(() => game.change({ 'a.ts': sets(items, { sword: 2 }), 'b.ts': broken })).toThrow(SyntaxError);
    expect(items.get('sword')).toBe(1);
  });

  it('shows a body what bodies before it have set, and nobody else', () => {
    const items = createRegistry<number>('items');
    const game = new Namespace();
    const seen: unknown[] = [];
    game.change({
      'a.ts': sets(items, { sword: 1 }),
      'b.ts': ({ scope }) => {
        seen.push(items.get('sword'));
        seen.push(runIn(undefined, () => items.get('sword')));
        expect(scope.phase).toBe('staged');
      },
    });
    expect(seen).toEqual([1, undefined]);
  });

  it('sets at once for code that runs, and throws there when another module has the key', () => {
    const items = createRegistry<number>('items');
    const game = new Namespace();
    game.change({ 'a.ts': sets(items, { sword: 1 }), 'b.ts': () => {} });
    runIn(game.scope('a.ts'), () => items.set('sword', 2));
    expect(items.get('sword')).toBe(2);
    expect(codeOf(() => runIn(game.scope('b.ts'), () => items.set('sword', 3)))).toBe('REGISTRY_CONFLICT');
    game.change({ 'a.ts': () => {} });
    expect(items.get('sword')).toBeUndefined();
  });

  it('keeps what the game itself sets, against whom no script wins', () => {
    const items = createRegistry<number>('items');
    const game = new Namespace();
    items.set('fists', 0);
    game.change({ 'a.ts': sets(items, { sword: 1 }) });
    expect([...items.keys()]).toEqual(['fists', 'sword']);
    expect(codeOf(() => game.change({ 'b.ts': sets(items, { fists: 1 }) }))).toBe('REGISTRY_CONFLICT');
    expect(codeOf(() => items.set('sword', 5))).toBe('REGISTRY_CONFLICT');
    expect(items.get('sword')).toBe(1);
  });

  it('has one view for each namespace', () => {
    const items = createRegistry<string>('items');
    for (const name of ['room-1', 'room-2']) new Namespace(name).change({ 'a.ts': sets(items, { sword: name }) });
    expect([items.get('sword'), items.for('room-2').get('sword')]).toEqual(['room-1', 'room-2']);
    expect([items.size, items.for('room-1').size, items.for('nowhere').size]).toEqual([1, 1, 0]);
    expect([...items.for('room-2').entries()]).toEqual([['sword', 'room-2']]);
    expect([...items.for('room-2').keys()]).toEqual(['sword']);
  });

  it('knows whose text calls set', () => {
    const items = createRegistry<number>('items');
    const game = new Namespace();
    game.change({ 'a.ts': () => {} });
    items.set[LEXICAL](game.scope('a.ts'))('sword', 1);
    expect(items.set[LATER]).toBe(true);
    game.change({ 'a.ts': () => {} });
    expect(items.size).toBe(0);
  });
});
