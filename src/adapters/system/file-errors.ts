/**
 * Words errors of the file system as Go's os package does, which Notary shows as they are; and says whose file it is that
 * may not be used.
 */

import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { ErrorCode } from '../../error-codes.ts';
import { NotaryError } from '../../errors.ts';
import { errorCode, systemReason } from '../../go/errno.ts';

/** `<call> <path>: <reason>`. */
export function fileError(code: ErrorCode, call: string, path: string, cause: unknown): NotaryError {
  const missing = errorCode(cause) === 'ENOENT';
  return new NotaryError(code, `${call} ${path}: ${systemReason(cause)}`, {
    details: { file: path, ...(missing ? { missing } : {}) },
    hint: ['EACCES', 'EPERM'].includes(errorCode(cause)) ? ownerHint(path) : undefined,
    cause,
  });
}

/** Names the owner of a file, or of the directory above it that keeps it out of sight, when it is another user. */
function ownerHint(path: string): string | undefined {
  const user = process.getuid?.();
  const found = user === undefined || user === 0 ? undefined : nearest(path);
  if (found === undefined || found.uid === user) return undefined;
  return `${found.path} belongs to another user (ID ${found.uid}; this one is ${user}): run the command as that user, use another file or directory, or have it given to this user with chown.`;
}

function nearest(path: string): { readonly path: string; readonly uid: number } | undefined {
  try {
    return { path, uid: statSync(path).uid };
  } catch {
    const above = dirname(path);
    return above === path ? undefined : nearest(above);
  }
}

/** The error for a file that is larger than it may be. */
export function tooLong(shown: string, maxBytes: number): NotaryError {
  return new NotaryError('FILE_UNREADABLE', `read ${shown}: larger than ${maxBytes} bytes`, {
    details: { file: shown },
  });
}
