/** Declares the ports to the files that the user names, and to standard output. */

/** Files named on the command line or in the configuration. Relative paths start at the working directory. */
export interface Files {
  /**
   * @param maxBytes 100 MiB unless given; a larger file is refused before more of it is read
   * @throws NotaryError FILE_UNREADABLE, worded as Go: `open X: no such file or directory`; with the detail
   * `missing: true` when there is no such file.
   */
  read(path: string, maxBytes?: number): Promise<Uint8Array>;
  /**
   * As `read`, for a file that the user may not have named: regular and of at most 100 MiB, so that reading neither
   * waits for a writer nor goes on for ever.
   *
   * @throws NotaryError FILE_UNREADABLE
   */
  readRegular(path: string): Promise<Uint8Array>;
  /**
   * Reads a file of secrets: a regular file that only its owner may read or write. Links are followed. Nothing is
   * read of a file that is anything else.
   *
   * @throws NotaryError FILE_UNREADABLE when there is none; PASSPHRASE_FILE_INVALID for one of another kind, open to
   * others (detail `openToOthers`), or larger than so many bytes; the detail `kind` is `file`, `directory`, `no file` or
   * `too large`
   */
  readSecrets(path: string, maxBytes: number): Promise<Uint8Array>;
  /** The file in pieces, for files of any size. @throws NotaryError FILE_UNREADABLE */
  chunks(path: string): AsyncIterable<Uint8Array>;
  /** Creates or replaces a file with these permission bits. @throws NotaryError FILE_UNWRITABLE */
  write(path: string, bytes: Uint8Array, mode: number): Promise<void>;
  /**
   * As `write` for private keys: mode 0600 also for a file that exists, and symbolic links are refused.
   *
   * @throws NotaryError FILE_UNWRITABLE
   */
  writePrivate(path: string, bytes: Uint8Array): Promise<void>;
  /** What keeps a new file from being made there: one of that name, no such folder, or a folder that may not be written. */
  obstacle(path: string): Promise<'taken' | 'no folder' | 'unwritable' | undefined>;
  /** All that is left on standard input. @throws NotaryError FILE_UNREADABLE when that is more than `read` takes */
  stdin(maxBytes?: number): Promise<Uint8Array>;
  /** The absolute form of a path. */
  absolute(path: string): string;
  /** A path that, if relative, starts at the directory of a file. */
  beside(file: string, path: string): string;
}

/** Standard output or standard error. Nothing is lost and nothing is reordered; writing never throws. */
export interface Output {
  readonly isTerminal: boolean;
  /** True when the user wants no colours on a terminal (`NO_COLOR`). */
  readonly plain?: boolean | undefined;
  /** The width of the terminal, where it is known. */
  readonly columns?: number | undefined;
  write(chunk: string | Uint8Array): void;
  /**
   * Waits until all that was written has left the process. A reader that went away is no failure.
   *
   * @throws NotaryError FILE_UNWRITABLE when something could not be written (a full disk).
   */
  flush(): Promise<void>;
}
