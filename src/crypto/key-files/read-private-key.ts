/** Reads private keys in PEM blocks, and writes the one encoding that Notary writes. */

import { createPrivateKey } from 'node:crypto';
import { readDer } from '../../encoding/der/read.ts';
import type { PemBlock } from '../../encoding/pem.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { ed25519KeyOf, type PrivateKey, privateKeyOf } from '../keys/private-key.ts';
import { decryptLegacyPem, isLegacyEncrypted } from './legacy-pem.ts';
import { isPrivateKeyType, type legacyKeyTypes } from './pem-types.ts';
import { decryptPkcs8, isEncryptedPkcs8, parsePkcs8 } from './pkcs8-read.ts';

type Parse = (der: Uint8Array) => PrivateKey;

/** The block types with PEM-level encryption, and what is inside. */
const legacyParsers: Readonly<Record<(typeof legacyKeyTypes)[number], Parse>> = {
  'RSA PRIVATE KEY': (der) => parseDer(der, 'pkcs1'),
  'EC PRIVATE KEY': (der) => parseDer(der, 'sec1'),
  'ED25519 PRIVATE KEY': ed25519KeyOf,
};
const legacyTypes: ReadonlyMap<string, Parse> = new Map(Object.entries(legacyParsers));

function parseDer(der: Uint8Array, type: 'pkcs1' | 'sec1'): PrivateKey {
  try {
    readDer(der);
    return privateKeyOf(createPrivateKey({ key: Buffer.from(der), format: 'der', type }));
  } catch (cause) {
    if (isNotaryError(cause, 'INVALID_KEY')) throw cause;
    throw new NotaryError('INVALID_KEY', 'could not parse DER encoded key', { cause });
  }
}

/**
 * The private key in a block. The passphrase is not looked at when the key is not encrypted; an empty
 * one never opens PKCS#8.
 *
 * @throws NotaryError PASSPHRASE_INVALID; INVALID_KEY for an encoding that Notary 0.7.0 does not read
 */
export function readPrivateKey(block: PemBlock, passphrase = ''): PrivateKey {
  const parse = legacyTypes.get(block.type);
  if (parse !== undefined) return readLegacy(block, parse, passphrase);
  if (!isPrivateKeyType(block.type)) {
    throw new NotaryError('INVALID_KEY', `unsupported key type ${JSON.stringify(block.type)}`);
  }
  if (!isEncryptedPkcs8(block.bytes)) return parsePkcs8(block.bytes);
  if (passphrase === '') throw new NotaryError('PASSPHRASE_INVALID', 'pkcs8: incorrect password');
  return decryptPkcs8(block.bytes, passphrase);
}

function readLegacy(block: PemBlock, parse: Parse, passphrase: string): PrivateKey {
  if (!isLegacyEncrypted(block)) return parse(block.bytes);
  const der = decryptLegacyPem(block, passphrase);
  try {
    return parse(der);
  } catch (cause) {
    throw new NotaryError('PASSPHRASE_INVALID', 'could not decrypt private key', { cause });
  }
}

/**
 * A private key as a PEM block: `ENCRYPTED PRIVATE KEY`, or `PRIVATE KEY` when the passphrase is empty
 * (Notary 0.7.0).
 */
export async function writePrivateKey(
  key: PrivateKey,
  passphrase: string,
  headers: ReadonlyMap<string, string>,
): Promise<PemBlock> {
  const { encodePkcs8, encryptPkcs8 } = await import('./pkcs8-write.ts');
  return passphrase === ''
    ? { type: 'PRIVATE KEY', headers, bytes: encodePkcs8(key) }
    : { type: 'ENCRYPTED PRIVATE KEY', headers, bytes: encryptPkcs8(key, passphrase) };
}
