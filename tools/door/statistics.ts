// What every benchmark needs to be fair: quantiles, and contenders that take turns. No means and no outlier removal:
// a reload's worst cases are what players feel.

/**
 * The value below which the share `q` (0 to 1) of the samples lies, linear between neighbours.
 *
 * @throws RangeError without samples.
 */
export function quantile(samples: readonly number[], q: number): number {
  if (samples.length === 0) throw new RangeError('A quantile needs at least one sample.');
  const sorted = [...samples].sort((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position - Math.floor(position));
}

/**
 * How much a value grows with each step: the median of the slopes between any two points (Theil and Sen). What grows once,
 * in whatever step, hardly moves it; what grows in every step is in each of its slopes.
 *
 * @throws RangeError with fewer than two points.
 */
export function growth(points: readonly { readonly step: number; readonly value: number }[]): number {
  const slopes = points.flatMap((to, index) =>
    points.slice(0, index).map((from) => (to.value - from.value) / (to.step - from.step)),
  );
  if (slopes.length === 0) throw new RangeError('A growth needs at least two points.');
  return quantile(slopes, 0.5);
}

/** One side of a comparison. */
export interface Contender {
  /** `rekindle`, `floor` or a peer's name. */
  readonly name: string;
  /**
   * What a round needs and nobody counts. All contenders are ready before any of them is timed: who has just made
   * something ready would alone begin with the processor's caches full of it.
   */
  prepare?(round: number): Promise<void> | void;
  /** Does it once and gives the milliseconds that count; set-up and checks are not among them. */
  measure(round: number): Promise<number> | number;
}

/**
 * Lets the contenders take turns, each round beginning with another one, so that a machine that slows down or warms up
 * does so for all of them alike. Warm-up rounds are run and thrown away.
 *
 * @returns The samples of each contender, in the order of the rounds.
 */
export async function interleave(
  contenders: readonly Contender[],
  { rounds, warmup = 0 }: { readonly rounds: number; readonly warmup?: number },
): Promise<Map<string, number[]>> {
  const samples = new Map<string, number[]>(contenders.map(({ name }) => [name, []]));
  for (let round = -warmup; round < rounds; round += 1) {
    for (const contender of contenders) await contender.prepare?.(round);
    for (let turn = 0; turn < contenders.length; turn += 1) {
      const contender = contenders[(turn + round + warmup) % contenders.length];
      if (contender === undefined) continue;
      const milliseconds = await contender.measure(round);
      if (round >= 0) samples.get(contender.name)?.push(milliseconds);
    }
  }
  return samples;
}
