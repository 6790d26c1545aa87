/**
 * Limits the bytes that a server may send besides header fields and body. undici limits the fields and this client
 * the body, but a reason phrase, a chunk extension or an empty line may go on for ever, and a fast server keeps the
 * processor busy with it until a timeout ends it.
 */

import type { Socket } from 'node:net';
import type { NotaryError } from '../../../errors.ts';

/** Bytes that one response may spend on its header, and one connection on whatever else. */
const headerAllowance = 128 * 1024;
const connectionAllowance = 1024 * 1024;
/** Chunks of one byte each take six on the wire. */
const maxFraming = 8;

/** What a connection may have received so far; shared with the exchanges that are on it. */
export class ByteBudget {
  #bytes = connectionAllowance;

  get bytes(): number {
    return this.#bytes;
  }

  /** A response has begun. */
  addHeader(): void {
    this.#bytes += headerAllowance;
  }

  /** A piece of a body has come. */
  addBody(length: number): void {
    this.#bytes += length * maxFraming;
  }
}

/** Ends the connection with the error once more has come than is allowed. */
export function limitOverhead(socket: Socket, allowance: ByteBudget, error: () => NotaryError): void {
  const look = (): void => {
    if (socket.bytesRead <= allowance.bytes) return;
    socket.off('readable', look);
    socket.destroy(error());
  };
  // Before undici takes what has come.
  socket.prependListener('readable', look);
}
