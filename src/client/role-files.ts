/** Files of roles: from the cache when it holds the very bytes that are wanted, else from the server. */

import { equalBytes } from '../encoding/bytes.ts';
import { isNotaryError, NotaryError } from '../errors.ts';
import type { FileMeta } from '../metadata/file-meta.ts';
import { parseCommon, parseEnvelope } from '../metadata/signed.ts';
import { matches, sha256Hex } from '../tuf/checksums.ts';
import { type Signers, verifySignatures } from '../tuf/verify-signatures.ts';
import type { RepositoryPorts } from './repository-ports.ts';

type FilePorts = Pick<RepositoryPorts, 'cache' | 'remote'>;

/** The name under which the server keeps a file for ever: `role.<sha256>`; just the role without a hash. */
export function consistentName(role: string, meta: FileMeta | undefined): string {
  const hex = meta === undefined ? undefined : sha256Hex(meta);
  return hex === undefined ? role : `${role}.${hex}`;
}

/**
 * Gets a file whose hash is known, hands it over for verification, and caches what was downloaded
 * once it has been accepted.
 *
 * @param accept verifies the bytes and may throw
 */
export async function fetchVerified(
  ports: FilePorts,
  role: string,
  expected: FileMeta | undefined,
  accept: (bytes: Uint8Array) => Promise<void>,
): Promise<void> {
  const file = await fetchFile(ports, role, expected);
  await accept(file.bytes);
  if (file.downloaded) await ports.cache.set(role, file.bytes);
}

export interface RoleFile {
  readonly bytes: Uint8Array;
  readonly downloaded: boolean;
}

/** The bytes of a role that its parent file describes; not verified yet. */
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
  const cached = await cache.get(role);
  if (cached !== undefined && matches(cached, expected)) return { bytes: cached, downloaded: false };
  return { bytes: await remote.get(consistentName(role, expected), expected.length), downloaded: true };
}

/**
 * The version below which a newly received file would be a step back: that of the cached copy, if
 * the role's present keys vouch for it. When the keys have been rotated the old copy counts no more,
 * which is how a collection recovers from a version that a thief has pushed to the end (TUF 5.3.11).
 *
 * @param received the new file; when it is the cached one, nothing has to be compared
 */
export function cachedVersion(
  cached: Uint8Array | undefined,
  signers: Signers,
  role: string,
  received?: Uint8Array,
): number {
  if (cached === undefined || (received !== undefined && equalBytes(cached, received))) return 1;
  try {
    const envelope = parseEnvelope(cached);
    verifySignatures(envelope, signers, role);
    return parseCommon(envelope.signed, role, typeOf(role)).version;
  } catch (error) {
    if (isNotaryError(error)) return 1;
    throw error;
  }
}

function typeOf(role: string): string {
  if (role === 'root') return 'Root';
  if (role === 'snapshot') return 'Snapshot';
  return role === 'timestamp' ? 'Timestamp' : 'Targets';
}
