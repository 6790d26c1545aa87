/**
 * Reads private keys of other programs, in encodings that Notary 0.7.0 does not read but node:crypto does: other
 * ciphers, key derivations and names of the algorithm. Only keys that are brought along come this way; what is stored
 * is always in Notary's own encoding.
 */

import { createPrivateKey, type KeyObject } from 'node:crypto';
import { bytesOfText } from '../../encoding/byte-text.ts';
import { type DerNode, derTag, readDer, readInteger } from '../../encoding/der/read.ts';
import { encodePem, type PemBlock } from '../../encoding/pem.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { type PrivateKey, privateKeyOf } from '../keys/private-key.ts';
import { type PrivateKeyEncoding, privateKeyEncoding } from './detect-encoding.ts';
import { decryptLegacyPem, isLegacyCipher, isLegacyEncrypted } from './legacy-pem.ts';
import { maxIterations, readsEncryption } from './pkcs8-read.ts';
import { readPrivateKey } from './read-private-key.ts';

const derTypes = { 'PRIVATE KEY': 'pkcs8', 'RSA PRIVATE KEY': 'pkcs1', 'EC PRIVATE KEY': 'sec1' } as const;

/** A key out of a block, and whether Notary 0.7.0 reads that block, too. */
export interface ReadKey {
  readonly key: PrivateKey;
  readonly readByNotary: boolean;
}

/** True for a block that takes a passphrase to read, whatever its encoding. */
export function takesPassphrase(block: PemBlock): boolean {
  return isLegacyEncrypted(block) || privateKeyEncoding(block.bytes) === 'ENCRYPTED PRIVATE KEY';
}

/** True for an encrypted block whose encryption Notary 0.7.0 undoes; what is inside only opening it tells. */
export function isEncryptedAsNotaryReads(block: PemBlock): boolean {
  if (isLegacyEncrypted(block)) {
    return isLegacyCipher(block) && (block.type === 'RSA PRIVATE KEY' || block.type === 'EC PRIVATE KEY');
  }
  return block.type === 'ENCRYPTED PRIVATE KEY' && readsEncryption(block.bytes);
}

/**
 * The private key in a block of any encoding that this program knows: all that Notary 0.7.0 reads, else
 * what node:crypto reads. The passphrase is not looked at when the key is not encrypted.
 *
 * @throws NotaryError PASSPHRASE_INVALID; INVALID_KEY with the reason in its message
 */
export function readAnyPrivateKey(block: PemBlock, passphrase = ''): ReadKey {
  try {
    return { key: readPrivateKey(block, passphrase), readByNotary: true };
  } catch (error) {
    if (!isNotaryError(error, 'INVALID_KEY', 'PASSPHRASE_INVALID')) throw error;
  }
  if (!block.type.endsWith('PRIVATE KEY')) throw new NotaryError('INVALID_KEY', 'it is no private key');
  const object = isLegacyEncrypted(block) ? readLegacy(block, passphrase) : readByContent(block, passphrase);
  return { key: privateKeyOf(object), readByNotary: false };
}

function readLegacy(block: PemBlock, passphrase: string): KeyObject {
  if (isLegacyCipher(block)) {
    const der = decryptLegacyPem(block, passphrase);
    const encoding = privateKeyEncoding(der);
    if (encoding !== undefined && encoding !== 'ENCRYPTED PRIVATE KEY')
      return plain(Buffer.from(der), encoding);
    throw new NotaryError('PASSPHRASE_INVALID', 'could not decrypt private key');
  }
  const headers = new Map([...block.headers].filter(([name]) => name === 'Proc-Type' || name === 'DEK-Info'));
  return opened(() =>
    createPrivateKey({
      key: Buffer.from(encodePem({ ...block, headers })),
      passphrase: bytesOfText(passphrase),
    }),
  );
}

function readByContent({ type, bytes }: PemBlock, passphrase: string): KeyObject {
  if (type === 'OPENSSH PRIVATE KEY') {
    const conversion = 'ssh-keygen -p -m PKCS8 -f FILE';
    throw new NotaryError(
      'INVALID_KEY',
      `it is in a format of OpenSSH's own, which \`${conversion}\` converts`,
    );
  }
  const encoding = privateKeyEncoding(bytes);
  if (encoding === undefined) throw unknownKind();
  const key = Buffer.from(bytes);
  if (encoding !== 'ENCRYPTED PRIVATE KEY') return plain(key, encoding);
  const [algorithm] = readDer(bytes).children();
  if (algorithm === undefined || !isCheap(algorithm)) {
    throw new NotaryError('INVALID_KEY', 'the encryption parameters of the private key are out of range');
  }
  return opened(() =>
    createPrivateKey({ key, format: 'der', type: 'pkcs8', passphrase: bytesOfText(passphrase) }),
  );
}

function plain(key: Buffer, encoding: Exclude<PrivateKeyEncoding, 'ENCRYPTED PRIVATE KEY'>): KeyObject {
  try {
    return createPrivateKey({ key, format: 'der', type: derTypes[encoding] });
  } catch (cause) {
    throw unknownKind(cause);
  }
}

/** No number of an encryption algorithm may ask for endless work. OpenSSL itself bounds scrypt. */
function isCheap(node: DerNode): boolean {
  try {
    if (node.tag === derTag.sequence) return node.children().every(isCheap);
    return node.tag !== derTag.integer || readInteger(node, 'encryption parameter') <= maxIterations;
  } catch (error) {
    if (isNotaryError(error, 'MALFORMED_DER')) return false;
    throw error;
  }
}

function unknownKind(cause?: unknown): NotaryError {
  return new NotaryError('INVALID_KEY', 'the private key is malformed or of an unknown kind', { cause });
}

/** A wrong passphrase shows as wrong padding or, where that fits by chance, as bytes that are no key. */
function opened(open: () => KeyObject): KeyObject {
  try {
    return open();
  } catch (cause) {
    const reason =
      cause instanceof Error ? `${'code' in cause ? String(cause.code) : ''} ${cause.message}` : '';
    if (/unsupported|unknown/i.test(reason)) {
      throw new NotaryError('INVALID_KEY', 'the private key is encrypted in a way that is not supported', {
        cause,
      });
    }
    throw new NotaryError('PASSPHRASE_INVALID', 'could not decrypt private key', { cause });
  }
}
