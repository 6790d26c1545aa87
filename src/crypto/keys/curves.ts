/** Lists the curves that Notary 0.7.0 signs and verifies with, and the facts of each. */

import type { KeyObject } from 'node:crypto';
import { oids } from '../../encoding/der/oids.ts';

export interface Curve {
  readonly oid: string;
  /** Length of a coordinate, of a scalar, and of each half of a signature. */
  readonly bytes: number;
  /** Scalars stay below. */
  readonly order: bigint;
  /** What a certificate is signed with: the hash grows with the curve, as in Go. */
  readonly hash: 'sha256' | 'sha384' | 'sha512';
}

/** By OpenSSL's names. */
const curves: Readonly<Record<string, Curve>> = {
  secp224r1: {
    oid: oids.curve.secp224r1,
    bytes: 28,
    order: BigInt('0xffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3d'),
    hash: 'sha256',
  },
  prime256v1: {
    oid: oids.curve.prime256v1,
    bytes: 32,
    order: BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'),
    hash: 'sha256',
  },
  secp384r1: {
    oid: oids.curve.secp384r1,
    bytes: 48,
    order: BigInt(
      '0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
    ),
    hash: 'sha384',
  },
  secp521r1: {
    oid: oids.curve.secp521r1,
    bytes: 66,
    order: BigInt(
      '0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa' +
        '51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409',
    ),
    hash: 'sha512',
  },
};

/** The curve of an EC key; undefined for a key on another curve, or of another kind. */
export function curveOf(object: KeyObject): Curve | undefined {
  return curves[object.asymmetricKeyDetails?.namedCurve ?? ''];
}
