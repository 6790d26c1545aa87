/** Reads files of secrets, and refuses those that others can read before it reads a byte of them. */

import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { NotaryError } from '../../errors.ts';
import { fileError } from './file-errors.ts';

const permissions = 0o777;
/** Read, write and execute for the owner. */
const ownerOnly = 0o700;

/**
 * Reads a regular file of mode 0600 or stricter. The file that is judged is the one that is read: both happen on one
 * descriptor. It is opened so that no pipe keeps the program waiting. Windows has no such modes, and none is asked for
 * there.
 *
 * @param shown the path as the user gave it, for messages
 * @throws NotaryError FILE_UNREADABLE, PASSPHRASE_FILE_INVALID
 */
export function readSecretFile(shown: string, path: string, maxBytes: number): Uint8Array {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (cause) {
    throw fileError('FILE_UNREADABLE', 'open', shown, cause);
  }
  try {
    const refusal = whyRefused(fstatSync(descriptor), shown, maxBytes);
    if (refusal !== undefined) throw refusal;
    return contentOf(descriptor, shown, maxBytes);
  } finally {
    closeSync(descriptor);
  }
}

function whyRefused(stats: Stats, shown: string, maxBytes: number): NotaryError | undefined {
  const mode = stats.mode & permissions;
  const isOpen = process.platform !== 'win32' && (mode & ~ownerOnly) !== 0;
  if (!stats.isFile()) {
    const kind = stats.isDirectory() ? 'directory' : 'no file';
    return refused({ shown, isOpen, kind }, 'it is no regular file', 'Give the path of a file.');
  }
  if (isOpen) {
    return refused(
      { shown, isOpen, kind: 'file' },
      `others may read or change it (mode ${mode.toString(8).padStart(4, '0')}); nothing of it was read`,
      `Run chmod 600 on it, and change the passphrases if others may have seen them.`,
    );
  }
  return stats.size > maxBytes ? tooLarge(shown, maxBytes) : undefined;
}

/** A file may grow while it is read, and some have no size. */
function contentOf(descriptor: number, shown: string, maxBytes: number): Uint8Array {
  const content = Buffer.alloc(maxBytes + 1);
  let length = 0;
  try {
    for (let read = -1; read !== 0 && length < content.length; length += read)
      read = readSync(descriptor, content, length, content.length - length, null);
  } catch (cause) {
    throw fileError('FILE_UNREADABLE', 'read', shown, cause);
  }
  if (length > maxBytes) throw tooLarge(shown, maxBytes);
  return content.subarray(0, length);
}

function tooLarge(shown: string, maxBytes: number): NotaryError {
  return refused(
    { shown, isOpen: false, kind: 'too large' },
    `it is larger than ${maxBytes} bytes`,
    'Give a file with a line for each passphrase.',
  );
}

interface RefusedFile {
  readonly shown: string;
  readonly isOpen: boolean;
  readonly kind: 'file' | 'directory' | 'no file' | 'too large';
}

function refused({ shown, isOpen, kind }: RefusedFile, reason: string, hint: string): NotaryError {
  return new NotaryError(
    'PASSPHRASE_FILE_INVALID',
    `the file of passphrases ${shown} is refused: ${reason}`,
    {
      details: { file: shown, openToOthers: isOpen, kind },
      hint,
    },
  );
}
