/**
 * Configures TLS: which CAs are trusted, and the client's own certificate.
 *
 * Files are read and checked before anything is sent, with the messages of Notary 0.7.0.
 */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import {
  foreignBlocks,
  kindInPlaceOfCertificate,
  kindOfFile,
} from '../../../crypto/key-files/foreign-blocks.ts';
import { isNotaryError, NotaryError, rephrased } from '../../../errors.ts';
import {
  type ClientCertificate,
  certificatesIn,
  isCertificate,
  pemOf,
  readFault,
  readKeyPair,
  tlsStrength,
} from './tls-files.ts';

/** Paths are absolute. */
export interface TlsFiles {
  /** The only CA to be trusted; without it, those of the operating system are. */
  readonly rootCa?: string;
  /** What named that file, for messages. */
  readonly rootCaSource?: string;
  readonly clientCert?: string;
  readonly clientKey?: string;
  /** What counts besides these files and the CAs of the operating system. */
  readonly more?: MoreTls;
  readonly skipVerify: boolean;
}

/** Certificates that were read already, from the directories in which docker has them. */
export interface MoreTls {
  /** CAs to be trusted besides the others, as PEM. */
  readonly trustedCas: readonly string[];
  /** Shown to the server where the files name none. */
  readonly client: ClientCertificate | undefined;
}

export interface TlsMaterial {
  /** Trusted certificates as PEM. */
  readonly trustedCas: readonly string[];
  readonly client: ClientCertificate | undefined;
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
  const { clientCert, clientKey, more } = files;
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
    clientCert === undefined || clientKey === undefined ? more?.client : await keyPair(clientCert, clientKey);
  const { rootCa, rootCaSource } = files;
  const onlyCa = rootCaSource === undefined ? rootCa : `${rootCa ?? ''}, which ${rootCaSource} names`;
  return {
    ...{ trustedCas: [...trustedCas, ...(more?.trustedCas ?? [])], client, verify: !files.skipVerify },
    ...(rootCa !== undefined && onlyCa !== undefined && { onlyCa }),
  };
}

async function keyPair(cert: string, key: string): Promise<ClientCertificate> {
  try {
    return await readKeyPair(cert, key);
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    throw rephrased(error, (reason) => `unable to configure TLS: Could not load X509 key pair: ${reason}`);
  }
}

function failure(reason: string, file: string, cause?: unknown, hint?: string): NotaryError {
  return new NotaryError('TLS_CONFIG_INVALID', `unable to configure TLS: ${reason}`, {
    ...{ details: { file }, hint, cause },
  });
}

function hintOf(path: string, file: Uint8Array): string | undefined {
  const [first] = foreignBlocks(file);
  const kind = first === undefined ? kindOfFile(file) : kindInPlaceOfCertificate(first.type);
  return kind && `${path} is ${kind.what}.${kind.advice === undefined ? '' : ` ${kind.advice}`}`;
}

/** TLS 1.2 or newer with the material's CAs and client certificate. */
export function secureContext({ trustedCas, client }: TlsMaterial): SecureContext {
  return createSecureContext({
    ...tlsStrength,
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
  const pem = pemOf(file);
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
