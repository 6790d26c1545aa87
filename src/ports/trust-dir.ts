/** Declares the ports to the trust directory: metadata, staged changes, locks, records and private keys. */

/** Verified metadata of one GUN on this machine: `metadata/<role>.json`. */
export interface MetadataStore {
  /** The stored bytes of a role, or undefined when there is no such file. */
  get(role: string): Promise<Uint8Array | undefined>;
  /** Replaces the file of a role, all or nothing. */
  set(role: string, bytes: Uint8Array): Promise<void>;
  /** Removes the file of a role; none is no error. @throws NotaryError FILE_UNWRITABLE */
  remove(role: string): Promise<void>;
  /** Where a role's file lies, for messages. */
  location(role: string): string;
}

/** A staged change as it lies on disk. */
export interface StoredChange {
  /** File name; names sort in the order in which changes are applied. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The staged changes of one GUN: `changelist/*.change`. */
export interface ChangelistStore {
  /** All change files in order of application, unreadable content included. */
  list(): Promise<readonly StoredChange[]>;
  /** Paths of entries that are named as changes and are no files: whatever was staged there cannot be read. */
  strays(): Promise<readonly string[]>;
  /** Adds one change after all others, whatever the clock says. */
  add(bytes: Uint8Array): Promise<void>;
  /** Removes the named changes; names that are gone already are no error. */
  remove(names: readonly string[]): Promise<void>;
  readonly location: string;
}

/** The lock of one GUN in one trust directory, for publish, reset and delete. Staging needs no lock. */
export interface RepositoryLock {
  /**
   * Runs the work while no other process works under this lock; waits for its turn first.
   *
   * The lock of a process that has died is taken over. Where no lock can be kept (a trust directory that cannot be
   * written) the work is done without one, after a warning.
   *
   * @throws NotaryError COLLECTION_BUSY when another process does not come to an end
   */
  hold<T>(work: () => Promise<T>): Promise<T>;
}

/** Rotations of base roles that have begun and are not known to be over, one a role. */
export interface RotationJournal {
  read(role: string): Promise<Uint8Array | undefined>;
  /** Replaces the record of a role, all or nothing. @throws NotaryError FILE_UNWRITABLE */
  write(role: string, bytes: Uint8Array): Promise<void>;
  remove(role: string): Promise<void>;
  /** Where a role's record lies, for messages. */
  location(role: string): string;
}

/** The record of the last upload of staged changes. */
export interface UploadJournal {
  read(): Promise<Uint8Array | undefined>;
  /** Replaces the record, all or nothing. @throws NotaryError FILE_UNWRITABLE */
  write(bytes: Uint8Array): Promise<void>;
  remove(): Promise<void>;
  /** Where the record lies, for messages. */
  readonly location: string;
}

/** A file of metadata that this machine holds. */
export interface TrustDirFile {
  readonly gun: string;
  /** `root`, `targets` or a delegation. */
  readonly role: string;
  /** Bytes, known without reading it. */
  readonly length: number;
  /** Where it lies, for messages. */
  readonly location: string;
  /** @throws NotaryError FILE_UNREADABLE */
  read(): Promise<Uint8Array>;
}

/** The metadata that this machine holds of all GUNs, verified at some time: who may still want a key. */
export interface TrustDirMetadata {
  /**
   * Every file that lists keys, in no order: roots, targets and delegations.
   *
   * @throws NotaryError FILE_UNREADABLE when a directory cannot be listed, so that a file may be missing here
   */
  files(): Promise<readonly TrustDirFile[]>;
}

/** What this machine holds of one GUN: its metadata and its staged changes. */
export interface LocalRepository {
  /** Removes both, and nothing of any other GUN, however the names nest. Private keys stay. */
  remove(): Promise<void>;
  /** Removes the directories that are empty now. Call it when the lock has been released. */
  removeFolders(): Promise<void>;
}

/** A private key file: PEM bytes under a key ID. Knows nothing of passphrases. */
export interface KeyStorage {
  /** Key IDs of all key files, sorted. A file in a subdirectory is listed with its relative path. */
  list(): Promise<readonly string[]>;
  /** Relative paths, without extension, of what has the name of a key file and is none: a link that leads nowhere. */
  unusable(): Promise<readonly string[]>;
  get(keyId: string): Promise<Uint8Array | undefined>;
  /** Replaces the key file, all or nothing, mode 0600. */
  set(keyId: string, pem: Uint8Array): Promise<void>;
  remove(keyId: string): Promise<void>;
  /** The directory, as shown by `key list`. */
  readonly location: string;
}
