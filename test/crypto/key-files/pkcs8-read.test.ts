import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import forge from 'node-forge';
import { describe, expect, test } from 'vitest';
import { decryptPkcs8, isEncryptedPkcs8, parsePkcs8 } from '../../../src/crypto/key-files/pkcs8-read.ts';
import { encodePkcs8, encryptPkcs8 } from '../../../src/crypto/key-files/pkcs8-write.ts';
import { generateEcdsaKey, type PrivateKey, privateKeyOf } from '../../../src/crypto/keys/private-key.ts';
import { fromHex, toHex, utf8 } from '../../../src/encoding/bytes.ts';
import { type DerNode, readDer, readOid, readSequence } from '../../../src/encoding/der/read.ts';
import { parsePem } from '../../../src/encoding/pem.ts';

/** Written by the genuine client 0.7.0 with the passphrase `root pässword`. */
const genuine = {
  keyId: '5e7ddf0599eb3c390e8f32c127df63cd93459cf58669bf954f7a6fe41df7c72c',
  passphrase: 'root pässword',
  pem: `-----BEGIN ENCRYPTED PRIVATE KEY-----
role: root

MIHuMEkGCSqGSIb3DQEFDTA8MBsGCSqGSIb3DQEFDDAOBAg81NSSqwuPUQICCAAw
HQYJYIZIAWUDBAEqBBDerqPxVX2FGqsGPrqoDt5vBIGgtcvnMuqFcZj7akeAof4Z
NtEpcUukL9zck5+7GH2+w10scV7L/JiivnXqVxRMFSpdvVlt+r6abhTJ/5kyk5pC
V8ju7I+9QCEl8yksC5Tsa9SJghabdPFTOEFdDaYqoJKMVDXJuaweQgchrkIfUvyL
2lbnrYwt22kgQqvmwElPzvjOB8J6uNPJvVw//CEJGkoHj1iL0Hip2I20tjYPSX4h
4w==
-----END ENCRYPTED PRIVATE KEY-----
`,
};
const genuineDer = parsePem(utf8(genuine.pem))[0]?.bytes ?? new Uint8Array();

const invalidKey: unknown = expect.objectContaining({ code: 'INVALID_KEY' });
const passphraseInvalid: unknown = expect.objectContaining({ code: 'PASSPHRASE_INVALID' });
const ec = (namedCurve: string) => privateKeyOf(generateKeyPairSync('ec', { namedCurve }).privateKey);
const kinds: readonly (readonly [string, () => PrivateKey])[] = [
  ...['P-224', 'P-256', 'P-384', 'P-521'].map((curve) => [curve, () => ec(curve)] as const),
  ['RSA', () => privateKeyOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)],
  ['Ed25519', () => privateKeyOf(generateKeyPairSync('ed25519').privateKey)],
];

/** DER in hexadecimal, for lengths below 65536. */
function tlv(tag: string, content: string): string {
  const length = content.length / 2;
  const prefix = length < 0x80 ? '' : length < 0x100 ? '81' : '82';
  return tag + prefix + length.toString(16).padStart(prefix === '82' ? 4 : 2, '0') + content;
}
const sequence = (...values: readonly string[]) => tlv('30', values.join(''));

/** What differs between two encrypted keys, in hexadecimal. */
interface EncryptedParts {
  readonly salt: string;
  readonly iv: string;
  readonly encrypted: string;
}

function partsOf(der: Uint8Array): EncryptedParts {
  const hex = (node: DerNode | undefined) => toHex(node?.content ?? new Uint8Array());
  const [algorithm, encrypted] = readSequence(readDer(der), 'key');
  const [derivation, encryption] = readSequence(algorithm?.children()[1], 'parameters');
  return {
    salt: hex(derivation?.children()[1]?.children()[0]),
    iv: hex(encryption?.children()[1]),
    encrypted: hex(encrypted),
  };
}

/** EncryptedPrivateKeyInfo; by default with 2048 iterations and without a `prf` field. */
function assemble({ salt, iv, encrypted }: EncryptedParts, iterations = '02020800', prf = ''): Uint8Array {
  const derivation = sequence('06092a864886f70d01050c', sequence(tlv('04', salt), iterations, prf));
  const encryption = sequence('060960864801650304012a', tlv('04', iv));
  const algorithm = sequence('06092a864886f70d01050d', sequence(derivation, encryption));
  return fromHex(sequence(algorithm, tlv('04', encrypted)));
}

