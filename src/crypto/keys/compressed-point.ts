/** Recognizes EC keys whose point is compressed, which Go does not read. */

import { oids } from '../../encoding/der/oids.ts';
import { readBits, readDer, readOid, readSequence } from '../../encoding/der/read.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';

/** What Go says of such a key. */
const words = 'x509: failed to unmarshal elliptic curve point';

/**
 * Refuses a compressed point with the way to write it out. Any other key, a malformed one too, is left to its reader.
 *
 * @param spki SubjectPublicKeyInfo
 * @throws NotaryError INVALID_CERTIFICATE
 */
export function refuseCompressedPoint(spki: Uint8Array): void {
  if (!isCompressed(spki)) return;
  throw new NotaryError('INVALID_CERTIFICATE', words, {
    hint: 'The key is written as a compressed point, which notary and docker do not read. Write it out by "openssl ec -in KEY -conv_form uncompressed -out NEW", and make the public key or certificate from that; it stays the same key.',
  });
}

function isCompressed(spki: Uint8Array): boolean {
  try {
    const [identifier, point] = readSequence(readDer(spki), 'public key');
    if (readOid(readSequence(identifier, 'key algorithm')[0], 'key algorithm') !== oids.key.ecdsa)
      return false;
    const [form] = readBits(point, 'point').bytes;
    // SEC 1, 2.3.3: the sign of the coordinate that is left out.
    return form === 2 || form === 3;
  } catch (error) {
    if (isNotaryError(error)) return false;
    throw error;
  }
}
