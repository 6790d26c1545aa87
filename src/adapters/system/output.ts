/** Standard output and standard error over Node's streams. */

import type { Writable } from 'node:stream';
import { NotaryError } from '../../errors.ts';
import type { Output } from '../../ports.ts';
import { systemReason } from './file-errors.ts';

export interface ProcessOutput extends Output {
  /** True once the reader of a pipe has gone away. */
  readonly closed: () => boolean;
}

/**
 * Wraps a stream of the process.
 *
 * @param name as in messages: `standard output`.
 */
export function processOutput(stream: Writable & { isTTY?: boolean }, name: string): ProcessOutput {
  let closed = false;
  let failure: unknown;
  let pending: Promise<void> = Promise.resolve();
  const failed = (error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'EPIPE') closed = true;
    else failure ??= error;
  };
  stream.on('error', failed);
  return {
    isTerminal: stream.isTTY === true,
    closed: () => closed,
    write(chunk) {
      if (closed || failure !== undefined || chunk.length === 0) return;
      const written = new Promise<void>((resolve) => {
        stream.write(chunk, (error) => {
          if (error) failed(error);
          resolve();
        });
      });
      pending = pending.then(() => written);
    },
    async flush() {
      await pending;
      if (failure === undefined) return;
      const cause = failure;
      failure = undefined;
      throw new NotaryError('FILE_UNWRITABLE', `write ${name}: ${systemReason(cause)}`, { cause });
    },
  };
}
