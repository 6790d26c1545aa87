import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createRootCertificate } from '../../../src/crypto/certificate-issuance/signing-certificate.ts';
import { privateKeyOf } from '../../../src/crypto/keys/private-key.ts';
import { keyId } from '../../../src/crypto/keys/public-key.ts';
import {
  barePublicKey,
  canonicalKeyId,
  certificateKey,
  certificateOf,
  spkiOf as entrySpki,
  usableKey,
} from '../../../src/crypto/keys/verification-key.ts';
import type { ErrorCode } from '../../../src/error-codes.ts';
import { run } from '../../support/genuine/programs.ts';
import {
  base64,
  der,
  ecEntry,
  ecSamples,
  ed25519,
  ed25519Entry,
  goodSamples,
  type KeySample,
  otherPointForm,
  rsa1024,
  rsa2048,
  rsaEntry,
  rsaPublic,
  secp256k1,
  spkiOf,
} from '../../support/key-samples.ts';
import { refusal } from '../../support/refusal.ts';

const [p256] = ecSamples.filter(({ name }) => name === 'P-256') as [KeySample];
const certified = (sample: KeySample, algorithm: 'ecdsa' | 'rsa') =>
  certificateKey(
    algorithm,
    createRootCertificate(privateKeyOf(sample.privateKey), 'gun', new Date(), randomBytes),
  );

describe('a key that may sign', () => {
  it.each(goodSamples.map((sample) => [sample.name, sample] as const))(
    'the key %s may sign',
    (_, { entry }) => {
      expect(usableKey(entry).algorithm).toBe(entry.keyType);
    },
  );

  it('a key that may sign has signatures of one length', () => {
    expect(goodSamples.map(({ entry }) => usableKey(entry).signatureLength)).toEqual([
      ...[56, 64, 96, 132, 256, 384, 64],
    ]);
  });

  it('a key that may sign is the same key whatever entry it stands in', () => {
    for (const [sample, algorithm] of [
      [p256, 'ecdsa'],
      [rsa2048, 'rsa'],
    ] as const) {
      const entries = [sample.entry, certified(sample, algorithm), certified(sample, algorithm)];
      expect(new Set(entries.map(keyId)).size).toBe(3);
      expect(new Set(entries.map((entry) => usableKey(entry).identity)).size).toBe(1);
      expect(new Set(entries.map(canonicalKeyId))).toEqual(new Set([keyId(sample.entry)]));
      expect(entries.map(barePublicKey)).toEqual([sample.entry, sample.entry, sample.entry]);
    }
  });

  it('a key that may sign is the same key after thousands of others', () => {
    const before = usableKey(p256.entry).identity;
    const others = Array.from({ length: 5000 }, (_, number) => {
      const raw = Buffer.alloc(32, 3);
      raw.writeUInt32BE(number);
      return usableKey(ed25519Entry(raw)).identity;
    });
    expect(new Set(others).size).toBe(5000);
    expect(usableKey(p256.entry).identity).toBe(before);
  });

  it('a key that may sign is another key than any other', () => {
    expect(new Set(goodSamples.map(({ entry }) => usableKey(entry).identity)).size).toBe(goodSamples.length);
  });
});

describe('a key that Notary cannot verify with', () => {
  it.each([
    ['secp256k1', secp256k1.entry, 'INVALID_KEY_TYPE'],
    ['RSA of 1024 bits', rsa1024.entry, 'INVALID_KEY_TYPE'],
    ['RSA of 2047 bits', rsaEntry(rsaPublic(odd(2047), Buffer.of(1, 0, 1))), 'INVALID_KEY_TYPE'],
    ['RSA of 8200 bits', rsaEntry(rsaPublic(odd(8200), Buffer.of(1, 0, 1))), 'INVALID_KEY_TYPE'],
    ['RSA under the name ecdsa', { keyType: 'ecdsa', value: rsa2048.entry.value }, 'INVALID_KEY_TYPE'],
    ['EC under the name rsa', { keyType: 'rsa', value: p256.entry.value }, 'INVALID_KEY_TYPE'],
    ['Ed25519 in SubjectPublicKeyInfo', ecEntry(spkiOf(ed25519.privateKey)), 'INVALID_KEY_TYPE'],
    ['an unknown type', { keyType: 'dsa', value: p256.entry.value }, 'INVALID_KEY_TYPE'],
    ['a type in capitals', { keyType: 'ECDSA', value: p256.entry.value }, 'INVALID_KEY_TYPE'],
    ['a certificate that is none', { keyType: 'ecdsa-x509', value: p256.entry.value }, 'MALFORMED_PEM'],
    [
      'a certificate twice over',
      { ...certified(p256, 'ecdsa'), keyType: 'ecdsa-x509-x509' },
      'INVALID_KEY_TYPE',
    ],
    ['no base64', { keyType: 'ecdsa', value: `${p256.entry.value} ` }, 'INVALID_KEY'],
    ['no key', { keyType: 'ecdsa', value: base64(Buffer.from('hello')) }, 'INVALID_KEY'],
    ['nothing', { keyType: 'ecdsa', value: '' }, 'INVALID_KEY'],
    ['Ed25519 of 31 bytes', ed25519Entry(randomBytes(31)), 'INVALID_KEY'],
    ['Ed25519 of 33 bytes', ed25519Entry(randomBytes(33)), 'INVALID_KEY'],
  ])('the key %s is refused', (_, entry, code) => {
    expect(() => usableKey(entry)).toThrow(refusal(code as ErrorCode));
  });

  it.each([2048, 8192])('an RSA key of %d bits is not refused', (bits) => {
    expect(usableKey(rsaEntry(rsaPublic(odd(bits), Buffer.of(1, 0, 1)))).algorithm).toBe('rsa');
  });

  it.each([
    ['1, with which every message is its own signature', Buffer.of(1)],
    ['2', Buffer.of(2)],
    ['65536', Buffer.of(1, 0, 0)],
    ['2^31 + 1, which Go does not read', Buffer.of(0x80, 0, 0, 1)],
  ])('an RSA key with the exponent %s is refused', (_, exponent) => {
    expect(() => usableKey(rsaEntry(rsaPublic(odd(2048), exponent)))).toThrow(
      refusal('INVALID_KEY_TYPE', /exponent/),
    );
  });

  it.each([
    ['3', Buffer.of(3)],
    ['2^31 - 1', Buffer.of(0x7f, 0xff, 0xff, 0xff)],
  ])('an RSA key with the exponent %s is accepted', (_, exponent) => {
    expect(usableKey(rsaEntry(rsaPublic(odd(2048), exponent))).algorithm).toBe('rsa');
  });
});

