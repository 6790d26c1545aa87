import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { takesPassphrase } from '../../../src/crypto/key-files/import-private-key.ts';
import { isPrivateKeyType } from '../../../src/crypto/key-files/pem-types.ts';
import { readPrivateKey, writePrivateKey } from '../../../src/crypto/key-files/read-private-key.ts';
import { generateEcdsaKey, privateKeyOf } from '../../../src/crypto/keys/private-key.ts';
import { utf8 } from '../../../src/encoding/bytes.ts';
import { encodePem, type PemBlock, parsePem } from '../../../src/encoding/pem.ts';

/** Made by OpenSSL 3.0.19 for these tests, and so are their encrypted forms below. */
const ecPem = `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIDBx/d1itzymr5iPe/pt+nzGnyCJuvZSVnmEkPFtAVAooAoGCCqGSM49
AwEHoUQDQgAEZFAv9b+63zhwuH3XE3vXcSJaEyJ9m3l67L5bT88gdz2e957SsiOT
V/dqZrJcDDxeWCvMwPKwDAPfxZynxOLJtA==
-----END EC PRIVATE KEY-----
`;
const rsaPem = `-----BEGIN RSA PRIVATE KEY-----
MIIBOgIBAAJBAMwAZeij90tfbGbyro7+ttb7LIi1RwWKikT2ZbuTeM7K3f90iPnI
yn5jvyWJOb/I5l9zcG2t74jjKVsrhTqco30CAwEAAQJAVIfFsoResCi2LmJY2n/J
G4OwjGUxLKafbLv8o6ET6ft/gL57Wft5z+nL6ZEmGDkSnPisOm0ZHYk19E0ZggkE
MQIhAPvfNW2gACkMTRjWpQx2PtujXOj3rMj8qWOR4k9jRodnAiEAz1hWXy7iDD2a
QJ2T+Z1CS2KAGbOIEwchy4qWHiGFo3sCIF7oaeKIEudkyjxczU6X0/HBagYjJcmK
Y22wj/1oJDBrAiAvH+Wphm9L1uhrDSVnkw1RMtbogHxJztIof5v0xyunZwIhAMRy
cHTuipVQs8oe21tY94oMftgw39ri1vnV7RIsLXfp
-----END RSA PRIVATE KEY-----
`;
const rsaEncryptedPem = `-----BEGIN RSA PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-256-CBC,E962F8A8CC05C7E2F711EAAC5A4C3B7B

Rprqgf6KdRl+ZQDs9RX2N3ESqwZp9V/0ewsru08kuWsv3PGuFC2/r8J6PBnz0OT8
OCP4vawsFDIipvQV5YTkQCQJDrg2Ya1JSvcJpvZwXyw8ZJkXZNF55koIEDhKrXUb
oaUS98DH/91atMVP9NWwdpg8ufOWTeHV8jmLviuseI0WPqLpDoM8yPh45XVk8gzd
OBUgeX71JUw2QxbWyjHkD7+b7BL3EffFG45ptdLH/KOCACV2rv76WJUzpDLmu6oD
/cqwRL9PlREGHS9Xse3UNi63lhkvJZeshE7813atyWsRGsncIsDB+sOFxl+MavAY
bgAD5e6x7yjlGYxpq70p9uScQFN0plWnFY62TJDo/HGVMEZz7aUCBa3Ydd0hcmF4
Hc9wqy4nixQUNDITL1xafLevLqeAi8Ss5LzeX5cDfg4=
-----END RSA PRIVATE KEY-----
`;

