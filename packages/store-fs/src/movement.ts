/**
 * What has moved in a folder since all of it was looked at, as far as a watch tells.
 *
 * It is for a publish, which otherwise looks at every file to change one. A head never relies on it: events may be lost.
 * What is lost here is at worst an edit that a release does not have, and that the next head shows.
 */
export class Movement {
  #watches = 0;
  /** Undefined where anything may have moved. */
  #paths: Set<string> | undefined;

  /** What has moved, by the paths of files; undefined where all has to be looked at. */
  get paths(): ReadonlySet<string> | undefined {
    return this.#paths;
  }

  /** Whether anybody watches. */
  get isWatched(): boolean {
    return this.#watches > 0;
  }

  /** A watch has begun; the function that comes back ends it. */
  begin(): () => void {
    this.#watches += 1;
    let over = false;
    return () => {
      if (over) return;
      over = true;
      this.#watches -= 1;
      if (this.#watches === 0) this.#paths = undefined;
    };
  }

  /** One file may have moved; without a path, anything. */
  hit(path?: string): void {
    if (path === undefined) this.#paths = undefined;
    else this.#paths?.add(path);
  }

  /** Somebody begins to look at everything. */
  restart(): void {
    this.#paths = this.#watches > 0 ? new Set() : undefined;
  }
}
