/** Reads the files that TLS is configured with: certificates, and pairs of a client certificate and its key. */

import { constants, createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { foreignBlocks } from '../../../crypto/key-files/foreign-blocks.ts';
import { asUtf8, pemText } from '../../../encoding/foreign-text.ts';
import { NotaryError } from '../../../errors.ts';
import { errorCode, systemReason } from '../../../go/errno.ts';

/** A client certificate with its chain, and its private key, both as PEM. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * Everything that could weaken a connection is set here, so that neither NODE_OPTIONS nor an OpenSSL configuration
 * file nor NODE_EXTRA_CA_CERTS can change it. Level 2 of OpenSSL asks for 112 bits: RSA keys of 2048 bits, curves
 * of 224, no SHA-1 in signatures (OpenSSL, SSL_CTX_set_security_level).
 */
export const tlsStrength = {
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  // The list that this Node was built with, whatever --tls-cipher-list says.
  ciphers: `${constants.defaultCoreCipherList}:@SECLEVEL=2`,
  ecdhCurve: 'auto',
} as const;

/** The text of a PEM file; DER, UTF-16 and PEM without line ends come as PEM. */
export function pemOf(file: Uint8Array): string {
  const text = Buffer.from(asUtf8(file)).toString('latin1');
  return text.includes('\n-----END ') ? text : pemText(foreignBlocks(file)) || text;
}

/** The reason as Go words it: `open /x: no such file or directory`. */
export function readFault(path: string, error: unknown): string {
  const call = errorCode(error) === 'EISDIR' ? 'read' : 'open';
  return `${call} ${path}: ${systemReason(error)}`;
}

/** The certificates of a PEM text, each as PEM. */
export function certificatesIn(pem: string): readonly string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

/** Whether a PEM block holds a certificate that can be read. */
export function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

/**
 * Reads a client certificate and its private key, and checks that they belong together.
 *
 * @throws NotaryError TLS_CONFIG_INVALID with the words of Go's crypto/tls: `tls: private key does not match public key`
 */
export async function readKeyPair(certPath: string, keyPath: string): Promise<ClientCertificate> {
  const cert = await read(certPath);
  const key = await read(keyPath);
  const [first] = certificatesIn(cert);
  if (first === undefined) {
    throw failure(
      /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(cert)
        ? 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched'
        : 'tls: failed to find any PEM data in certificate input',
      certPath,
    );
  }
  if (!isCertificate(first)) throw failure('x509: malformed certificate', certPath);
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key)) {
    throw failure(
      certificatesIn(key).length > 0
        ? 'tls: found a certificate rather than a key in the PEM for the private key'
        : 'no valid private key found',
      keyPath,
    );
  }
  checkPair(first, key, keyPath);
  try {
    createSecureContext({ ...tlsStrength, cert, key });
  } catch (cause) {
    const { message } = cause instanceof Error ? cause : new Error(String(cause));
    throw failure(`the client certificate cannot be used: ${message}`, certPath, cause);
  }
  return { cert, key };
}

function checkPair(certificate: string, key: string, keyPath: string): void {
  let fits: boolean;
  try {
    fits = new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key));
  } catch (cause) {
    throw failure('tls: failed to parse private key', keyPath, cause);
  }
  if (!fits) throw failure('tls: private key does not match public key', keyPath);
}

async function read(path: string): Promise<string> {
  try {
    return pemOf(await readFile(path));
  } catch (cause) {
    throw failure(readFault(path, cause), path, cause);
  }
}

function failure(reason: string, file: string, cause?: unknown): NotaryError {
  return new NotaryError('TLS_CONFIG_INVALID', reason, { details: { file }, cause });
}
