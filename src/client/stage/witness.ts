/** Stages a witness: roles to be signed again as they are. */

import { witnessChange } from '../../changelist/change.ts';
import { NotaryError } from '../../errors.ts';
import { type StagingPorts, stage } from './stage-changes.ts';

/**
 * Any role name is taken; whether it can be signed is seen when it is published (Notary 0.7.0).
 *
 * @param accept hexadecimal SHA-256 digests of files to sign although no known key of the role has signed them
 * @param expires when what is signed expires: RFC 3339; without it as ever
 * @returns the roles that were staged
 * @throws NotaryError MALFORMED_HASH, FILE_UNWRITABLE
 */
export async function stageWitness(
  ports: StagingPorts,
  roles: readonly string[],
  accept: readonly string[] = [],
  expires?: string,
): Promise<readonly string[]> {
  const digests = accept.map(checkedDigest);
  await stage(
    ports,
    roles.map((role) => witnessChange(role, digests, expires)),
  );
  return roles;
}

function checkedDigest(text: string): string {
  const digest = text.replace(/^sha256:/, '').toLowerCase();
  if (/^[0-9a-f]{64}$/.test(digest)) return digest;
  throw new NotaryError('MALFORMED_HASH', `not a SHA-256 digest of 64 hexadecimal digits: ${text}`);
}