/** The EC key by DEK-Info, encrypted with the passphrase `lägacy`. */
const ecEncrypted: readonly (readonly [string, string])[] = [
  [
    'AES-128-CBC,3EA404772C4B389A7004DE11DD52628D',
    'Q5rCZfv1NStmDrVPXJzPlIHu2y8LP8bEwkRkUd/0+GIDaga7XCZUCcWhj9B4oSSBNX4K0tlO7EQ99+5En9WK51kDLAJn5jaMkS1/HzifG1VhwjJwbJPEzASrs80Pso8JPkHbNJDVqTmmdkTPjuq93RhvpYoRUutmjrEkWFTNddc=',
  ],
  [
    'AES-192-CBC,8750B338499E5A1CB1E52881F3774E03',
    'SlRxBS1EbA4V6ZZB6SidjZ4q+hUGTVYgHW9A9RMPya3ptFPCbxw2mMIrVvfMQH/YCJcS7ZZy//9Q8IrL6iAAC9q9D2PBGsP+ARqyu6IwSgwXlvvys9VvAdtRIu3Hmxqew6RaWWblUdN2hN5XnQQdYSY5LvKzIO9qO1ziNWt9ER0=',
  ],
  [
    'AES-256-CBC,F50DD97D2104AF01766D1AA480B5F8AC',
    'u6mSL+uKqAGxV9oYliE7x53ObvA5GuI44eUT5jnjSo4Ixxgbf/vCezq+RMck951cQs2P6bkB7HGLD61iqkV57rQs3JLGOGsDnU+PQZdlzmcCFjK5tatjPj1rfLfmXqQyXUJavXhDQ/+mvr+KvPUjlU4AppNDnhPhOFPbuPNiasg=',
  ],
  [
    'DES-EDE3-CBC,CCA6E61E8C5FF5E6',
    'MNfhIKPN2DEYvrYhOgP47aHyWwijAUDDoaydr1y3QDB4x0QyML+do2K8WR9sllX2AfrObwxfPLj7O0xvezbacmtBU57amroFb9kx4O2m3wlSVh3EZgkycsBJpH29zS69R45kxhCRp7dXP8lnmQtPrhWWLAv/R7aALWFbyUN6ORc=',
  ],
  [
    'DES-CBC,81ACE16D0A232462',
    'WgrHBLpJmmpLloFbdcb3zHahngANOEqvEPEZfMLZ+c6bgZOC8YLnWA5YpGxPIrfKjcJjH1fII8iGnxH8DXknsGVG71eN0rY9jdIwX2zAlz7x1ilGQ4NvjnOepKR/flaZIIMEpb6sOUHWi/Kwgl+yutD9vHeWhEtMOxCtQbQwLds=',
  ],
];
const passphrase = 'lägacy';

const invalidKey: unknown = expect.objectContaining({ code: 'INVALID_KEY' });
const passphraseInvalid: unknown = expect.objectContaining({ code: 'PASSPHRASE_INVALID' });

function block(pem: string): PemBlock {
  const found = parsePem(utf8(pem))[0];
  if (found === undefined) throw new Error('no PEM block');
  return found;
}
const legacy = (info: string, base64: string): PemBlock => ({
  type: 'EC PRIVATE KEY',
  headers: new Map([
    ['Proc-Type', '4,ENCRYPTED'],
    ['DEK-Info', info],
    ['role', 'targets'],
    ['gun', 'docker.io/lib/alpine'],
  ]),
  bytes: Buffer.from(base64, 'base64'),
});
const bare = (type: string, bytes: Uint8Array): PemBlock => ({ type, headers: new Map(), bytes });
const ecId = readPrivateKey(block(ecPem)).keyId;

