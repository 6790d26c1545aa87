/** Finds the certificate of the signer among those of one file, whatever their order. */

import { X509Certificate } from 'node:crypto';
import { equalBytes } from '../../encoding/bytes.ts';
import { oids } from '../../encoding/der/oids.ts';
import { derTag, expectTag, readDer, readOid, readSequence, readText } from '../../encoding/der/read.ts';
import { isNotaryError } from '../../errors.ts';
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

/** Short names of what a subject is made of (RFC 4514). */
const attributes: ReadonlyMap<string, string> = new Map([
  [oids.commonName, 'CN'],
  ['2.5.4.10', 'O'],
  ['2.5.4.11', 'OU'],
  ['2.5.4.6', 'C'],
  ['1.2.840.113549.1.9.1', 'emailAddress'],
]);

/** The subject in words: `CN=alice, O=Example`; `a certificate without a subject` for an empty one. */
export function subjectOf({ subject }: Certificate): string {
  const words: string[] = [];
  for (const rdn of readSequence(readDer(subject), 'subject')) {
    for (const attribute of expectTag(rdn, derTag.set, 'relative name').children()) {
      const [type, value] = readSequence(attribute, 'attribute');
      const oid = readOid(type, 'attribute type');
      try {
        words.push(`${attributes.get(oid) ?? oid}=${readText(value, 'name')}`);
      } catch (error) {
        if (!isNotaryError(error)) throw error;
      }
    }
  }
  return words.length === 0 ? 'a certificate without a subject' : words.reverse().join(', ');
}
