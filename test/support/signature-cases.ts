/** Every kind of signature that Notary meets, good and bad, over one message. */

import { constants, createHash, privateDecrypt, sign } from 'node:crypto';
import { ed25519 as curve } from '@noble/curves/ed25519.js';
import type { PublicKey } from '../../src/crypto/keys/public-key.ts';
import {
  der,
  ecSamples,
  ed25519,
  goodSamples,
  type KeySample,
  rsa1024,
  rsa2048,
  rsa3072,
  secp256k1,
} from './key-samples.ts';

export interface SignatureCase {
  readonly name: string;
  readonly entry: PublicKey;
  readonly method: string;
  readonly signature: (message: Uint8Array) => Uint8Array;
}

const named = (name: string): KeySample => {
  const sample = [...goodSamples, secp256k1].find((one) => one.name === name);
  if (sample === undefined) throw new Error(`no key ${name}`);
  return sample;
};

/** Orders of the curves' base points. */
const orders: Readonly<Record<string, bigint>> = {
  'P-224': 0xffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3dn,
  'P-256': 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  'P-384':
    0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  'P-521': 2n ** 521n - 1n - 0x5ae79787c40d069948033feb708f65a2fc44a36477663b851449048e16ec79bf6n,
};

export const rawEcdsa =
  ({ privateKey }: KeySample, hash = 'sha256') =>
  (message: Uint8Array): Buffer =>
    sign(hash, message, { key: privateKey, dsaEncoding: 'ieee-p1363' });

const derEcdsa =
  ({ privateKey }: KeySample) =>
  (message: Uint8Array): Buffer =>
    sign('sha256', message, privateKey);

/** Makes both halves of a signature: r, s and the order. */
const halves =
  (sample: KeySample, change: (r: bigint, s: bigint, order: bigint) => readonly [bigint, bigint]) =>
  (message: Uint8Array): Buffer => {
    const raw = rawEcdsa(sample)(message);
    const length = raw.length / 2;
    const number = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
    const order = orders[sample.name] ?? 0n;
    const both = change(number(raw.subarray(0, length)), number(raw.subarray(length)), order);
    return Buffer.from(both.map((half) => half.toString(16).padStart(2 * length, '0')).join(''), 'hex');
  };

const lowS = (sample: KeySample) => halves(sample, (r, s, n) => [r, s > n / 2n ? n - s : s]);
const highS = (sample: KeySample) => halves(sample, (r, s, n) => [r, s > n / 2n ? s : n - s]);

const pss =
  ({ privateKey }: KeySample, saltLength: number, hash = 'sha256') =>
  (message: Uint8Array): Buffer =>
    sign(hash, message, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });

const pkcs1 =
  ({ privateKey }: KeySample, hash = 'sha256') =>
  (message: Uint8Array): Buffer =>
    sign(hash, message, { key: privateKey, padding: constants.RSA_PKCS1_PADDING });

const eddsa = (message: Uint8Array): Buffer => sign(null, message, ed25519.privateKey);

/** S + L: the same signature to a verifier that does not reduce S (RFC 8032, 5.1.7). */
const malleable = (message: Uint8Array): Buffer => {
  const signature = Buffer.from(eddsa(message));
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + order;
  Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse().copy(signature, 32);
  return signature;
};

/** Made with R displaced by a point of order 8: only verifiers that multiply by the cofactor take it. */
const displaced = (message: Uint8Array): Buffer => {
  const seed = ed25519.privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(16);
  const { scalar, pointBytes } = curve.utils.getExtendedPublicKey(seed);
  const torsion = curve.Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05');
  const nonce = 12345n;
  const r = curve.Point.BASE.multiply(nonce).add(torsion).toBytes();
  const number = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
  const k = number(createHash('sha512').update(r).update(pointBytes).update(message).digest());
  const s = (nonce + k * scalar) % curve.Point.Fn.ORDER;
  return Buffer.concat([r, Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse()]);
};

const edited = (make: (message: Uint8Array) => Buffer, edit: (signature: Buffer) => Uint8Array) => {
  return (message: Uint8Array) => edit(make(message));
};

const row = (
  name: string,
  sample: KeySample,
  method: string,
  signature: (message: Uint8Array) => Uint8Array,
): SignatureCase => ({ name: `${sample.name}: ${name}`, entry: sample.entry, method, signature });

