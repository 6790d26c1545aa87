/** Does a leaf certificate chain to a CA that somebody pinned? (RFC 5280 section 6, the part that Notary uses.) */

import { X509Certificate } from 'node:crypto';
import type { Certificate } from './x509.ts';

const serverAuthentication = '1.3.6.1.5.5.7.3.1';
const anyUsage = '2.5.29.37.0';

/**
 * True when the leaf is one of the roots, or is signed by one of them through CA certificates that
 * come with it, all inside their validity. As Go does by default, every certificate on the way must
 * allow server authentication or not restrict its use.
 */
export function chainsTo(
  leaf: Certificate,
  intermediates: readonly Certificate[],
  roots: readonly Certificate[],
  now: Date,
): boolean {
  const rootBytes = roots.map(({ der }) => Buffer.from(der));
  const isRoot = (candidate: Certificate) => rootBytes.some((der) => der.equals(candidate.der));

  const reaches = (certificate: Certificate, unused: readonly Certificate[]): boolean => {
    if (!inDate(certificate, now) || !allowsServerAuthentication(certificate)) return false;
    if (isRoot(certificate)) return true;
    if (roots.some((root) => root.isCa && inDate(root, now) && issued(root, certificate))) return true;
    return unused.some(
      (issuer) =>
        issuer.isCa &&
        issued(issuer, certificate) &&
        reaches(
          issuer,
          unused.filter((other) => other !== issuer),
        ),
    );
  };
  return reaches(leaf, intermediates);
}

function inDate({ notBefore, notAfter }: Certificate, now: Date): boolean {
  return notBefore <= now.getTime() && now.getTime() <= notAfter;
}

function allowsServerAuthentication({ extendedKeyUsage }: Certificate): boolean {
  return (
    extendedKeyUsage === undefined ||
    extendedKeyUsage.includes(serverAuthentication) ||
    extendedKeyUsage.includes(anyUsage)
  );
}

function issued(issuer: Certificate, subject: Certificate): boolean {
  const issuerCertificate = new X509Certificate(issuer.der);
  const subjectCertificate = new X509Certificate(subject.der);
  return (
    subjectCertificate.checkIssued(issuerCertificate) &&
    subjectCertificate.verify(issuerCertificate.publicKey)
  );
}
