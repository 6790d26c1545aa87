/** Reads a file of users: a line `user:password` each; empty lines and lines that begin with `#` do not count. */

import { fromUtf8 } from '../../encoding/bytes.ts';
import { NotaryError } from '../../errors.ts';

/** Passwords by name. */
export type Users = ReadonlyMap<string, string>;

/**
 * Reads such a file. A password is all that follows the first colon, blanks included.
 *
 * @param file its name, for errors
 * @throws NotaryError USERS_FILE_INVALID, without any password
 */
export function parseUsers(bytes: Uint8Array, file: string): Users {
  const users = new Map<string, string>();
  fromUtf8(bytes)
    .split('\n')
    .forEach((text, place) => {
      const line = text.replace(/\r$/, '');
      if (line.trim() === '' || line.startsWith('#')) return;
      const colon = line.indexOf(':');
      const [user, password] = [line.slice(0, colon), line.slice(colon + 1)];
      if (colon < 1 || password === '') throw invalid(file, place + 1, 'is not user:password');
      if (users.has(user)) throw invalid(file, place + 1, 'names a user who is there already');
      users.set(user, password);
    });
  return users;
}

function invalid(file: string, line: number, defect: string): NotaryError {
  return new NotaryError('USERS_FILE_INVALID', `line ${line} of ${file} ${defect}`, {
    details: { file, line },
    hint: 'Write a line user:password for each user; lines that begin with # are remarks.',
  });
}
