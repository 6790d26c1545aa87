/** Declares the types of the library: the options of `openRepository`, and the methods of a repository. */

import type { JsonData } from '../encoding/to-plain-json.ts';

/** A user name and a password of the server or of its token service. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** A key whose passphrase is wanted. */
export interface PassphraseQuestion {
  /** `root`, `targets`, `snapshot`, or the name of a delegation; `delegation` when it is not known yet. */
  readonly role: string;
  /** 64 hexadecimal digits; empty when it is not known yet. */
  readonly keyId: string;
  /** True when the passphrase will protect a new key. */
  readonly createNew: boolean;
  /** How many answers were wrong before this one. */
  readonly attempts: number;
}

/**
 * Which root certificates a collection may start from; see the section `trust_pinning` of the configuration.
 * Anything else in here is refused (`TRUST_PINNING_INVALID`).
 */
export interface TrustPins {
  /** IDs of root certificates by GUN, or by a prefix of GUNs followed by `*`. */
  readonly certs?: Readonly<Record<string, readonly string[]>>;
  /** PEM files of CAs that must have issued the root certificate, by prefix of GUNs. */
  readonly ca?: Readonly<Record<string, string>>;
  /** Refuses the first root of a GUN without a pin; by default it is trusted on first use. */
  readonly disableTofu?: boolean;
  /** The same in the spelling of the configuration. */
  readonly disable_tofu?: boolean;
}

/** Something that happened and is no failure. */
export interface LogRecord {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  /** A stable code for log messages that tsnotary has and Notary 0.7.0 has not. */
  readonly code?: string;
}

/** Relative paths start at the working directory. */
export interface OpenOptions {
  /**
   * Directory of private keys, verified metadata and staged changes, made when it is missing. It is the same as of
   * the command line: `~/.notary` unless configured otherwise, `~/.docker/trust` for docker.
   */
  readonly trustDir: string;
  /** Name of the collection, such as `docker.io/user/image`. */
  readonly gun: string;
  /** `https://HOST:PORT` of the Notary server. Without one, nothing but staging works. */
  readonly server?: string | undefined;
  /** PEM file of the only CA that is trusted for the server; without it, those of the system are. */
  readonly ca?: string | undefined;
  /** PEM files of a client certificate and its key: both or neither. */
  readonly clientCert?: string | undefined;
  readonly clientKey?: string | undefined;
  /** Sent over https only, and only when the server asks. */
  readonly credentials?: Credentials | (() => Promise<Credentials | undefined>) | undefined;
  /**
   * One passphrase for all keys, or a function that is asked for each key when it is needed, again after a
   * wrong answer. `undefined` is an answer too: there is none.
   */
  readonly passphrase?: string | ((question: PassphraseQuestion) => Promise<string | undefined>) | undefined;
  readonly pins?: TrustPins | undefined;
  /**
   * Environment variables that reaching the server may follow: `HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`,
   * `SSL_CERT_FILE`, `SSL_CERT_DIR`. None by default; `process.env` gives what the command line does.
   */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Called with warnings and other log messages. Without it they are dropped. */
  readonly onLog?: ((record: LogRecord) => void) | undefined;
  /** Turns likely mistakes, which otherwise cause a warning, into errors with the same code. */
  readonly strict?: boolean | undefined;
}

/** A signed name for some content. */
export interface Target {
  readonly name: string;
  /** The role that signed it: `targets` or a delegation. */
  readonly role: string;
  /** Bytes. */
  readonly length: number;
  /** Hexadecimal digests by algorithm: `sha256`, mostly `sha512` too. */
  readonly hashes: Readonly<Record<string, string>>;
  readonly custom?: JsonData;
}

/** What is signed: bytes, a file, or something else by its length in bytes and its hexadecimal digests. */
export type TargetContent =
  | Uint8Array
  | { readonly file: string }
  | { readonly length: number; readonly sha256: string; readonly sha512?: string }
  | { readonly length: number; readonly sha256?: string; readonly sha512: string };

