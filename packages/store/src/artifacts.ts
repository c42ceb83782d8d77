/**
 * Compiled modules beside the texts, so that one publisher compiles and a hundred hosts do not.
 *
 * A cache and never the truth: whatever is not there is compiled by who needs it, so a store may forget any of it at any
 * time, and neither a copy of a store nor a backup has it. What the bytes mean is the compiler's; a store neither reads
 * nor verifies them, because who runs them does.
 */
import type { Abortable, ModuleId, Revision } from './contract.ts';
import { disposed, StoreError } from './errors.ts';

/** Which compiled module is meant. */
export interface ArtifactName {
  /** The module, and the text of it that was compiled: by these a store knows what belongs together. */
  readonly id: ModuleId;
  readonly revision: Revision;
  /**
   * Names the artifact alone: a hash over module, text, compiler, its version and its options, 64 digits in lower-case
   * hexadecimal.
   */
  readonly key: string;
}

/** A compiled module as it is kept. */
export interface StoredArtifact extends ArtifactName {
  readonly bytes: Uint8Array;
}

/**
 * Where a store keeps compiled modules.
 *
 * **Whoever may write them runs code on every host that reads them**, as whoever publishes does: give both rights to the
 * same people, and to hosts the right to read.
 */
export interface Artifacts {
  /**
   * The bytes of those that it has, by key, whole: one round trip, however many are asked for. What it does not have, or
   * has no more, is left out. Who asks must not change the bytes.
   */
  read(names: readonly ArtifactName[], options?: Abortable): Promise<ReadonlyMap<string, Uint8Array>>;
  /**
   * Keeps artifacts, also of texts that are not published yet; under a key that is there already, the newer ones. One of
   * more than `ARTIFACT_BYTES` is left out.
   *
   * A store sees to it that they do not grow without end: by what they take together, by their age, or by taking those of
   * texts that are gone. Those that were written last stay longest.
   *
   * Rejects with `STORE_BAD_OPTION` for a key that is none, and has kept nothing then.
   */
  write(artifacts: readonly StoredArtifact[], options?: Abortable): Promise<void>;
}

/** Bytes that one artifact may have: above any that a text of the default size limit gives. */
export const ARTIFACT_BYTES = 8 * 2 ** 20;

/** Bytes that the artifacts of a store in memory take together. */
const MEMORY_BYTES = 64 * 2 ** 20;

const KEY = /^[0-9a-f]{64}$/;

/**
 * Those of the artifacts that a store keeps: for the `write` of an adapter.
 *
 * @throws StoreError `STORE_BAD_OPTION` for a key that is none
 */
export function keptArtifacts(source: string, artifacts: readonly StoredArtifact[]): readonly StoredArtifact[] {
  for (const { key, id } of artifacts) {
    if (KEY.test(key)) continue;
    const message = `${JSON.stringify(key)} cannot name an artifact of '${id}' in ${source}: a key is 64 hexadecimal digits.`;
    throw new StoreError('STORE_BAD_OPTION', message);
  }
  return artifacts.filter(({ bytes }) => bytes.byteLength <= ARTIFACT_BYTES);
}

/** Artifacts in memory, at most so many bytes in all; those that were written first go first. */
export class MemoryArtifacts implements Artifacts {
  readonly #source: string;
  readonly #limit: number;
  readonly #artifacts = new Map<string, Uint8Array>();
  #size = 0;
  #isDisposed = false;

  /** @param source how messages call the store @param limit bytes */
  constructor(source: string, limit = MEMORY_BYTES) {
    this.#source = source;
    this.#limit = limit;
  }

  async read(names: readonly ArtifactName[], options?: Abortable): Promise<ReadonlyMap<string, Uint8Array>> {
    this.#check(options);
    const found = new Map<string, Uint8Array>();
    for (const { key } of names) {
      const bytes = this.#artifacts.get(key);
      if (bytes !== undefined) found.set(key, bytes);
    }
    return found;
  }

  async write(artifacts: readonly StoredArtifact[], options?: Abortable): Promise<void> {
    this.#check(options);
    for (const { key, bytes } of keptArtifacts(this.#source, artifacts)) {
      this.#drop(key);
      this.#artifacts.set(key, bytes.slice());
      this.#size += bytes.byteLength;
    }
    for (const oldest of this.#artifacts.keys()) {
      if (this.#size <= this.#limit) return;
      this.#drop(oldest);
    }
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#artifacts.clear();
    this.#size = 0;
  }

  #drop(key: string): void {
    this.#size -= this.#artifacts.get(key)?.byteLength ?? 0;
    this.#artifacts.delete(key);
  }

  #check(options?: Abortable): void {
    options?.signal?.throwIfAborted();
    if (this.#isDisposed) throw disposed(this.#source);
  }
}
