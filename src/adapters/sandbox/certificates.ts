/**
 * Makes and reads the certificates of a sandbox on disk:
 *
 *     ca.crt            what clients trust
 *     tls/ca.key        its key
 *     tls/server.pem    key and certificate of the server
 *
 * They are made when they are first wanted, and again when they are about to expire, are not valid yet by this
 * machine's clock, or do not belong together.
 */

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import {
  createCaCertificate,
  createServerCertificate,
} from '../../crypto/certificate-issuance/tls-certificate.ts';
import { generateEcdsaKey, type PrivateKey, privateKeyOf } from '../../crypto/keys/private-key.ts';
import { fromUtf8, toHex, utf8 } from '../../encoding/bytes.ts';
import type { RandomBytes } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { makeFolder, writeAtomically } from '../fs/atomic-write.ts';
import { readRegularFile } from '../fs/read-file.ts';
import { sweepTemporaryFiles } from '../fs/temporary-files.ts';

export interface ServerCertificates {
  /** Path of the CA's certificate. */
  readonly ca: string;
  /** PEM, the key unencrypted. */
  readonly server: { readonly key: string; readonly cert: string };
}

const margin = 30 * 24 * 60 * 60 * 1000;

interface Ca {
  readonly name: string;
  readonly key: PrivateKey;
  readonly certificate: X509Certificate;
}

/** @throws NotaryError FILE_UNREADABLE, FILE_UNWRITABLE */
export function openCertificates(
  folder: string,
  { now, random, log }: { readonly now: Date; readonly random: RandomBytes; readonly log: Log },
): ServerCertificates {
  makeFolder(join(folder, 'tls'));
  sweepTemporaryFiles(join(folder, 'tls'));
  const ca = join(folder, 'ca.crt');
  const issuer = readCa(folder, now) ?? makeCa(folder, { now, random, log });
  const path = join(folder, 'tls/server.pem');
  const held = readText(path);
  if (held !== undefined && isUsable(held, issuer, now)) return { ca, server: { key: held, cert: held } };
  const key = generateEcdsaKey();
  const pem = pemOf(key) + createServerCertificate(key, issuer, now, random);
  writeAtomically(path, utf8(pem));
  return { ca, server: { key: pem, cert: pem } };
}

function readCa(folder: string, now: Date): Ca | undefined {
  const [cert, key] = [readText(join(folder, 'ca.crt')), readText(join(folder, 'tls/ca.key'))];
  if (cert === undefined || key === undefined) return undefined;
  return quietly(() => {
    const certificate = new X509Certificate(cert);
    const object = createPrivateKey(key);
    const fits = certificate.ca && certificate.checkPrivateKey(object) && isCurrent(certificate, now);
    const name = /^CN=(.*)$/m.exec(certificate.subject)?.[1];
    return fits && name !== undefined ? { name, key: privateKeyOf(object), certificate } : undefined;
  });
}

function makeCa(
  folder: string,
  { now, random, log }: { readonly now: Date; readonly random: RandomBytes; readonly log: Log },
): Ca {
  const path = join(folder, 'ca.crt');
  if (readText(path) !== undefined) {
    log.warn(`${path} was not usable and has been replaced: clients need the new one`, 'SANDBOX_CA_REPLACED');
  }
  const name = `tsnotary sandbox ${toHex(random(4))}`;
  const key = generateEcdsaKey();
  const pem = createCaCertificate(key, name, now, random);
  writeAtomically(join(folder, 'tls/ca.key'), utf8(pemOf(key)));
  writeAtomically(path, utf8(pem));
  return { name, key, certificate: new X509Certificate(pem) };
}

function isUsable(pem: string, { certificate: issuer }: Ca, now: Date): boolean {
  return (
    quietly(() => {
      const certificate = new X509Certificate(pem);
      return (
        certificate.checkPrivateKey(createPrivateKey(pem)) &&
        certificate.verify(issuer.publicKey) &&
        isCurrent(certificate, now)
      );
    }) ?? false
  );
}

function isCurrent({ validFrom, validTo }: X509Certificate, now: Date): boolean {
  return Date.parse(validFrom) <= now.getTime() && Date.parse(validTo) - margin > now.getTime();
}

function pemOf({ object }: PrivateKey): string {
  return object.export({ format: 'pem', type: 'pkcs8' }).toString();
}

function readText(path: string): string | undefined {
  const file = readRegularFile(path, { followLinks: false });
  return file && fromUtf8(file.bytes);
}

function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
