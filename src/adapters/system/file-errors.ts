/** Errors of the file system in the words of Go's os package, which Notary shows as they are. */

import { type ErrorCode, NotaryError } from '../../errors.ts';

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EISDIR: 'is a directory',
  ENOTDIR: 'not a directory',
  ENOSPC: 'no space left on device',
  EROFS: 'read-only file system',
  EMFILE: 'too many open files',
  ENAMETOOLONG: 'file name too long',
  ELOOP: 'too many levels of symbolic links',
  EEXIST: 'file exists',
  EIO: 'input/output error',
  ENXIO: 'no such device or address',
  EDQUOT: 'disk quota exceeded',
  EFBIG: 'file too large',
};

/** The name of the error of a failed system call, such as `ENOENT`; empty when it is something else. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** The reason of a failed system call, or the error's own message. */
export function systemReason(error: unknown): string {
  return reasons[errorCode(error)] ?? (error instanceof Error ? error.message : String(error));
}

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
