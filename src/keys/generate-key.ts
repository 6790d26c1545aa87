/** Generates a key: into the key store, or as a pair of files to hand over. */

import { asCanonicalKeyId, type CanonicalKeyId } from '../crypto/keys/key-id.ts';
import { generateEcdsaKey } from '../crypto/keys/private-key.ts';
import { keyId } from '../crypto/keys/public-key.ts';
import { encodePem } from '../encoding/pem.ts';
import { isNotaryError, NotaryError, rephrased } from '../errors.ts';
import type { PassphraseRetriever } from '../ports/prompts.ts';
import type { CryptoService } from './crypto-service.ts';
import { encodeKeyFile } from './key-file.ts';
import { choosePassphrase } from './passphrase-attempts.ts';

/** A key pair in files. */
export interface KeyFiles {
  readonly keyId: CanonicalKeyId;
  /** Encrypted PKCS#8 with a role header: `PREFIX-key.pem`. */
  readonly privateKey: Uint8Array;
  /** SubjectPublicKeyInfo with a role header: `PREFIX.pem`. */
  readonly publicKey: Uint8Array;
}

/**
 * The algorithm that a user asks for. Notary 0.7.0 generates ECDSA only; RSA keys can be imported.
 *
 * @throws NotaryError USAGE
 */
export function parseAlgorithm(word = 'ecdsa'): 'ecdsa' {
  if (word.toLowerCase() === 'ecdsa') return 'ecdsa';
  throw new NotaryError('USAGE', 'Algorithm not allowed, possible values are: ECDSA');
}

/**
 * Makes a P-256 key for a role, which can be any text, and stores it.
 *
 * @throws NotaryError as `CryptoService.create` does, worded `Failed to create a new … key: …`
 */
export async function generateKey(
  cryptoService: Pick<CryptoService, 'create'>,
  role: string,
): Promise<CanonicalKeyId> {
  try {
    return asCanonicalKeyId(keyId(await cryptoService.create(role, '')));
  } catch (cause) {
    if (!isNotaryError(cause)) throw cause;
    throw rephrased(cause, (message) => `Failed to create a new ${role} key: ${message}`);
  }
}

/**
 * Makes a P-256 key for a role as a pair of files; the key store is not touched. The passphrase is
 * asked for without a role word (Notary 0.7.0).
 *
 * @throws NotaryError ATTEMPTS_EXCEEDED, MALFORMED_PEM for a role with a line break
 */
export async function generateKeyFiles(retrieve: PassphraseRetriever, role: string): Promise<KeyFiles> {
  const key = generateEcdsaKey();
  const passphrase = await choosePassphrase(retrieve, key.keyId, '');
  return {
    keyId: key.keyId,
    privateKey: await encodeKeyFile(key, role, '', passphrase),
    publicKey: encodePem({
      type: 'PUBLIC KEY',
      headers: new Map([['role', role]]),
      bytes: Buffer.from(key.publicKey.value, 'base64'),
    }),
  };
}