/** Roles that a staged change is for; `targets` when there are none. */
export interface TargetRoles {
  readonly roles?: readonly string[];
}

/** Something that the next `publish` will do. */
export interface StagedChange {
  /** The number that `reset` takes. */
  readonly index: number;
  /** `create`, `update` or `delete`. */
  readonly action: string;
  readonly role: string;
  /** `target`, `delegation` or `witness`. */
  readonly type: string;
  /** The target's name; for other types what the change is about, or empty. */
  readonly path: string;
  /** The keys of a delegation that come and go; null for a change that cannot be read. */
  readonly keys: { readonly added: readonly NamedKey[]; readonly removed: readonly NamedKey[] } | null;
  /** The paths of a delegation that come and go, and whether all go; null for a change that cannot be read. */
  readonly paths: {
    readonly added: readonly string[];
    readonly removed: readonly string[];
    readonly all: boolean;
  } | null;
}

/** A key, and whose it is as far as a role of docker or its certificate says. */
export interface NamedKey {
  /** 64 hexadecimal digits. */
  readonly keyId: string;
  readonly collaborator?: string;
  readonly nameSource: 'file' | 'role' | 'certificate' | 'none';
}

/** Where the root key of a new collection comes from: by default it is a stored one, or made. */
export interface InitOptions {
  /** PEM text of a private key. */
  readonly rootKey?: Uint8Array;
  /** PEM text of a certificate for the root key, in place of a new self-signed one. */
  readonly rootCertificate?: Uint8Array;
}

/** What `publish` has done. */
export interface Published {
  /** Roles whose metadata was uploaded. */
  readonly roles: readonly string[];
  /** True when the server did not have the collection before. */
  readonly created: boolean;
}

/** A role below `targets`: who else may sign targets, and which. */
export interface Delegation {
  /** `targets/…` */
  readonly role: string;
  /** Prefixes of the names that it may sign; the empty one stands for all. */
  readonly paths: readonly string[];
  /** 64 hexadecimal digits each. */
  readonly keyIds: readonly string[];
  /** How many of the keys must sign. */
  readonly threshold: number;
}

/** What a delegation gets: keys, paths or both. */
export interface AddedSigners {
  /** PEM text of certificates or public keys, one each, or the files that hold them. */
  readonly keys?: readonly (Uint8Array | { readonly file: string })[];
  /** Prefixes of target names; `['']` lets it sign targets of any name. */
  readonly paths?: readonly string[];
}

/** What a delegation loses. At least one must be named. */
export interface RemovedSigners {
  /** Full key IDs: names of collaborators are looked up by the commands only. */
  readonly keyIds?: readonly string[];
  readonly paths?: readonly string[];
  readonly allPaths?: boolean;
  /** The delegation itself, with all of its keys and paths. */
  readonly whole?: boolean;
}

/** How the keys of a base role are replaced. */
export interface RotateOptions {
  /** The server makes and holds the new key: possible for `snapshot`, necessary for `timestamp`. */
  readonly serverManaged?: boolean;
  /** PEM text of the new private keys; without them one is made. */
  readonly keys?: readonly Uint8Array[];
  /** How many older roots have keys that sign a new root too; -1 for all. */
  readonly legacyRoots?: number;
}

/**
 * A trusted collection, for as long as a script works with it. Every method that reads updates the collection first
 * and trusts nothing that is not correctly signed.
 *
 * Methods that ask the server throw `OFFLINE` when it cannot be reached and nothing usable is on this disk, and the
 * codes of the server's answers; methods that read also those of metadata that must not be trusted: `EXPIRED`,
 * `LOW_VERSION`, `ROLE_THRESHOLD`, `CHECKSUM_MISMATCH`, `ROOT_VALIDATION` and others. docs/reference.md lists all
 * codes.
 */
