/** Declares the port to a local Notary server. */

/** Where a local Notary server listens, and the paths of its files. */
export interface SandboxAddress {
  /** `https://localhost:PORT` */
  readonly url: string;
  /** Path of the certificate that its clients are to trust, PEM. */
  readonly ca: string;
  readonly folder: string;
  readonly pid: number;
}

export interface SandboxOptions {
  /** Where it keeps everything; undefined for a directory that goes when it ends. */
  readonly folder: string | undefined;
  /** 0 for any that is free. */
  readonly port: number;
  /** Path of a file of users with passwords; without, no user logs in. */
  readonly users: string | undefined;
}

/** A local Notary server for development and tests. */
export interface Sandbox {
  /** The default directory. */
  readonly defaultFolder: string;
  /**
   * Starts a server in this process. `done` resolves when a signal has ended it.
   *
   * @throws NotaryError SANDBOX_RUNNING, PORT_TAKEN, SANDBOX_DAMAGED, USERS_FILE_INVALID, FILE_UNREADABLE, FILE_UNWRITABLE
   */
  start(options: SandboxOptions): Promise<SandboxAddress & { readonly done: Promise<void> }>;
  /** Starts a server in a process of its own; resolves when it answers. @throws as `start`, and SANDBOX_FAILED */
  detach(options: SandboxOptions): Promise<SandboxAddress>;
  /** The server of a directory; undefined when there is none. */
  find(folder: string): Promise<(SandboxAddress & { readonly answers: boolean }) | undefined>;
  /** Ends the server of a directory; false when there is none. @throws NotaryError SANDBOX_FAILED */
  stop(folder: string): Promise<boolean>;
  /**
   * Runs a program with a server of its own, and ends both.
   *
   * @returns its exit status, 128 plus the number of the signal that has ended it
   * @throws as `start`, and COMMAND_NOT_STARTED
   */
  run(command: readonly [string, ...string[]], options: SandboxOptions): Promise<number>;
}
