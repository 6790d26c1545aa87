/** Describes a wanted passphrase: the key that it is for. */

/** The key that a passphrase is for. */
export interface PassphraseWanted {
  /** Empty when it is not known. */
  readonly keyId: string;
  /** Role word. */
  readonly alias: string;
  /** Empty when the key is wanted for no single repository. */
  readonly gun: string;
  /** The key in words, for messages. */
  readonly described: string;
  /** The command may be run. */
  readonly runsCommand: boolean;
}