describe('PKCS#8 as the genuine client writes it', () => {
  test('PKCS#8 as the genuine client writes it is opened with its passphrase, which counts as UTF-8', () => {
    expect(decryptPkcs8(genuineDer, genuine.passphrase).keyId).toBe(genuine.keyId);
  });

  test.each(['root password', '', 'ROOT PÄSSWORD', 'root pa\u0308ssword'])(
    'PKCS#8 as the genuine client writes it is not opened with %j',
    (wrong) => {
      expect(() => decryptPkcs8(genuineDer, wrong)).toThrow(passphraseInvalid);
    },
  );

  test('PKCS#8 as the genuine client writes it has the same structure as what we write, and lengths of salt and initial vector', () => {
    const ours = encryptPkcs8(decryptPkcs8(genuineDer, genuine.passphrase), genuine.passphrase);
    for (const der of [genuineDer, ours]) {
      const parts = partsOf(der);
      expect([parts.salt.length, parts.iv.length, parts.encrypted.length]).toEqual([16, 32, 320]);
      expect(toHex(assemble(parts))).toBe(toHex(der));
    }
    expect(partsOf(ours)).not.toEqual(partsOf(encryptPkcs8(generateEcdsaKey(), 'x')));
  });
});

describe('PKCS#8 as we write it', () => {
  test.each(kinds)(
    'the PKCS#8 that we write for %s reads back to the same key, encrypted or not',
    (_, make) => {
      const key = make();
      expect(parsePkcs8(encodePkcs8(key)).keyId).toBe(key.keyId);
      expect(decryptPkcs8(encryptPkcs8(key, 'passphrase'), 'passphrase').keyId).toBe(key.keyId);
      expect([isEncryptedPkcs8(encodePkcs8(key)), isEncryptedPkcs8(encryptPkcs8(key, 'p'))]).toEqual([
        false,
        true,
      ]);
    },
  );

  test.each(kinds.slice(0, 5))(
    'the PKCS#8 that we write for %s is what node:crypto reads as the same key',
    (_, make) => {
      const key = make();
      const object = createPrivateKey({ key: Buffer.from(encodePkcs8(key)), format: 'der', type: 'pkcs8' });
      expect(privateKeyOf(object).keyId).toBe(key.keyId);
    },
  );

  test('PKCS#8 as we write it says version 1 and repeats curve and point for EC, as Go does', () => {
    const key = generateEcdsaKey();
    const [version, algorithm, content] = readSequence(readDer(encodePkcs8(key)), 'key');
    expect(toHex(version?.raw ?? new Uint8Array())).toBe('020101');
    expect(readSequence(algorithm, 'algorithm').map((node) => readOid(node, 'oid'))).toEqual([
      '1.2.840.10045.2.1',
      '1.2.840.10045.3.1.7',
    ]);
    const sec1 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
      format: 'der',
      type: 'sec1',
    });
    expect(
      readSequence(readDer(content?.content ?? new Uint8Array()), 'key').map((node) => [
        node.tag,
        node.raw.length,
      ]),
    ).toEqual(readSequence(readDer(sec1), 'key').map((node) => [node.tag, node.raw.length]));
  });

  test('PKCS#8 as we write it has no NULL after the RSA OID, as Go does', () => {
    const [, algorithm] = readSequence(readDer(encodePkcs8(kinds[4]?.[1]() ?? generateEcdsaKey())), 'key');
    expect(readSequence(algorithm, 'algorithm')).toHaveLength(1);
  });

  test('PKCS#8 as we write it has 96 bytes for Ed25519 under an OID of its own', () => {
    const der = toHex(encodePkcs8(kinds[5]?.[1]() ?? generateEcdsaKey()));
    expect(der.slice(0, 40)).toBe('3072020100300b06092b06010401da470f010460');
  });

  test('PKCS#8 as we write it opens with the passphrase it was encrypted with and with no other', () => {
    const key = generateEcdsaKey();
    // HMAC pads a short key with zero bytes, so that a trailing one makes no difference.
    const passphrase = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
      .filter((text) => text.isWellFormed() && !text.includes('\0'));
    fc.assert(
      fc.property(passphrase, passphrase, (right, other) => {
        const der = encryptPkcs8(key, right);
        expect(decryptPkcs8(der, right).keyId).toBe(key.keyId);
        if (other !== right) expect(() => decryptPkcs8(der, other)).toThrow(passphraseInvalid);
      }),
      { numRuns: 25 },
    );
  });
});

