/**
 * Compiled modules that somebody has put beside the texts in a store: asked for before anything is compiled, in one
 * question for all that is wanted at a time, and written where the host is told to.
 *
 * It never fails and never holds anything up for long: a store that does not answer, or answers with damage, is told of,
 * and the modules are compiled here.
 */

import { type Artifact, artifactKey, type CompileOptions, sealArtifact, unsealArtifact } from '@rekindle/compiler';
import type { Clock, ClockTimer } from '@rekindle/state';
import type { ArtifactName, Artifacts, StoredArtifact } from '@rekindle/store';
import { HostError } from './errors.ts';

/** Milliseconds for which a reload waits for a store: compiling takes no longer. */
const PATIENCE = 500;
/** Milliseconds for which a store that did not answer is not asked again. */
const REST = 30_000;
/** Milliseconds for which what was compiled is gathered before it is written, so that no reload shares its time. */
const GATHERING = 250;
/** Milliseconds that a write may take, and the last one at the end of a host. */
const WRITING = 10_000;
const FAREWELL = 1_000;

/** What could not be had, or not be used. */
export interface ArtifactTrouble {
  readonly error: unknown;
  /** Ids of the modules that were compiled instead. */
  readonly modules: readonly string[];
}

export interface StoredArtifactsParts {
  /** Those of the stores. */
  readonly artifacts: Artifacts;
  /** Whether what is compiled here is written. */
  readonly writes: boolean;
  /** How messages call the stores. */
  readonly store: string;
  readonly clock: Clock;
  /** Told of trouble: of damage each time, of a store that does not answer once, until it does. */
  told(trouble: ArtifactTrouble): void;
}

/** What a store has of a module, as far as that is known. */
export interface StoredBytes {
  readonly name: ArtifactName;
  readonly bytes: Uint8Array | undefined;
}

type Answer = ReadonlyMap<string, Uint8Array>;

const NOTHING: Answer = new Map();

export class StoredArtifacts {
  readonly #parts: StoredArtifactsParts;
  /** What was asked for ahead, by module and revision. */
  readonly #ahead = new Map<string, Promise<StoredBytes>>();
  readonly #answered = new Set<string>();
  /** What is asked for with the end of what runs now. */
  #wanted: ArtifactName[] = [];
  #asking: Promise<Answer> | undefined;
  #restsUntil = Number.NEGATIVE_INFINITY;
  #failing = false;
  readonly #made = new Map<string, { readonly name: ArtifactName; readonly artifact: Artifact }>();
  #timer: ClockTimer | undefined;
  #writing: Promise<void> = Promise.resolve();
  #failingWrites = false;

  constructor(parts: StoredArtifactsParts) {
    this.#parts = parts;
  }

