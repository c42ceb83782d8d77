import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ratios, row, rowOfWorst, table, unjudged } from '../benchmark.ts';
import { growth, interleave, quantile } from '../statistics.ts';

describe('a quantile', () => {
  it('lies between its neighbours', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([10, 20], 0.95)).toBeCloseTo(19.5);
    expect(quantile([7], 0.95)).toBe(7);
  });

  it('is monotonic and within the samples', () => {
    const samples = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(samples, share, share, (values, a, b) => {
        const [low, high] = [quantile(values, Math.min(a, b)), quantile(values, Math.max(a, b))];
        expect(low).toBeLessThanOrEqual(high * (1 + 1e-12));
        expect(quantile(values, 0)).toBe(Math.min(...values));
        expect(quantile(values, 1)).toBe(Math.max(...values));
      }),
    );
  });

  it('of nothing is refused', () => {
    expect(() => quantile([], 0.5)).toThrow(RangeError);
  });
});

describe('contenders', () => {
  it('take turns, another one first in each round, and warm-up is thrown away', async () => {
    const order: string[] = [];
    const contender = (name: string) => ({
      name,
      measure: (round: number) => {
        order.push(`${name}${round}`);
        return round;
      },
    });
    const samples = await interleave([contender('a'), contender('b')], { rounds: 2, warmup: 1 });
    expect(order).toEqual(['a-1', 'b-1', 'b0', 'a0', 'a1', 'b1']);
    expect(samples).toEqual(
      new Map([
        ['a', [0, 1]],
        ['b', [0, 1]],
      ]),
    );
  });

  it('are all made ready before any of them is timed', async () => {
    const order: string[] = [];
    const contender = (name: string) => ({
      name,
      prepare: (round: number) => void order.push(`ready ${name}${round}`),
      measure: (round: number) => order.push(`${name}${round}`),
    });
    await interleave([contender('a'), contender('b')], { rounds: 2 });
    expect(order).toEqual(['ready a0', 'ready b0', 'a0', 'b0', 'ready a1', 'ready b1', 'b1', 'a1']);
  });
});

describe('growth', () => {
  const heap = (value: (step: number) => number) =>
    Array.from({ length: 21 }, (_, index) => ({ step: index * 100, value: value(index * 100) }));

  it('is what each step adds', () => {
    expect(growth(heap((step) => 5_000 + step * 3))).toBe(3);
  });

  it('does not take what came once for a leak, nor a leak for noise', () => {
    expect(growth(heap((step) => (step > 700 ? 300_000 : 0)))).toBe(0);
    const noise = (step: number) => ((step * 7919) % 1_000) - 500;
    expect(growth(heap((step) => step * 10 + noise(step) + (step > 700 ? 3_000 : 0)))).toBeCloseTo(10, -1);
  });

  it('needs two points', () => {
    expect(() => growth([{ step: 0, value: 1 }])).toThrow(RangeError);
  });
});

describe('the table', () => {
  const rows = [
    row('rekindle', 50, [1, 2, 3]),
    row('floor', 50, [1, 1, 1]),
    row('rekindle', 500, [300, 300]),
    row('other', 500, [0.01234]),
  ];

  it('shows each row, and its share of the floor of the same size', () => {
    expect(table(rows)).toEqual([
      '           modules   p50 ms   p95 ms   of floor',
      'rekindle        50     2.00     2.90     2.00 ×',
      'floor           50     1.00     1.00     1.00 ×',
      'rekindle       500      300      300',
      'other          500   0.0123   0.0123',
    ]);
  });

  it('shows the worst cases where there are some, and no empty columns', () => {
    expect(table([rowOfWorst('rekindle', 50, [1, 2, 3], 'the pause')])).toEqual([
      '           modules   p50 ms   p95 ms   p99 ms   max ms',
      'rekindle        50     2.00     2.90     2.98     3.00   the pause',
    ]);
  });

  it('keeps cases apart', () => {
    const cases = [
      row('rekindle', 50, [3], 'all importing'),
      row('floor', 50, [1], 'one importing'),
      row('floor', 50, [2], 'all importing'),
    ];
    expect(ratios(cases)).toEqual([{ modules: 50, case: 'all importing', ratio: 1.5 }]);
    expect(table(cases)[1]).toBe('rekindle        50     3.00     3.00     1.50 ×   all importing');
  });

  it('shows what is not judged, and judges it not', () => {
    const cases = [
      row('rekindle', 50, [3], 'warm'),
      row('floor', 50, [2], 'warm'),
      unjudged(row('rekindle', 50, [9], 'cold')),
      row('floor', 50, [1], 'cold'),
    ];
    expect(ratios(cases)).toEqual([{ modules: 50, case: 'warm', ratio: 1.5 }]);
    expect(table(cases)[3]).toBe('rekindle        50     9.00     9.00     9.00 ×   cold   not judged');
  });

  it('shows memory where it was measured', () => {
    const rows = [{ ...row('rekindle', 50, [3]), kilobytes: 12.3 }];
    expect(table(rows)).toEqual([
      '           modules   p50 ms   p95 ms   KB each',
      'rekindle        50     3.00     3.00        12',
    ]);
  });

  it('compares only what has a floor', () => {
    expect(ratios(rows)).toEqual([{ modules: 50, ratio: 2 }]);
  });
});
