import { expect, test } from 'vitest';
import { LatenessLog } from '../src/lateness.ts';

test('says how late half, and almost all, of the ticks were', () => {
  const log = new LatenessLog();
  for (let late = 0; late < 100; late++) log.add(late, 2);
  expect(log.summary()).toEqual({ p50: 50, p99: 99, max: 99, work: 2 });
});

test('forgets what is more than a minute ago', () => {
  const log = new LatenessLog();
  log.add(900, 0);
  for (let tick = 0; tick < 1200; tick++) log.add(1, 0);
  expect(log.summary().max).toBe(1);
  expect(log.count).toBe(1201);
});

test('knows the latest of the last second', () => {
  const log = new LatenessLog();
  for (const late of [30, 1, 7, 2]) log.add(late, 0);
  expect(log.worst(3)).toBe(7);
  expect(log.worst(100)).toBe(30);
});