describe('PKCS#8 of other programs', () => {
  const key = generateEcdsaKey();
  const standard = key.object.export({ format: 'der', type: 'pkcs8' });

  test('PKCS#8 of other programs with version 0 and RSA with NULL is read', () => {
    const rsa = privateKeyOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
    expect(parsePkcs8(standard).keyId).toBe(key.keyId);
    expect(parsePkcs8(rsa.object.export({ format: 'der', type: 'pkcs8' })).keyId).toBe(rsa.keyId);
  });

  test.each([
    ['Ed25519 of RFC 8410', () => generateKeyPairSync('ed25519').privateKey],
    ['RSA-PSS', () => generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey],
    ['secp256k1', () => generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey],
  ])('PKCS#8 of other programs with %s is refused, as by Notary', (_, make) => {
    expect(() => parsePkcs8(make().export({ format: 'der', type: 'pkcs8' }))).toThrow(invalidKey);
  });

  test('PKCS#8 of other programs is refused with trailing bytes or cut short', () => {
    expect(() => parsePkcs8(Buffer.concat([standard, Buffer.alloc(1)]))).toThrow(invalidKey);
    expect(() => parsePkcs8(standard.subarray(0, -1))).toThrow(invalidKey);
  });

  test('PKCS#8 of other programs is read whatever the salt and the iteration count', () => {
    const info = forge.asn1.fromDer(standard.toString('latin1'));
    const encrypted = forge.pki.encryptPrivateKeyInfo(info, 'x', {
      algorithm: 'aes256',
      count: 7,
      saltSize: 24,
    });
    const der = Buffer.from(forge.asn1.toDer(encrypted).getBytes(), 'latin1');
    expect(decryptPkcs8(der, 'x').keyId).toBe(key.keyId);
  });

  test('PKCS#8 of other programs is read when it names HMAC-SHA-1, as `openssl pkcs8 -v2prf hmacWithSHA1` does', () => {
    const prf = sequence('06082a864886f70d0207', '0500');
    const der = assemble(partsOf(encryptPkcs8(key, 'x')), '02020800', prf);
    expect(decryptPkcs8(der, 'x').keyId).toBe(key.keyId);
  });

  test.each([
    ['HMAC-SHA-256', { algorithm: 'aes256', prfAlgorithm: 'sha256' }, 'HMAC-SHA-1'],
    ['AES-128', { algorithm: 'aes128' }, 'AES-256-CBC'],
    ['PBES1', { algorithm: '3des' }, 'PBES2'],
  ] as const)(
    'PKCS#8 of other programs encrypted with %s is refused and the reason named',
    (_, options, reason) => {
      const info = forge.asn1.fromDer(standard.toString('latin1'));
      const encrypted = forge.pki.encryptPrivateKeyInfo(info, 'x', options);
      const der = Buffer.from(forge.asn1.toDer(encrypted).getBytes(), 'latin1');
      expect(() => decryptPkcs8(der, 'x')).toThrow(invalidKey);
      expect(() => decryptPkcs8(der, 'x')).toThrow(reason);
    },
  );

  test.each(['02047fffffff', '020100', '0201ff'])(
    'PKCS#8 of other programs with the iteration count %s is refused',
    (iterations) => {
      const der = assemble(partsOf(encryptPkcs8(key, 'x')), iterations);
      expect(() => decryptPkcs8(der, 'x')).toThrow('encryption parameters out of range');
    },
  );

  test('PKCS#8 of other programs never throws anything but typed errors on damaged bytes', () => {
    const der = encryptPkcs8(key, 'x');
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Buffer.from(der);
        damaged.writeUInt8(damaged.readUInt8(at) ^ change, at);
        try {
          decryptPkcs8(damaged, 'x');
        } catch (error) {
          expect(['INVALID_KEY', 'PASSPHRASE_INVALID']).toContain((error as { code: string }).code);
        }
      }),
      { numRuns: 300 },
    );
  });
});
