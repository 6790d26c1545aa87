/** Stores private key files: `private/<key ID>.key`. It also finds those in subdirectories. */

import { type Dirent, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { compareUtf8 } from '../../encoding/bytes.ts';
import { NotaryError } from '../../errors.ts';
import { errorCode } from '../../go/errno.ts';
import type { Log } from '../../ports/log.ts';
import type { KeyStorage } from '../../ports/trust-dir.ts';
import { fileError } from '../system/file-errors.ts';
import { makeFolder, removeFile, writeAtomically } from './atomic-write.ts';
import { readRegularFile } from './read-file.ts';
import { firstSweep } from './temporary-files.ts';
import { holdsOldKeys, keyFolder } from './trust-dir.ts';

const extension = '.key';
const keyFileName = /^[0-9a-f]{64}\.key$/;

/**
 * Opens the key files of a trust directory. Nothing is created before a key is written. Keys in the
 * layout of versions before 0.4 are moved to where they belong when a key is first asked for.
 */
export function openKeyStorage(trustDir: string, log: Log): KeyStorage {
  const location = keyFolder(trustDir);
  const sweep = firstSweep();
  const warned = new Set<string>();
  let settled: Promise<void> | undefined;
  const settle = () => (settled ??= settleOldKeys(trustDir, log));
  const pathOf = (name: string) => {
    if (
      name.split('/').every((part) => part !== '' && part !== '.' && part !== '..') &&
      !name.includes('\0')
    ) {
      return join(location, `${name}${extension}`);
    }
    throw new NotaryError('INVALID_KEY', `not a key ID: ${JSON.stringify(name)}`);
  };
  const ownPathOf = (keyId: string) => {
    if (!keyId.includes('/')) return pathOf(keyId);
    throw new NotaryError('INVALID_KEY', `not a key ID: ${JSON.stringify(keyId)}`);
  };
  return {
    location,
    async list() {
      await settle();
      return keyNames(location, '', log).sort(compareUtf8);
    },
    async get(name) {
      await settle();
      const path = pathOf(name);
      const file = readRegularFile(path, { followLinks: false });
      if (file !== undefined && (file.mode & 0o077) !== 0 && !warned.has(path)) {
        warned.add(path);
        log.warn(`private key file can be read by others: ${path}`, 'KEY_FILE_MODE');
      }
      return file?.bytes;
    },
    async set(keyId, pem) {
      await settle();
      const path = ownPathOf(keyId);
      makeFolder(location);
      sweep(location);
      writeAtomically(path, pem);
    },
    async remove(keyId) {
      await settle();
      sweep(location);
      removeFile(ownPathOf(keyId));
    },
  };
}

async function settleOldKeys(trustDir: string, log: Log): Promise<void> {
  if (!holdsOldKeys(trustDir)) return;
  const { moveOldKeys } = await import('./migrate-keys.ts');
  moveOldKeys(trustDir, log);
}

/** Relative paths without extension. Symbolic links and files of other names are no key files. */
function keyNames(root: string, below: string, log: Log): string[] {
  const names: string[] = [];
  for (const entry of entriesOf(root, below, log)) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) {
      if (keyFileName.test(entry.name))
        log.error(`read ${join(root, name)}: is a directory`, 'FILE_UNREADABLE');
      for (const inner of keyNames(root, name, log)) names.push(inner);
    } else if (!entry.name.endsWith(extension) || entry.isSymbolicLink()) continue;
    else if (entry.isFile()) names.push(name.slice(0, -extension.length));
    else log.error(`read ${join(root, name)}: not a regular file`, 'FILE_UNREADABLE');
  }
  return names;
}

/** The key directory must be readable; a subdirectory that is not hides its own keys only, as in Notary 0.7.0. */
function entriesOf(root: string, below: string, log: Log): readonly Dirent[] {
  const folder = join(root, below);
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return [];
    const error = fileError('FILE_UNREADABLE', 'open', folder, cause);
    if (below === '') throw error;
    log.error(error.message, error.code);
    return [];
  }
}
