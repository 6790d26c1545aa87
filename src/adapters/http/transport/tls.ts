/**
 * Configures TLS: which CAs are trusted, and the client's own certificate.
 *
 * Files are read and checked before anything is sent, with the messages of Notary 0.7.0.
 */

import { constants, createPrivateKey, X509Certificate } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import {
  foreignBlocks,
  kindInPlaceOfCertificate,
  kindOfFile,
} from '../../../crypto/key-files/foreign-blocks.ts';
import { asUtf8, pemText } from '../../../encoding/foreign-text.ts';
import { NotaryError } from '../../../errors.ts';
import { errorCode, systemReason } from '../../../go/errno.ts';

/** Paths are absolute. */
export interface TlsFiles {
  /** The only CA to be trusted; without it, those of the operating system are. */
  readonly rootCa?: string;
  /** What named that file, for messages. */
  readonly rootCaSource?: string;
  readonly clientCert?: string;
  readonly clientKey?: string;
  readonly skipVerify: boolean;
}

export interface TlsMaterial {
  /** Trusted certificates as PEM. */
  readonly trustedCas: readonly string[];
  readonly client: { readonly cert: string; readonly key: string } | undefined;
  readonly verify: boolean;
  /** The file of the only CA that is trusted, and what named it: for messages. */
  readonly onlyCa?: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Reads and checks the files.
 *
 * @throws NotaryError TLS_CONFIG_INVALID: `either pass both client key and cert, or neither`,
 * `unable to configure TLS: …`
 */
export async function loadTls(files: TlsFiles, env: Variables): Promise<TlsMaterial> {
  const { clientCert, clientKey } = files;
  if ((clientCert === undefined) !== (clientKey === undefined)) {
    throw new NotaryError('TLS_CONFIG_INVALID', 'either pass both client key and cert, or neither');
  }
  // Without verification Notary does not even read the CA's file.
  const trustedCas = !files.skipVerify
    ? files.rootCa === undefined
      ? await systemCas(env)
      : await exclusiveCas(files.rootCa)
    : [];
  const client =
    clientCert === undefined || clientKey === undefined ? undefined : await keyPair(clientCert, clientKey);
  const { rootCa, rootCaSource } = files;
  const onlyCa = rootCaSource === undefined ? rootCa : `${rootCa ?? ''}, which ${rootCaSource} names`;
  return {
    ...{ trustedCas, client, verify: !files.skipVerify },
    ...(rootCa !== undefined && onlyCa !== undefined && { onlyCa }),
  };
}

function failure(reason: string, file: string, cause?: unknown, hint?: string): NotaryError {
  return new NotaryError('TLS_CONFIG_INVALID', `unable to configure TLS: ${reason}`, {
    ...{ details: { file }, hint, cause },
  });
}

/** The text of a PEM file; DER, UTF-16 and PEM without line ends come as PEM. */
function handedPem(file: Uint8Array): string {
  const text = Buffer.from(asUtf8(file)).toString('latin1');
  return text.includes('\n-----END ') ? text : pemText(foreignBlocks(file)) || text;
}

function hintOf(path: string, file: Uint8Array): string | undefined {
  const [first] = foreignBlocks(file);
  const kind = first === undefined ? kindOfFile(file) : kindInPlaceOfCertificate(first.type);
  return kind && `${path} is ${kind.what}.${kind.advice === undefined ? '' : ` ${kind.advice}`}`;
}

/** The reason as Go words it: `open /x: no such file or directory`. */
function readFault(path: string, error: unknown): string {
  const call = errorCode(error) === 'EISDIR' ? 'read' : 'open';
  return `${call} ${path}: ${systemReason(error)}`;
}

/**
 * Everything that could weaken a connection is set here, so that neither NODE_OPTIONS nor an OpenSSL configuration
 * file nor NODE_EXTRA_CA_CERTS can change it. Level 2 of OpenSSL asks for 112 bits: RSA keys of 2048 bits, curves
 * of 224, no SHA-1 in signatures (OpenSSL, SSL_CTX_set_security_level).
 */
const strength = {
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  // The list that this Node was built with, whatever --tls-cipher-list says.
  ciphers: `${constants.defaultCoreCipherList}:@SECLEVEL=2`,
  ecdhCurve: 'auto',
} as const;

/** TLS 1.2 or newer with the material's CAs and client certificate. */
export function secureContext({ trustedCas, client }: TlsMaterial): SecureContext {
  return createSecureContext({
    ...strength,
    // As in Go, whatever is listed as a CA is one, self-signed or not.
    allowPartialTrustChain: true,
    ca: [...trustedCas],
    ...(client === undefined ? {} : { cert: client.cert, key: client.key }),
  });
}

async function exclusiveCas(path: string): Promise<readonly string[]> {
  const file = await readFile(path).catch((cause: unknown) => {
    throw failure(`could not read CA certificate "${path}": ${readFault(path, cause)}`, path, cause);
  });
  const pem = handedPem(file);
  const trustedCas = certificatesIn(pem).filter(isCertificate);
  if (trustedCas.length === 0) {
    throw failure(
      `failed to append certificates from PEM file: "${path}"`,
      path,
      undefined,
      hintOf(path, file),
    );
  }
  return trustedCas;
}

function certificatesIn(pem: string): readonly string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

async function keyPair(certPath: string, keyPath: string): Promise<{ cert: string; key: string }> {
  const failed = (reason: string, file: string, cause?: unknown): NotaryError =>
    failure(`Could not load X509 key pair: ${reason}`, file, cause);
  const read = (path: string): Promise<string> =>
    readFile(path).then(handedPem, (cause: unknown) => {
      throw failed(readFault(path, cause), path, cause);
    });
  const cert = await read(certPath);
  const key = await read(keyPath);
  const [first] = certificatesIn(cert);
  if (first === undefined) {
    throw failed(
      /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(cert)
        ? 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched'
        : 'tls: failed to find any PEM data in certificate input',
      certPath,
    );
  }
  if (!isCertificate(first)) throw failed('x509: malformed certificate', certPath);
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key)) {
    throw failed(
      certificatesIn(key).length > 0
        ? 'tls: found a certificate rather than a key in the PEM for the private key'
        : 'no valid private key found',
      keyPath,
    );
  }
  let fits: boolean;
  try {
    fits = new X509Certificate(first).checkPrivateKey(createPrivateKey(key));
  } catch (cause) {
    throw failed('tls: failed to parse private key', keyPath, cause);
  }
  if (!fits) throw failed('tls: private key does not match public key', keyPath);
  try {
    createSecureContext({ ...strength, cert, key });
  } catch (cause) {
    const { message } = cause instanceof Error ? cause : new Error(String(cause));
    throw failed(`the client certificate cannot be used: ${message}`, certPath, cause);
  }
  return { cert, key };
}

