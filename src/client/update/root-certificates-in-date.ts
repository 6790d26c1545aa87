/** Finds whether the certificates of a root, apart from its own expiry, still let readers believe it. */

import type { Root } from '../../metadata/root.ts';
import type { Signed } from '../../metadata/signed.ts';
import { rootCertificates } from '../../trust-pinning/root-certificates.ts';
import { isSignedBy } from '../../tuf/verify-signatures.ts';

/**
 * `few`: fewer certificates are in date than have to sign the root; `unsigned`: enough are, and the root is signed with
 * others; `hold`: readers believe the root as long as it has not expired itself.
 */
export type CertificatesState = 'hold' | 'few' | 'unsigned';

/** Readers count only signatures of keys whose certificates are in date. */
export function certificatesInDate(
  { content, envelope }: Signed<Root>,
  gun: string,
  now: Date,
): CertificatesState {
  const threshold = content.roles.get('root')?.threshold ?? 1;
  const inDate = rootCertificates(content, gun, now, { expiry: true });
  if (inDate.size < threshold) return 'few';
  const keys = new Map([...inDate].map(([id, { key }]) => [id, key]));
  return isSignedBy(envelope, { keys, threshold }, 'root') ? 'hold' : 'unsigned';
}
