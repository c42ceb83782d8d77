/** "Did you mean …?": the candidate that a mistyped name most likely stands for. */

/** The nearest of `candidates`, or undefined where none is near enough to be worth a guess. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestScore = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const score = distance(name, candidate);
    if (score < bestScore) {
      best = candidate;
      bestScore = score;
    }
  }
  if (best === undefined) return undefined;
  const limit = Math.max(2, Math.floor(Math.max(name.length, best.length) * 0.4));
  return bestScore <= limit ? best : undefined;
}

/** Edits from `a` to `b`; a name that begins with the other counts as close, for `clampSpeed` and `clamp`. */
function distance(a: string, b: string): number {
  const [short, long] = a.length < b.length ? [a.toLowerCase(), b.toLowerCase()] : [b.toLowerCase(), a.toLowerCase()];
  if (short.length >= 3 && long.startsWith(short)) return Math.min(2, long.length - short.length);
  let row = Array.from({ length: short.length + 1 }, (_, index) => index);
  for (let i = 1; i <= long.length; i++) {
    const next = [i];
    for (let j = 1; j <= short.length; j++) {
      const substitution = (row[j - 1] as number) + (long[i - 1] === short[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, substitution));
    }
    row = next;
  }
  return row[short.length] as number;
}
