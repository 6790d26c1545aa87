/**
 * Verifies signatures: that as many keys of a role as its threshold asks for have signed a file (TUF specification 4.2;
 * wording of Notary 0.7.0).
 */

import { asCanonicalKeyId, type CanonicalKeyId, type ListedKeyId } from '../crypto/keys/key-id.ts';
import { keyId, type PublicKey } from '../crypto/keys/public-key.ts';
import { canonicalKeyId, type UsableKey, usableKey } from '../crypto/keys/verification-key.ts';
import { verifySignature } from '../crypto/signatures/verify.ts';
import { isNotaryError, NotaryError } from '../errors.ts';
import { type Envelope, signedMessage } from '../metadata/signed.ts';
import { VerificationAllowance } from './verification-allowance.ts';

/** The keys that may sign for a role, and how many of them must. */
export interface RoleKeySet {
  /** By the ID under which metadata lists them. */
  readonly keys: ReadonlyMap<ListedKeyId, PublicKey>;
  readonly threshold: number;
}

/**
 * Counts distinct public keys with a valid signature, so that one key under two certificates or two
 * IDs counts once. When there are enough, no more are verified.
 *
 * @param allowance what verifying may cost; several files of one run share it
 * @throws NotaryError NO_SIGNATURES, INVALID_KEY_ID when a listed ID is not that of its key,
 * ROLE_THRESHOLD, INVALID_METADATA when the allowance is spent
 */
export function verifySignatures(
  envelope: Envelope,
  signers: RoleKeySet,
  role: string,
  allowance: VerificationAllowance = new VerificationAllowance(),
): void {
  if (envelope.signatures.length === 0) {
    throw new NotaryError('NO_SIGNATURES', 'tuf: data has no signatures', { details: { role } });
  }
  if (!Number.isSafeInteger(signers.threshold) || signers.threshold < 1) throw belowThreshold(role);
  const candidates = envelope.signatures.flatMap(({ keyId: id, ...signature }) => {
    const key = signers.keys.get(id);
    return key === undefined ? [] : [{ key: named(key, id, role), ...signature }];
  });
  const message = signedMessage(envelope.signed);
  const costs = allowance.forFile(role);
  const valid = new Set<string>();
  for (const { key, method, signature } of candidates) {
    const usable = usableOrNone(key);
    if (usable === undefined || valid.has(usable.identity)) continue;
    costs.spend(usable, message.length);
    if (verifySignature(key, method, message, signature)) valid.add(usable.identity);
    if (valid.size >= signers.threshold) return;
  }
  throw belowThreshold(role);
}

function named(key: PublicKey, id: ListedKeyId, role: string): PublicKey {
  if (keyId(key) === id) return key;
  throw new NotaryError('INVALID_KEY_ID', 'key ID is not valid for key content', {
    details: { role, key: id },
  });
}

function usableOrNone(key: PublicKey): UsableKey | undefined {
  try {
    return usableKey(key);
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}

/** As verifySignatures, as an answer. */
export function isSignedBy(
  envelope: Envelope,
  signers: RoleKeySet,
  role: string,
  allowance?: VerificationAllowance,
): boolean {
  try {
    checkSignaturesOnce(envelope, role);
    verifySignatures(envelope, signers, role, allowance);
    return true;
  } catch (error) {
    if (isNotaryError(error)) return false;
    throw error;
  }
}

/**
 * A key signs a file once. Verifying counts a repeated signature once anyway; a reader refuses the file
 * before anything is verified, since no program writes one (stricter than Notary 0.7.0).
 *
 * @throws NotaryError ROLE_THRESHOLD
 */
export function checkSignaturesOnce({ signatures }: Envelope, role: string): void {
  const seen = new Set<ListedKeyId>();
  for (const { keyId: id } of signatures) {
    if (seen.has(id)) {
      throw new NotaryError('ROLE_THRESHOLD', `the signatures of ${role} repeat the key ID ${id}`, {
        details: { role, key: id },
      });
    }
    seen.add(id);
  }
}

function belowThreshold(role: string): NotaryError {
  return new NotaryError('ROLE_THRESHOLD', `valid signatures did not meet threshold for ${role}`, {
    details: { role },
  });
}

/** Canonical IDs of a role's keys for messages, sorted; a key that cannot be read shows its listed ID. */
export function canonicalIds(keys: ReadonlyMap<ListedKeyId, PublicKey>): readonly CanonicalKeyId[] {
  return [...keys].map(([id, key]) => canonicalIdOr(id, key)).sort();
}

/** The canonical ID of a listed key, or the listed ID when the key cannot be read. */
export function canonicalIdOr(id: ListedKeyId, key: PublicKey): CanonicalKeyId {
  try {
    return canonicalKeyId(key);
  } catch (error) {
    if (isNotaryError(error)) return asCanonicalKeyId(id);
    throw error;
  }
}
