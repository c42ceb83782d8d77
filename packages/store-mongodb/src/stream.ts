/**
 * One change stream over the releases, from the present moment on.
 *
 * A plain aggregation, not the driver's `watch`: that opens a broken stream again by itself, from its token and without
 * a pause, for as long as opening succeeds. Here whoever follows the stream reads the newest release after a break, so
 * no token is kept, and every attempt waits its time.
 */

import type { Db, RunCommandCursor } from 'mongodb';
import { READING, type ReleaseDocument } from './documents.ts';
import { nameOf } from './history.ts';
import type { Change, Changes } from './watch.ts';

/** A release but for its whole manifest, which is not sent to everybody unasked. Of texts it has small ones alone. */
const PARTS = ['_id', 'publish', 'hash', 'parent', 'author', 'message', 'time', 'base', 'changes', 'texts'] as const;

interface ChangeEvent {
  readonly operationType: string;
  readonly documentKey?: { readonly _id: ReleaseDocument['_id'] };
  readonly fullDocument?: Omit<ReleaseDocument, 'manifest'>;
}

export class ReleaseStream implements Changes {
  readonly #cursor: RunCommandCursor;

  private constructor(cursor: RunCommandCursor) {
    this.#cursor = cursor;
  }

  /**
   * Opens a stream; resolves when it is open. What came before that has to be read afterwards.
   *
   * @param patience milliseconds for which the server may be silent before `next` says so
   */
  static async open(database: Db, collection: string, channel: string, patience: number): Promise<ReleaseStream> {
    const command = {
      aggregate: collection,
      pipeline: [
        { $changeStream: {} },
        // a collection that is dropped or renamed concerns every channel
        { $match: { $or: [{ 'documentKey._id.channel': channel }, { documentKey: { $exists: false } }] } },
        {
          $project: {
            operationType: 1,
            documentKey: 1,
            ...Object.fromEntries(PARTS.map((part) => [`fullDocument.${part}`, 1])),
          },
        },
      ],
      cursor: {},
    };
    const cursor = database.runCursorCommand(command, READING);
    try {
      // it opens with its first answer, which is not to be waited for
      cursor.setMaxTimeMS(1);
      await cursor.tryNext();
      cursor.setMaxTimeMS(patience);
      return new ReleaseStream(cursor);
    } catch (error) {
      await cursor.close().catch(() => {});
      throw error;
    }
  }

  /** True after the collection was dropped. */
  get ended(): boolean {
    return this.#cursor.closed;
  }

  async next(): Promise<Change | undefined> {
    const event: ChangeEvent | null = await this.#cursor.tryNext();
    if (event === null) return undefined;
    const { operationType, documentKey, fullDocument } = event;
    if (operationType !== 'insert' || documentKey === undefined || fullDocument === undefined) return 'other';
    const newest = { number: documentKey._id.number, publish: nameOf(fullDocument) };
    return fullDocument.changes === undefined ? newest : { ...newest, document: fullDocument };
  }

  async close(): Promise<void> {
    await this.#cursor.close().catch(() => {});
  }
}
