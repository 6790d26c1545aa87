/** Declares the port to a file that people and programs edit: read, changed and replaced in one step. */

export interface SharedFile {
  /** Where the file lies, for messages. */
  readonly path: string;
  /** True when the user or the configuration has named the file, so that it ought to be there. */
  readonly named: boolean;
  /** The bytes of the file, or undefined when there is none. @throws NotaryError FILE_UNREADABLE */
  read(): Promise<Uint8Array | undefined>;
  /**
   * Replaces the file, all or nothing; it keeps its permission bits, and a link that leads to it.
   *
   * @param expected what `read` has returned: a file that has another content by now is left alone
   * @throws NotaryError FILE_UNWRITABLE
   */
  replace(expected: Uint8Array | undefined, bytes: Uint8Array): Promise<void>;
  /**
   * Does work while no other process changes the file: reading, changing and replacing are one step to others.
   *
   * @throws NotaryError FILE_UNWRITABLE when another process holds the file for too long
   */
  hold<T>(work: () => Promise<T>): Promise<T>;
}