  /** Asks for modules that will be wanted soon, in one question. */
  expect(modules: Iterable<{ readonly revision: string; readonly options: CompileOptions }>): void {
    // of a release that did not come, say
    for (const key of this.#answered) this.#ahead.delete(key);
    this.#answered.clear();
    if (this.#isResting()) return;
    const names = Array.from(modules, ({ revision, options }) => artifactName(revision, options));
    if (names.length === 0) return;
    const asked = this.#ask(names);
    for (const name of names) {
      const key = moduleKey(name.id, name.revision);
      const bytes = asked.then((found) => {
        this.#answered.add(key);
        return { name, bytes: found.get(name.key) };
      });
      this.#ahead.set(key, bytes);
    }
  }

  /** What was asked for ahead; undefined where that was not. */
  ahead(id: string, revision: string): Promise<StoredBytes> | undefined {
    return this.#ahead.get(moduleKey(id, revision));
  }

  /** Asks for a module, together with all others that are asked for at the same time. */
  get(revision: string, options: CompileOptions): StoredBytes | Promise<StoredBytes> {
    const name = artifactName(revision, options);
    if (this.#isResting()) return { name, bytes: undefined };
    this.#wanted.push(name);
    this.#asking ??= Promise.resolve().then(() => {
      const names = this.#wanted;
      this.#wanted = [];
      this.#asking = undefined;
      return this.#ask(names);
    });
    return this.#asking.then((found) => ({ name, bytes: found.get(name.key) }));
  }

  /** The artifact in what a store gave; undefined where it gave nothing, or nothing whole. */
  open({ name, bytes }: StoredBytes): Artifact | undefined {
    if (bytes === undefined) return undefined;
    const artifact = unsealArtifact(name.key, name.id, bytes);
    if (artifact === undefined) {
      const message = `The artifact of '${name.id}' in ${this.#parts.store} is damaged; the module was compiled instead.`;
      this.#parts.told({ error: new HostError('ARTIFACT_DAMAGED', message), modules: [name.id] });
    }
    return artifact;
  }

  /** Takes note of what was compiled here: it is written a moment later, where the host writes. */
  compiled(revision: string, options: CompileOptions, artifact: Artifact): void {
    if (!this.#parts.writes) return;
    const name = artifactName(revision, options);
    this.#made.set(name.key, { name, artifact });
    if (this.#timer !== undefined) return;
    this.#timer = this.#parts.clock.setTimeout(() => void this.#write(WRITING), GATHERING);
    this.#timer.unref();
  }

  /** Writes what was gathered; in a second at the latest. */
  async close(): Promise<void> {
    if (this.#parts.writes) await this.#write(FAREWELL);
  }

  #isResting(): boolean {
    return this.#parts.clock.now() < this.#restsUntil;
  }

  /** Never rejects. */
  async #ask(names: readonly ArtifactName[]): Promise<Answer> {
    try {
      const found = await this.#within(PATIENCE, (signal) => this.#parts.artifacts.read(names, { signal }));
      this.#failing = false;
      return found;
    } catch (error) {
      this.#restsUntil = this.#parts.clock.now() + REST;
      if (!this.#failing) this.#parts.told({ error, modules: names.map(({ id }) => id) });
      this.#failing = true;
      return NOTHING;
    }
  }

  #write(patience: number): Promise<void> {
    if (this.#timer !== undefined) this.#parts.clock.clear(this.#timer);
    this.#timer = undefined;
    const made = [...this.#made.values()];
    this.#made.clear();
    this.#writing = this.#writing.then(async () => {
      if (made.length === 0) return;
      const stored = made.map(({ name, artifact }) => ({ ...name, bytes: sealArtifact(name.key, artifact) }));
      try {
        await this.#within(patience, (signal) => this.#parts.artifacts.write(stored, { signal }));
        this.#failingWrites = false;
      } catch (error) {
        if (!this.#failingWrites) this.#parts.told({ error, modules: stored.map(({ id }) => id) });
        this.#failingWrites = true;
      }
    });
    return this.#writing;
  }

  /** Rejects when the time is up, whether or not the store heeds the signal. */
  #within<Value>(patience: number, work: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
    const { clock, store } = this.#parts;
    return new Promise((resolve, reject) => {
      const ending = new AbortController();
      const timer = clock.setTimeout(() => {
        const message = `${store} did not answer about artifacts within ${patience} ms.`;
        const error = new HostError('ARTIFACTS_TIMED_OUT', message);
        reject(error);
        ending.abort(error);
      }, patience);
      const done = () => clock.clear(timer);
      try {
        work(ending.signal).then(resolve, reject).finally(done);
      } catch (error) {
        done();
        reject(error); // a store of the game's own may throw
      }
    });
  }
}

/** An artifact as a store keeps it. */
export function storedArtifact(revision: string, options: CompileOptions, artifact: Artifact): StoredArtifact {
  const name = artifactName(revision, options);
  return { ...name, bytes: sealArtifact(name.key, artifact) };
}

/** How stores name the artifact of a module. */
export function artifactName(revision: string, options: CompileOptions): ArtifactName {
  return { id: options.id, revision, key: artifactKey(revision, options) };
}

function moduleKey(id: string, revision: string): string {
  return `${revision} ${id}`;
}
