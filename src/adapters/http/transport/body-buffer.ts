/** Buffers the body of a response while it arrives. */

const minCapacity = 4096;

/**
 * Copies what arrives into one piece of memory that grows by doubling. A sender may cut a body into
 * pieces of one byte, each a view of a far larger buffer: kept as they are, they would hold many
 * thousand times the length of the body.
 */
export class GatheredBody {
  #memory = Buffer.alloc(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    if (length > this.#memory.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(minCapacity, length, 2 * this.#memory.length));
      this.#memory.copy(larger, 0, 0, this.#length);
      this.#memory = larger;
    }
    this.#memory.set(piece, this.#length);
    this.#length = length;
  }

  /** All that has been added. */
  bytes(): Uint8Array {
    return this.#memory.subarray(0, this.#length);
  }
}
