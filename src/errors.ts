/**
 * Declares the one error type of the program and the closed list of its codes.
 *
 * A code is a promise to scripts: it never changes its meaning. The message is what Notary 0.7.0
 * prints where Notary has a message; the hint says what to do next and is shown apart from it.
 */

/** Every reason for which an operation may fail. Nothing else may be thrown on purpose. */
export type ErrorCode =
  // the command line and the configuration
  | 'USAGE'
  | 'UNKNOWN_COMMAND'
  | 'UNKNOWN_FLAG'
  | 'INVALID_FLAG'
  | 'ARGUMENT_IGNORED'
  | 'ABORTED'
  | 'INPUT_NEEDED'
  | 'REPOSITORY_LIST_INVALID'
  | 'REPOSITORIES_FAILED'
  | 'CONFIG_UNREADABLE'
  | 'CONFIG_INVALID'
  | 'TLS_CONFIG_INVALID'
  | 'SERVER_URL_INVALID'
  | 'SERVER_NOT_CONFIGURED'
  | 'TRUST_PINNING_INVALID'
  | 'CONFIG_NOT_EDITABLE'
  | 'FINGERPRINT_INVALID'
  // images
  | 'IMAGE_NAME_INVALID'
  | 'SIGNER_NAME_INVALID'
  | 'NO_SIGNING_ROLE'
  | 'DIGEST_CHANGED'
  | 'SEVERAL_PLATFORMS'
  // names of collaborators
  | 'COLLABORATORS_INVALID'
  | 'COLLABORATOR_NOT_FOUND'
  | 'KEY_AMBIGUOUS'
  // reaching the server
  | 'OFFLINE'
  | 'NETWORK'
  | 'SERVER_UNAVAILABLE'
  | 'MALICIOUS_SERVER'
  | 'INVALID_OPERATION'
  | 'UNAUTHORIZED'
  // images in a registry
  | 'IMAGE_NOT_THERE'
  | 'REGISTRY_UNAUTHORIZED'
  | 'REGISTRY_UNREACHABLE'
  | 'REGISTRY_UNAVAILABLE'
  | 'REGISTRY_INVALID'
  // not there
  | 'REPOSITORY_NOT_EXIST'
  | 'REPO_NOT_INITIALIZED'
  | 'REPOSITORY_DELETED'
  | 'METADATA_NOT_FOUND'
  | 'NO_SUCH_TARGET'
  | 'NO_SUCH_ROLE'
  | 'KEY_NOT_FOUND'
  | 'FILE_UNREADABLE'
  | 'FILE_UNWRITABLE'
  // metadata that must not be believed
  | 'EXPIRED'
  | 'LOW_VERSION'
  | 'ROLE_THRESHOLD'
  | 'NO_SIGNATURES'
  | 'INVALID_KEY_ID'
  | 'INVALID_KEY_TYPE'
  | 'CHECKSUM_MISMATCH'
  | 'CHECKSUM_MISSING'
  | 'INVALID_METADATA'
  | 'NOT_LOADED'
  | 'ROOT_VALIDATION'
  | 'ROOT_ROTATION'
  | 'ROOT_NOT_PINNED'
  | 'ROOT_NOT_TRUSTED'
  // the server refused or did not keep an upload
  | 'BAD_ROOT'
  | 'BAD_TARGETS'
  | 'BAD_SNAPSHOT'
  | 'BAD_HIERARCHY'
  | 'VALIDATION'
  | 'PUBLISH_UNVERIFIED'
  | 'COLLECTION_BUSY'
  | 'CLOCK_BEHIND'
  | 'SIGNATURE_SELF_CHECK'
  // nothing is signed that was not asked for
  | 'ROLE_NEEDS_WITNESS'
  | 'ROLE_WITHOUT_KEYS'
  | 'ROLE_BELOW_THRESHOLD'
  | 'ROLE_UNVERIFIED'
  | 'ROLE_WITHDRAWN'
  | 'UNASKED_CHANGE'
  | 'CHANGE_NOT_IN_EFFECT'
  | 'SERVER_KEY_REFUSED'
  // cannot sign, or not so
  | 'NO_KEYS'
  | 'INSUFFICIENT_SIGNATURES'
  | 'INVALID_ROLE'
  | 'INVALID_PATH'
  | 'INVALID_LOCAL_ROLE'
  | 'INVALID_REMOTE_ROLE'
  | 'INVALID_CHANGE'
  | 'REPOSITORY_EXISTS'
  // key material
  | 'PASSPHRASE_INVALID'
  | 'ATTEMPTS_EXCEEDED'
  | 'PASSPHRASE_FILE_INVALID'
  | 'PASSPHRASE_COMMAND_FAILED'
  | 'KEY_EXISTS'
  | 'FLAG_CONTRADICTED'
  | 'INVALID_KEY'
  | 'INVALID_CERTIFICATE'
  // malformed input
  | 'MALFORMED_JSON'
  | 'MALFORMED_PEM'
  | 'MALFORMED_DER'
  | 'MALFORMED_HASH'
  | 'MALFORMED_NUMBER'
  | 'MALFORMED_TIME'
  | 'INVALID_GUN'
  // done as asked, and perhaps not what was meant: warnings, failures with --strict
  | 'KEY_NOT_IN_ROLE'
  | 'KEY_ID_NOT_FULL'
  | 'PASSPHRASE_UNCHANGED'
  | 'TARGET_NOT_THERE'
  | 'ROLE_NOT_THERE'
  | 'PATH_NOT_IN_ROLE'
  | 'CHANGE_NOT_THERE'
  | 'CHANGE_UNREADABLE'
  | 'COLLECTION_NOT_THERE'
  | 'NOTHING_STAGED'
  | 'ROLE_NOT_NAMED'
  | 'GUN_HAS_TAG'
  | 'CHANGES_DISCARDED'
  | 'DELEGATION_SIGNS_NOTHING'
  | 'PATHS_SHARED'
  | 'PATH_NOT_PATTERN'
  | 'TARGETS_HIDDEN'
  | 'TARGET_SHADOWED'
  | 'TARGET_STILL_THERE'
  | 'PURGE_INCOMPLETE'
  | 'WITNESS_RESTORES_KEYS'
  | 'KEYS_LEFT_OUT'
  | 'KEYS_NOT_NAMED'
  | 'NO_PEM_BLOCKS'
  | 'KEY_ID_CONTRADICTED'
  | 'KEY_KIND_UNUSED'
  | 'KEY_FILE_REPLACED'
  | 'SEVERAL_KEYS_IN_FILE'
  | 'PRIVATE_KEY_IN_FILE'
  | 'TARGETS_KEY_NOT_HERE'
  | 'ROLE_NAME_UNREAD'
  | 'ROLE_WORD_UNKNOWN'
  | 'COLLECTION_CREATED'
  | 'LENGTH_MISMATCH'
  | 'ROLE_HIDDEN'
  | 'ROLE_UNREADABLE'
  | 'ROLE_COMES_BACK'
  | 'ROLE_REASSERTED'
  | 'TAGS_WOULD_VANISH'
  | 'TARGETS_CONFLICT'
  | 'KEY_OF_OWNER'
  | 'PLAN_CHANGED'
  | 'TAGS_COME_BACK'
  | 'TARGET_CHANGED_MEANWHILE'
  | 'KEY_IN_SEVERAL_REPOSITORIES'
  | 'KEY_IN_USE'
  | 'FILE_OF_OTHER_REPOSITORY'
  // the sandbox
  | 'SANDBOX_RUNNING'
  | 'SANDBOX_FAILED'
  | 'SANDBOX_DAMAGED'
  | 'PORT_TAKEN'
  | 'USERS_FILE_INVALID'
  | 'COMMAND_NOT_STARTED'
  // a Docker engine, and the plugins of the docker CLI
  | 'ENGINE_UNREACHABLE'
  | 'ENGINE_REFUSED'
  | 'PLUGIN_NOT_OURS'
  | 'PLUGIN_SHADOWED'
  // archives
  | 'ARCHIVE_INVALID'
  | 'ARCHIVE_INCOMPLETE'
  | 'ARCHIVE_UNFINISHED'
  // leaving early
  | 'INTERRUPTED';