// Where Go's crypto/x509 looks on Linux and the BSDs, in its order.
const systemBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/**
 * The operating system's CAs, found as Go finds them: the first bundle that can be read (or `SSL_CERT_FILE`), and
 * the files in the directories of `SSL_CERT_DIR`. Go also reads `/etc/ssl/certs` when it has the bundle, which
 * holds the same certificates.
 */
async function systemCas(env: Variables): Promise<readonly string[]> {
  const file = env['SSL_CERT_FILE'] ?? '';
  const folders = env['SSL_CERT_DIR'] ?? '';
  const found = new Set<string>();
  for (const bundle of file === '' ? systemBundles : [file]) {
    const pem = await readFile(bundle, 'latin1').catch(() => undefined);
    if (pem === undefined) continue;
    for (const certificate of certificatesIn(pem)) found.add(certificate);
    break;
  }
  for (const folder of folders === '' ? [] : folders.split(':')) {
    const names = await readdir(folder).catch(() => []);
    // Such directories hold most certificates more than once, under their names and their hashes.
    const texts = await Promise.all(
      names.map((name) => readFile(join(folder, name), 'latin1').catch(() => '')),
    );
    for (const certificate of texts.flatMap(certificatesIn)) found.add(certificate);
  }
  // A system without any: Node's own list.
  if (found.size === 0 && file === '' && folders === '') return rootCertificates;
  return [...found];
}
