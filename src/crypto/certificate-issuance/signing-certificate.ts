/** Issues the self-signed certificate that stands for a root key (Notary 0.7.0: X.509 v3, ten years, code signing). */

import type { RandomBytes } from '../../ports/clock.ts';
import type { PrivateKey } from '../keys/private-key.ts';
import { basicConstraints, createCertificate, extendedKeyUsage, keyUsage } from './certificate-writer.ts';

const day = 24 * 60 * 60 * 1000;
const rootLifetime = 3650;
const signerLifetime = 365;

/** PEM text of a certificate for a root key; its common name is the GUN, in full whatever its length. */
export function createRootCertificate(key: PrivateKey, gun: string, now: Date, random: RandomBytes): string {
  return selfSigned(key, gun, { now, days: rootLifetime }, random);
}

/**
 * PEM text of a certificate for a collaborator who will sign a delegation: good for a year, and of the same form as
 * that of a root key.
 *
 * @param name the common name
 */
export function createSignerCertificate(
  key: PrivateKey,
  name: string,
  now: Date,
  random: RandomBytes,
): string {
  return selfSigned(key, name, { now, days: signerLifetime }, random);
}

function selfSigned(
  key: PrivateKey,
  name: string,
  { now, days }: { readonly now: Date; readonly days: number },
  random: RandomBytes,
): string {
  return createCertificate(
    {
      ...{ subject: name, issuer: name, key, signer: key },
      from: now,
      until: new Date(now.getTime() + days * day),
      extensions: [keyUsage('sign and encipher'), extendedKeyUsage('code signing'), basicConstraints(false)],
    },
    random,
  );
}