/** What an error is about: plain values that a machine may read (GUN, role, key ID, version, file). */
export type ErrorDetails = Readonly<
  Record<string, string | number | boolean | readonly string[] | readonly Readonly<Record<string, string>>[]>
>;

/** Details that decide how the program goes on, by code; every other detail is for reading only. */
interface SteeringDetails {
  /** Which file the server does not have: `root`, `3.root`. */
  readonly METADATA_NOT_FOUND: { readonly resource?: string };
  readonly REPOSITORY_NOT_EXIST: { readonly resource?: string };
  /** The server's own code, such as `VERSION`. */
  readonly INVALID_OPERATION: { readonly serverCode?: string };
  /** True when there is no such file, and it is not merely closed. */
  readonly FILE_UNREADABLE: { readonly missing?: boolean };
  /** `unfit` when the key is here and for something else; `unreadable`: why its file cannot be used. */
  readonly KEY_NOT_FOUND: { readonly unfit?: boolean; readonly unreadable?: ErrorCode };
  /** The repository that the key serves already. */
  readonly KEY_EXISTS: { readonly gun?: string };
  /** Keys found, the IDs of those that were not, and how many of these are here: for something else, or unreadable. */
  readonly INSUFFICIENT_SIGNATURES: {
    readonly found?: number;
    readonly keys?: readonly string[];
    readonly unfit?: number;
    readonly unreadable?: number;
  };
  /** The code of what the look at the server ran into. */
  readonly PUBLISH_UNVERIFIED: { readonly reason?: ErrorCode };
}