describe('a private key in PEM', () => {
  test('a private key in PEM is read as SEC1 and as PKCS#1, whatever the other headers', () => {
    expect(readPrivateKey(block(ecPem)).publicKey.keyType).toBe('ecdsa');
    expect(readPrivateKey(block(rsaPem)).publicKey.keyType).toBe('rsa');
    const headers = new Map([['role', 'alice']]);
    expect(readPrivateKey(block(ecPem), 'not looked at').keyId).toBe(ecId);
    expect(readPrivateKey({ ...block(ecPem), headers }).keyId).toBe(ecId);
  });

  test.each(ecEncrypted)(
    'a private key in PEM with DEK-Info %s is opened with its passphrase only',
    (info, base64) => {
      expect(takesPassphrase(legacy(info, base64))).toBe(true);
      expect(readPrivateKey(legacy(info, base64), passphrase).keyId).toBe(ecId);
      for (const wrong of ['legacy', '', 'l\u00e4gac']) {
        expect(() => readPrivateKey(legacy(info, base64), wrong)).toThrow(passphraseInvalid);
      }
    },
  );

  test('an RSA key in PEM is opened in the old encryption, too', () => {
    expect(readPrivateKey(block(rsaEncryptedPem), passphrase).keyId).toBe(
      readPrivateKey(block(rsaPem)).keyId,
    );
  });

  test.each([
    'AES-256-CBC',
    'AES-256-CBC,',
    'AES-256-CBC,00',
    'AES-256-CBC,zz',
    'AES-256-GCM,00000000000000000000000000000000',
    'toString,00',
  ])('a private key in PEM with DEK-Info %s is refused', (info) => {
    expect(() => readPrivateKey(legacy(info, ''), passphrase)).toThrow(invalidKey);
  });

  test.each([
    ['PUBLIC KEY', bare('PUBLIC KEY', block(ecPem).bytes)],
    ['CERTIFICATE', bare('CERTIFICATE', block(ecPem).bytes)],
    ['EC PARAMETERS', bare('EC PARAMETERS', Buffer.from('06082a8648ce3d030107', 'hex'))],
    ['a name of Object', bare('constructor', block(ecPem).bytes)],
    ['SEC1 called PKCS#8', bare('PRIVATE KEY', block(ecPem).bytes)],
    ['PKCS#1 called SEC1', bare('EC PRIVATE KEY', block(rsaPem).bytes)],
    ['trailing bytes', bare('EC PRIVATE KEY', Buffer.concat([block(ecPem).bytes, Buffer.alloc(1)]))],
    [
      'secp256k1',
      bare(
        'EC PRIVATE KEY',
        generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey.export({
          format: 'der',
          type: 'sec1',
        }),
      ),
    ],
    ['nothing in it', bare('ENCRYPTED PRIVATE KEY', new Uint8Array())],
  ])('a private key in PEM is refused with %s', (_, damaged) => {
    expect(() => readPrivateKey(damaged, passphrase)).toThrow(invalidKey);
  });

  test('a private key in PEM of an old Notary server is read as 96 raw bytes of Ed25519', () => {
    const key = privateKeyOf(generateKeyPairSync('ed25519').privateKey);
    const own = Buffer.from(key.publicKey.value, 'base64');
    const seed = key.object.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
    expect(readPrivateKey(bare('ED25519 PRIVATE KEY', Buffer.concat([own, seed, own]))).keyId).toBe(
      key.keyId,
    );
  });

  test('a private key in PEM is known by its block type', () => {
    const types = [
      'PRIVATE KEY',
      'ENCRYPTED PRIVATE KEY',
      'EC PRIVATE KEY',
      'RSA PRIVATE KEY',
      'ED25519 PRIVATE KEY',
    ];
    expect(types.filter(isPrivateKeyType)).toEqual(types);
    expect(
      ['DSA PRIVATE KEY', 'OPENSSH PRIVATE KEY', 'CERTIFICATE', 'constructor'].filter(isPrivateKeyType),
    ).toEqual([]);
  });

  test('a private key in PEM is written encrypted, or plain for an empty passphrase, with the headers given', async () => {
    const key = generateEcdsaKey();
    const headers = new Map([['role', 'root']]);
    const encrypted = await writePrivateKey(key, passphrase, headers);
    const plain = await writePrivateKey(key, '', headers);
    expect([encrypted.type, plain.type]).toEqual(['ENCRYPTED PRIVATE KEY', 'PRIVATE KEY']);
    expect([takesPassphrase(encrypted), takesPassphrase(plain)]).toEqual([true, false]);
    for (const written of [encrypted, plain]) {
      const read = block(Buffer.from(encodePem(written)).toString());
      expect(read.headers).toEqual(headers);
      expect(readPrivateKey(read, passphrase).keyId).toBe(key.keyId);
    }
    expect(() => readPrivateKey(encrypted)).toThrow(passphraseInvalid);
  });
});
