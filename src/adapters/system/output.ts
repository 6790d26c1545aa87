/**
 * Writes to standard output and standard error directly. Node's streams for them take time to load, and lose what a
 * pipe has not taken when the process ends.
 */

import { fstatSync, writeSync } from 'node:fs';
import { NotaryError } from '../../errors.ts';
import { errorCode, systemReason } from '../../go/errno.ts';
import type { Output } from '../../ports/files.ts';

export interface ProcessOutput extends Output {
  /** True once the reader of a pipe has gone away. */
  readonly closed: () => boolean;
}

/** What an output needs of the system. */
export interface Descriptor {
  /** Writes some of the bytes and says how many. */
  write(bytes: Uint8Array): number;
  readonly isTerminal: () => boolean;
  /** The width of the terminal; undefined when it is not known. */
  readonly columns?: () => number | undefined;
}

/** Milliseconds between two tries to write to a pipe that is full and may not be waited for. */
const pause = 2;

/** An open file of the process, by number. */
export function systemDescriptor(number: number): Descriptor {
  return {
    write: (bytes) => writeSync(number, bytes),
    // The module is loaded for what may be a terminal only: it brings all of Node's sockets along.
    isTerminal: () => isCharacterDevice(number) && process.getBuiltinModule('node:tty').isatty(number),
    // Node knows the width through its own stream only, which is made for this.
    columns: () => (number === 2 ? process.stderr : process.stdout).columns,
  };
}

function isCharacterDevice(number: number): boolean {
  try {
    return fstatSync(number).isCharacterDevice();
  } catch {
    return false;
  }
}

/**
 * An output on a descriptor. Writing waits until the bytes have left the process.
 *
 * @param name as in messages: `/dev/stdout`.
 * @param plain without colours
 */
export function processOutput(descriptor: Descriptor, name: string, plain = false): ProcessOutput {
  let closed = false;
  let failure: unknown;
  let terminal: boolean | undefined;
  return {
    plain,
    get isTerminal() {
      terminal ??= descriptor.isTerminal();
      return terminal;
    },
    get columns() {
      return descriptor.columns?.();
    },
    closed: () => closed,
    write(chunk) {
      if (closed || failure !== undefined) return;
      try {
        writeAll(descriptor, typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
      } catch (error) {
        if (errorCode(error) === 'EPIPE') closed = true;
        else failure = error;
      }
    },
    async flush() {
      if (failure === undefined) return;
      const cause = failure;
      failure = undefined;
      throw new NotaryError('FILE_UNWRITABLE', `write ${name}: ${systemReason(cause)}`, { cause });
    },
  };
}

function writeAll(descriptor: Descriptor, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) {
    try {
      done += descriptor.write(bytes.subarray(done));
    } catch (error) {
      // Another process may have set its end of the pipe to non-blocking.
      if (errorCode(error) !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);
    }
  }
}
