/**
 * Decrypts PEM files encrypted as before PKCS#8 (RFC 1421 headers, OpenSSL's key derivation): read only.
 *
 * Keys of Notary 0.1 to 0.3 are kept so, and `openssl ec -aes256` writes it to this day.
 */

import { createDecipheriv, createHash } from 'node:crypto';
import { bytesOfText } from '../../encoding/byte-text.ts';
import { fromHex } from '../../encoding/bytes.ts';
import type { PemBlock } from '../../encoding/pem.ts';
import { NotaryError } from '../../errors.ts';

interface LegacyCipher {
  /** OpenSSL's name for a cipher that does the same. */
  readonly name: string;
  readonly keyLength: number;
  readonly blockLength: number;
  /** How many times the derived key is repeated to make the cipher's. */
  readonly repeat: number;
}

/** The ciphers of Go's x509.DecryptPEMBlock. Single DES is triple DES with one key three times. */
const ciphers: ReadonlyMap<string, LegacyCipher> = new Map(
  Object.entries({
    'DES-CBC': { name: 'des-ede3-cbc', keyLength: 8, blockLength: 8, repeat: 3 },
    'DES-EDE3-CBC': { name: 'des-ede3-cbc', keyLength: 24, blockLength: 8, repeat: 1 },
    'AES-128-CBC': { name: 'aes-128-cbc', keyLength: 16, blockLength: 16, repeat: 1 },
    'AES-192-CBC': { name: 'aes-192-cbc', keyLength: 24, blockLength: 16, repeat: 1 },
    'AES-256-CBC': { name: 'aes-256-cbc', keyLength: 32, blockLength: 16, repeat: 1 },
  }),
);

/** True for a block whose headers say that its bytes are encrypted. */
export function isLegacyEncrypted(block: PemBlock): boolean {
  return block.headers.has('DEK-Info');
}

/** True when the headers name a cipher that Notary 0.7.0 knows. */
export function isLegacyCipher(block: PemBlock): boolean {
  return ciphers.has(/^[^,]*/.exec(block.headers.get('DEK-Info') ?? '')?.[0] ?? '');
}

/** EVP_BytesToKey with MD5 and one round. */
function deriveKey(passphrase: Uint8Array, salt: Uint8Array, length: number): Buffer {
  let key = Buffer.alloc(0);
  let last = Buffer.alloc(0);
  while (key.length < length) {
    last = createHash('md5').update(last).update(passphrase).update(salt).digest();
    key = Buffer.concat([key, last]);
  }
  return key.subarray(0, length);
}

/**
 * The decrypted bytes of a block.
 *
 * A wrong passphrase shows in the padding fifteen times in sixteen or more often; else it shows
 * when the bytes are parsed.
 *
 * @throws NotaryError INVALID_KEY for headers that cannot be understood, PASSPHRASE_INVALID
 */
export function decryptLegacyPem(block: PemBlock, passphrase: string): Uint8Array {
  const [, name = '', iv = ''] = /^([^,]*),([0-9a-fA-F]*)$/.exec(block.headers.get('DEK-Info') ?? '') ?? [];
  const cipher = ciphers.get(name);
  if (cipher === undefined || iv.length !== 2 * cipher.blockLength) {
    throw new NotaryError('INVALID_KEY', 'the private key is encrypted in an unknown way (DEK-Info)');
  }
  const start = fromHex(iv);
  const key = deriveKey(bytesOfText(passphrase), start.subarray(0, 8), cipher.keyLength);
  const decipher = createDecipheriv(
    cipher.name,
    Buffer.concat(Array<Buffer>(cipher.repeat).fill(key)),
    start,
  );
  try {
    return Buffer.concat([decipher.update(block.bytes), decipher.final()]);
  } catch (cause) {
    throw new NotaryError('PASSPHRASE_INVALID', 'could not decrypt private key', { cause });
  }
}
