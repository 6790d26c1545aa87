/** Checks the signers of a draft: whether the keys that it lists for a role have signed a file. */

import { isNotaryError } from '../../errors.ts';
import type { Envelope } from '../../metadata/signed.ts';
import type { Repo } from '../../tuf/repo.ts';
import { isSignedBy, type RoleKeySet } from '../../tuf/verify-signatures.ts';

/** False also for a role that the draft does not list, or whose keys may not be used. */
export function isSignedByDraft(role: string, envelope: Envelope, repo: Repo): boolean {
  const signers = signersOrNone(role, repo);
  return signers !== undefined && isSignedBy(envelope, signers, role);
}

function signersOrNone(role: string, repo: Repo): RoleKeySet | undefined {
  try {
    return repo.signers(role);
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}
