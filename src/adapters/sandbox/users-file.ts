/** Reads the users file of a sandbox, and the secret that signs its tokens. */

import { join } from 'node:path';
import { NotaryError } from '../../errors.ts';
import type { RandomBytes } from '../../ports/clock.ts';
import type { TokenAuth } from '../../server/auth/token-auth.ts';
import { parseUsers } from '../../server/auth/users.ts';
import { writeAtomically } from '../fs/atomic-write.ts';
import { readRegularFile } from '../fs/read-file.ts';

const secretLength = 32;

/**
 * Reads the file of users, which no other user of the machine may read, and the secret, which is made when there is
 * none: it stays in the directory, so that what `docker login` has saved is good for the next server there, too.
 *
 * @throws NotaryError USERS_FILE_INVALID, FILE_UNREADABLE, FILE_UNWRITABLE
 */
export function openLogins(folder: string, users: string, random: RandomBytes): TokenAuth {
  const file = readRegularFile(users, { followLinks: true });
  if (file === undefined) {
    throw new NotaryError('FILE_UNREADABLE', `open ${users}: no such file or directory`, {
      details: { file: users, missing: true },
    });
  }
  if ((file.mode & 0o077) !== 0) {
    throw new NotaryError('USERS_FILE_INVALID', `others can read the passwords in ${users}`, {
      details: { file: users },
      hint: `Run chmod 600 on it. Its mode is ${file.mode.toString(8)}.`,
    });
  }
  return { users: parseUsers(file.bytes, users), secret: secretOf(folder, random) };
}

function secretOf(folder: string, random: RandomBytes): Uint8Array {
  const path = join(folder, 'tls/token.secret');
  const held = readRegularFile(path, { followLinks: false })?.bytes;
  if (held?.length === secretLength) return held;
  const secret = random(secretLength);
  writeAtomically(path, secret);
  return secret;
}
