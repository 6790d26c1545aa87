/**
 * Stores private key files: `private/<key ID>.key`. It also finds those in subdirectories. A link stands for the file
 * or directory that it leads to, for listing, reading and replacing alike: secrets are mounted so.
 */

import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { compareUtf8 } from '../../encoding/bytes.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError, NotaryError, rephrased, sameWords } from '../../errors.ts';
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
 *
 * @param warned directories whose key files are known to be open to others; shared by the storages of one command
 * @param readOnly leave keys in the old layout where they are, and show them as if they had been moved
 */
export function openKeyStorage(
  trustDir: string,
  log: Log,
  warned = new Set<string>(),
  readOnly = false,
): KeyStorage {
  const location = keyFolder(trustDir);
  const sweep = firstSweep();
  let settled: Promise<void> | undefined;
  let old: ReadonlyMap<string, Uint8Array> = new Map();
  const readOld = async () => void (old = await unmovedKeys(trustDir, log));
  const settle = () => (settled ??= readOnly ? readOld() : settleOldKeys(trustDir, log));
  const pathOf = (name: string) => join(location, `${checkedName(name)}${extension}`);
  const ownPathOf = (keyId: string) => {
    if (!keyId.includes('/')) return pathOf(keyId);
    throw new NotaryError('INVALID_KEY', `not a key ID: ${JSON.stringify(keyId)}`);
  };
  return {
    location,
    async list() {
      await settle();
      const names = keyNames(location, log).filter((name) => !readOnly || !isUnmoved(name));
      return [...new Set([...names, ...old.keys()])].sort(compareUtf8);
    },
    async unusable() {
      await settle();
      const found: string[] = [];
      keyNames(location, { ...log, error: () => undefined }, found);
      return found;
    },
    async get(name) {
      await settle();
      const file = readRegularFile(pathOf(name), { followLinks: true });
      if (file !== undefined && isOpen(file.mode) && !warned.has(location)) {
        warned.add(location);
        warnOfModes(location, log);
      }
      return file?.bytes ?? old.get(name);
    },
    async set(keyId, pem) {
      await settle();
      const path = ownPathOf(keyId);
      makeFolder(location);
      sweep(location);
      writeThroughLink(path, pem);
    },
    async remove(keyId) {
      await settle();
      sweep(location);
      const path = ownPathOf(keyId);
      const target = linkedFile(path);
      removeFile(path);
      if (target !== undefined)
        log.warn(`${path} was a link and is removed; the private key is still in ${target}`, 'KEY_FILE_LINK');
    },
  };
}

/** A name that leads to no other directory than those below. @throws NotaryError INVALID_KEY */
function checkedName(name: string): string {
  const parts = name.split('/');
  if (!name.includes('\0') && parts.every((part) => part !== '' && part !== '.' && part !== '..'))
    return name;
  throw new NotaryError('INVALID_KEY', `not a key ID: ${JSON.stringify(name)}`);
}

async function unmovedKeys(trustDir: string, log: Log): Promise<ReadonlyMap<string, Uint8Array>> {
  if (!holdsOldKeys(trustDir)) return new Map();
  const { readOldKeys } = await import('./migrate-keys.ts');
  return readOldKeys(trustDir, log);
}

function isUnmoved(name: string): boolean {
  return name.startsWith('root_keys/') || name.startsWith('tuf_keys/');
}

async function settleOldKeys(trustDir: string, log: Log): Promise<void> {
  if (!holdsOldKeys(trustDir)) return;
  const { moveOldKeys } = await import('./migrate-keys.ts');
  moveOldKeys(trustDir, log);
}

/**
 * Relative paths without extension. Files of other names are no key files.
 *
 * @param unusable filled with what has the name of a key file and is none
 */
