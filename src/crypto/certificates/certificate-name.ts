/** Names a certificate in messages, also one without a common name. */

import { X509Certificate } from 'node:crypto';

/**
 * `CN alice`; else the whole subject, such as `subject O=Example`; else what the caller knows of it.
 *
 * @param certificate.der DER of the certificate
 */
export function certificateName(
  { commonName, der }: { readonly commonName: string; readonly der: Uint8Array },
  otherwise = 'no name',
): string {
  if (commonName !== '') return `CN ${commonName}`;
  const subject = subjectOf(der);
  return subject === '' ? otherwise : `subject ${subject}`;
}

function subjectOf(der: Uint8Array): string {
  try {
    // Absent for an empty name, although the types say otherwise.
    const subject = new X509Certificate(der).subject as string | undefined;
    return (subject ?? '').split('\n').join(', ');
  } catch {
    return '';
  }
}