const p256 = named('P-256');

export const goodSignatures: readonly SignatureCase[] = [
  ...ecSamples.flatMap((sample) => [
    row('raw r and s over SHA-256', sample, 'ecdsa', rawEcdsa(sample)),
    row('low s', sample, 'ecdsa', lowS(sample)),
    row('high s', sample, 'ecdsa', highS(sample)),
  ]),
  ...[rsa2048, rsa3072].flatMap((sample) => [
    row('PSS, SHA-256, a salt of 32 bytes', sample, 'rsapss', pss(sample, 32)),
    row('PKCS #1 v1.5, SHA-256', sample, 'rsapkcs1v15', pkcs1(sample)),
  ]),
  row('PKCS #1 v1.5 by hand', rsa2048, 'rsapkcs1v15', (message) =>
    forged((hash) => digestInfo(hash))(message),
  ),
  row('the message itself', ed25519, 'eddsa', eddsa),
];

const badEcdsa: readonly SignatureCase[] = [
  ...ecSamples.map((sample) => row('DER', sample, 'ecdsa', derEcdsa(sample))),
  row('SHA-384', named('P-384'), 'ecdsa', rawEcdsa(named('P-384'), 'sha384')),
  row('SHA-512', named('P-521'), 'ecdsa', rawEcdsa(named('P-521'), 'sha512')),
  row('a curve that Notary does not have', secp256k1, 'ecdsa', rawEcdsa(secp256k1)),
  row(
    'r is 0',
    p256,
    'ecdsa',
    halves(p256, (_, s) => [0n, s]),
  ),
  row(
    's is 0',
    p256,
    'ecdsa',
    halves(p256, (r) => [r, 0n]),
  ),
  row(
    'r and s are 0',
    p256,
    'ecdsa',
    halves(p256, () => [0n, 0n]),
  ),
  row(
    'r and s exchanged',
    p256,
    'ecdsa',
    halves(p256, (r, s) => [s, r]),
  ),
  row(
    'r is the order',
    p256,
    'ecdsa',
    halves(p256, (_, s, n) => [n, s]),
  ),
  row(
    's is the order',
    p256,
    'ecdsa',
    halves(p256, (r, _, n) => [r, n]),
  ),
  row(
    'r and s are 1',
    p256,
    'ecdsa',
    halves(p256, () => [1n, 1n]),
  ),
  row(
    'a byte short',
    p256,
    'ecdsa',
    edited(rawEcdsa(p256), (raw) => raw.subarray(1)),
  ),
  row(
    'a zero in front',
    p256,
    'ecdsa',
    edited(rawEcdsa(p256), (raw) => Buffer.concat([Buffer.of(0), raw])),
  ),
  row(
    'a zero in front of each half',
    p256,
    'ecdsa',
    edited(rawEcdsa(p256), (raw) =>
      Buffer.concat([Buffer.of(0), raw.subarray(0, 32), Buffer.of(0), raw.subarray(32)]),
    ),
  ),
  row(
    'a byte more',
    p256,
    'ecdsa',
    edited(rawEcdsa(p256), (raw) => Buffer.concat([raw, Buffer.of(0)])),
  ),
  row('nothing', p256, 'ecdsa', () => Buffer.alloc(0)),
  row('another message', p256, 'ecdsa', () => rawEcdsa(p256)(Buffer.from('another'))),
  row('the method in capitals', p256, 'ECDSA', rawEcdsa(p256)),
  row('no method', p256, '', rawEcdsa(p256)),
];

/** A PKCS #1 v1.5 block with anything in it, under the right key. */
const forged = (digestInfo: (hash: Buffer) => Buffer, behind = 0) => {
  return (message: Uint8Array) => {
    const info = digestInfo(createHash('sha256').update(message).digest());
    const padding = Buffer.alloc(256 - 3 - info.length - behind, 0xff);
    const block = Buffer.concat([Buffer.of(0, 1), padding, Buffer.of(0), info, Buffer.alloc(behind, 7)]);
    return privateDecrypt({ key: rsa2048.privateKey, padding: constants.RSA_NO_PADDING }, block);
  };
};
const sha256Oid = Buffer.from('0609608648016503040201', 'hex');
const noParameters = Buffer.alloc(0);
const digestInfo = (hash: Buffer, parameters = Buffer.of(5, 0)) =>
  der(0x30, der(0x30, sha256Oid, parameters), der(0x04, hash));