export interface Repository {
  readonly gun: string;
  /**
   * Makes a new collection on this machine: keys that are missing, root certificate, first metadata. Nothing
   * is published.
   *
   * @throws NotaryError REPOSITORY_EXISTS when the server has the collection, SERVER_KEY_REFUSED, INVALID_KEY, INVALID_CERTIFICATE,
   * PASSPHRASE_INVALID, ATTEMPTS_EXCEEDED when there is no passphrase for a new key
   */
  init(options?: InitOptions): Promise<{ readonly rootKeyId: string }>;
  /** The targets of all roles, or of these and the roles below them, each name once, sorted by name. */
  list(options?: TargetRoles): Promise<readonly Target[]>;
  /** @throws NotaryError NO_SUCH_TARGET */
  lookup(name: string): Promise<Target>;
  /**
   * Compares content with the target of a name.
   *
   * @returns the target, when the content is what was signed
   * @throws NotaryError NO_SUCH_TARGET, CHECKSUM_MISMATCH, FILE_UNREADABLE
   */
  verify(name: string, content: Uint8Array | { readonly file: string }): Promise<Target>;
  /**
   * Stages a target; its content itself is not stored.
   *
   * @param options.custom recorded and signed with the target: whole numbers, and no `<`, `>` or `&` in texts
   * @throws NotaryError NO_SUCH_ROLE, MALFORMED_HASH, MALFORMED_NUMBER, MALFORMED_JSON, FILE_UNREADABLE
   */
  add(
    name: string,
    content: TargetContent,
    options?: TargetRoles & { readonly custom?: JsonData },
  ): Promise<void>;
  /** Stages the removal of a target. @throws NotaryError NO_SUCH_ROLE */
  remove(name: string, options?: TargetRoles): Promise<void>;
  /** Every delegation of the published collection, sorted by role. */
  delegations(): Promise<readonly Delegation[]>;
  /**
   * Stages keys and paths for a delegation, which is made when it does not exist.
   *
   * @returns the IDs of the keys
   * @throws NotaryError INVALID_ROLE, INVALID_CERTIFICATE, INVALID_KEY, FILE_UNREADABLE
   */
  addDelegation(role: string, added: AddedSigners): Promise<{ readonly keyIds: readonly string[] }>;
  /** Stages the removal of keys (revokes them), of paths, or of the delegation. @throws NotaryError INVALID_ROLE */
  removeDelegation(role: string, removed: RemovedSigners): Promise<void>;
  /** Stages the removal of keys, by full IDs, from every delegation whose parent this machine can sign. */
  purgeKeys(keyIds: readonly string[]): Promise<void>;
  /**
   * Stages roles to be signed again as they are, with a new expiry date.
   *
   * @param options.accept SHA-256 digests of files to sign although no known key of their role has signed them
   * @throws NotaryError MALFORMED_HASH
   */
  witness(roles: readonly string[], options?: { readonly accept?: readonly string[] }): Promise<void>;
  /**
   * Replaces the keys of `root`, `targets`, `snapshot` or `timestamp`, and publishes that at once, apart from what is
   * staged. No question is asked, not for the root key either.
   *
   * @throws NotaryError INVALID_ROLE, INVALID_LOCAL_ROLE, INVALID_REMOTE_ROLE, SERVER_KEY_REFUSED, and what `publish` throws
   */
  rotateKey(role: string, options?: RotateOptions): Promise<void>;
  /** What is staged, in the order in which `publish` will apply it. */
  status(): Promise<readonly StagedChange[]>;
  /** Discards staged changes: those of these numbers, or all. */
  reset(indexes?: readonly number[]): Promise<void>;
  /**
   * Applies what is staged, signs, uploads, and confirms that the server serves it: all or nothing. On any error
   * everything stays staged.
   *
   * @throws NotaryError NO_KEYS when no key of a role is here, PASSPHRASE_INVALID or ATTEMPTS_EXCEEDED when one is here
   * and locked, INVALID_KEY or FILE_UNREADABLE when its file cannot be used, INSUFFICIENT_SIGNATURES, COLLECTION_BUSY, PUBLISH_UNVERIFIED, and the codes of the server's refusals
   */
  publish(): Promise<Published>;
  /** Ends the connections, which otherwise keep the process alive for a while. Nothing can be asked of the server afterwards. */
  close(): Promise<void>;
}
