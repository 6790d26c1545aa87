/** Quotes words of commands that the user may paste into a shell (POSIX sh). */

/** What no shell reads anything into. */
const harmless = /^[A-Za-z0-9_./:@%+,=-]+$/;
/** What is escaped once more where messages are quoted, as in logs, and would end a quotation of the shell there. */
const escapedInLogs = /['"\\]|[^ -~\u00a1-\uffff]/;
const hidden = "'…'";

/** The word as a shell has to be given it, for text that is shown as it is. */
export function shellQuote(word: string): string {
  return harmless.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * The word for a command in a message, which may be quoted once more before it is shown. A word that would not
 * survive that is left out: the command that is pasted then names nothing that exists.
 */
export function shellWord(word: string): string {
  return escapedInLogs.test(word) ? hidden : shellQuote(word);
}
