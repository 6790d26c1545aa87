/** Refuses keys that come as certificates and are too weak. */

import { checkStrength } from '../crypto/certificates/check-certificate.ts';
import type { Certificate } from '../crypto/certificates/x509.ts';
import type { PublicKey } from '../crypto/keys/public-key.ts';
import { certificateOf } from '../crypto/keys/verification-key.ts';
import { isNotaryError } from '../errors.ts';

/** @throws NotaryError INVALID_CERTIFICATE for a certificate that is too weak; its expiry does not matter (Notary 0.7.0) */
export function checkStrongKeys(keys: Iterable<PublicKey>): void {
  for (const key of keys) {
    const certificate = readableCertificate(key);
    if (certificate !== undefined) checkStrength(certificate);
  }
}

function readableCertificate(key: PublicKey): Certificate | undefined {
  try {
    return certificateOf(key);
  } catch (error) {
    // A key that cannot be read verifies nothing, which is reason enough to go on.
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}
