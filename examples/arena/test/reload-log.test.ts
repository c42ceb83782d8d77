import { expect, test } from 'vitest';
import { type ReloadEvent, ReloadLog } from '../src/reload-log.ts';

const at = { time: 0, tick: 0, release: 1 };
const refused: ReloadEvent = { kind: 'refused', faults: [] };

test('keeps the last entries, numbered', () => {
  const log = new ReloadLog(3);
  for (let n = 0; n < 5; n++) log.add(refused, at);
  expect(log.entries.map(({ id }) => id)).toEqual([3, 4, 5]);
});

test('an error in running code is not a reload', () => {
  const log = new ReloadLog();
  expect(log.lastReload).toBeNull();
  log.add(refused, at);
  log.add({ kind: 'error', fault: { code: 'SCRIPT_ERROR', message: 'no' } }, at);
  expect(log.lastReload).toMatchObject({ kind: 'refused', id: 1 });
});
