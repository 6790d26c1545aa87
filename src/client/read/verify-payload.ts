/** Verifies that a payload is the target that was signed. */

import { isNotaryError, rephrased } from '../../errors.ts';
import { checkHashes } from '../../tuf/checksums.ts';
import type { TargetWithRole } from '../../tuf/target-walk.ts';

/** A payload is held in memory until it has been verified. */
export const maxPayloadBytes = 2 ** 31 - 1;

/**
 * Compares every recorded hash (not the length, which Notary does not compare either).
 *
 * @returns false when the recorded length differs although the hashes agree
 * @throws NotaryError CHECKSUM_MISMATCH, CHECKSUM_MISSING
 */
export function verifyPayload({ name, meta }: TargetWithRole, payload: Uint8Array): boolean {
  try {
    checkHashes(payload, meta, name);
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    throw rephrased(error, (message) => `data not present in the trusted collection, ${message}`);
  }
  return meta.length === payload.length;
}
