/**
 * EC private keys reduced to what makes them: a named curve and a scalar.
 *
 * A key file also carries a public point, in one of three encodings, and nothing makes it fit the
 * scalar. Go's crypto/x509 ignores it and computes the point anew; node:crypto believes it. Key IDs
 * are taken over the point, so it is computed anew here too, uncompressed.
 */

import { createPrivateKey, type KeyObject } from 'node:crypto';
import { fromHex, toHex } from '../../encoding/bytes.ts';
import { oids } from '../../encoding/der/oids.ts';
import { readDer, readOctets, readSequence } from '../../encoding/der/read.ts';
import { NotaryError } from '../../errors.ts';

interface Curve {
  readonly oid: string;
  /** The OID as a DER value. */
  readonly oidDer: string;
  /** Length of a scalar. */
  readonly bytes: number;
  readonly order: bigint;
}

/** The curves that Notary 0.7.0 signs and verifies with, by OpenSSL's names. */
const curves: Readonly<Record<string, Curve>> = {
  secp224r1: {
    oid: oids.curve.secp224r1,
    oidDer: '06052b81040021',
    bytes: 28,
    order: BigInt('0xffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3d'),
  },
  prime256v1: {
    oid: oids.curve.prime256v1,
    oidDer: '06082a8648ce3d030107',
    bytes: 32,
    order: BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'),
  },
  secp384r1: {
    oid: oids.curve.secp384r1,
    oidDer: '06052b81040022',
    bytes: 48,
    order: BigInt(
      '0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
    ),
  },
  secp521r1: {
    oid: oids.curve.secp521r1,
    oidDer: '06052b81040023',
    bytes: 66,
    order: BigInt(
      '0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa' +
        '51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409',
    ),
  },
};

/** What an EC private key consists of. */
export interface EcScalar {
  /** OID of the named curve. */
  readonly curve: string;
  /** As long as the curve's order. */
  readonly scalar: Uint8Array;
}

function curveOf(object: KeyObject): Curve {
  const curve = curves[object.asymmetricKeyDetails?.namedCurve ?? ''];
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
  const curve = curveOf(object);
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
  const { oidDer } = curveOf(object);
  const { scalar } = ecScalar(object);
  const oid = fromHex(oidDer);
  // RFC 5915: version 1, scalar, [0] curve; every length fits one octet.
  const fields = Buffer.concat([
    Uint8Array.of(0x02, 1, 1, 0x04, scalar.length),
    scalar,
    Uint8Array.of(0xa0, oid.length),
    oid,
  ]);
  const der = Buffer.concat([Uint8Array.of(0x30, fields.length), fields]);
  return createPrivateKey({ key: der, format: 'der', type: 'sec1' });
}
