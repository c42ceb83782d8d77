/**
 * The file of a backup: a tar archive that any tar can list and unpack.
 *
 *     rekindle.json                      the format
 *     texts/<sha256>                     each text once, before the first release that names it
 *     releases/<place>/<number>.json     a release, and what is different from the one before it
 *     end.json                           the hash of all entries: a file without it was not written to its end
 *
 * It knows entries and bytes, and neither stores nor what is in them.
 */
import { createTarDecoder, createTarPacker } from 'modern-tar';
import { StoreError } from './errors.ts';

const BLOCK = 512;
/** A text has 16 MB at most, everywhere; a release of 100,000 modules has fewer. */
const LARGEST = 2 ** 28;

/** One entry of the archive. */
export interface BackupEntry {
  readonly name: string;
  readonly content: string;
}

/** Entries as the bytes of an archive, as they come. Names are short and ASCII. */
export async function* packEntries(entries: AsyncIterable<BackupEntry>): AsyncIterable<Uint8Array> {
  const { readable, controller } = createTarPacker();
  const reader = readable.getReader();
  for await (const { name, content } of entries) {
    const bytes = Buffer.from(content, 'utf8');
    const header = { name, size: bytes.length, mode: 0o644, mtime: new Date(0), type: 'file' as const };
    const writer = controller.add(header).getWriter();
    const written = writer.write(bytes).then(() => writer.close());
    // so that no more than one entry stands in memory
    for (let left = BLOCK + Math.ceil(bytes.length / BLOCK) * BLOCK; left > 0; ) {
      const { value, done } = await reader.read();
      if (done) break;
      left -= value.length;
      yield value;
    }
    await written;
  }
  controller.finalize();
  for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value;
}

/** @throws StoreError `STORE_BACKUP_DAMAGED` for bytes that are no archive */
export async function* unpackEntries(bytes: AsyncIterable<Uint8Array>): AsyncIterable<BackupEntry> {
  const entries = streamOf(bytes).pipeThrough(createTarDecoder({ strict: true }));
  try {
    for await (const { header, body } of entries as unknown as AsyncIterable<{
      header: { name: string; size: number };
      body: AsyncIterable<Uint8Array>;
    }>) {
      if (header.size > LARGEST) throw damaged(`'${header.name}' claims to have ${header.size} bytes`);
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) chunks.push(chunk);
      yield { name: header.name, content: Buffer.concat(chunks).toString('utf8') };
    }
  } catch (error) {
    if (error instanceof StoreError || isAbort(error)) throw error;
    throw damaged('it is no archive, or ends too early', error);
  }
}

/** `STORE_BACKUP_DAMAGED`: a backup that cannot be restored. */
export function damaged(why: string, cause?: unknown): StoreError {
  return new StoreError(
    'STORE_BACKUP_DAMAGED',
    `This backup cannot be restored: ${why}. Nothing was written. Copy the file again, or take another one.`,
    cause === undefined ? {} : { cause },
  );
}

function streamOf(bytes: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const iterator = bytes[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await iterator.next();
      if (done === true) controller.close();
      else controller.enqueue(new Uint8Array(value));
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
