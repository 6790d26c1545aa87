/**
 * Reduces EC private keys to what makes them: a named curve and a scalar.
 *
 * A key file also carries a public point, in one of three encodings, and nothing makes it fit the
 * scalar. Go's crypto/x509 ignores it and computes the point anew; node:crypto believes it. Key IDs
 * are taken over the point, so it is computed anew here too, uncompressed.
 */

import { createPrivateKey, type KeyObject } from 'node:crypto';
import { fromHex, toHex } from '../../encoding/bytes.ts';
import { derTag, readDer, readOctets, readSequence } from '../../encoding/der/read.ts';
import { encodeDer, encodeOid } from '../../encoding/der/write.ts';
import { NotaryError } from '../../errors.ts';
import { type Curve, curveOf } from './curves.ts';

/** What an EC private key consists of. */
export interface EcScalar {
  /** OID of the named curve. */
  readonly curve: string;
  /** As long as the curve's order. */
  readonly scalar: Uint8Array;
}

function knownCurve(object: KeyObject): Curve {
  const curve = curveOf(object);
  if (curve === undefined) {
    throw new NotaryError('INVALID_KEY', 'the curve of the private key is not P-224, P-256, P-384 or P-521');
  }
  return curve;
}

/**
 * Curve and scalar of an EC private key.
 *
 * @throws NotaryError INVALID_KEY for another curve or a scalar outside 1 … order-1
 */
export function ecScalar(object: KeyObject): EcScalar {
  const curve = knownCurve(object);
  const fields = readSequence(readDer(object.export({ format: 'der', type: 'sec1' })), 'EC private key');
  const stored = readOctets(fields[1], 'scalar of the EC private key');
  const value = BigInt(`0x0${toHex(stored)}`);
  if (value === 0n || value >= curve.order) {
    throw new NotaryError('INVALID_KEY', 'the scalar of the EC private key is out of range');
  }
  return { curve: curve.oid, scalar: fromHex(value.toString(16).padStart(curve.bytes * 2, '0')) };
}

/** The same key with its public point computed from the scalar. @throws NotaryError INVALID_KEY */
export function normalEcKey(object: KeyObject): KeyObject {
  const { curve, scalar } = ecScalar(object);
  // RFC 5915: version 1, scalar, [0] curve.
  const der = encodeDer(
    derTag.sequence,
    encodeDer(derTag.integer, Uint8Array.of(1)),
    encodeDer(derTag.octetString, scalar),
    encodeDer(0xa0, encodeOid(curve)),
  );
  return createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'sec1' });
}
