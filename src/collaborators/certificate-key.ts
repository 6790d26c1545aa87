/** Reads the key of a certificate, or the bare public key, that the collaborators file names by a path. */

import { leaves } from '../crypto/certificates/leaves.ts';
import { parseCertificate } from '../crypto/certificates/x509.ts';
import { foreignBlocks } from '../crypto/key-files/foreign-blocks.ts';
import type { PublicKey } from '../crypto/keys/public-key.ts';
import type { KeyAlgorithm } from '../crypto/keys/verification-key.ts';
import { barePublicKey, certificateKey, usableKey } from '../crypto/keys/verification-key.ts';
import { fromUtf8, toBase64 } from '../encoding/bytes.ts';
import { oids } from '../encoding/der/oids.ts';
import { readDer, readOid, readSequence } from '../encoding/der/read.ts';
import { encodePem } from '../encoding/pem.ts';
import { NotaryError } from '../errors.ts';

const algorithms: readonly KeyAlgorithm[] = ['ecdsa', 'rsa'];

/**
 * The key entry of a file with one signer's certificate or public key, PEM or DER; of a chain, that of the leaf. Whether
 * a certificate has expired does not matter: a name outlives it.
 *
 * @throws NotaryError INVALID_KEY for a file of anything else or of several signers, INVALID_KEY_TYPE, MALFORMED_DER
 */
export function keyOfFile(file: Uint8Array): PublicKey {
  const blocks = foreignBlocks(file);
  const certificates = blocks
    .filter(({ type }) => type === 'CERTIFICATE')
    .map(({ bytes }) => parseCertificate(bytes));
  const [leaf, ...others] = leaves(certificates);
  if (others.length > 0) throw unfit(`it holds the certificates of ${others.length + 1} signers`);
  const bare = blocks.find(({ type }) => type === 'PUBLIC KEY')?.bytes;
  if (leaf !== undefined) {
    const pem = encodePem({ type: 'CERTIFICATE', headers: new Map(), bytes: leaf.der });
    const algorithm = algorithms.find((known) => known === leaf.keyAlgorithm);
    if (algorithm === undefined) throw unfit('its key is neither RSA nor ECDSA');
    return checked(certificateKey(algorithm, fromUtf8(pem)));
  }
  if (bare === undefined) throw unfit('it holds neither a certificate nor a public key');
  const [identifier] = readSequence(readDer(bare), 'public key');
  const oid = readOid(readSequence(identifier, 'key algorithm')[0], 'key algorithm');
  const algorithm = algorithms.find((known) => oids.key[known] === oid);
  if (algorithm === undefined) throw unfit('its key is neither RSA nor ECDSA');
  return checked({ keyType: algorithm, value: toBase64(bare) });
}

/** A key that cannot be used has no ID to go by. */
function checked(key: PublicKey): PublicKey {
  usableKey(barePublicKey(key));
  return key;
}

function unfit(reason: string): NotaryError {
  return new NotaryError('INVALID_KEY', reason);
}
