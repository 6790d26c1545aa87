/** Reads the certificate that a user brings for a root key, and refuses one with which no client would take the root. */

import { certificateName } from '../../crypto/certificates/certificate-name.ts';
import { leaves } from '../../crypto/certificates/leaves.ts';
import { type Certificate, parseCertificate } from '../../crypto/certificates/x509.ts';
import {
  foreignBlocks,
  kindInPlaceOfCertificate,
  kindOfFile,
} from '../../crypto/key-files/foreign-blocks.ts';
import { refuseCompressedPoint } from '../../crypto/keys/compressed-point.ts';
import { asCanonicalKeyId, type CanonicalKeyId } from '../../crypto/keys/key-id.ts';
import { keyId, type PublicKey } from '../../crypto/keys/public-key.ts';
import { canonicalKeyId } from '../../crypto/keys/verification-key.ts';
import { fromUtf8, toBase64 } from '../../encoding/bytes.ts';
import { encodePem, type PemBlock } from '../../encoding/pem.ts';
import { shellWord } from '../../encoding/shell-quote.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { unfitForRoot } from '../../trust-pinning/root-certificates.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

/** The entry of a root key in metadata: a certificate. */
export function certificateEntry(algorithm: string, pem: string): PublicKey {
  return { keyType: `${algorithm}-x509`, value: toBase64(Buffer.from(pem)) };
}

/**
 * The stored or brought key that a certificate is for. Notary 0.7.0 takes any certificate, and fails when the collection
 * is published. A file that holds no certificate, or one for a key that is not there, is left to its next reader.
 *
 * @param pem the file that the user names
 * @param brought canonical ID of a key that the user brings along
 * @returns canonical ID; undefined when there is no such key
 * @throws NotaryError INVALID_CERTIFICATE with the name of the certificate and that of the collection
 */
export async function certifiedKey(
  { gun, clock, cryptoService }: Pick<RepositoryPorts, 'gun' | 'clock' | 'cryptoService'>,
  pem: Uint8Array,
  brought: CanonicalKeyId | undefined,
): Promise<CanonicalKeyId | undefined> {
  const certificate = readable(pem);
  if (certificate === undefined) return undefined;
  const id = asCanonicalKeyId(
    keyId({ keyType: certificate.keyAlgorithm, value: toBase64(certificate.spki) }),
  );
  const there = brought === undefined ? (await cryptoService.info(id)) !== undefined : brought === id;
  if (!there) return undefined;
  checkFit(certificate, gun, clock.now());
  return id;
}

function checkFit(certificate: Certificate, gun: string, now: Date): void {
  const reason = unfitForRoot(certificate, gun, now);
  if (reason === undefined) return;
  const subject = `/CN=${gun.replaceAll('/', '\\/')}`;
  throw new NotaryError(
    'INVALID_CERTIFICATE',
    `the certificate ${reason}; no client would take it for the root key of ${gun}`,
    {
      details: { gun, certificate: certificateName(certificate), commonName: certificate.commonName },
      hint: `Nothing was made. The common name has to be ${gun}, or a prefix of it and a *; for instance: openssl req -x509 -new -key KEY -days 3650 -subj ${shellWord(subject)} -addext basicConstraints=critical,CA:FALSE. Without --rootcert a certificate is made.`,
    },
  );
}

/** As `leafOf`; undefined for a file that `readCertificate` refuses. */
function readable(file: Uint8Array): Certificate | undefined {
  try {
    const blocks = foreignBlocks(file).filter(({ type }) => type === 'CERTIFICATE');
    return blocks.length === 0 ? undefined : leafOf(blocks);
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}

/** The certificate of the key, of a chain in any order. @throws NotaryError for a block that is no certificate */
function leafOf(blocks: readonly PemBlock[]): Certificate {
  const certificates = blocks.map(({ bytes }) => parseCertificate(bytes));
  const [leaf = certificates[0]] = leaves(certificates);
  if (leaf === undefined) throw new NotaryError('INVALID_CERTIFICATE', 'there is no certificate');
  return leaf;
}

/**
 * The certificate in a file that the user names, as PEM text, and the ID of its key.
 *
 * @throws NotaryError INVALID_CERTIFICATE (Notary 0.7.0's words), with what the file is
 */
export function readCertificate(pem: Uint8Array): { certificate: string; id: CanonicalKeyId } {
  const [first, ...others] = foreignBlocks(pem);
  const kind = first === undefined ? kindOfFile(pem) : kindInPlaceOfCertificate(first.type);
  const hint =
    kind && `The file of --rootcert is ${kind.what}.${kind.advice === undefined ? '' : ` ${kind.advice}`}`;
  if (first === undefined || kind !== undefined) {
    const message =
      first === undefined
        ? 'the provided file does not contain a valid PEM certificate <nil>'
        : 'Parsing certificate PEM bytes to x509 certificate: x509: malformed certificate';
    throw new NotaryError('INVALID_CERTIFICATE', message, { hint });
  }
  try {
    // A private key may stand behind the certificate: Notary 0.7.0 looks at the first block alone.
    const certificates = [first, ...others.filter(({ type }) => type === 'CERTIFICATE')];
    const { keyAlgorithm, der: bytes, spki } = leafOf(certificates);
    refuseCompressedPoint(spki);
    const certificate = fromUtf8(encodePem({ type: 'CERTIFICATE', headers: new Map(), bytes }));
    return { certificate, id: canonicalKeyId(certificateEntry(keyAlgorithm, certificate)) };
  } catch (cause) {
    if (!isNotaryError(cause)) throw cause;
    throw new NotaryError(
      'INVALID_CERTIFICATE',
      `Parsing certificate PEM bytes to x509 certificate: ${cause.hint === undefined ? 'x509: malformed certificate' : cause.message}`,
      { cause, hint: cause.hint },
    );
  }
}
