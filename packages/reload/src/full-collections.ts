/**
 * Tells of the collections that look at the whole heap. JavaScript has no event for them; an object that nobody holds is
 * what tells, and it must be an old one: newer V8s (Node 26) tell of a young object after each scavenge, of which a
 * server has many in a second, and in which nothing that is older can be let go of.
 */

/** Collections after which V8 counts an object among the old ones, whatever kind they were of. */
const YOUTH = 2;
/** As many that one is old enough when the one before it has gone, also where all collections are full ones. */
const GROWING = YOUTH + 1;

export class FullCollections {
  readonly #collected: () => void;
  /** Objects that grow old, the oldest first, each with the collections that it has lived through. */
  readonly #growing: { readonly one: object; readonly number: number; age: number }[] = [];
  #isWanted = false;
  #isYoungOut = false;
  /** The old one that nobody holds any more, by its number. */
  #out: number | undefined;
  #made = 0;

  /** A young one has gone: there was a collection of some kind. */
  readonly #some = new FinalizationRegistry<undefined>(() => {
    this.#isYoungOut = false;
    for (const grown of this.#growing) grown.age += 1;
    this.#letGo();
  });
  /** One that was let go of has gone; what `unwant` dropped goes too, young as it was, and tells nothing. */
  readonly #full = new FinalizationRegistry<number>((number) => {
    if (number !== this.#out) return;
    this.#out = undefined;
    if (this.#isWanted) this.#collected();
    this.#letGo();
  });

  /** @param collected is called soon after each, while they are wanted; not for the first ones */
  constructor(collected: () => void) {
    this.#collected = collected;
  }

  want(): void {
    this.#isWanted = true;
    this.#letGo();
  }

  unwant(): void {
    this.#isWanted = false;
    this.#growing.length = 0;
  }

  /** Lets go of one of each kind, where none is out there already. */
  #letGo(): void {
    if (!this.#isWanted) return;
    const [oldest] = this.#growing;
    if (this.#out === undefined && oldest !== undefined && oldest.age >= YOUTH) {
      this.#out = oldest.number;
      this.#growing.shift();
    }
    while (this.#growing.length < GROWING) this.#grow();
    if (this.#isYoungOut) return;
    this.#isYoungOut = true;
    this.#some.register({}, undefined);
  }

  #grow(): void {
    const one = {};
    const number = this.#made++;
    this.#full.register(one, number);
    this.#growing.push({ one, number, age: 0 });
  }
}
