/** Words failed system calls as Go's `syscall` package does, which Notary 0.7.0 shows as they are. */

/** Of calls on files. */
const ofFiles: Readonly<Record<string, string>> = {
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

/** Of calls on connections. */
const ofConnections: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  ETIMEDOUT: 'connection timed out',
  EADDRNOTAVAIL: 'cannot assign requested address',
  EPIPE: 'broken pipe',
};

/** The name of the error of a failed system call, such as `ENOENT`; empty when it is something else. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** The reason of a failed system call that is not about a connection, or the error's own message. */
export function systemReason(error: unknown): string {
  return ofFiles[errorCode(error)] ?? (error instanceof Error ? error.message : String(error));
}

/** The reason of a failed call on a connection; undefined when Go has no words for it. */
export function connectionReason(error: unknown): string | undefined {
  return ofConnections[errorCode(error)];
}