describe('an Ed25519 point of small order', () => {
  const points = [
    ['of order 1', '0100000000000000000000000000000000000000000000000000000000000000'],
    ['of order 2', 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
    ['of order 4', '0000000000000000000000000000000000000000000000000000000000000000'],
    ['of order 8', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'],
    ['of order 8, another', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'],
    ['of order 4, not reduced', 'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
    ['of order 1, not reduced', 'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
  ] as const;

  it.each(points)('the Ed25519 point %s of small order is refused with either sign', (_, hex) => {
    for (const sign of [0, 0x80]) {
      const raw = Buffer.from(hex, 'hex');
      raw.writeUInt8(raw.readUInt8(31) | sign, 31);
      expect(() => usableKey(ed25519Entry(raw))).toThrow(refusal('INVALID_KEY_TYPE', /small order/));
    }
  });
});

describe('a second encoding of a key, which would let it sign twice', () => {
  const spki = spkiOf(p256.privateKey);
  const rsa = spkiOf(rsa2048.privateKey);
  const rsaOid = Buffer.from('06092a864886f70d010101', 'hex');

  it.each([
    ['with a compressed point', ecEntry(otherPointForm(p256, 'compressed'))],
    ['with a hybrid point', ecEntry(otherPointForm(p256, 'hybrid'))],
    ['with bytes behind it', ecEntry(Buffer.concat([spki, Buffer.of(5, 0)]))],
    ['of RSA without the null parameter', rsaEntry(der(0x30, der(0x30, rsaOid), rsa.subarray(19)))],
    ['of RSA with bytes behind it', rsaEntry(Buffer.concat([rsa, Buffer.of(0)]))],
    [
      'with a length in long form',
      ecEntry(Buffer.concat([Buffer.of(0x30, 0x81, spki.length - 2), spki.subarray(2)])),
    ],
  ])('a second encoding of a key is refused: %s', (_, entry) => {
    expect(() => usableKey(entry)).toThrow(refusal('INVALID_KEY', /cannot be used: it/));
  });

  it('a second encoding of a key that spells the curve out is refused', async () => {
    const explicit = await run('sh', [
      '-c',
      'openssl ecparam -name prime256v1 -genkey -noout -param_enc explicit | openssl ec -pubout -outform der 2>/dev/null',
    ]);
    expect(explicit.status).toBe(0);
    expect(explicit.stdoutBytes.length).toBeGreaterThan(200);
    expect(() => usableKey(ecEntry(explicit.stdoutBytes))).toThrow(refusal('INVALID_KEY'));
  });
});

describe('the certificate of an entry', () => {
  it('the certificate of an entry is there for certificates only', () => {
    const entry = certified(p256, 'ecdsa');
    expect(certificateOf(entry)?.commonName).toBe('gun');
    expect(certificateOf(p256.entry)).toBeUndefined();
    expect(Buffer.from(entrySpki(entry)).equals(spkiOf(p256.privateKey))).toBe(true);
  });

  it('the certificate of an entry has to come first, without headers, since Notary would verify with one block and name the key by another', () => {
    const pem = Buffer.from(certified(p256, 'ecdsa').value, 'base64').toString();
    const other = pem.replace(/CERTIFICATE/g, 'ANYTHING');
    const headed = pem.replace('CERTIFICATE-----\n', 'CERTIFICATE-----\na: b\n\n');
    expect(() => canonicalKeyId(certificateKey('ecdsa', other + pem))).toThrow(refusal('MALFORMED_PEM'));
    expect(() => canonicalKeyId(certificateKey('ecdsa', headed + pem))).toThrow(refusal('MALFORMED_PEM'));
    expect(canonicalKeyId(certificateKey('ecdsa', `# a note\n${pem}`))).toBe(keyId(p256.entry));
  });
});

/** An odd number of exactly so many bits. */
function odd(bits: number): Buffer {
  const bytes = randomBytes(Math.ceil(bits / 8));
  const top = (bits - 1) % 8;
  bytes.writeUInt8((bytes.readUInt8(0) & ((1 << top) - 1)) | (1 << top), 0);
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) | 1, bytes.length - 1);
  return bytes;
}
