/** Reads the public key file of a delegation: a certificate or a bare public key, in PEM or DER. */

import { certificateName } from '../../crypto/certificates/certificate-name.ts';
import { checkCertificate } from '../../crypto/certificates/check-certificate.ts';
import { leaves } from '../../crypto/certificates/leaves.ts';
import { type Certificate, parseCertificate } from '../../crypto/certificates/x509.ts';
import {
  foreignBlocks,
  type Kind,
  kindInPlaceOfCertificate,
  kindOfFile,
} from '../../crypto/key-files/foreign-blocks.ts';
import { refuseCompressedPoint } from '../../crypto/keys/compressed-point.ts';
import type { PublicKey } from '../../crypto/keys/public-key.ts';
import {
  barePublicKey,
  canonicalKeyId,
  certificateKey,
  type KeyAlgorithm,
  usableKey,
} from '../../crypto/keys/verification-key.ts';
import { equalBytes, fromUtf8, toBase64 } from '../../encoding/bytes.ts';
import { oids } from '../../encoding/der/oids.ts';
import { readDer, readOid, readSequence } from '../../encoding/der/read.ts';
import { encodePem, type PemBlock } from '../../encoding/pem.ts';
import { formatInstant } from '../../encoding/rfc3339.ts';
import type { ErrorCode } from '../../error-codes.ts';
import { isNotaryError, NotaryError, rephrased } from '../../errors.ts';
import { endsSoon } from '../../metadata/expiry.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

type KeyPorts = Pick<RepositoryPorts, 'clock' | 'log' | 'caution'>;

/** What Notary 0.7.0 takes for a delegation. */
const algorithms: readonly KeyAlgorithm[] = ['ecdsa', 'rsa'];

/**
 * The key in a file, with Notary 0.7.0's checks and wording. Of a chain it is the key of the leaf, in whatever order
 * the certificates are; Notary takes the first block. Of several signers' keys the first counts, with a caution.
 *
 * @param path for messages
 * @throws NotaryError INVALID_CERTIFICATE, INVALID_KEY; when strict SEVERAL_KEYS_IN_FILE and PRIVATE_KEY_IN_FILE
 */
export function parseDelegationKey(path: string, file: Uint8Array, ports: KeyPorts): PublicKey {
  const blocks = foreignBlocks(file);
  try {
    const [first] = blocks;
    if (first === undefined) {
      throw new NotaryError('INVALID_KEY', 'no valid public key found', {
        hint: hintOf(path, kindOfFile(file)),
      });
    }
    if (first.type !== 'CERTIFICATE' && first.type !== 'PUBLIC KEY') {
      const kind = kindInPlaceOfCertificate(first.type);
      throw new NotaryError(
        'INVALID_KEY',
        `unsupported PEM block type "${first.type}", expected CERTIFICATE or PUBLIC KEY`,
        { hint: kind && hintOf(path, kind) },
      );
    }
    cautionOfPrivateKey(path, blocks, ports);
    cautionOfOtherKeys(path, blocks, first, ports);
    if (first.type === 'CERTIFICATE')
      return fromCertificate(path, signersBlock(path, blocks, first, ports), ports);
    cautionOfSeveralKeys(path, blocks, first, ports);
    return fromPublicKey(path, first, ports);
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    if (cautions.includes(error.code)) throw error;
    throw rephrased(
      error,
      (message) => `unable to parse valid public key certificate from PEM file ${path}: ${message}`,
      { details: { file: path } },
    );
  }
}

const cautions: readonly ErrorCode[] = ['SEVERAL_KEYS_IN_FILE', 'PRIVATE_KEY_IN_FILE'];

function hintOf(path: string, { what, advice }: Kind): string {
  return `${path} is ${what}.${advice === undefined ? '' : ` ${advice}`}`;
}

/** A reader of the file could sign as the holder of the key. */
function cautionOfPrivateKey(path: string, blocks: readonly PemBlock[], { caution }: KeyPorts): void {
  if (!blocks.some(({ type }) => type.endsWith('PRIVATE KEY'))) return;
  caution(
    'PRIVATE_KEY_IN_FILE',
    `${path} holds a private key as well: never hand it over; the owner needs the certificate or public key alone`,
    { file: path },
  );
}

/** The block of the one certificate that stands for a signer. */
function signersBlock(path: string, blocks: readonly PemBlock[], first: PemBlock, ports: KeyPorts): PemBlock {
  const found: { readonly block: PemBlock; readonly certificate: Certificate }[] = [];
  for (const block of blocks) {
    if (block.type !== 'CERTIFICATE') continue;
    try {
      found.push({ block, certificate: parseCertificate(block.bytes) });
    } catch (error) {
      if (!isNotaryError(error)) throw error;
      // The first one is read once more by the caller, who says what is wrong with it.
      if (block === first) return first;
    }
  }
  const [leaf, ...others] = leaves(found.map(({ certificate }) => certificate));
  const chosen = found.find(({ certificate }) => certificate === leaf);
  if (leaf === undefined || chosen === undefined) return first;
  const name = certificateName(leaf);
  if (others.length > 0) {
    const names = others.map((other) => certificateName(other));
    ports.caution(
      'SEVERAL_KEYS_IN_FILE',
      `${path} holds the certificates of ${others.length + 1} signers, ${[name, ...names].join(' and ')}; only that of ${name} counts. Give each a file of its own`,
      { file: path, subjects: [name, ...names] },
    );
  }
  if (chosen.block !== first) {
    ports.log.warn(
      `${path} begins with the certificate of a CA; the key of ${name} is taken, which is that of the signer`,
      'LEAF_TAKEN',
    );
  }
  return chosen.block;
}

