/** Makes the key of a signer of images: the private half for the key store, the public half for the owner. */

import type { CanonicalKeyId } from '../crypto/keys/key-id.ts';
import { canonicalKeyId } from '../crypto/keys/verification-key.ts';
import { encodePem } from '../encoding/pem.ts';
import type { CryptoService } from './crypto-service.ts';

/**
 * Stores a new P-256 key under the name of its signer, and hands out its public key. When that fails, the private key is
 * removed again. (Docker leaves it.)
 *
 * @param write gets the public key: PEM with a `role` header, as docker writes it
 * @returns the canonical ID of the key
 * @throws NotaryError ATTEMPTS_EXCEEDED, FILE_UNWRITABLE; what `write` throws
 */
export async function makeSignerKey(
  cryptoService: Pick<CryptoService, 'prepare' | 'remove'>,
  name: string,
  write: (publicKey: Uint8Array) => Promise<void>,
): Promise<CanonicalKeyId> {
  const { publicKey, store } = await cryptoService.prepare(name, '');
  const keyId = canonicalKeyId(publicKey);
  await store();
  try {
    await write(
      encodePem({
        type: 'PUBLIC KEY',
        headers: new Map([['role', name]]),
        bytes: Buffer.from(publicKey.value, 'base64'),
      }),
    );
  } catch (error) {
    await cryptoService.remove(keyId, { role: name, gun: '', asWritten: true });
    throw error;
  }
  return keyId;
}
