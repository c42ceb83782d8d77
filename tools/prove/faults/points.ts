// Everything that a transaction asks of its surroundings is a point at which it can fail. Nobody lists the points: they
// are what was asked while a healthy change ran, so that a step that is new is a point from its first day.

/** What is asked, and how it can go wrong there. */
export interface Point {
  readonly label: string;
  /** What it is to the transaction: `store`, `resolve`, `participant`, or the role of a piece of the author's code. */
  readonly role: string;
  /** The module in whose name it is asked, where there is one. */
  readonly module?: string;
  /** The first is a plain throw. */
  readonly ways: readonly Way[];
}

export type Way =
  /** It throws, or rejects. */
  | 'throws'
  /** A resolution step says no. */
  | 'refuses';

/** A point that was reached. */
export interface Reached extends Point {
  /** Whether the point of no return had been passed. */
  readonly passed: boolean;
  /** The module whose top level ran at last: what a function throws that it calls is its own fault. */
  readonly running: string | undefined;
  /** Whether participants have begun to apply. */
  readonly staged: boolean;
  /** Whether it is of another transaction, which the first one has asked for (`import.meta.hot.invalidate`). */
  readonly follows: boolean;
}

/** Which point fails, by its place among all, and how. */
export interface Fault {
  readonly place: number;
  readonly way: Way;
}

export class Points {
  #reached: Reached[] | undefined;
  #faults: readonly Fault[] = [];
  #passed = false;
  #follows = false;
  #running: string | undefined;
  #staged = false;

  /** Counts from now on. */
  arm(faults: readonly Fault[]): void {
    this.#reached = [];
    this.#faults = faults;
    this.#passed = false;
    this.#follows = false;
    this.#running = undefined;
    this.#staged = false;
  }

  /** How many were reached since. */
  get count(): number {
    return this.#reached?.length ?? 0;
  }

  /** Stops counting; gives what was reached, in order. */
  disarm(): readonly Reached[] {
    const reached = this.#reached ?? [];
    this.#reached = undefined;
    return reached;
  }

  /** The point of no return. */
  pass(): void {
    this.#passed = true;
  }

  /** Notes a point; says how it is to go wrong. Undefined where it is not. */
  reach(point: Point): Way | undefined {
    if (this.#reached === undefined) return undefined;
    if (point.role === 'top level') this.#running = point.module;
    const surroundings = { passed: this.#passed, follows: this.#follows, running: this.#running, staged: this.#staged };
    const place = this.#reached.push({ ...point, ...surroundings }) - 1;
    if (point.role === 'participant.apply') this.#staged = true;
    if (point.role === 'store.committed') {
      this.#passed = false; // what comes now begins anew
      this.#follows = true;
      this.#staged = false;
    }
    return this.#faults.find((fault) => fault.place === place)?.way;
  }

  /** Notes a point that can do nothing but throw. */
  at(role: string, label: string, module?: string): void {
    const way = this.reach({ role, label, ways: ['throws'], ...(module === undefined ? {} : { module }) });
    if (way !== undefined) throw new Error(wordsOf(label));
  }
}

/** What an error says that was thrown at a point. */
export function wordsOf(label: string): string {
  return `fault at ${label}`;
}
