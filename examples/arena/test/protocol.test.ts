import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { radiansToTurns, readClientMessage, readName, turnsToRadians } from '../src/protocol.ts';

describe('what a client sends', () => {
  test('is read', () => {
    expect(readClientMessage('{"t":"watch"}')).toEqual({ t: 'watch' });
    expect(readClientMessage('{"t":"leave"}')).toEqual({ t: 'leave' });
    expect(readClientMessage('{"t":"join","name":"Ann"}')).toEqual({ t: 'join', name: 'Ann', bot: false });
    expect(readClientMessage('["i",100,0,64,1]')).toEqual({
      t: 'input',
      moveX: 1,
      moveY: 0,
      aim: Math.PI / 2,
      fire: true,
    });
  });

  test.each([
    'not json',
    '',
    'null',
    '5',
    '{}',
    '{"t":"reboot"}',
    '{"t":"join"}',
    '{"t":"join","name":5}',
    '["i"]',
    '["i",1,2,null,0]',
    '["i","1",2,3,0]',
    '["x",1,2,3,0]',
  ])('is turned away: %s', (text) => {
    expect(readClientMessage(text)).toBeUndefined();
  });

  test('never makes anybody faster than a full step', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e12, max: 1e12 });
    fc.assert(
      fc.property(number, number, number, (x, y, aim) => {
        const input = readClientMessage(JSON.stringify(['i', x, y, aim, 0]));
        if (input?.t !== 'input') throw new Error('not an input');
        expect(Math.hypot(input.moveX, input.moveY)).toBeLessThanOrEqual(1 + 1e-9);
      }),
    );
  });

  test('never throws, whatever it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        readClientMessage(text);
      }),
    );
  });
});

test('a name is short, printable and never empty', () => {
  expect(readName('  Ann \u0000 of\n\n Green   Gables \u202e')).toBe('Ann of Green Gab');
  expect(readName('\u200b\u0007')).toBe('Nobody');
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (name) => {
      const read = readName(name);
      expect([...read].length).toBeGreaterThan(0);
      expect([...read].length).toBeLessThanOrEqual(16);
      expect(read).not.toMatch(/[\p{C}\n]/u);
    }),
    { numRuns: 60 },
  );
});

test('an angle survives the wire within a 256th of a turn', () => {
  fc.assert(
    fc.property(fc.double({ min: -20, max: 20, noNaN: true }), (angle) => {
      const back = turnsToRadians(radiansToTurns(angle));
      expect(Math.cos(back - angle)).toBeGreaterThan(Math.cos(Math.PI / 256) - 1e-9);
    }),
  );
});
