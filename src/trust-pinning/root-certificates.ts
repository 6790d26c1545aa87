/** Finds the certificates in a root that can stand for its root key. */

import { certificateName } from '../crypto/certificates/certificate-name.ts';
import { passesCheck } from '../crypto/certificates/check-certificate.ts';
import { type Certificate, encodeBundle, parseBundle } from '../crypto/certificates/x509.ts';
import type { ListedKeyId } from '../crypto/keys/key-id.ts';
import { keyId, type PublicKey } from '../crypto/keys/public-key.ts';
import { certificateKey, type KeyAlgorithm, usableKey } from '../crypto/keys/verification-key.ts';
import { fromBase64, fromUtf8, toBase64 } from '../encoding/bytes.ts';
import { formatInstant } from '../encoding/rfc3339.ts';
import { trimEndOf } from '../encoding/trim.ts';
import { isNotaryError } from '../errors.ts';
import type { Root } from '../metadata/root.ts';
import type { RootCertificate } from './trust-pinning.ts';

/**
 * Root certificates of a GUN: leaf first, made for the GUN, not a CA, not weak, in date.
 *
 * The key entry is made anew from the certificates, so that text around them (comments, CRLF) gives
 * another ID than the listed one and its signatures do not count (Notary 0.7.0). So does a CA
 * certificate of the bundle that is weak or out of date, since it is left out.
 *
 * @param options.expiry false for the certificates of a root that is trusted already: then neither their
 * time nor the state of the CA certificates beside them matters
 * @returns by TUF ID of the entry; empty when none qualifies
 */
export function rootCertificates(
  root: Root,
  gun: string,
  now: Date,
  options: { readonly expiry: boolean },
): Map<ListedKeyId, RootCertificate> {
  const found = new Map<ListedKeyId, RootCertificate>();
  for (const id of new Set(root.roles.get('root')?.keyIds)) {
    const bundle = bundleOf(root.keys.get(id));
    const [leaf] = bundle;
    if (leaf === undefined || leaf.isCa || bundle.filter(({ isCa }) => !isCa).length > 1) continue;
    if (!isMadeFor(leaf.commonName, gun) || !passesCheck(leaf, now, options)) continue;
    const intermediates = bundle
      .slice(1)
      .filter((certificate) => !options.expiry || passesCheck(certificate, now, options));
    const key = entryOf([leaf, ...intermediates]);
    found.set(keyId(key), { key, leaf, intermediates });
  }
  return found;
}

/** The first certificate that a root lists for its root key; undefined when it lists none that can be read. */
export function firstLeaf(root: Root): Certificate | undefined {
  const [id] = root.roles.get('root')?.keyIds ?? [];
  return id === undefined ? undefined : bundleOf(root.keys.get(id))[0];
}

/** By key entry: a root is asked for its certificates several times. */
const bundles = new WeakMap<PublicKey, readonly Certificate[]>();

/** The certificates of a key entry, the leaf first; empty for an entry that is no bundle of certificates. */
export function bundleOf(key: PublicKey | undefined): readonly Certificate[] {
  if (key === undefined) return [];
  let bundle = bundles.get(key);
  if (bundle === undefined) {
    bundle = readBundle(key);
    bundles.set(key, bundle);
  }
  return bundle;
}

function readBundle(key: PublicKey): readonly Certificate[] {
  try {
    const bundle = parseBundle(fromBase64(key.value) ?? new Uint8Array());
    for (const certificate of bundle) checkCurve(certificate);
    return bundle;
  } catch (error) {
    if (isNotaryError(error)) return [];
    throw error;
  }
}

/** Go reads no certificate with an EC key of another curve, and no bundle with such a certificate in it. */
function checkCurve({ keyAlgorithm, spki }: Certificate): void {
  if (keyAlgorithm === 'ecdsa') usableKey({ keyType: 'ecdsa', value: toBase64(spki) });
}

/** The one way to write the entry of these certificates; the first one gives the type. */
function entryOf(certificates: readonly [Certificate, ...Certificate[]]): PublicKey {
  const pem = fromUtf8(encodeBundle(certificates));
  return certificateKey(certificates[0].keyAlgorithm as KeyAlgorithm, pem);
}

/**
 * Why no client takes a certificate for the root key of a GUN, as a predicate; undefined when clients take it.
 *
 * @param certificate the leaf
 */
export function unfitForRoot(certificate: Certificate, gun: string, now: Date): string | undefined {
  const name = certificateName(certificate);
  if (!isMadeFor(certificate.commonName, gun)) return `is for another name (${name})`;
  if (certificate.isCa) return `(${name}) is that of a CA`;
  if (!passesCheck(certificate, now, { expiry: false })) return `(${name}) is too weak`;
  if (passesCheck(certificate, now, { expiry: true })) return undefined;
  const notBefore = formatInstant(new Date(certificate.notBefore));
  const notAfter = formatInstant(new Date(certificate.notAfter));
  return `(${name}) is good from ${notBefore} to ${notAfter}, and the clock of this machine says ${formatInstant(now)}`;
}

/** The common name is the GUN, or ends in `*` and the GUN starts with what stands before it. */
function isMadeFor(commonName: string, gun: string): boolean {
  return commonName === gun || (commonName.endsWith('*') && gun.startsWith(trimEndOf(commonName, '*')));
}
