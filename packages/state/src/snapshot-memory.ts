/**
 * Which memory is written for the views of a snapshot: two views of one ArrayBuffer are views of one afterwards.
 *
 * Node makes small Buffers in a pool that strangers use, too. Of a pool only what the views of this snapshot look into is
 * written, in pieces, one for those that overlap. It does not write: whoever adds a view is told the number of its memory.
 */

/** Told the number of the memory, where the view begins in it, and how long it is in its own elements. */
type Told = (memory: number, offset: number, length: number) => void;

/** A part of a pool: what some views look into. */
interface Piece {
  readonly start: number;
  end: number;
  memory?: ArrayBuffer;
}

/** Elements of 8 bytes begin at multiples of 8. */
const ALIGNMENT = 8;

export class Memories {
  readonly #views: { readonly view: ArrayBufferView; readonly told: Told }[] = [];

  add(view: ArrayBufferView, told: Told): void {
    this.#views.push({ view, told });
  }

  /**
   * Tells all views where they are, in the order in which they came.
   * @param isKept whether the snapshot has a memory anyway, be it a pool
   * @param numberOf gives a memory its number
   */
  place(isKept: (memory: ArrayBuffer) => boolean, numberOf: (memory: ArrayBuffer) => number): void {
    const pools = new Map<ArrayBufferLike, Piece[]>();
    for (const { view } of this.#views) {
      if (isOfPool(view) && !isKept(view.buffer as ArrayBuffer)) pools.set(view.buffer, []);
    }
    for (const [pool, pieces] of pools) {
      pieces.push(...piecesOf(this.#views.filter(({ view }) => view.buffer === pool).map(({ view }) => view)));
    }
    for (const { view, told } of this.#views) {
      const buffer = view.buffer as ArrayBuffer;
      const piece = pools.get(buffer)?.findLast(({ start }) => start <= view.byteOffset);
      const length = view instanceof DataView ? view.byteLength : (view as Uint8Array).length;
      if (piece === undefined) told(numberOf(buffer), view.byteOffset, length);
      else {
        piece.memory ??= buffer.slice(piece.start, piece.end);
        told(numberOf(piece.memory), view.byteOffset - piece.start, length);
      }
    }
  }
}

/** Nothing tells a pool from other memory of its size, of which a Buffer is a part. */
function isOfPool(view: ArrayBufferView): boolean {
  const { byteLength } = view.buffer;
  return Buffer.isBuffer(view) && byteLength === Buffer.poolSize && view.byteLength < byteLength;
}

function piecesOf(views: readonly ArrayBufferView[]): Piece[] {
  const pieces: Piece[] = [];
  for (const { byteOffset, byteLength } of views.toSorted((one, other) => one.byteOffset - other.byteOffset)) {
    const start = byteOffset - (byteOffset % ALIGNMENT);
    const last = pieces.at(-1);
    if (last !== undefined && start < last.end) last.end = Math.max(last.end, byteOffset + byteLength);
    else pieces.push({ start, end: byteOffset + byteLength });
  }
  return pieces;
}
