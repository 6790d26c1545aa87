/**
 * Reads PKCS#8 private keys (RFC 5208, RFC 8018), as far as Notary 0.7.0 reads them. Writing is in pkcs8-write.ts,
 * apart, because it loads a library that reading does without.
 */

import { createDecipheriv, createPrivateKey, pbkdf2Sync } from 'node:crypto';
import { bytesOfText } from '../../encoding/byte-text.ts';
import { oids } from '../../encoding/der/oids.ts';
import {
  type DerNode,
  derTag,
  readDer,
  readInteger,
  readOctets,
  readOid,
  readSequence,
} from '../../encoding/der/read.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { ed25519KeyOf, type PrivateKey, privateKeyOf } from '../keys/private-key.ts';

/** A cost that no honest file comes near; more would only make the program hang. */
export const maxIterations = 10_000_000;

/** True for EncryptedPrivateKeyInfo: its first value is an algorithm, not a version. */
export function isEncryptedPkcs8(der: Uint8Array): boolean {
  try {
    return readSequence(readDer(der), 'private key')[0]?.tag === derTag.sequence;
  } catch (error) {
    if (isNotaryError(error)) return false;
    throw error;
  }
}

/**
 * An unencrypted PKCS#8 key. Go's two oddities are accepted: version 1 for EC, RSA without NULL.
 *
 * @throws NotaryError INVALID_KEY; also for what Notary 0.7.0 does not read: RSA-PSS keys, RFC 8410's
 * Ed25519, other curves
 */
export function parsePkcs8(der: Uint8Array): PrivateKey {
  try {
    const [, algorithm, content] = readSequence(readDer(der), 'private key');
    const oid = readOid(
      readSequence(algorithm, 'algorithm of the private key')[0],
      'algorithm of the private key',
    );
    if (oid === oids.notaryEd25519) return ed25519KeyOf(readOctets(content, 'private key'));
    if (oid !== oids.key.rsa && oid !== oids.key.ecdsa) {
      throw new NotaryError('INVALID_KEY', `private keys of the algorithm ${oid} are not supported`);
    }
    if (oid === oids.key.ecdsa) readOid(readSequence(algorithm, 'algorithm')[1], 'curve of the private key');
    return privateKeyOf(createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' }));
  } catch (cause) {
    if (isNotaryError(cause, 'INVALID_KEY')) throw cause;
    throw new NotaryError('INVALID_KEY', 'the private key is malformed', { cause });
  }
}

interface EncryptedKey {
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly iv: Uint8Array;
  readonly encrypted: Uint8Array;
}

function expectOid(node: DerNode | undefined, oid: string, message: string): void {
  if (readOid(node, 'algorithm') !== oid) throw new NotaryError('INVALID_KEY', message);
}

function readEncrypted(der: Uint8Array): EncryptedKey {
  const [algorithm, data] = readSequence(readDer(der), 'encrypted private key');
  const [scheme, parameters] = readSequence(algorithm, 'encryption algorithm');
  expectOid(scheme, oids.encryption.pbes2, 'pkcs8: only PBES2 supported');
  const [derivation, encryption] = readSequence(parameters, 'PBES2 parameters');
  const [derivationOid, derivationParameters] = readSequence(derivation, 'key derivation');
  expectOid(derivationOid, oids.encryption.pbkdf2, 'pkcs8: only PBKDF2 supported');
  const [salt, iterations, ...options] = readSequence(derivationParameters, 'PBKDF2 parameters');
  const prf = options.find((option) => option.tag === derTag.sequence);
  if (prf !== undefined) {
    expectOid(
      readSequence(prf, 'PRF')[0],
      oids.encryption.hmacSha1,
      'pkcs8: only HMAC-SHA-1 supported in PBKDF2',
    );
  }
  const [cipher, iv] = readSequence(encryption, 'encryption scheme');
  expectOid(cipher, oids.encryption.aes256Cbc, 'pkcs8: only AES-256-CBC supported');
  const count = readInteger(iterations, 'iteration count');
  const start = readOctets(iv, 'initial vector');
  if (count < 1n || count > maxIterations || start.length !== 16) {
    throw new NotaryError('INVALID_KEY', 'pkcs8: encryption parameters out of range');
  }
  return {
    salt: readOctets(salt, 'salt'),
    iterations: Number(count),
    iv: start,
    encrypted: readOctets(data, 'encrypted data'),
  };
}

/** True for the one encryption of PKCS#8 that Notary 0.7.0 undoes: see `decryptPkcs8`. */
export function readsEncryption(der: Uint8Array): boolean {
  try {
    readEncrypted(der);
    return true;
  } catch (error) {
    if (isNotaryError(error)) return false;
    throw error;
  }
}

/**
 * An encrypted PKCS#8 key: PBES2 with PBKDF2-HMAC-SHA-1 and AES-256-CBC, which is all that Notary 0.7.0
 * reads. There is no MAC: a wrong passphrase shows as bytes that are no key.
 *
 * @throws NotaryError INVALID_KEY for another scheme, PASSPHRASE_INVALID
 */
export function decryptPkcs8(der: Uint8Array, passphrase: string): PrivateKey {
  let parts: EncryptedKey;
  try {
    parts = readEncrypted(der);
  } catch (cause) {
    if (isNotaryError(cause, 'INVALID_KEY')) throw cause;
    throw new NotaryError('INVALID_KEY', 'the encrypted private key is malformed', { cause });
  }
  const key = pbkdf2Sync(bytesOfText(passphrase), parts.salt, parts.iterations, 32, 'sha1');
  const decipher = createDecipheriv('aes-256-cbc', key, parts.iv);
  try {
    return parsePkcs8(Buffer.concat([decipher.update(parts.encrypted), decipher.final()]));
  } catch (cause) {
    throw new NotaryError('PASSPHRASE_INVALID', 'pkcs8: incorrect password', { cause });
  }
}
