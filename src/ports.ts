/**
 * Every door to the outside, as types only. The engine asks these; `adapters/` implements them for
 * the real world, the tests implement them in memory. A function asks only for the doors it uses.
 */

import type { ErrorCode, ErrorDetails } from './errors.ts';

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

/**
 * Records for the person at the terminal, on standard error.
 *
 * A record that Notary 0.7.0 does not have carries a code, shown as a last field `code=…`.
 */
export interface Log {
  debug(message: string): void;
  info(message: string, code?: string): void;
  warn(message: string, code?: string): void;
  error(message: string, code?: ErrorCode): void;
}

/**
 * Told of something that will succeed and is perhaps not what was meant: a key to remove that is not
 * there, a delegation that can sign nothing. By default it becomes a warning with the code; with
 * `--strict` it becomes a failure, thrown from here before anything has been changed.
 *
 * @throws NotaryError with the code, when strict
 */
export type Caution = (code: ErrorCode, message: string, details?: ErrorDetails) => void;

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
  /** Adds one change after all others, whatever the clock says. */
  add(bytes: Uint8Array): Promise<void>;
  /** Removes the named changes; names that are gone already are no error. */
  remove(names: readonly string[]): Promise<void>;
  readonly location: string;
}

/** Keeps those who publish, reset or delete one GUN in one trust directory apart. Staging needs no lock. */
export interface CollectionLock {
  /**
   * Does the work while no other process does work under this lock; waits for its turn first.
   *
   * The lock of a process that has died is taken over. Where no lock can be kept (a trust directory
   * that cannot be written) the work is done without one, after a warning.
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
export interface HeldFile {
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
export interface HeldMetadata {
  /**
   * Every file that lists keys, in no order: roots, targets and delegations.
   *
   * @throws NotaryError FILE_UNREADABLE when a folder cannot be listed, so that a file may be missing here
   */
  files(): Promise<readonly HeldFile[]>;
}

/** What this machine holds of one GUN: its metadata and its staged changes. */
export interface LocalCollection {
  /** Removes both, and nothing of any other GUN, however the names nest. Private keys stay. */
  remove(): Promise<void>;
  /** Removes the folders in which nothing lies any more. To be called when the lock has been let go of. */
  removeFolders(): Promise<void>;
}

/** A private key file: PEM bytes under a key ID. Knows nothing of passphrases. */
export interface KeyStorage {
  /** Key IDs of all key files, sorted. A file in a sub-folder is listed with its relative path. */
  list(): Promise<readonly string[]>;
  get(keyId: string): Promise<Uint8Array | undefined>;
  /** Replaces the key file, all or nothing, mode 0600. */
  set(keyId: string, pem: Uint8Array): Promise<void>;
  remove(keyId: string): Promise<void>;
  /** The folder, as shown by `key list`. */
  readonly location: string;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Absolute URL. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** The body of a 2xx response may not be longer than this many bytes; others may be cut short. */
  readonly limit: number;
  /** Bound on the whole exchange in milliseconds; without it only the idle and speed limits hold. */
  readonly timeout?: number;
  /** Redirects are followed only where asked for (ping and token requests). */
  readonly followRedirects?: boolean;
}

export interface HttpResponse {
  readonly status: number;
  /** Where the response came from in the end, when redirects were followed. */
  readonly url?: string;
  /** Lower-case names; a repeated header keeps all its values. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly body: Uint8Array;
}

/**
 * Sends one request. Requests to one origin share a connection and are pipelined.
 *
 * @throws NotaryError NETWORK when no whole response arrived, MALICIOUS_SERVER when it was longer
 * than the limit.
 */
export interface HttpClient {
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Closes idle connections so that the process can end. */
  close(): Promise<void>;
}

/** The trust server's view of one GUN. */
export interface RemoteStore {
  /**
   * Fetches a metadata file. The resource is its name without `.json`: `root`, `3.root`,
   * `targets.<sha256 hex>`, `timestamp`.
   *
   * @throws NotaryError METADATA_NOT_FOUND (404), INVALID_OPERATION (400), UNAUTHORIZED (401),
   * SERVER_UNAVAILABLE (any other status), MALICIOUS_SERVER (too long), NETWORK, OFFLINE.
   */
  get(resource: string, limit: number): Promise<Uint8Array>;
  /** Uploads the files of several roles in one atomic request. */
  publish(files: ReadonlyMap<string, Uint8Array>): Promise<void>;
  /** The public key that the server holds for a role, as JSON; made on the spot if there is none. */
  getKey(role: 'timestamp' | 'snapshot'): Promise<Uint8Array>;
  /** Asks the server to make a new key for a role; returns it as JSON. */
  rotateKey(role: 'timestamp' | 'snapshot'): Promise<Uint8Array>;
  /** Deletes all metadata of the GUN on the server. */
  deleteAll(): Promise<void>;
  /** Host and port, for messages. */
  readonly location: string;
}

export interface PassphraseRequest {
  /** Key ID of the key in question, or empty when it is not known yet. */
  readonly keyName: string;
  /** The role word shown in the prompt and used to pick the environment variable. */
  readonly alias: string;
  /** True when the passphrase will protect a new key. */
  readonly createNew: boolean;
  /** How many answers were wrong before this one. */
  readonly attempts: number;
  /**
   * True when the key was protected elsewhere: what the environment has for its role is then a guess,
   * and a person is asked when it is wrong.
   */
  readonly elsewhere?: boolean;
}

export interface PassphraseAnswer {
  readonly passphrase: string;
  /** True when asking again is pointless. */
  readonly giveUp: boolean;
}

/**
 * Finds the passphrase of a key: environment, terminal, or failure.
 *
 * @throws NotaryError PASSPHRASE_INVALID when there is none this time; a new one is then asked for again
 */
export type PassphraseRetriever = (request: PassphraseRequest) => Promise<PassphraseAnswer>;

/** The person at the terminal. */
export interface Prompter {
  /** True when standard input is a terminal. */
  readonly interactive: boolean;
  /** Writes the text to standard output and reads a line; undefined at end of input. */
  line(text: string, timeout?: number): Promise<string | undefined>;
  /** As `line`, without echo on a terminal. */
  secret(text: string): Promise<string | undefined>;
  /** Asks a yes/no question whose words have been printed by the caller; false for anything but y or yes. */
  confirm(): Promise<boolean>;
}

/** Files named on the command line or in the configuration. Relative paths start at the working directory. */
export interface Files {
  /**
   * @throws NotaryError FILE_UNREADABLE, worded as Go: `open X: no such file or directory`; with the detail
   * `missing: true` when there is no such file.
   */
  read(path: string): Promise<Uint8Array>;
  /**
   * As `read`, for a file that nobody may have named: regular and of at most 100 MiB, so that reading neither
   * waits for somebody nor goes on for ever.
   *
   * @throws NotaryError FILE_UNREADABLE
   */
  readRegular(path: string): Promise<Uint8Array>;
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
  /** All that is left on standard input. */
  stdin(): Promise<Uint8Array>;
  /** The absolute form of a path. */
  absolute(path: string): string;
  /** A path that, if relative, starts at the folder of a file. */
  beside(file: string, path: string): string;
}

/** Standard output or standard error. Nothing is lost and nothing is reordered; writing never throws. */
export interface Output {
  readonly isTerminal: boolean;
  write(chunk: string | Uint8Array): void;
  /**
   * Waits until all that was written has left the process. A reader that went away is no failure.
   *
   * @throws NotaryError FILE_UNWRITABLE when something could not be written (a full disk).
   */
  flush(): Promise<void>;
}