function keyNames(root: string, log: Log, unusable: string[] = []): string[] {
  const names: string[] = [];
  /** What has been listed: links may lead in a circle, or to one directory twice. */
  const listed = new Set<string>();
  const visit = (below: string) => {
    const real = realPath(join(root, below));
    if (real === undefined ? below !== '' : listed.has(real)) return;
    if (real !== undefined) listed.add(real);
    const entries = entriesOf(root, below, log);
    // Links come last, so that a directory is found under its own name.
    const [links, others] = [true, false].map((link) => entries.filter((e) => e.isSymbolicLink() === link));
    for (const entry of [...(others ?? []), ...(links ?? [])]) {
      const name = below === '' ? entry.name : `${below}/${entry.name}`;
      if (isDirectory(root, name, entry)) {
        // `..data` and its like hold the files of a mounted secret, which has links to them by their own names.
        if (entry.name.startsWith('..')) continue;
        if (keyFileName.test(entry.name)) {
          log.error(`read ${join(root, name)}: is a directory`, 'FILE_UNREADABLE');
          unusable.push(name.slice(0, -extension.length));
        }
        visit(name);
      } else if (entry.name.endsWith(extension)) {
        (isKeyFile(root, name, entry, log) ? names : unusable).push(name.slice(0, -extension.length));
      }
    }
  };
  visit('');
  return names;
}

function isDirectory(root: string, name: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return statOf(join(root, name))?.isDirectory() === true;
}

function isKeyFile(root: string, name: string, entry: Dirent, log: Log): boolean {
  const path = join(root, name);
  const stats = entry.isSymbolicLink() ? statOf(path) : entry;
  if (stats?.isFile() === true) return true;
  const reason = stats === undefined ? 'it is a link that leads nowhere' : 'not a regular file';
  log.error(`read ${path}: ${reason}`, 'FILE_UNREADABLE');
  return false;
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** The file that a link leads to; undefined for a path that is no link, or leads nowhere. */
function linkedFile(path: string): string | undefined {
  const folder = realPath(join(path, '..'));
  const real = realPath(path);
  return real === undefined || folder === undefined || real === join(folder, basename(path))
    ? undefined
    : real;
}

/**
 * Replaces the file that a link leads to, and the link stays. A file of another user is not replaced: it would become
 * one of this user's.
 *
 * @throws NotaryError FILE_UNWRITABLE
 */
function writeThroughLink(path: string, pem: Uint8Array): void {
  const target = linkedFile(path);
  if (target === undefined) {
    writeAtomically(path, pem);
    return;
  }
  const hint = `${path} is a link to ${target}. Change the key where that file comes from, or put a file in place of the link.`;
  const owner = statOf(target)?.uid;
  if (owner !== process.getuid?.()) {
    throw new NotaryError('FILE_UNWRITABLE', `open ${path}: it is a link to a file of another user`, {
      details: { file: path, target },
      hint,
    });
  }
  try {
    writeAtomically(target, pem);
  } catch (error) {
    if (isNotaryError(error)) throw rephrased(error, sameWords, { hint, details: { link: path } });
    throw error;
  }
}

function isOpen(mode: number): boolean {
  return (mode & 0o077) !== 0;
}

/** One warning for all files: each line of its own would be passed over as noise. */
function warnOfModes(location: string, log: Log): void {
  const quiet: Log = { ...log, error: () => undefined };
  const open = keyNames(location, quiet)
    .map((name) => join(location, `${name}${extension}`))
    .filter((path) => isOpen(statOf(path)?.mode ?? 0));
  const [first = ''] = open;
  const files = open.length === 1 ? 'private key file' : 'private key files';
  const which = open.length === 1 ? shellWord(first) : `${shellWord(location)}/*${extension}`;
  const mounted = open.some((path) => linkedFile(path) !== undefined)
    ? ' (for a mounted secret, set its defaultMode to 0400)'
    : '';
  log.warn(`${open.length} ${files} can be read by others: chmod 600 ${which}${mounted}`, 'KEY_FILE_MODE');
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
