/** Reads the public key file of a delegation: a certificate or a bare public key in PEM. */

import { checkCertificate, parseCertificate } from '../../crypto/certificates/x509.ts';
import type { PublicKey } from '../../crypto/keys/public-key.ts';
import {
  barePublicKey,
  certificateKey,
  type KeyAlgorithm,
  usableKey,
} from '../../crypto/keys/verification-key.ts';
import { fromUtf8, toBase64 } from '../../encoding/bytes.ts';
import { oids } from '../../encoding/der/oids.ts';
import { readDer, readOid, readSequence } from '../../encoding/der/read.ts';
import { encodePem, type PemBlock, parsePem } from '../../encoding/pem.ts';
import { isNotaryError, NotaryError, rephrased } from '../../errors.ts';
import { endsSoon } from '../../metadata/expiry.ts';
import type { RepositoryPorts } from '../repository-ports.ts';

type KeyPorts = Pick<RepositoryPorts, 'clock' | 'log'>;

/** What Notary 0.7.0 takes for a delegation. */
const algorithms: readonly KeyAlgorithm[] = ['ecdsa', 'rsa'];

/**
 * The key in the first PEM block of a file, with Notary 0.7.0's checks and wording. Of a bundle only
 * the first certificate counts.
 *
 * @param path for messages
 * @throws NotaryError INVALID_CERTIFICATE, INVALID_KEY
 */
export function parseDelegationKey(path: string, pem: Uint8Array, ports: KeyPorts): PublicKey {
  try {
    const block = parsePem(pem)[0];
    if (block === undefined) throw new NotaryError('INVALID_KEY', 'no valid public key found');
    if (block.type === 'CERTIFICATE') return fromCertificate(block, ports);
    if (block.type === 'PUBLIC KEY') return fromPublicKey(path, block, ports);
    throw new NotaryError(
      'INVALID_KEY',
      `unsupported PEM block type "${block.type}", expected CERTIFICATE or PUBLIC KEY`,
    );
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    throw rephrased(
      error,
      (message) => `unable to parse valid public key certificate from PEM file ${path}: ${message}`,
      { details: { file: path } },
    );
  }
}

function fromCertificate(block: PemBlock, { clock, log }: KeyPorts): PublicKey {
  const certificate = malformedAs('could not parse provided certificate: x509: malformed certificate', () =>
    parseCertificate(block.bytes),
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
  const key: PublicKey = { keyType: algorithm, value: toBase64(block.bytes) };
  try {
    usableKey(key);
  } catch (error) {
    if (!isNotaryError(error)) throw error;
    if (algorithm === 'ecdsa')
      throw new NotaryError('INVALID_KEY', 'unknown public key format', { cause: error });
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
