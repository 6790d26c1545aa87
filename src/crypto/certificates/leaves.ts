/** Finds the certificate of the signer among those of one file, whatever their order. */

import { X509Certificate } from 'node:crypto';
import { equalBytes } from '../../encoding/bytes.ts';
import type { Certificate } from './x509.ts';

/** More certificates than a chain has; each is held against each other one. */
const maxCertificates = 32;

/**
 * The certificates that have issued no other of the list, in its order and each once. A chain has one, whether it
 * begins with the leaf or with the CA; two are those of two signers. A list too long to be a chain is left as it is.
 */
export function leaves(certificates: readonly Certificate[]): readonly Certificate[] {
  const distinct = certificates.filter(
    ({ der }, index) => certificates.findIndex((other) => equalBytes(other.der, der)) === index,
  );
  if (distinct.length > maxCertificates) return distinct;
  const found = distinct.filter(
    (issuer) => !distinct.some((other) => other !== issuer && issued(issuer, other)),
  );
  // A CA whose intermediate is missing has issued nothing of the list, and is no signer all the same.
  const signers = found.filter(({ isCa }) => !isCa);
  if (signers.length > 0) return signers;
  return found.length > 0 ? found : distinct;
}

function issued(issuer: Certificate, subject: Certificate): boolean {
  if (!equalBytes(issuer.subject, subject.issuer)) return false;
  try {
    return new X509Certificate(subject.der).verify(new X509Certificate(issuer.der).publicKey);
  } catch {
    // A key that OpenSSL does not know has issued nothing that could be told.
    return false;
  }
}
