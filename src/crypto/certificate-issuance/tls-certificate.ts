/**
 * Issues the certificates of a local server: a CA that can vouch for loopback and for nothing else, and the server's
 * own.
 *
 * The limit stands in the CA's certificate (RFC 5280 4.2.1.10), where Go, Node and OpenSSL heed it, so
 * that a thief of its key cannot pose as another host to the clients that trust it.
 */

import type { RandomBytes } from '../../ports/clock.ts';
import type { PrivateKey } from '../keys/private-key.ts';
import {
  alternativeNames,
  basicConstraints,
  createCertificate,
  extendedKeyUsage,
  type HostNames,
  keyIdentifiers,
  keyUsage,
  permittedNames,
} from './certificate-writer.ts';

const day = 24 * 60 * 60 * 1000;
/** In days. */
const lifetime = { ca: 3650, server: 365 };
/** The certificates are valid for clocks that are a little behind, too. */
const lead = 60 * 60 * 1000;

/** `::1` */
const loopback6 = new Uint8Array(16).fill(1, 15);
const ownNames: HostNames = { dns: ['localhost'], ip: [Uint8Array.of(127, 0, 0, 1), loopback6] };
/** 127.0.0.0/8 and ::1/128 */
const allowedNames: HostNames = {
  dns: ['localhost'],
  ip: [
    Uint8Array.of(127, 0, 0, 0, 255, 0, 0, 0),
    Uint8Array.of(...loopback6, ...new Uint8Array(16).fill(255)),
  ],
};

/** PEM text of the CA's certificate. @param name its common name, which tells it from others */
export function createCaCertificate(key: PrivateKey, name: string, now: Date, random: RandomBytes): string {
  return createCertificate(
    {
      ...{ subject: name, issuer: name, key, signer: key },
      ...validity(now, lifetime.ca),
      extensions: [
        basicConstraints(true),
        keyUsage('issue'),
        permittedNames(allowedNames),
        ...keyIdentifiers(key, key),
      ],
    },
    random,
  );
}

/** PEM text of a certificate for `localhost`, 127.0.0.1 and ::1. */
export function createServerCertificate(
  key: PrivateKey,
  ca: { readonly name: string; readonly key: PrivateKey },
  now: Date,
  random: RandomBytes,
): string {
  return createCertificate(
    {
      ...{ subject: 'localhost', issuer: ca.name, key, signer: ca.key },
      ...validity(now, lifetime.server),
      extensions: [
        basicConstraints(false),
        keyUsage('sign'),
        extendedKeyUsage('server'),
        alternativeNames(ownNames),
        ...keyIdentifiers(key, ca.key),
      ],
    },
    random,
  );
}

function validity(now: Date, days: number): { readonly from: Date; readonly until: Date } {
  return { from: new Date(now.getTime() - lead), until: new Date(now.getTime() + days * day) };
}
