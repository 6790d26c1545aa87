/**
 * Turns key entries of metadata into keys that node:crypto can use, through an allow-list.
 *
 * node:crypto would take secp256k1, RSA-1024 and the Ed25519 identity; Notary's verifiers do not, and
 * a key that may not verify anything must not count towards a threshold.
 */

import { createPublicKey, type KeyObject } from 'node:crypto';
import { equalBytes, fromBase64, toBase64, toHex, utf8 } from '../../encoding/bytes.ts';
import { derTag, readBits, readDer, readSequence } from '../../encoding/der/read.ts';
import { isNotaryError, NotaryError } from '../../errors.ts';
import { type Certificate, leafOfBundle } from '../certificates/x509.ts';
import { curveOf } from './curves.ts';
import { ed25519PublicObject } from './ed25519.ts';
import { asCanonicalKeyId, type CanonicalKeyId } from './key-id.ts';
import { keyId, type PublicKey } from './public-key.ts';

export type KeyAlgorithm = 'ecdsa' | 'rsa' | 'ed25519';

/** A usable public key. */
export interface UsableKey {
  readonly algorithm: KeyAlgorithm;
  readonly object: KeyObject;
  /** Bytes of every signature by this key: for ecdsa of both halves together, for rsa of the modulus. */
  readonly signatureLength: number;
  /** Distinguishes keys whatever their entry looks like: base64 of SubjectPublicKeyInfo or raw Ed25519. */
  readonly identity: string;
}

