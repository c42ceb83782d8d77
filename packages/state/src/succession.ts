/**
 * Which thing of a new version stands for which thing of the old one.
 *
 * Texts are compared first, then what is left goes by order: an edited callback keeps its place in time, and one that
 * is put above others does not take theirs. What has no counterpart is new.
 */

/** For each of `coming`, the one of `going` that it stands for. */
export function succeed<Thing>(
  going: readonly Thing[],
  coming: readonly Thing[],
  textOf: (thing: Thing) => string,
): Map<Thing, Thing> {
  const pairs = new Map<Thing, Thing>();
  if (going.length === 0 || coming.length === 0) return pairs;
  const byText = new Map<string, Thing[]>();
  for (const thing of going) {
    const text = unmarked(textOf(thing));
    const same = byText.get(text);
    if (same === undefined) byText.set(text, [thing]);
    else same.push(thing);
  }
  const taken = new Set<Thing>();
  for (const thing of coming) {
    const old = byText.get(unmarked(textOf(thing)))?.shift();
    if (old === undefined) continue;
    pairs.set(thing, old);
    taken.add(old);
  }
  const rest = going.filter((thing) => !taken.has(thing)).values();
  for (const thing of coming) {
    if (pairs.has(thing)) continue;
    const { value, done } = rest.next();
    if (done) break;
    pairs.set(thing, value);
  }
  return pairs;
}

/** Without the marks that the compiler puts into functions which effects are given: they count them. */
function unmarked(text: string): string {
  return text.includes('/*arg@') ? text.replace(/\/\*arg@\d+\*\//g, '') : text;
}
