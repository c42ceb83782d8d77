// Code in flight: functions that began before a change and go on after it. They finish in their own version: with its
// bindings, and without a trace in the version after it.
import { Difference } from './difference.ts';
import type { Flow, Picture, Show, Words } from './picture.ts';

export class Flight {
  readonly #words: Words;
  readonly #number: number;
  readonly #id: string;
  readonly #names: Readonly<Record<string, () => unknown>>;
  /** How the version saw its names, as long as it was the newest. */
  #before: Readonly<Record<string, string>>;
  /** The values of its own variables and constants, which nothing changes. */
  readonly #own: Readonly<Record<string, string>>;
  readonly #ends: (() => Promise<void>)[];
  /** Commits since it was replaced, with the one that replaced it. */
  #replaced = 0;
  #isGone = false;

  constructor(words: Words, id: string, [number, names, , , flows]: Parameters<Show>) {
    this.#words = words;
    this.#number = number;
    this.#id = id;
    this.#names = names;
    this.#before = this.#look();
    const own = Object.entries(names).filter(([name, read]) => name.startsWith('x') && isText(read));
    this.#own = Object.fromEntries(own.map(([name, read]) => [name, read() as string]));
    this.#ends = Object.entries(flows).map(([name, flow]) => this.#begin(name, flow));
  }

  /** Something was committed. @param ran modules that ran, @param loaded what there is now */
  note(ran: ReadonlySet<string>, loaded: ReadonlySet<string>): void {
    if (!loaded.has(this.#id)) this.#isGone = true;
    if (this.#replaced > 0 || ran.has(this.#id)) this.#replaced += 1;
    else if (!this.#isGone) this.#before = this.#look();
  }

  /** Goes on to the end. @param picture how things look meanwhile */
  async end({ shown }: Picture): Promise<void> {
    for (const end of this.#ends) await end();
    for (const [name, value] of Object.entries(this.#own)) this.#same(`its own '${name}'`, value, this.#read(name));
    if (this.#isGone) return;
    const now = this.#look();
    if (this.#replaced === 0) {
      const newest = shown.find(({ number }) => number === this.#number)?.names ?? {};
      for (const [name, value] of Object.entries(newest)) this.#same(`'${name}'`, value, now[name]);
    } else if (this.#replaced === 1) {
      // what did not change with it is live, and has not changed since
      for (const [name, value] of Object.entries(this.#before)) {
        if (name.startsWith('i') && isPlain(value)) this.#same(`its import '${name}'`, value, now[name]);
      }
    }
  }

  #begin(name: string, flow: Flow): () => Promise<void> {
    const value = this.#read(name);
    let open = () => {};
    const running = flow.run(
      new Promise((resolve) => {
        open = resolve;
      }),
    );
    const walking = flow.walk();
    walking.next();
    return async () => {
      open();
      const expected = [value, 'written', value].join();
      this.#same(`an async function with '${name}'`, expected, (await running).join());
      this.#same(`a generator with '${name}'`, expected, ((walking.next().value ?? []) as readonly string[]).join());
    };
  }

  #look(): Record<string, string> {
    return Object.fromEntries(Object.keys(this.#names).map((name) => [name, this.#read(name)]));
  }

  #read(name: string): string {
    return this.#words.safely(() => this.#names[name]?.());
  }

  #same(what: string, expected: string, found: string | undefined): void {
    if (expected === found) return;
    const state = this.#isGone ? 'gone' : this.#replaced > 0 ? `replaced ${this.#replaced} commits ago` : 'current';
    throw new Difference(`in flight in ${this.#id} (${state}), ${what}: ${expected} was expected, ${found} found`);
  }
}

function isText(read: () => unknown): boolean {
  try {
    return typeof read() === 'string';
  } catch {
    return false;
  }
}

/** The value of a constant: neither a call, which may lead anywhere, nor an object. */
function isPlain(value: string): boolean {
  return /^\d+\.x\d\.\d+/.test(value) && !/[({]/.test(value);
}
