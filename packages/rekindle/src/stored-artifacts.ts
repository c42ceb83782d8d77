/**
 * Compiled modules that somebody has put beside the texts in a store: asked for before anything is compiled, in one
 * question for all that is wanted at a time, and written where the host is told to.
 *
 * It never fails and never holds anything up for long: a store that does not answer, or answers with damage, is told of,
 * and the modules are compiled here.
 */

import {
  type Artifact,
  ArtifactReader,
  artifactKey,
  type CachedArtifact,
  type CompileOptions,
  pauseBefore,
  type Steps,
  sealArtifact,
} from '@rekindle/compiler';
import type { Clock, ClockTimer } from '@rekindle/state';
import { ARTIFACT_BYTES, type ArtifactName, type Artifacts, type StoredArtifact } from '@rekindle/store';
import { HostError } from './errors.ts';
import { Pace } from './pace.ts';

/** Milliseconds for which a reload waits for a store: compiling takes no longer. */
const PATIENCE = 500;
/** Milliseconds for which a store that did not answer is not asked again. */
const REST = 30_000;
/** Releases in a row of which a store has nothing: then nobody compiles for others at the moment. */
const VAIN = 3;
/**
 * Milliseconds for which such a store is not asked about releases, at most: a hundred hosts need not ask with each, nor all
 * of them again with the same one, so each has a time of its own in the second half.
 */
const IDLE = 60_000;
/** Milliseconds for which what was compiled is gathered before it is written, so that no reload shares its time. */
const GATHERING = 250;
/** Milliseconds that a write may take, and the last one at the end of a host. */
const WRITING = 10_000;
const FAREWELL = 1_000;

/** Modules that are asked for ahead and not taken: of releases that did not come, from a store that does not answer. */
const MOST_AHEAD = 1_000;

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

/** What a store is asked in one go. */
interface Question {
  readonly ids: readonly string[];
  /** Resolves when the store has answered, with nothing where it failed. */
  readonly settled: Promise<Answer>;
  /** There as soon as the store has answered, or its time is up. */
  answer: Answer | undefined;
  /** Once somebody waits for it. */
  inTime: Promise<Answer> | undefined;
}

/** Of a store that is not asked at the moment. */
const UNASKED: Question = { ids: [], settled: Promise.resolve(NOTHING), answer: NOTHING, inTime: undefined };