/** The details of an error of a code. */
export type DetailsOf<Code extends ErrorCode> = ErrorDetails &
  (Code extends keyof SteeringDetails ? SteeringDetails[Code] : unknown);

/** An error that is known to have one of the codes. */
export type ErrorOf<Code extends ErrorCode> = NotaryError & {
  readonly code: Code;
  readonly details: DetailsOf<Code>;
};

export interface ErrorOptions {
  readonly details?: ErrorDetails;
  /** One sentence: what the user can do now. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** An expected failure. Anything thrown that is not a NotaryError is a defect of this program. */
export class NotaryError extends Error {
  static {
    // Bundling shortens names of classes; stack traces and inspection show these.
    Object.defineProperty(this, 'name', { value: 'NotaryError' });
    Object.defineProperty(this.prototype, 'name', {
      value: 'NotaryError',
      writable: true,
      configurable: true,
    });
  }

  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
    this.hint = options.hint;
  }
}

/** True when the value is a NotaryError with one of the codes (any code when none is given). */
export function isNotaryError<Code extends ErrorCode = ErrorCode>(
  error: unknown,
  ...codes: readonly Code[]
): error is [ErrorCode] extends [Code] ? NotaryError : ErrorOf<Code> {
  const wanted: readonly ErrorCode[] = codes;
  return error instanceof NotaryError && (codes.length === 0 || wanted.includes(error.code));
}

/** The error with details that it does not have yet; what it says already stays. */
export function withDetails(error: NotaryError, details: ErrorDetails): NotaryError {
  const { code, message, hint } = error;
  return new NotaryError(code, message, { details: { ...details, ...error.details }, hint, cause: error });
}

export interface Rephrasing {
  readonly code?: ErrorCode;
  /** Besides those that are there; of the same name, these count. */
  readonly details?: ErrorDetails;
  /** In place of the one that is there. */
  readonly hint?: string | undefined;
}

/**
 * The error in other words, with what was known of it.
 *
 * @param words makes the new message from the old one
 */
export function rephrased(
  error: NotaryError,
  words: (message: string) => string,
  { code = error.code, details, hint = error.hint }: Rephrasing = {},
): NotaryError {
  return new NotaryError(code, words(error.message), {
    details: { ...error.details, ...details },
    hint,
    cause: error,
  });
}

/** For an error whose message stays. */
export function sameWords(message: string): string {
  return message;
}
