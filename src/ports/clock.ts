/** Declares the ports to the clock and to random bytes. */

/** The wall clock. */
export interface Clock {
  now(): Date;
  /** Unix time in nanoseconds, strictly increasing within a process: it orders change files. */
  unixNano(): bigint;
  /** Resolves after this many milliseconds. */
  sleep(milliseconds: number): Promise<void>;
}

/** Cryptographically secure random bytes. */
export type RandomBytes = (length: number) => Uint8Array;
