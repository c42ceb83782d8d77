/**
 * Names that the emitted text has and the author's does not.
 *
 * `$name` is the view of the import `name`; `$0…` is everything else: an identifier cannot start with a digit, so the
 * two never meet. Where the author's text has identifiers that begin with `$`, the prefix is a longer run of them.
 */

const DOLLARS = /(?:\$|\\u0024|\\u\{0*24\})+(?=[\w\\\u0080-\uffff])/g;
const ONE_DOLLAR = /\$|\\u0024|\\u\{0*24\}/g;

export class GeneratedNames {
  readonly #prefix: string;
  readonly #taken = new Set<string>();
  #fresh = 0;

  constructor(source: string) {
    let longest = 0;
    if (source.includes('$') || source.includes('\\u')) {
      for (const [run] of source.matchAll(DOLLARS)) longest = Math.max(longest, run.match(ONE_DOLLAR)?.length ?? 0);
    }
    this.#prefix = '$'.repeat(longest + 1);
  }

  /** The view of an import. */
  view(local: string): string {
    return this.#prefix + local;
  }

  /** The view of one member of a namespace import. */
  memberView(namespace: string, member: string): string {
    const base = `${this.#prefix}0${namespace}_${member}`;
    let name = base;
    for (let count = 2; this.#taken.has(name); count += 1) name = `${base}_${count}`;
    this.#taken.add(name);
    return name;
  }

  /** One that was not given before; numbered, so that it does not depend on places in the text. */
  fresh(suffix: string): string {
    this.#fresh += 1;
    return this.helper(`${suffix}${this.#fresh}`);
  }

  /** Anything that only the emitted text and the linker know. */
  helper(suffix: string): string {
    return `${this.#prefix}0${suffix}`;
  }
}
