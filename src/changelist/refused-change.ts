/** Says which of the staged changes could not be applied. */

import { shellWord } from '../encoding/shell-quote.ts';
import type { ErrorCode } from '../error-codes.ts';
import { isNotaryError, NotaryError } from '../errors.ts';
import type { Change } from './change.ts';

/** What a change is not to blame for, and what its removal does not help against. */
const others: readonly string[] = [
  'INTERRUPTED',
  'INPUT_NEEDED',
  'PASSPHRASE_INVALID',
  'ATTEMPTS_EXCEEDED',
  'PASSPHRASE_FILE_INVALID',
  'PASSPHRASE_COMMAND_FAILED',
  'FILE_UNREADABLE',
] satisfies readonly ErrorCode[];

/**
 * The error of a change with its number, if it is a staged one. The message stays, and so does a hint that is
 * there.
 */
export function refusedChange(error: unknown, change: Change, gun: string | undefined): unknown {
  if (!isNotaryError(error) || others.includes(error.code) || isAboutKeyFile(error)) return error;
  const { code, message, details, hint } = error;
  const { action, scope, type, path, number } = change;
  if (number === undefined) return error;
  const what = [action, type, ...(path === '' ? [] : [JSON.stringify(path)]), 'of', scope || '""'].join(' ');
  const discard = `tsnotary reset ${gun === undefined ? 'GUN' : shellWord(gun)} -n ${number}`;
  const own = `It is about the staged change ${number} (${what}); ${discard} discards it.`;
  return new NotaryError(code, message, {
    details: { change: number, ...details },
    hint: hint === undefined ? own : `${hint.replace(/(?<![.?])$/, '.')} ${own}`,
    cause: error,
  });
}

/** A key file of this machine cannot be used; a key in a change lists no keys of a role. */
function isAboutKeyFile(error: NotaryError): boolean {
  return error.code === 'INVALID_KEY' && error.details['keys'] !== undefined;
}
