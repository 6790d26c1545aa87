/** Declares the ports to archives: files that hold the metadata of repositories. */

/** An archive that is read. */
export interface ArchiveFile {
  /** As the user named it. */
  readonly path: string;
  /** Every blob that it holds: SHA-256 in hex, and bytes. */
  readonly blobs: ReadonlyMap<string, number>;
  /** The bytes of `index.json`. */
  readonly index: Uint8Array;
  /**
   * The content of a blob, which has been hashed.
   *
   * @param limit bytes; a longer one is refused before it is read
   * @throws NotaryError ARCHIVE_INVALID when it has another hash or is too long, or is not there; FILE_UNREADABLE
   */
  read(sha256: string, limit: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** An archive in the making: blobs are kept on disk until the file is written in one step. */
export interface ArchiveDraft {
  /** Keeps the bytes under their SHA-256, which it returns in hex. @throws NotaryError FILE_UNWRITABLE */
  put(bytes: Uint8Array): Promise<string>;
  /**
   * What an earlier attempt has kept under the hash; undefined when there is none, or when it is damaged.
   *
   * @param limit bytes
   */
  kept(sha256: string, limit: number): Promise<Uint8Array | undefined>;
  /**
   * Writes the archive in place of what was there, and removes the draft.
   *
   * @param blobs those that belong to the archive, by SHA-256, with their bytes
   * @throws NotaryError FILE_UNWRITABLE; the draft stays then
   */
  finish(index: Uint8Array, blobs: ReadonlyMap<string, number>): Promise<void>;
  /** Leaves the draft on disk, for `--continue`; without a blob it is removed. @returns its path when it stays */
  leave(): Promise<string | undefined>;
}
