/** Lists all metadata of a trust directory that lists keys: `tuf/<GUN>/metadata/{root,targets,targets/…}.json`. */

import { type Dirent, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { NotaryError } from '../../errors.ts';
import { errorCode } from '../../go/errno.ts';
import { isDelegation } from '../../metadata/role-name.ts';
import type { TrustDirFile, TrustDirMetadata } from '../../ports/trust-dir.ts';
import { fileError } from '../system/file-errors.ts';
import { readRegularFile } from './read-file.ts';
import { collectionsFolder } from './trust-dir.ts';

const extension = '.json';
const metadata = '/metadata/';

/** Opens the metadata of a trust directory for looking through it. Links are followed, as they are by readers. */
export function openHeldMetadata(trustDir: string): TrustDirMetadata {
  const top = collectionsFolder(trustDir);
  return {
    files: async () => {
      const files: TrustDirFile[] = [];
      for (const { path, length } of filesBelow(top)) {
        const file = heldFile(top, path, length);
        if (file !== undefined) files.push(file);
      }
      return files;
    },
  };
}

/**
 * GUNs nest, and a part of one, or of a delegation, may be called `metadata`: the first place counts at which what
 * follows is the name of a role.
 */
function heldFile(top: string, name: string, length: number): TrustDirFile | undefined {
  if (!name.endsWith(extension)) return undefined;
  const location = join(top, name);
  for (let at = name.indexOf(metadata); at >= 0; at = name.indexOf(metadata, at + 1)) {
    const role = name.slice(at + metadata.length, -extension.length);
    if (role !== 'root' && role !== 'targets' && !isDelegation(role)) continue;
    return { gun: name.slice(0, at), role, length, location, read: async () => contentOf(location) };
  }
  return undefined;
}

function contentOf(location: string): Uint8Array {
  const file = readRegularFile(location, { followLinks: true });
  if (file !== undefined) return file.bytes;
  throw new NotaryError('FILE_UNREADABLE', `open ${location}: no such file or directory`, {
    details: { file: location },
  });
}

/**
 * Paths and lengths of everything but directories, relative to the top; a directory that links lead to twice is
 * entered once.
 */
function filesBelow(top: string): readonly { readonly path: string; readonly length: number }[] {
  const files: { path: string; length: number }[] = [];
  const entered = new Set<string>();
  const folders = [''];
  // The loop reaches what it adds itself.
  for (const below of folders) {
    for (const entry of entriesIn(join(top, below), entered)) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      // Every update walks through here, over every repository of the trust directory.
      const stats = entry.isDirectory() ? undefined : kindOf(join(top, path));
      if (entry.isDirectory() || stats?.isDirectory() === true) folders.push(path);
      else files.push({ path, length: stats?.size ?? 0 });
    }
  }
  return files;
}

/** @throws NotaryError FILE_UNREADABLE */
function entriesIn(folder: string, entered: Set<string>): readonly Dirent[] {
  try {
    const real = realpathSync.native(folder);
    if (entered.has(real)) return [];
    entered.add(real);
    return readdirSync(folder, { withFileTypes: true });
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return [];
    throw fileError('FILE_UNREADABLE', 'open', folder, cause);
  }
}

/** Undefined for a link that leads nowhere; reading it will say so. */
function kindOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT' || errorCode(cause) === 'ELOOP') return undefined;
    throw fileError('FILE_UNREADABLE', 'stat', path, cause);
  }
}