/** Ed25519 points of small order, canonical and not: with them any message has a signature (RFC 8032, 5.1.7). */
const smallOrder: ReadonlySet<string> = new Set([
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

/** 2^255 - 19, most significant byte first: no coordinate of a point reaches it. */
const fieldPrime = Buffer.from(`7f${'ff'.repeat(30)}ed`, 'hex');

/** Bytes of a public key: one of 8192 bits takes 1,100. */
const maxKeyBytes = 16 * 1024;

/** By type and value: the same keys come along again with every file that lists them. */
const usable = new Map<string, UsableKey>();
/** More keys than this in one run are an attempt to fill the memory. */
const maxCached = 4096;

/**
 * The key behind an entry.
 *
 * @throws NotaryError INVALID_KEY_TYPE for a type, curve or size that Notary 0.7.0 cannot verify with
 * (RSA under 2048 bits among them), INVALID_KEY or MALFORMED_DER for bytes that are no key.
 */
export function usableKey(key: PublicKey): UsableKey {
  const name = `${key.keyType} ${key.value}`;
  let found = usable.get(name);
  if (found === undefined) {
    found = key.keyType === 'ed25519' ? ed25519(key) : fromSpki(key, spkiOf(key));
    if (usable.size >= maxCached) usable.clear();
    usable.set(name, found);
  }
  return found;
}

/**
 * The certificate that an `-x509` entry stands for; undefined for other entries.
 *
 * @throws NotaryError INVALID_KEY, MALFORMED_PEM, MALFORMED_DER
 */
export function certificateOf(key: PublicKey): Certificate | undefined {
  if (!key.keyType.endsWith('-x509')) return undefined;
  let found = certificates.get(key);
  if (found === undefined) {
    found = readLeaf(key);
    certificates.set(key, found);
  }
  if (found instanceof NotaryError) throw found;
  return found;
}

/** When the certificate of an entry ends, in milliseconds since the epoch; undefined without one that can be read. */
export function certificateEnd(key: PublicKey): number | undefined {
  try {
    return certificateOf(key)?.notAfter;
  } catch (error) {
    if (isNotaryError(error)) return undefined;
    throw error;
  }
}

/** What came of reading an entry, failures too: thousands of roles may list one key. */
const certificates = new WeakMap<PublicKey, Certificate | NotaryError>();

function readLeaf(key: PublicKey): Certificate | NotaryError {
  try {
    const value = fromBase64(key.value);
    return value === undefined ? invalidKey(key, 'its value is not base64') : leafOfBundle(value);
  } catch (error) {
    if (isNotaryError(error)) return error;
    throw error;
  }
}

/** SubjectPublicKeyInfo DER of an `ecdsa`, `rsa` or `-x509` entry; of a bundle, its first certificate's. */
export function spkiOf(key: PublicKey): Uint8Array {
  const value = certificateOf(key)?.spki ?? fromBase64(key.value);
  if (value === undefined) throw invalidKey(key, 'its value is not base64');
  return value;
}

function fromSpki(key: PublicKey, spki: Uint8Array): UsableKey {
  if (spki.length > maxKeyBytes) throw invalidKey(key, `no public key has ${spki.length} bytes`);
  const algorithm = key.keyType.replace(/-x509$/, '');
  let object: KeyObject;
  let encoded: Uint8Array;
  try {
    object = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
    // OpenSSL reads the point at infinity and cannot write it.
    encoded = object.export({ format: 'der', type: 'spki' });
  } catch (cause) {
    throw invalidKey(key, 'it is not a public key', cause);
  }
  // A key with two encodings would be two keys, and one private key could sign twice.
  if (!equalBytes(encoded, spki)) {
    throw invalidKey(key, 'it is not encoded in the one way that DER allows');
  }
  const type = object.asymmetricKeyType;
  if (algorithm === 'ecdsa' && type === 'ec') {
    const curve = curveOf(object);
    if (curve === undefined) throw invalidType(key, 'its curve is not P-224, P-256, P-384 or P-521');
    if (!isPlainPoint(spki, curve.bytes)) {
      throw invalidKey(key, 'its point is not an uncompressed one on a named curve');
    }
    return { algorithm, object, signatureLength: 2 * curve.bytes, identity: toBase64(spki) };
  }
  if (algorithm === 'rsa' && type === 'rsa') {
    const bits = checkRsa(key, object);
    return { algorithm, object, signatureLength: Math.ceil(bits / 8), identity: toBase64(spki) };
  }
  throw invalidType(key, `key type ${key.keyType} does not fit its content`);
}

/** Compressed and hybrid points, and curves spelt out, are other encodings of the same key; Go refuses them. */
function isPlainPoint(spki: Uint8Array, coordinateLength: number): boolean {
  const [algorithm, point] = readSequence(readDer(spki), 'public key');
  const [, curve] = readSequence(algorithm, 'key algorithm');
  const { bytes } = readBits(point, 'public key');
  return curve?.tag === derTag.oid && bytes[0] === 0x04 && bytes.length === 1 + 2 * coordinateLength;
}

/**
 * With an exponent of 1 every message is its own signature; Go takes none above 31 bits.
 *
 * @returns the bits of the modulus
 */
function checkRsa(key: PublicKey, object: KeyObject): number {
  const { modulusLength: bits = 0, publicExponent: exponent = 0n } = object.asymmetricKeyDetails ?? {};
  if (bits < 2048 || bits > 8192) throw invalidType(key, `RSA keys of ${bits} bits are not accepted`);
  if (exponent < 3n || exponent >= 2n ** 31n || exponent % 2n === 0n) {
    throw invalidType(key, `the RSA exponent ${exponent.toString()} is not accepted`);
  }
  return bits;
}

function ed25519(key: PublicKey): UsableKey {
  const raw = fromBase64(key.value);
  if (raw?.length !== 32) throw invalidKey(key, 'an Ed25519 key has 32 bytes');
  const unsigned = Buffer.from(raw);
  unsigned.writeUInt8(unsigned.readUInt8(31) & 0x7f, 31);
  if (smallOrder.has(toHex(unsigned)))
    throw invalidType(key, 'Ed25519 points of small order are not accepted');
  if (Buffer.from(unsigned).reverse().compare(fieldPrime) >= 0)
    throw invalidKey(key, 'its coordinate is not reduced (RFC 8032, 5.1.3)');
  const object = ed25519PublicObject(raw);
  return { algorithm: 'ed25519', object, signatureLength: 64, identity: toBase64(raw) };
}

/** The ID that users see and key files are named by: that of the bare public key. */
export function canonicalKeyId(key: PublicKey): CanonicalKeyId {
  return asCanonicalKeyId(keyId(barePublicKey(key)));
}

const bare = new WeakMap<PublicKey, PublicKey>();

/** The entry of the bare public key behind an entry: a certificate's key, or the entry itself. */
export function barePublicKey(key: PublicKey): PublicKey {
  if (!key.keyType.endsWith('-x509')) return key;
  let found = bare.get(key);
  if (found === undefined) {
    found = { keyType: key.keyType.replace(/-x509$/, ''), value: toBase64(spkiOf(key)) };
    bare.set(key, found);
  }
  return found;
}

/** An `ecdsa-x509` or `rsa-x509` entry for certificate PEM text. */
export function certificateKey(algorithm: KeyAlgorithm, pem: string): PublicKey {
  return { keyType: `${algorithm}-x509`, value: toBase64(utf8(pem)) };
}

function invalidKey(key: PublicKey, reason: string, cause?: unknown): NotaryError {
  return new NotaryError('INVALID_KEY', `key ${keyId(key)} cannot be used: ${reason}`, {
    details: { key: keyId(key) },
    cause,
  });
}

function invalidType(key: PublicKey, reason: string): NotaryError {
  return new NotaryError('INVALID_KEY_TYPE', `key ${keyId(key)} cannot be used: ${reason}`, {
    details: { key: keyId(key) },
  });
}