const badRsa: readonly SignatureCase[] = [
  ...[0, 20, 31, 33, 222].map((salt) =>
    row(`PSS with a salt of ${salt}`, rsa2048, 'rsapss', pss(rsa2048, salt)),
  ),
  row('PSS with SHA-512', rsa2048, 'rsapss', pss(rsa2048, 32, 'sha512')),
  row('PSS with SHA-1', rsa2048, 'rsapss', pss(rsa2048, 32, 'sha1')),
  row('PSS under 2048 bits', rsa1024, 'rsapss', pss(rsa1024, 32)),
  row('PKCS #1 under 2048 bits', rsa1024, 'rsapkcs1v15', pkcs1(rsa1024)),
  row('PKCS #1 with SHA-1', rsa2048, 'rsapkcs1v15', pkcs1(rsa2048, 'sha1')),
  row('PKCS #1 with SHA-512', rsa2048, 'rsapkcs1v15', pkcs1(rsa2048, 'sha512')),
  row(
    'PKCS #1 without a hash',
    rsa2048,
    'rsapkcs1v15',
    forged(() => der(0x30)),
  ),
  row(
    'PKCS #1 without null',
    rsa2048,
    'rsapkcs1v15',
    forged((hash) => digestInfo(hash, noParameters)),
  ),
  row(
    'PKCS #1 with the hash alone',
    rsa2048,
    'rsapkcs1v15',
    forged((hash) => hash),
  ),
  row(
    'PKCS #1 with bytes behind the hash',
    rsa2048,
    'rsapkcs1v15',
    forged((hash) => digestInfo(hash), 100),
  ),
  row('PSS called PKCS #1', rsa2048, 'rsapkcs1v15', pss(rsa2048, 32)),
  row('PKCS #1 called PSS', rsa2048, 'rsapss', pkcs1(rsa2048)),
  row(
    'PSS, a zero in front',
    rsa2048,
    'rsapss',
    edited(pss(rsa2048, 32), (raw) => Buffer.concat([Buffer.of(0), raw])),
  ),
  row(
    'PSS, a byte short',
    rsa2048,
    'rsapss',
    edited(pss(rsa2048, 32), (raw) => raw.subarray(0, 255)),
  ),
  row('PSS for PyCrypto, which wants a key in PEM', rsa2048, 'pycrypto-pkcs#1 pss', pss(rsa2048, 32)),
];

const badEd25519: readonly SignatureCase[] = [
  row('under another name', ed25519, 'ed25519', eddsa),
  row('s not reduced', ed25519, 'eddsa', malleable),
  row('R displaced by a point of small order', ed25519, 'eddsa', displaced),
  row(
    'a byte short',
    ed25519,
    'eddsa',
    edited(eddsa, (raw) => raw.subarray(0, 63)),
  ),
  row(
    'a byte more',
    ed25519,
    'eddsa',
    edited(eddsa, (raw) => Buffer.concat([raw, Buffer.of(0)])),
  ),
  row('all zero', ed25519, 'eddsa', () => Buffer.alloc(64)),
  row('nothing', ed25519, 'eddsa', () => Buffer.alloc(0)),
];

/** A sound signature of one kind of key under the method of another. */
const mismatched: readonly SignatureCase[] = goodSamples.flatMap((sample) =>
  ['ecdsa', 'rsapss', 'rsapkcs1v15', 'eddsa']
    .filter((method) => !methodsOf(sample).includes(method))
    .map((method) => row(`as ${method}`, sample, method, ownSignature(sample))),
);

function methodsOf({ entry }: KeySample): readonly string[] {
  if (entry.keyType === 'rsa') return ['rsapss', 'rsapkcs1v15'];
  return [entry.keyType === 'ed25519' ? 'eddsa' : 'ecdsa'];
}

function ownSignature(sample: KeySample): (message: Uint8Array) => Uint8Array {
  if (sample.entry.keyType === 'rsa') return pss(sample, 32);
  return sample.entry.keyType === 'ed25519' ? eddsa : rawEcdsa(sample);
}

export const badSignatures: readonly SignatureCase[] = [...badEcdsa, ...badRsa, ...badEd25519, ...mismatched];
