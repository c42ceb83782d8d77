/**
 * Numbers for content that nobody publishes: they count the manifests that hosts committed.
 *
 * An attempt takes no number, so a hundred broken saves between two good ones leave no gap. Kept in memory here; a store
 * that outlives the process writes them down itself.
 */
import { RecentMap } from './recent.ts';

/** So many earlier numbers are remembered for hosts that lag behind. */
const REMEMBERED = 64;

/** The numbers of committed manifests, in memory. */
export class CommitNumbers {
  readonly #numbers = new RecentMap<number>(REMEMBERED);
  #last = 0;
  #hash: string | undefined;

  /** The last number that was given; 0 before the first. */
  get last(): number {
    return this.#last;
  }

  /** The number that a manifest gets when it is committed as the newest content. */
  next(hash: string): number {
    return hash === this.#hash ? this.#last : this.#last + 1;
  }

  /**
   * The number of a manifest that a host committed: the next, unless it has one already.
   *
   * @param hash the manifest that a host committed
   * @param current the manifest that is the content now, as far as known
   */
  commit(hash: string, current: string | undefined): number {
    if (hash === this.#hash) return this.#last;
    const known = this.#numbers.get(hash);
    if (known !== undefined && hash !== current) return known;
    this.#last += 1;
    this.#hash = hash;
    this.#numbers.set(hash, this.#last);
    return this.#last;
  }
}
