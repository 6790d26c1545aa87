/** Signs with private keys, in the one way in which Notary signs with each kind. */

import {
  constants,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign as signWith,
} from 'node:crypto';
import { equalBytes, toBase64 } from '../../encoding/bytes.ts';
import { NotaryError } from '../../errors.ts';
import { normalEcKey } from './ec-private-key.ts';
import { ed25519Point, ed25519PrivateObject } from './ed25519.ts';
import { asCanonicalKeyId, type CanonicalKeyId } from './key-id.ts';
import { keyId, type PublicKey } from './public-key.ts';

/** A decrypted private key. It lives in memory only. */
export interface PrivateKey {
  /** The plain entry: `ecdsa`, `rsa` or `ed25519`, never a certificate. */
  readonly publicKey: PublicKey;
  /** The canonical key ID: the name of the key's file. */
  readonly keyId: CanonicalKeyId;
  readonly object: KeyObject;
}

export interface RawSignature {
  readonly method: 'ecdsa' | 'rsapss' | 'eddsa';
  readonly signature: Uint8Array;
}

/** A new P-256 key: the only kind that Notary 0.7.0 generates. */
export function generateEcdsaKey(): PrivateKey {
  return privateKeyOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
}

/** An Ed25519 key from a seed, so that the randomness is the caller's. @param seed 32 random bytes */
export function ed25519FromSeed(seed: Uint8Array): PrivateKey {
  return privateKeyOf(ed25519PrivateObject(seed));
}

/**
 * Takes in a key of node:crypto through an allow-list: P-224, P-256, P-384, P-521, RSA, Ed25519.
 *
 * RSA of any size passes, as in Notary 0.7.0; only verifiers insist on 2048 bits.
 *
 * @throws NotaryError INVALID_KEY
 */
export function privateKeyOf(object: KeyObject): PrivateKey {
  switch (object.asymmetricKeyType) {
    case 'ec': {
      const normal = normalEcKey(object);
      return named({ keyType: 'ecdsa', value: toBase64(spki(normal)) }, normal);
    }
    case 'rsa':
      checkRsaNumbers(object);
      return named({ keyType: 'rsa', value: toBase64(spki(object)) }, object);
    case 'ed25519':
      return named({ keyType: 'ed25519', value: toBase64(ed25519Point(spki(object))) }, object);
    default:
      throw new NotaryError(
        'INVALID_KEY',
        `private keys of type ${object.asymmetricKeyType ?? object.type} are not supported`,
      );
  }
}

/**
 * An Ed25519 key as Notary keeps it: 32 bytes of public key, 32 of seed, and the public key again.
 *
 * @throws NotaryError INVALID_KEY for another length or a public key that is not the seed's
 */
export function ed25519KeyOf(bytes: Uint8Array): PrivateKey {
  if (bytes.length !== 96) throw new NotaryError('INVALID_KEY', 'malformed ed25519 private key');
  const key = ed25519FromSeed(bytes.subarray(32, 64));
  const own = Buffer.from(key.publicKey.value, 'base64');
  if (!equalBytes(own, bytes.subarray(0, 32)) || !equalBytes(own, bytes.subarray(64))) {
    throw new NotaryError('INVALID_KEY', 'the public part of the ed25519 private key is not its own');
  }
  return key;
}

/**
 * A damaged key must not be taken in under an ID of its own: what it signs would verify nowhere. Go looks
 * at the same two equations; OpenSSL at neither.
 *
 * @throws NotaryError INVALID_KEY
 */
function checkRsaNumbers(object: KeyObject): void {
  const jwk = object.export({ format: 'jwk' });
  const [n, e, d, p, q] = [jwk.n, jwk.e, jwk.d, jwk.p, jwk.q].map((part) =>
    BigInt(`0x0${Buffer.from(part ?? '', 'base64url').toString('hex')}`),
  ) as [bigint, bigint, bigint, bigint, bigint];
  const isInverse = [p, q].every((prime) => prime > 1n && (d * e) % (prime - 1n) === 1n % (prime - 1n));
  if (n === 0n || p * q !== n || !isInverse) {
    throw new NotaryError('INVALID_KEY', 'the numbers of the RSA private key do not belong together');
  }
}

function named(publicKey: PublicKey, object: KeyObject): PrivateKey {
  return { publicKey, keyId: asCanonicalKeyId(keyId(publicKey)), object };
}

function spki(object: KeyObject): Buffer {
  return createPublicKey(object).export({ format: 'der', type: 'spki' });
}

/**
 * Signs a message as Notary 0.7.0 does.
 *
 * ECDSA: SHA-256 whatever the curve, raw r and s padded to the curve's length. RSA: PSS with SHA-256
 * and a salt of 32 bytes. Ed25519: the message itself.
 *
 * @throws NotaryError INVALID_KEY when the key is too small for the padding
 */
export function sign(key: PrivateKey, message: Uint8Array): RawSignature {
  try {
    switch (key.object.asymmetricKeyType) {
      case 'ec':
        return {
          method: 'ecdsa',
          signature: signWith('sha256', message, { key: key.object, dsaEncoding: 'ieee-p1363' }),
        };
      case 'rsa': {
        const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
        return { method: 'rsapss', signature: signWith('sha256', message, { key: key.object, ...padding }) };
      }
      default:
        return { method: 'eddsa', signature: signWith(null, message, key.object) };
    }
  } catch (cause) {
    throw new NotaryError('INVALID_KEY', `key ${key.keyId} cannot sign`, {
      details: { key: key.keyId },
      cause,
    });
  }
}
