/** Declares the ports to questions to the user, and to passphrases. */

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
   * True when the key was protected elsewhere: what the environment has for its role is then a guess, and the user
   * is asked when it is wrong.
   */
  readonly elsewhere?: boolean;
  /**
   * True when the user must not be asked and no program run for it: what variables and the file have is tried, or
   * nothing. With `by-command` the passphrase command may run.
   */
  readonly unasked?: boolean | 'by-command';
  /** The GUN that the key's file names; without it that of the repository, if it is about one. */
  readonly gun?: string;
}

export interface PassphraseAnswer {
  readonly passphrase: string;
  /** True when asking again is pointless. */
  readonly giveUp: boolean;
  /** Where it comes from, for a message: the name of a variable or option, or `prompt` for what the user types. */
  readonly source?: string;
  /** The sources that had none, in the order in which they were looked at, for a message: `NAME (not set)`. */
  readonly passedOver?: readonly string[];
}

/**
 * Finds the passphrase of a key: environment, terminal, or failure.
 *
 * @throws NotaryError PASSPHRASE_INVALID when there is none this time; a new one is then asked for again. Its message
 * says why there is none, and its details `variable` and `sources` where one was looked for. INPUT_NEEDED when only the
 * user could answer and must not be asked; PASSPHRASE_FILE_INVALID, FILE_UNREADABLE, KEY_AMBIGUOUS for the file of
 * passphrases; PASSPHRASE_COMMAND_FAILED
 */
export type PassphraseRetriever = (request: PassphraseRequest) => Promise<PassphraseAnswer>;

/** Questions for a login at the server, which a verb may have wait until its own have been answered. */
export interface LoginQuestions {
  /** From now on they wait for `release`. */
  postpone(): { readonly wanted: Promise<void>; readonly release: () => void };
}

/** The user at the terminal. */
export interface Prompter {
  /** True when standard input is a terminal. */
  readonly interactive: boolean;
  /** Writes the text to standard output and reads a line; undefined at end of input. */
  line(text: string, timeout?: number): Promise<string | undefined>;
  /** As `line`, without echo on a terminal. */
  secret(text: string): Promise<string | undefined>;
  /** Shows a question, to its last blank, and reads a line that can be edited; undefined at end of input. */
  ask(question: string): Promise<string | undefined>;
  /** As `ask`, for a yes/no question; false for anything but y or yes. */
  confirm(question: string): Promise<boolean>;
}
