/** Verifies one signature with one key over one message. */

import { constants, verify } from 'node:crypto';
import { isNotaryError } from '../../errors.ts';
import type { PublicKey } from '../keys/public-key.ts';
import { type UsableKey, usableKey } from '../keys/verification-key.ts';

/** The methods that fit each kind of key (Notary 0.7.0; CVE-2015-9258 is what happens without this). */
const methodsOf: Readonly<Record<UsableKey['algorithm'], readonly string[]>> = {
  ecdsa: ['ecdsa'],
  rsa: ['rsapss', 'rsapkcs1v15'],
  ed25519: ['eddsa'],
};

/**
 * True when the signature is one by the key over the message; false for anything else, a key that may
 * not be used and a method that does not fit it included.
 *
 * ECDSA: raw r and s, each padded to the length of the curve, SHA-256 for every curve, high and low s.
 * RSA: as many bytes as the modulus has; RSA-PSS: SHA-256 with a salt of exactly 32 bytes.
 */
export function verifySignature(
  key: PublicKey,
  method: string,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  let usable: UsableKey;
  try {
    usable = usableKey(key);
  } catch (error) {
    if (isNotaryError(error)) return false;
    throw error;
  }
  // OpenSSL takes an RSA-PSS signature that lacks its leading zeros; Go does not.
  if (signature.length !== usable.signatureLength) return false;
  if (!methodsOf[usable.algorithm].includes(method)) return false;
  switch (method) {
    case 'ecdsa':
      return verify('sha256', message, { key: usable.object, dsaEncoding: 'ieee-p1363' }, signature);
    case 'eddsa':
      return verify(null, message, usable.object, signature);
    case 'rsapkcs1v15':
      return verify(
        'sha256',
        message,
        { key: usable.object, padding: constants.RSA_PKCS1_PADDING },
        signature,
      );
    default:
      return verify(
        'sha256',
        message,
        { key: usable.object, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
        signature,
      );
  }
}
