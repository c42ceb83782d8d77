import { beforeEach, describe, expect, test } from 'vitest';
import type { Snapshot } from '../../src/protocol.ts';
import { pageModule } from '../support/page-module.ts';

interface Frame {
  readonly tick: number;
  readonly players: { readonly id: number; readonly x: number; readonly aim: number; readonly jumped?: boolean }[];
  readonly shots: { readonly id: number; readonly x: number }[];
  readonly moments: { readonly moment: string }[];
}
interface Timeline {
  reset(rate: number): void;
  add(snapshot: Snapshot, now: number): void;
  at(now: number): Frame | undefined;
}

const { Timeline } = await pageModule<{ Timeline: new () => Timeline }>('timeline.js');

/** How far behind the newest snapshot the page is, in ms. */
const BEHIND = 95;

function snapshot(tick: number, parts: Partial<Snapshot> = {}): Snapshot {
  return { t: 's', tick, players: [], npcs: [], shots: [], items: [], moments: [], ...parts };
}
const player = (x: number, aim = 0) => [1, x * 10, 0, aim, 100, 0, 1, 110];

describe('the page', () => {
  let timeline: Timeline;
  /** Shows the page at a fraction of a tick. */
  const frameAt = (tick: number) => timeline.at(tick * 50 + BEHIND + 20);
  /** A snapshot comes 20 ms after its tick. */
  const arrive = (tick: number, parts?: Partial<Snapshot>) => timeline.add(snapshot(tick, parts), tick * 50 + 20);

  beforeEach(() => {
    timeline = new Timeline();
    timeline.reset(20);
  });

  test('has nothing to show before the first snapshot', () => {
    expect(timeline.at(1000)).toBeUndefined();
  });

  test('shows what lies between two snapshots', () => {
    arrive(1, { players: player(100) });
    arrive(2, { players: player(110) });
    expect(frameAt(1.5)?.players[0]).toMatchObject({ x: 105 });
    expect(frameAt(1.25)?.tick).toBeCloseTo(1.25);
  });

  test('stands still where nothing has been told', () => {
    arrive(1, { players: player(100) });
    arrive(2, { players: player(110) });
    expect(frameAt(3.7)?.players[0]).toMatchObject({ x: 110 });
  });

  test('turns the short way round', () => {
    arrive(1, { players: player(0, 250) });
    arrive(2, { players: player(0, 4) });
    const turns = ((frameAt(1.5)?.players[0]?.aim ?? 0) / (2 * Math.PI)) * 256;
    expect(turns).toBeCloseTo(255);
  });

  test('does not slide whoever appears elsewhere', () => {
    arrive(1, { players: player(100) });
    arrive(2, { players: player(900) });
    expect(frameAt(1.2)?.players[0]).toMatchObject({ x: 900, jumped: true });
  });

  test('lets a shot fly up to what it hits', () => {
    const shot = (x: number) => [9, x * 10, 0, 1, 40];
    arrive(1, { shots: shot(0) });
    arrive(2, { shots: shot(30) });
    arrive(3);
    expect(frameAt(2.5)?.shots[0]?.x).toBeCloseTo(45);
    expect(frameAt(3)?.shots).toEqual([]);
  });

  test('shows a moment once, when its tick has come', () => {
    arrive(1);
    arrive(2, { moments: [0, 10, 10, 1] });
    expect(frameAt(1.9)?.moments).toEqual([]);
    expect(frameAt(2.1)?.moments).toMatchObject([{ moment: 'hit' }]);
    expect(frameAt(2.2)?.moments).toEqual([]);
  });

  test('takes the quickest snapshot as the truth, whatever jitter there is', () => {
    arrive(1, { players: player(100) });
    timeline.add(snapshot(2, { players: player(110) }), 2 * 50 + 48);
    timeline.add(snapshot(3, { players: player(120) }), 3 * 50 + 21);
    expect(frameAt(2.5)?.players[0]?.x).toBeCloseTo(115, 0);
  });
});
