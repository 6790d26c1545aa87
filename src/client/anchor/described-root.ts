/** Describes a root as people compare it: its keys by their IDs, its certificates by their fingerprints. */

import { certificateName } from '../../crypto/certificates/certificate-name.ts';
import { encodeBundle } from '../../crypto/certificates/x509.ts';
import type { CanonicalKeyId, ListedKeyId } from '../../crypto/keys/key-id.ts';
import { digest } from '../../crypto/signatures/digest.ts';
import { fromUtf8, toHex } from '../../encoding/bytes.ts';
import { formatInstant } from '../../encoding/rfc3339.ts';
import { hasExpired } from '../../metadata/expiry.ts';
import { baseRole, type Root } from '../../metadata/root.ts';
import type { Signed } from '../../metadata/signed.ts';
import { bundleOf } from '../../trust-pinning/root-certificates.ts';
import { VerificationAllowance } from '../../tuf/verification-allowance.ts';
import { canonicalIdOr, isSignedBy } from '../../tuf/verify-signatures.ts';

export interface DescribedCertificate {
  /** SHA-256 of the DER, 64 hex digits in small letters. */
  readonly fingerprint: string;
  /** `CN alice`, or the whole subject. */
  readonly subject: string;
  /** RFC 3339. */
  readonly notBefore: string;
  readonly notAfter: string;
  readonly expired: boolean;
}

/** A key of the role root. */
export interface DescribedKey {
  readonly keyId: CanonicalKeyId;
  /** The ID in metadata, of the whole bundle: what `trust_pinning.certs` lists. */
  readonly tufKeyId: ListedKeyId;
  /** The leaf first; empty for a key without one, which no client takes. */
  readonly certificates: readonly DescribedCertificate[];
  /** The same as PEM text. */
  readonly pem: string;
  /** The root has a valid signature of it. A key that is only listed vouches for nothing: certificates are public. */
  readonly signed: boolean;
}

export interface DescribedRoot {
  readonly version: number;
  /** RFC 3339. */
  readonly expires: string;
  readonly expired: boolean;
  readonly threshold: number;
  readonly keys: readonly DescribedKey[];
}

/** @throws NotaryError INVALID_METADATA when a role is missing, MALFORMED_TIME */
export function describeRoot({ content, envelope }: Signed<Root>, now: Date): DescribedRoot {
  const { keys, threshold } = baseRole(content, 'root');
  const allowance = new VerificationAllowance();
  return {
    version: content.version,
    expires: content.expires,
    expired: hasExpired(content.expires, now),
    threshold,
    keys: [...keys].map(([tufKeyId, key]) => {
      const bundle = bundleOf(key);
      return {
        ...{ keyId: canonicalIdOr(tufKeyId, key), tufKeyId, pem: fromUtf8(encodeBundle(bundle)) },
        signed: isSignedBy(envelope, { keys: new Map([[tufKeyId, key]]), threshold: 1 }, 'root', allowance),
        certificates: bundle.map((certificate) => ({
          fingerprint: toHex(digest('sha256', certificate.der)),
          subject: certificateName(certificate),
          notBefore: formatInstant(new Date(certificate.notBefore)),
          notAfter: formatInstant(new Date(certificate.notAfter)),
          expired: certificate.notAfter < now.getTime(),
        })),
      };
    }),
  };
}

/** The fingerprint of the leaf of each root key; for a key without a certificate its ID. */
export function fingerprintsOf({ keys }: Pick<DescribedRoot, 'keys'>): readonly string[] {
  return keys.map(({ keyId, certificates }) => certificates[0]?.fingerprint ?? keyId);
}
