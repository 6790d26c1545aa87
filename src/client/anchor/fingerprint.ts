/** Reads fingerprints as people have them, and finds what they are the fingerprints of. */

import { NotaryError } from '../../errors.ts';
import type { DescribedKey, DescribedRoot } from './described-root.ts';

/** The words before it that `openssl x509 -fingerprint` and others print. */
const label = /^sha-?256(?:[ _-]?fingerprint)?[=: ]\s*/i;
const plain = /^[0-9a-f]{64}$/i;
const withColons = /^(?:[0-9a-f]{2}:){31}[0-9a-f]{2}$/i;

/** Longer words are cut in messages. */
const maxShown = 100;

/**
 * The SHA-256 of a certificate or the ID of a key as 64 hex digits in small letters. A prefix is not enough: a
 * certificate with the same first digits can be made.
 *
 * @throws NotaryError FINGERPRINT_INVALID
 */
export function parseFingerprint(word: string): string {
  const text = word.trim().replace(label, '');
  if (plain.test(text) || withColons.test(text)) return text.replaceAll(':', '').toLowerCase();
  throw new NotaryError(
    'FINGERPRINT_INVALID',
    `${JSON.stringify(word.slice(0, maxShown))} is no fingerprint`,
    {
      details: { fingerprint: word.slice(0, maxShown) },
      hint: 'Give the SHA-256 of a root certificate, with or without colons, or the ID of a root key: 64 hex digits.',
    },
  );
}

/** What a fingerprint is that of: a certificate, the bare key, or the key as metadata and pins list it. */
export type FingerprintKind = 'certificate' | 'key' | 'tuf-key';

export interface FingerprintMatch {
  readonly kind: FingerprintKind;
  readonly key: DescribedKey;
}

/**
 * The root key that a fingerprint names, whether it has signed the root or not; of certificates only the leaf counts,
 * since a CA has issued others, too.
 */
export function matchFingerprint(hex: string, { keys }: DescribedRoot): FingerprintMatch | undefined {
  for (const key of keys) {
    if (key.certificates[0]?.fingerprint === hex) return { kind: 'certificate', key };
    if (key.certificates.length === 0) continue;
    if (key.keyId === hex) return { kind: 'key', key };
    if (key.tufKeyId === hex) return { kind: 'tuf-key', key };
  }
  return undefined;
}
