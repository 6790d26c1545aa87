/**
 * Writes PKCS#8 as Notary 0.7.0 does. Loaded on demand: node-forge stays out of every command that
 * writes no key.
 *
 * node:crypto cannot write this: its PBKDF2 uses HMAC-SHA-256, which Notary takes for a wrong
 * passphrase.
 */

import { createPublicKey } from 'node:crypto';
import forge from 'node-forge';
import { bytesOfText } from '../../encoding/byte-text.ts';
import { oids } from '../../encoding/der/oids.ts';
import { readBits, readDer, readSequence } from '../../encoding/der/read.ts';
import { type Asn1, binary, node, oid, sequence, tagged, toDer } from '../asn1-writer.ts';
import { ecScalar } from '../keys/ec-private-key.ts';
import { ed25519Seed } from '../keys/ed25519.ts';
import type { PrivateKey } from '../keys/private-key.ts';

const { asn1 } = forge;
const { Type } = asn1;

function octets(bytes: string): Asn1 {
  return node(Type.OCTETSTRING, bytes);
}

function integer(value: number): Asn1 {
  return node(Type.INTEGER, asn1.integerToDer(value).getBytes());
}

/** The public point of an EC key, uncompressed. */
function pointOf(key: PrivateKey): Uint8Array {
  const der = createPublicKey(key.object).export({ format: 'der', type: 'spki' });
  return readBits(readSequence(readDer(der), 'public key')[1], 'public key').bytes;
}

/** PrivateKeyInfo with Go's oddities: version 1 for EC, no NULL for RSA. */
function privateKeyInfo(key: PrivateKey): Asn1 {
  switch (key.publicKey.keyType) {
    case 'ecdsa': {
      const { curve, scalar } = ecScalar(key.object);
      const point = node(Type.BITSTRING, `\0${binary(pointOf(key))}`);
      const sec1 = sequence(integer(1), octets(binary(scalar)), tagged(0, [oid(curve)]), tagged(1, [point]));
      return sequence(integer(1), sequence(oid(oids.key.ecdsa), oid(curve)), octets(binary(toDer(sec1))));
    }
    case 'rsa': {
      const pkcs1 = key.object.export({ format: 'der', type: 'pkcs1' });
      return sequence(integer(0), sequence(oid(oids.key.rsa)), octets(binary(pkcs1)));
    }
    default: {
      const publicBytes = Buffer.from(key.publicKey.value, 'base64');
      const seed = ed25519Seed(key.object);
      const content = Buffer.concat([publicBytes, seed, publicBytes]);
      return sequence(integer(0), sequence(oid(oids.notaryEd25519)), octets(binary(content)));
    }
  }
}

/** Unencrypted PKCS#8 DER. */
export function encodePkcs8(key: PrivateKey): Uint8Array {
  return toDer(privateKeyInfo(key));
}

/**
 * Encrypted PKCS#8 DER: PBES2, PBKDF2 with HMAC-SHA-1 (no `prf` field), 2048 rounds and 8 bytes of
 * salt, AES-256-CBC. The passphrase counts as UTF-8.
 */
export function encryptPkcs8(key: PrivateKey, passphrase: string): Uint8Array {
  const encrypted = forge.pki.encryptPrivateKeyInfo(
    privateKeyInfo(key),
    bytesOfText(passphrase).toString('latin1'),
    { algorithm: 'aes256', count: 2048, saltSize: 8, prfAlgorithm: 'sha1' },
  );
  return toDer(encrypted);
}
