/**
 * Fetches metadata files of roles: from the cache when it holds the very bytes that are wanted, else from the
 * server.
 */

import { NotaryError } from '../../errors.ts';
import type { FileMeta } from '../../metadata/file-meta.ts';
import { sizeLimits } from '../../metadata/limits.ts';
import { tooLarge } from '../../metadata/signed.ts';
import { matches, sha256Hex } from '../../tuf/checksums.ts';
import type { RepositoryPorts } from '../repository-ports.ts';
import { withRole } from './deferred-failure.ts';

type FilePorts = Pick<RepositoryPorts, 'cache' | 'remote'>;

/** The name under which the server keeps a file for ever: `role.<sha256>`; just the role without a hash. */
export function consistentName(role: string, meta: FileMeta | undefined): string {
  const hex = meta === undefined ? undefined : sha256Hex(meta);
  return hex === undefined ? role : `${role}.${hex}`;
}

/** A file that has not been verified. */
export interface RoleFile {
  readonly bytes: Uint8Array;
  readonly downloaded: boolean;
}

/**
 * The bytes of a role that its parent file describes; not verified yet.
 *
 * @throws NotaryError CHECKSUM_MISSING, INVALID_METADATA when it is announced as too large, and the codes of
 * the server's answers
 */
export async function fetchFile(
  { cache, remote }: FilePorts,
  role: string,
  expected: FileMeta | undefined,
): Promise<RoleFile> {
  if (expected === undefined) {
    throw new NotaryError(
      'CHECKSUM_MISSING',
      `no checksums for supported algorithms were provided for ${role}`,
      {
        details: { role },
      },
    );
  }
  if (expected.length > sizeLimits.file) throw tooLarge(role, expected.length, sizeLimits.file);
  const cached = await cache.get(role);
  if (cached !== undefined && matches(cached, expected)) return { bytes: cached, downloaded: false };
  const bytes = await withRole(role, remote.get(consistentName(role, expected), expected.length));
  return { bytes, downloaded: true };
}
