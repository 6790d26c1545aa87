/** Checks a certificate by itself, without a chain: its times, its key and how it was signed. */

import { oids } from '../../encoding/der/oids.ts';
import { formatInstant } from '../../encoding/rfc3339.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { certificateName } from './certificate-name.ts';
import type { Certificate } from './x509.ts';

const sha1Signatures: ReadonlySet<string> = new Set([
  oids.signature.rsa.sha1,
  oids.signature.dsa.sha1,
  oids.signature.ecdsa.sha1,
]);

const day = 24 * 60 * 60 * 1000;

/**
 * The checks that Notary 0.7.0 makes before it lets a certificate stand for a key, in its order.
 *
 * @param options.expiry false for certificates that only have to have been good once
 * @throws NotaryError INVALID_CERTIFICATE with Notary's wording
 */
export function checkCertificate(
  certificate: Certificate,
  now: Date,
  options: { readonly expiry: boolean },
): void {
  const { commonName, notBefore, notAfter } = certificate;
  checkStrength(certificate);
  if (options.expiry && (now.getTime() > notAfter || notBefore > now.getTime() + day)) {
    throw invalid(`certificate with CN ${commonName} is expired`, certificate, now);
  }
}

/** True when `checkCertificate` has nothing against the certificate. */
export function passesCheck(
  certificate: Certificate,
  now: Date,
  options: { readonly expiry: boolean },
): boolean {
  try {
    checkCertificate(certificate, now, options);
    return true;
  } catch (error) {
    if (isNotaryError(error)) return false;
    throw error;
  }
}

/** The checks that need no clock. @throws NotaryError INVALID_CERTIFICATE with Notary's wording */
export function checkStrength(certificate: Certificate): void {
  const { commonName, notBefore, notAfter } = certificate;
  if (notBefore > notAfter) throw invalid('certificate validity window is invalid', certificate);
  if (sha1Signatures.has(certificate.signatureAlgorithm)) {
    throw invalid(`certificate with CN ${commonName} uses invalid SHA1 signature algorithm`, certificate);
  }
  if (certificate.keyAlgorithm === 'rsa' && certificate.rsaBits < 2048) {
    throw invalid('RSA bit length is too short', certificate);
  }
}

/** @param now where the reason is the time */
function invalid(message: string, certificate: Certificate, now?: Date): NotaryError {
  const { commonName } = certificate;
  if (now === undefined) return new NotaryError('INVALID_CERTIFICATE', message, { details: { commonName } });
  const notBefore = formatInstant(new Date(certificate.notBefore));
  const notAfter = formatInstant(new Date(certificate.notAfter));
  return new NotaryError('INVALID_CERTIFICATE', message, {
    details: { commonName, notBefore, notAfter },
    hint: `The certificate (${certificateName(certificate)}) is good from ${notBefore} to ${notAfter}; the clock of this machine says ${formatInstant(now)}.`,
  });
}
