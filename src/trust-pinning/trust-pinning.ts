/** Decides which root certificates the configuration lets a GUN start from (Notary 0.7.0, `trust_pinning`). */

import { passesCheck } from '../crypto/certificates/check-certificate.ts';
import { chainAllowance, chainsTo } from '../crypto/certificates/path-validation.ts';
import { type Certificate, parseBundle } from '../crypto/certificates/x509.ts';
import type { PublicKey } from '../crypto/keys/public-key.ts';
import { keyId } from '../crypto/keys/public-key.ts';
import { isNotaryError, NotaryError } from '../errors.ts';

export interface TrustPinning {
  /** GUN or `prefix*` to TUF key IDs of root certificates. */
  readonly certs: ReadonlyMap<string, readonly string[]>;
  /** GUN prefix to PEM text of CA certificates; undefined content means the file could not be read. */
  readonly ca: ReadonlyMap<string, Uint8Array | undefined>;
  /** Trust on first use is off. */
  readonly disableTofu: boolean;
}

export const noPinning: TrustPinning = { certs: new Map(), ca: new Map(), disableTofu: false };

/** A root certificate with the CA certificates that came with it. */
export interface RootCertificate {
  readonly key: PublicKey;
  readonly leaf: Certificate;
  readonly intermediates: readonly Certificate[];
}

/** Decides whether one root certificate of a GUN satisfies the pins. */
export type PinCheck = (candidate: RootCertificate) => boolean;

/**
 * The rule for a GUN: certificate IDs by exact GUN or longest `prefix*`, else a CA by longest prefix,
 * else trust on first use. A pin that exists never falls back to trust on first use.
 *
 * @param firstUse true when no earlier root of the GUN is known
 * @throws NotaryError ROOT_VALIDATION when nothing is pinned and trust on first use is off, or a CA
 * file cannot be used
 */
export function pinCheck(pinning: TrustPinning, gun: string, firstUse: boolean, now: Date): PinCheck {
  const ids = pinning.certs.get(gun) ?? longestWildcard(pinning.certs, gun);
  if (ids !== undefined) return ({ key }) => ids.includes(keyId(key));
  const prefix = [...pinning.ca.keys()]
    .filter((name) => gun.startsWith(name))
    .sort((a, b) => b.length - a.length)[0];
  if (prefix !== undefined) {
    const roots = caCertificates(pinning.ca.get(prefix), now);
    const allowance = chainAllowance();
    return ({ leaf, intermediates }) => chainsTo(leaf, intermediates, roots, now, allowance);
  }
  if (pinning.disableTofu && firstUse) throw rootInvalid('invalid trust pinning specified');
  return () => true;
}

function longestWildcard(certs: TrustPinning['certs'], gun: string): readonly string[] | undefined {
  const pattern = [...certs.keys()]
    .filter((name) => name.endsWith('*') && gun.startsWith(name.slice(0, -1)))
    .sort((a, b) => b.length - a.length)[0];
  return pattern === undefined ? undefined : certs.get(pattern);
}

/** The certificates of a pinned file that may vouch for others: in date and not weak. */
function caCertificates(pem: Uint8Array | undefined, now: Date): readonly Certificate[] {
  const usable = readCaFile(pem).filter((certificate) => passesCheck(certificate, now, { expiry: true }));
  if (usable.length === 0) throw rootInvalid('invalid CA certs provided');
  return usable;
}

function readCaFile(pem: Uint8Array | undefined): readonly Certificate[] {
  if (pem === undefined) throw rootInvalid('could not load root cert from CA path');
  try {
    return parseBundle(pem);
  } catch (error) {
    if (isNotaryError(error)) throw rootInvalid('could not load root cert from CA path', error);
    throw error;
  }
}

/** The error for a root that may not be believed. */
export function rootInvalid(reason: string, cause?: unknown): NotaryError {
  return new NotaryError('ROOT_VALIDATION', `could not validate the path to a trusted root: ${reason}`, {
    cause,
  });
}
