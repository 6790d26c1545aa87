/** The certificates in a root that can stand for its root key. */

import type { KeyAlgorithm } from '../crypto/key-object.ts';
import { certificateKey } from '../crypto/key-object.ts';
import { type KeyId, keyId, type PublicKey } from '../crypto/public-key.ts';
import { type Certificate, checkCertificate, encodeBundle, parseBundle } from '../crypto/x509.ts';
import { fromBase64, fromUtf8 } from '../encoding/bytes.ts';
import { isNotaryError } from '../errors.ts';
import type { Root } from '../metadata/root.ts';
import type { RootCertificate } from './trust-pinning.ts';

/**
 * Root certificates of a GUN: leaf first, made for the GUN, not a CA, not weak, in date.
 *
 * The key entry is made anew from the certificates, so that text around them (comments, CRLF) gives
 * another ID than the listed one and its signatures do not count (Notary 0.7.0).
 *
 * @param options.expiry false for the certificates of a root that is trusted already
 * @returns by TUF ID of the entry; empty when none qualifies
 */
export function rootCertificates(
  root: Root,
  gun: string,
  now: Date,
  options: { readonly expiry: boolean },
): Map<KeyId, RootCertificate> {
  const found = new Map<KeyId, RootCertificate>();
  for (const id of root.roles.get('root')?.keyIds ?? []) {
    const key = root.keys.get(id);
    const candidate = key === undefined ? undefined : splitBundle(key);
    if (candidate === undefined || !isMadeFor(candidate.leaf.commonName, gun)) continue;
    if (!passes(candidate.leaf, now, options)) continue;
    found.set(keyId(candidate.key), candidate);
  }
  return found;
}

function splitBundle(key: PublicKey): RootCertificate | undefined {
  if (!key.keyType.endsWith('-x509')) return undefined;
  let certificates: readonly Certificate[];
  try {
    certificates = parseBundle(fromBase64(key.value) ?? new Uint8Array());
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
  const leaves = certificates.filter(({ isCa }) => !isCa);
  const leaf = leaves[0];
  if (leaf === undefined || leaves.length > 1) return undefined;
  const intermediates = certificates.filter(({ isCa }) => isCa);
  const pem = fromUtf8(encodeBundle([leaf, ...intermediates]));
  return { key: certificateKey(leaf.keyAlgorithm as KeyAlgorithm, pem), leaf, intermediates };
}

/** The common name is the GUN, or ends in `*` and the GUN starts with what stands before it. */
function isMadeFor(commonName: string, gun: string): boolean {
  return commonName === gun || (commonName.endsWith('*') && gun.startsWith(commonName.replace(/\*+$/, '')));
}

function passes(leaf: Certificate, now: Date, options: { readonly expiry: boolean }): boolean {
  try {
    checkCertificate(leaf, now, options);
    return true;
  } catch (error) {
    if (isNotaryError(error)) return false;
    throw error;
  }
}
