/** Says which of the staged changes could not be applied. */

import { type ErrorCode, isNotaryError, NotaryError } from '../errors.ts';
import type { Change } from './change.ts';

/** What a change is not to blame for, and what its removal does not help against. */
const others: readonly string[] = [
  'INTERRUPTED',
  'PASSPHRASE_INVALID',
  'ATTEMPTS_EXCEEDED',
  'FILE_UNREADABLE',
] satisfies readonly ErrorCode[];

/**
 * The error of a change with its number, if it is a staged one. The message stays, and so does a hint that is
 * there.
 */
export function refusedChange(error: unknown, change: Change): unknown {
  if (!isNotaryError(error) || others.includes(error.code)) return error;
  const { code, message, details, hint } = error;
  const { action, scope, type, path, number } = change;
  if (number === undefined) return error;
  const what = [action, type, ...(path === '' ? [] : [JSON.stringify(path)]), 'of', scope || '""'].join(' ');
  const own = `It is about the staged change ${number} (${what}); "reset -n ${number}" discards it.`;
  return new NotaryError(code, message, {
    details: { change: number, ...details },
    hint: hint === undefined ? own : `${hint.replace(/\.?$/, '.')} ${own}`,
    cause: error,
  });
}