function cautionOfSeveralKeys(
  path: string,
  blocks: readonly PemBlock[],
  first: PemBlock,
  { caution }: KeyPorts,
): void {
  const keys = blocks.filter(({ type, bytes }) => type === 'PUBLIC KEY' && !equalBytes(bytes, first.bytes));
  if (keys.length === 0) return;
  caution(
    'SEVERAL_KEYS_IN_FILE',
    `${path} holds ${keys.length + 1} public keys, and only the first counts. Give each a file of its own`,
    { file: path },
  );
}

/** A bare public key beside the certificate of another key: each is a signer's. */
function cautionOfOtherKeys(
  path: string,
  blocks: readonly PemBlock[],
  first: PemBlock,
  { caution }: KeyPorts,
): void {
  const certified = blocks
    .filter(({ type }) => type === 'CERTIFICATE')
    .flatMap((block) => spkiOf(block) ?? []);
  const bare = blocks.filter(({ type }) => type === 'PUBLIC KEY').map(({ bytes }) => bytes);
  const [one, others] = first.type === 'CERTIFICATE' ? [certified, bare] : [bare, certified];
  const strange = others.filter((spki) => !one.some((known) => equalBytes(known, spki)));
  if (strange.length === 0) return;
  const taken = first.type === 'CERTIFICATE' ? 'the certificate' : 'the public key that comes first';
  caution(
    'SEVERAL_KEYS_IN_FILE',
    `${path} holds a public key and the certificate of another key; only ${taken} counts. Give each a file of its own`,
    { file: path },
  );
}

/** SubjectPublicKeyInfo; undefined for a certificate that cannot be read. */
function spkiOf(block: PemBlock): Uint8Array | undefined {
  try {
    return parseCertificate(block.bytes).spki;
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}

function fromCertificate(path: string, block: PemBlock, { clock, log }: KeyPorts): PublicKey {
  const certificate = malformedAs('could not parse provided certificate: x509: malformed certificate', () =>
    parseCertificate(block.bytes),
  );
  malformedAs('could not parse provided certificate: x509: failed to unmarshal elliptic curve point', () =>
    refuseCompressedPoint(certificate.spki),
  );
  const now = clock.now();
  try {
    checkCertificate(certificate, now, { expiry: true });
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    throw rephrased(error, (message) => `invalid certificate: ${message}`);
  }
  const algorithm = algorithms.find((known) => known === certificate.keyAlgorithm);
  if (algorithm === undefined)
    throw new NotaryError('INVALID_CERTIFICATE', 'invalid certificate: its key is neither RSA nor ECDSA');
  const key = certificateKey(algorithm, fromUtf8(encodePem({ ...block, headers: new Map() })));
  malformedAs('could not parse provided certificate: x509: unsupported elliptic curve', () =>
    usableKey(barePublicKey(key)),
  );
  if (endsSoon(certificate.notAfter, now)) {
    log.warn(`certificate with CN ${certificate.commonName} is near expiry`);
    const name = certificateName(certificate, `key ID ${canonicalKeyId(key)}`);
    log.warn(
      `the certificate (${name}) in ${path} expires at ${formatInstant(new Date(certificate.notAfter))}`,
      'EXPIRES_SOON',
    );
  }
  return key;
}

function fromPublicKey(path: string, block: PemBlock, { log }: KeyPorts): PublicKey {
  const algorithm = malformedAs('unknown public key format', () => {
    const [identifier] = readSequence(readDer(block.bytes), 'public key');
    const oid = readOid(readSequence(identifier, 'key algorithm')[0], 'key algorithm');
    return algorithms.find((known) => oids.key[known] === oid);
  });
  if (algorithm === undefined) throw new NotaryError('INVALID_KEY', 'unknown public key format');
  malformedAs('unable to parse pem encoded public key: x509: failed to unmarshal elliptic curve point', () =>
    refuseCompressedPoint(block.bytes),
  );
  const key: PublicKey = { keyType: algorithm, value: toBase64(block.bytes) };
  try {
    usableKey(key);
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    if (algorithm === 'ecdsa')
      throw new NotaryError('INVALID_KEY', 'unknown public key format', {
        details: { algorithm },
        cause: error,
      });
    // Notary takes RSA keys of any size here, although no client accepts a signature by a short one.
    log.warn(`${path} holds a key that can sign nothing: ${error.message}`, 'WEAK_KEY');
  }
  return key;
}

function malformedAs<T>(message: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    throw rephrased(error, () => message, { code: 'INVALID_CERTIFICATE' });
  }
}
