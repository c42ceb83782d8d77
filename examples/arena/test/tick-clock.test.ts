import { expect, test } from 'vitest';
import { TickClock } from '../src/tick-clock.ts';
import { ManualTimers } from './support/manual-timers.ts';

function clockWith(onTick: (timers: ManualTimers) => void = () => {}) {
  const timers = new ManualTimers();
  let ticks = 0;
  const clock = new TickClock({
    interval: 50,
    timers,
    onTick: () => {
      ticks++;
      onTick(timers);
    },
  });
  clock.start();
  return { clock, timers, ticks: () => ticks };
}

test('ticks at a fixed rate', () => {
  const { timers, ticks } = clockWith();
  timers.advance(49);
  expect(ticks()).toBe(0);
  timers.advance(1);
  expect(ticks()).toBe(1);
  timers.advance(10_000);
  expect(ticks()).toBe(201);
});

test('work in a tick does not delay the next one', () => {
  const { timers, ticks } = clockWith((time) => time.stall(13));
  timers.advance(60_000);
  expect(ticks()).toBe(1200);
});

test('a tick that came late is followed by the next one in time', () => {
  const { clock, timers, ticks } = clockWith();
  timers.stall(73);
  expect(ticks()).toBe(1);
  expect(clock.lateness.summary().max).toBeCloseTo(23);
  timers.advance(27);
  expect(ticks()).toBe(2);
});

test('a short stop is made up, tick by tick', () => {
  const { clock, timers, ticks } = clockWith();
  timers.stall(250);
  timers.advance(10);
  expect(ticks()).toBe(5);
  expect(clock.skipped).toBe(0);
});

test('after a long stop it goes on from now, and says how much is missing', () => {
  const { clock, timers, ticks } = clockWith();
  timers.stall(60_000);
  expect(ticks()).toBe(1);
  expect(clock.skipped).toBe(1199);
  timers.advance(500);
  expect(ticks()).toBe(11);
});

test('a tick that throws does not end the clock', () => {
  let broken = true;
  const { timers, ticks } = clockWith(() => {
    if (broken) throw new Error('broken rule');
  });
  expect(() => timers.advance(50)).toThrow('broken rule');
  broken = false;
  timers.advance(50);
  expect(ticks()).toBe(2);
});

test('stop leaves no timer behind', () => {
  const { clock, timers, ticks } = clockWith();
  timers.advance(100);
  clock.stop();
  expect(timers.idle).toBe(true);
  timers.advance(1000);
  expect(ticks()).toBe(2);
});
