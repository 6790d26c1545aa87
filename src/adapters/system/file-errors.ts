/** Words errors of the file system as Go's os package does; Notary shows them as they are. */

import { type ErrorCode, NotaryError } from '../../errors.ts';
import { errorCode, systemReason } from '../../go/errno.ts';

/** `<call> <path>: <reason>`. */
export function fileError(code: ErrorCode, call: string, path: string, cause: unknown): NotaryError {
  const missing = errorCode(cause) === 'ENOENT';
  return new NotaryError(code, `${call} ${path}: ${systemReason(cause)}`, {
    details: { file: path, ...(missing ? { missing } : {}) },
    cause,
  });
}

/** The error for a file that is larger than it may be. */
export function tooLong(shown: string, maxBytes: number): NotaryError {
  return new NotaryError('FILE_UNREADABLE', `read ${shown}: larger than ${maxBytes} bytes`, {
    details: { file: shown },
  });
}