export class StoredArtifacts {
  readonly #parts: StoredArtifactsParts;
  /** What was asked for ahead, by module and revision. */
  readonly #ahead = new Map<string, { readonly name: ArtifactName; readonly question: Question }>();
  /** What is asked for with the end of what runs now. */
  #wanted: ArtifactName[] = [];
  #asking: Promise<Question> | undefined;
  /** One for many questions: a signal costs as much as an answer from memory. */
  #patience = new AbortController();
  #restsUntil = Number.NEGATIVE_INFINITY;
  #failing = false;
  #vain = 0;
  #idleUntil = Number.NEGATIVE_INFINITY;
  readonly #reader = new ArtifactReader();
  readonly #pace = new Pace();
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
    for (const [key, { question }] of this.#ahead) {
      if (question.answer !== undefined || this.#ahead.size > MOST_AHEAD) this.#ahead.delete(key);
    }
    if (this.#isResting()) return;
    const names: ArtifactName[] = [];
    for (const { revision, options } of modules) names.push(artifactName(revision, options));
    if (names.length === 0) return;
    const question = this.#askOfRelease(names);
    for (const name of names) this.#ahead.set(moduleKey(name.id, name.revision), { name, question });
  }

  /** What was asked for ahead, once; undefined where that was not. */
  ahead(id: string, revision: string): StoredBytes | Promise<StoredBytes> | undefined {
    const key = moduleKey(id, revision);
    const asked = this.#ahead.get(key);
    this.#ahead.delete(key);
    return asked && this.#bytesOf(asked.name, asked.question);
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
    return this.#asking.then((question) => this.#bytesOf(name, question));
  }

  /** The artifact in what a store gave; undefined where it gave nothing, or nothing whole. */
  open({ name, bytes }: StoredBytes): CachedArtifact | undefined {
    if (bytes === undefined) return undefined;
    const opened = this.#reader.open(name.key, name.id, bytes);
    if (opened === undefined) {
      const message = `The artifact of '${name.id}' in ${this.#parts.store} is damaged; the module was compiled instead.`;
      this.#parts.told({ error: new HostError('ARTIFACT_DAMAGED', message), modules: [name.id] });
    }
    return opened;
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

  #askOfRelease(names: readonly ArtifactName[]): Question {
    const now = this.#parts.clock.now();
    if (now < this.#idleUntil) return UNASKED;
    this.#vain += 1; // until something comes
    if (this.#vain >= VAIN) this.#idleUntil = now + IDLE * (0.5 + Math.random() / 2);
    return this.#ask(names);
  }

  #ask(names: readonly ArtifactName[]): Question {
    const answered = (answer: Answer) => {
      question.answer ??= answer;
      return question.answer;
    };
    const question: Question = {
      ids: names.map(({ id }) => id),
      answer: undefined,
      inTime: undefined,
      settled: this.#read(names).then(
        (found) => {
          this.#failing = false;
          if (found.size > 0) {
            this.#vain = 0;
            this.#idleUntil = Number.NEGATIVE_INFINITY;
          }
          return answered(found);
        },
        (error: unknown) => {
          if (question.answer === undefined) this.#failed(question, error);
          return answered(NOTHING);
        },
      ),
    };
    return question;
  }

  /** A store of the game's own may throw. */
  #read(names: readonly ArtifactName[]): Promise<Answer> {
    try {
      return this.#parts.artifacts.read(names, { signal: this.#patience.signal });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** From the answer, which is waited for as long as there is patience. */
  #bytesOf(name: ArtifactName, question: Question): StoredBytes | Promise<StoredBytes> {
    const { answer } = question;
    if (answer !== undefined) return { name, bytes: answer.get(name.key) };
    question.inTime ??= this.#inTime(question);
    return question.inTime.then((found) => ({ name, bytes: found.get(name.key) }));
  }

  #inTime(question: Question): Promise<Answer> {
    const { clock, store } = this.#parts;
    return new Promise((resolve) => {
      const timer = clock.setTimeout(() => {
        const error = new HostError('ARTIFACTS_TIMED_OUT', lateText(store, PATIENCE));
        this.#failed(question, error);
        question.answer = NOTHING;
        resolve(NOTHING);
        this.#patience.abort(error);
        this.#patience = new AbortController();
      }, PATIENCE);
      void question.settled.then((found) => {
        clock.clear(timer);
        resolve(found);
      });
    });
  }

  #failed({ ids }: Question, error: unknown): void {
    this.#restsUntil = this.#parts.clock.now() + REST;
    if (!this.#failing) this.#parts.told({ error, modules: ids });
    this.#failing = true;
  }

  #write(patience: number): Promise<void> {
    if (this.#timer !== undefined) this.#parts.clock.clear(this.#timer);
    this.#timer = undefined;
    const made = [...this.#made.values()];
    this.#made.clear();
    this.#writing = this.#writing.then(async () => {
      if (made.length === 0) return;
      const stored: StoredArtifact[] = [];
      for (const { name, artifact } of made) stored.push(await this.#pace.complete(sealSteps(name, artifact)));
      try {
        await this.#within(patience, async (signal) => this.#parts.artifacts.write(stored, { signal }));
        this.#failingWrites = false;
      } catch (error) {
        if (!this.#failingWrites) this.#parts.told({ error, modules: stored.map(({ id }) => id) });
        this.#failingWrites = true;
      }
    });
    return this.#writing;
  }

  /** Rejects when the time is up, whether or not the store heeds the signal. */
  #within(patience: number, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { clock, store } = this.#parts;
    return new Promise((resolve, reject) => {
      const ending = new AbortController();
      const timer = clock.setTimeout(() => {
        const error = new HostError('ARTIFACTS_TIMED_OUT', lateText(store, patience));
        reject(error);
        ending.abort(error);
      }, patience);
      work(ending.signal)
        .then(resolve, reject)
        .finally(() => clock.clear(timer));
    });
  }
}

function lateText(store: string, patience: number): string {
  return `${store} did not answer about artifacts within ${patience} ms.`;
}

/** An artifact as a store keeps it; V8 compiles all of it for that, which takes some milliseconds where it is long. */
export function* sealSteps(name: ArtifactName, artifact: Artifact): Steps<StoredArtifact> {
  yield pauseBefore(artifact.code);
  return { ...name, bytes: sealArtifact(name.key, artifact, ARTIFACT_BYTES) };
}

/** How stores name the artifact of a module. */
export function artifactName(revision: string, options: CompileOptions): ArtifactName {
  return { id: options.id, revision, key: artifactKey(revision, options) };
}

function moduleKey(id: string, revision: string): string {
  return `${revision} ${id}`;
}
