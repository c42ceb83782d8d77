/**
 * Insertions and replacements in one text, collected in any order and applied at once.
 *
 * At one place closing texts come first (by rank, then the one collected last: inner before outer), then opening texts
 * (the one collected first: outer before inner), then a replacement. Nothing may add or remove a line terminator: that
 * keeps a stack trace's line right without a map, and `trace` undoes the columns when somebody asks.
 */

const CLOSE = 0;
const OPEN = 1;
const REPLACE = 2;

interface Edit {
  readonly at: number;
  readonly kind: number;
  readonly rank: number;
  readonly order: number;
  readonly text: string;
  readonly to: number;
}

/** A stretch of the output that was copied from the source, or (`length` 0) a place where something was put in. */
export interface Stretch {
  readonly output: number;
  readonly source: number;
  readonly length: number;
  /** It stands on another line than in the source. */
  readonly moved?: boolean;
}

export class Edits {
  readonly #edits: Edit[] = [];

  /** Puts `text` behind what ends at `at`. */
  close(at: number, text: string, rank = 0): void {
    this.#edits.push({ at, kind: CLOSE, rank, order: this.#edits.length, text, to: at });
  }

  /** Puts `text` before what starts at `at`. */
  open(at: number, text: string): void {
    this.#edits.push({ at, kind: OPEN, rank: 0, order: this.#edits.length, text, to: at });
  }

  replace(from: number, to: number, text: string): void {
    this.#edits.push({ at: from, kind: REPLACE, rank: 0, order: this.#edits.length, text, to });
  }

  /** Removes a stretch, but keeps its line terminators. */
  blank(source: string, from: number, to: number, text = ''): void {
    this.replace(from, to, text + source.slice(from, to).replace(/[^\r\n\u2028\u2029]+/g, ''));
  }

  /** Puts a `;` before each of `statements` that would now begin with `(` and so continue the statement before it. */
  guard(statements: ReadonlySet<number>): void {
    if (statements.size === 0) return;
    const guarded = new Set<number>();
    for (const edit of this.#edits) {
      if (edit.kind !== CLOSE && edit.text.startsWith('(') && statements.has(edit.at)) guarded.add(edit.at);
    }
    for (const at of guarded) this.#edits.push({ at, kind: OPEN, rank: 0, order: -1, text: ';', to: at });
  }

  apply(source: string, stretches?: Stretch[]): string {
    const edits = this.#edits.sort(
      (a, b) =>
        a.at - b.at || a.kind - b.kind || (a.kind === CLOSE ? a.rank - b.rank || b.order - a.order : a.order - b.order),
    );
    return render(source, edits, { from: 0, to: source.length, output: 0 }, stretches);
  }

  /** Where a character stands in what `apply` has made; undefined where it was replaced. */
  placeOf(at: number): number | undefined {
    let shift = 0;
    let from = 0;
    for (const edit of this.#edits) {
      if (edit.at > at) break;
      if (edit.at < from) {
        if (edit.kind !== REPLACE) shift += edit.text.length;
        continue;
      }
      shift += edit.text.length - (edit.to - edit.at);
      from = edit.to;
    }
    return from > at ? undefined : at + shift;
  }

  /** What `apply` has made of one expression; `output` is where the copy will stand. */
  copy(source: string, from: number, to: number, output: number, stretches?: Stretch[]): string {
    const inside = this.#edits.filter(({ at, kind }) =>
      at === from ? kind !== CLOSE : at === to ? kind === CLOSE : at > from && at < to,
    );
    return render(source, inside, { from, to, output, moved: true }, stretches);
  }
}

interface Range extends Pick<Stretch, 'moved'> {
  readonly from: number;
  readonly to: number;
  /** Where the result begins. */
  readonly output: number;
}

function render(source: string, edits: readonly Edit[], range: Range, stretches: Stretch[] | undefined): string {
  const { from, to, output: begin, ...moved } = range;
  let output = '';
  let at = from;
  for (const edit of edits) {
    if (edit.at < at) {
      // inside a stretch that was replaced: what was put in there still counts, a replacement does not
      if (edit.kind !== REPLACE) output += edit.text;
      continue;
    }
    if (stretches !== undefined) {
      const copied = begin + output.length;
      stretches.push({ output: copied, source: at, length: edit.at - at, ...moved });
      stretches.push({ output: copied + edit.at - at, source: edit.at, length: 0, ...moved });
    }
    output += source.slice(at, edit.at) + edit.text;
    at = edit.to;
  }
  stretches?.push({ output: begin + output.length, source: at, length: to - at, ...moved });
  return output + source.slice(at, to);
}
