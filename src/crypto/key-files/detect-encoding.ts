/** Detects the encoding of a private key in DER from its structure. */

import { type DerNode, derTag, readDer } from '../../encoding/der/read.ts';
import { isNotaryError } from '../../errors.ts';

/** An encoding, named by the PEM block that holds it. */
export type PrivateKeyEncoding =
  | 'PRIVATE KEY'
  | 'ENCRYPTED PRIVATE KEY'
  | 'RSA PRIVATE KEY'
  | 'EC PRIVATE KEY';

/**
 * The encoding of a private key: PKCS#8 plain or encrypted (RFC 5958), PKCS#1 (RFC 8017) or SEC1
 * (RFC 5915). Undefined for anything else, certificates and public keys included.
 */
export function privateKeyEncoding(der: Uint8Array): PrivateKeyEncoding | undefined {
  try {
    const top = readDer(der);
    return top.tag === derTag.sequence ? encodingOf(top.children()) : undefined;
  } catch (error) {
    if (isNotaryError(error, 'MALFORMED_DER')) return undefined;
    throw error;
  }
}

function encodingOf([first, second, third]: readonly DerNode[]): PrivateKeyEncoding | undefined {
  switch (first?.tag) {
    case derTag.sequence:
      return second?.tag === derTag.octetString && third === undefined ? 'ENCRYPTED PRIVATE KEY' : undefined;
    case derTag.integer:
      if (second?.tag === derTag.octetString) return 'EC PRIVATE KEY';
      if (second?.tag === derTag.integer)
        return third?.tag === derTag.integer ? 'RSA PRIVATE KEY' : undefined;
      return second?.tag === derTag.sequence && third?.tag === derTag.octetString ? 'PRIVATE KEY' : undefined;
    default:
      return undefined;
  }
}
