import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isEncryptedAsNotaryReads,
  readAnyPrivateKey,
  takesPassphrase,
} from '../../../src/crypto/key-files/import-private-key.ts';
import { encryptPkcs8 } from '../../../src/crypto/key-files/pkcs8-write.ts';
import { readPrivateKey } from '../../../src/crypto/key-files/read-private-key.ts';
import { generateEcdsaKey, privateKeyOf } from '../../../src/crypto/keys/private-key.ts';
import { type PemBlock, parsePem } from '../../../src/encoding/pem.ts';
import { fixturePassphrase } from '../../support/fixtures/keys.ts';

const folder = join(import.meta.dirname, '../../../fixtures/keys');
const invalidKey: unknown = expect.objectContaining({ code: 'INVALID_KEY' });
const passphraseInvalid: unknown = expect.objectContaining({ code: 'PASSPHRASE_INVALID' });

function fixture(name: string): PemBlock {
  const block = parsePem(readFileSync(join(folder, name))).at(-1);
  if (block === undefined) throw new Error(`no PEM block in ${name}`);
  return block;
}
function encryptedFixtures(of: string): readonly string[] {
  const names = readdirSync(folder).filter((name) => name.startsWith(of) && name.split('.').length === 4);
  expect(names.length).toBeGreaterThan(10);
  return names;
}
const bare = (type: string, bytes: Uint8Array): PemBlock => ({ type, headers: new Map(), bytes });

describe('a private key of another program', () => {
  test.each(['p256', 'rsa2048'])(
    'the private key %s is opened in every encryption of OpenSSL, with its passphrase only',
    (name) => {
      const id = readPrivateKey(fixture(`${name}.pem`)).keyId;
      for (const file of encryptedFixtures(name)) {
        const block = fixture(file);
        expect([file, takesPassphrase(block)]).toEqual([file, true]);
        expect([file, readAnyPrivateKey(block, fixturePassphrase).key.keyId]).toEqual([file, id]);
        for (const wrong of ['', 'wrong']) {
          expect(() => readAnyPrivateKey(block, wrong), file).toThrow(passphraseInvalid);
        }
      }
    },
  );

  test('a private key of another program counts as readable by Notary only in the encryption that Notary has', () => {
    const verdicts = Object.fromEntries(
      encryptedFixtures('p256').map((name) => {
        const block = fixture(name);
        const { readByNotary } = readAnyPrivateKey(block, fixturePassphrase);
        expect(isEncryptedAsNotaryReads(block)).toBe(readByNotary);
        return [name.replace(/^p256\.|\.pem$/g, ''), readByNotary];
      }),
    );
    const theirs = ['pkcs8.aes256-sha1', 'pkcs8.aes256-sha1-10000'];
    const legacy = ['aes128', 'aes192', 'aes256', 'des', 'des3'].map((cipher) => `sec1.${cipher}`);
    expect(
      Object.keys(verdicts)
        .filter((name) => verdicts[name])
        .sort(),
    ).toEqual([...theirs, ...legacy].sort());
  });

  test('a private key of another program is read as RFC 8410 has Ed25519, plain and encrypted', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const id = privateKeyOf(privateKey).keyId;
    const plain = bare('PRIVATE KEY', privateKey.export({ format: 'der', type: 'pkcs8' }));
    expect(readAnyPrivateKey(plain)).toMatchObject({ key: { keyId: id }, readByNotary: false });
    const encrypted = privateKey.export({
      format: 'der',
      type: 'pkcs8',
      cipher: 'aes-256-cbc',
      passphrase: 'x',
    });
    expect(readAnyPrivateKey(bare('ENCRYPTED PRIVATE KEY', encrypted), 'x').key.keyId).toBe(id);
  });

  test.each([
    ['PKCS#8 called PKCS#1', 'RSA PRIVATE KEY', 'rsa2048.pem'],
    ['PKCS#1 called PKCS#8', 'PRIVATE KEY', 'rsa2048.pkcs1.pem'],
    ['SEC1 called PKCS#8', 'PRIVATE KEY', 'p256.sec1.pem'],
    ['PKCS#8 called something', 'ANY PRIVATE KEY', 'p256.pem'],
  ])('a private key of another program is read by its content: %s', (_, type, file) => {
    expect(readAnyPrivateKey(bare(type, fixture(file).bytes)).key.keyId).toBe(
      readPrivateKey(fixture(file)).keyId,
    );
  });

  test('a private key of another program in the old encryption may hold PKCS#8 and may name a cipher that Notary does not know', () => {
    // openssl ec -camellia256, passphrase `secret`
    const camellia: PemBlock = {
      type: 'EC PRIVATE KEY',
      headers: new Map([
        ['Proc-Type', '4,ENCRYPTED'],
        ['DEK-Info', 'CAMELLIA-256-CBC,F6F2404DFD6D04BBF7E78EB8BAEEB826'],
        ['role', 'user'],
      ]),
      bytes: Buffer.from(
        'PHFVZCUTX23pFoyykgaO6DrLy5YLka37b5fUb7R04R4tvSJrfTvidyuPAUTGjE0Qt65FOk0E3U7R3RAZ07+wCr1BwyuQP3OxJQ8nPT5fQHwZGM0UF+MjcMmoui82qTA4+pX3RZSxjIOyGykTKECF/2kLD5Zx1/kSnolwuAFg8pU=',
        'base64',
      ),
    };
    expect(takesPassphrase(camellia)).toBe(true);
    expect(isEncryptedAsNotaryReads(camellia)).toBe(false);
    expect(readAnyPrivateKey(camellia, 'secret').key.keyId).toBe(readPrivateKey(fixture('p256.pem')).keyId);
    expect(() => readAnyPrivateKey(camellia, 'wrong')).toThrow(passphraseInvalid);
    const unknown = {
      ...camellia,
      headers: new Map([...camellia.headers, ['DEK-Info', 'ROT-13,00'] as const]),
    };
    expect(() => readAnyPrivateKey(unknown, 'secret')).toThrow(invalidKey);
  });

  test.each([
    ['a curve that nobody verifies', () => fixture('secp256k1.pem'), 'the curve of the private key'],
    ['RSA-PSS', () => fixture('rsa-pss.pem'), 'rsa-pss'],
    ['a public key', () => fixture('p256.pub.pem'), 'it is no private key'],
    ['a public key called private', () => bare('PRIVATE KEY', fixture('p256.pub.pem').bytes), 'malformed'],
    ['a shortened key', () => bare('PRIVATE KEY', fixture('p256.pem').bytes.subarray(1)), 'malformed'],
    [
      'a number too many in a sequence',
      () => bare('RSA PRIVATE KEY', Buffer.from('3009020100020100020100', 'hex')),
      'malformed',
    ],
    ['no bytes', () => bare('PRIVATE KEY', new Uint8Array()), 'malformed'],
    [
      'a key of OpenSSH',
      () => bare('OPENSSH PRIVATE KEY', Buffer.from('openssh-key-v1')),
      'ssh-keygen -p -m PKCS8',
    ],
  ])('a private key of another program is refused for a reason: %s', (_, block, reason) => {
    expect(() => readAnyPrivateKey(block(), 'x')).toThrow(invalidKey);
    expect(() => readAnyPrivateKey(block(), 'x')).toThrow(reason);
  });

  test('a private key of another curve is refused by name in every encryption', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
    const pkcs8 = { type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' } as const;
    const legacy = Buffer.from(privateKey.export({ ...pkcs8, type: 'sec1', format: 'pem' }));
    for (const block of [
      bare('ENCRYPTED PRIVATE KEY', privateKey.export({ ...pkcs8, format: 'der' })),
      ...parsePem(legacy),
    ]) {
      expect(() => readAnyPrivateKey(block, 'x')).toThrow('the curve of the private key');
      expect(() => readAnyPrivateKey(block, 'y')).toThrow(passphraseInvalid);
    }
  });

  test('a private key of another program cannot make the program count for ever', () => {
    const hex = Buffer.from(fixture('p256.pkcs8.aes256-sha256.pem').bytes).toString('hex');
    // 2048 iterations become 2^31-1: two bytes more in every length above.
    const greedy = hex
      .replace('02020800', '02047fffffff')
      .replace(/^3081(..)3057/, (_, length: string) => `3081${(parseInt(length, 16) + 2).toString(16)}3059`)
      .replace('304a', '304c')
      .replace('3029', '302b')
      .replace('301c', '301e');
    expect(greedy).not.toBe(hex);
    const block = bare('ENCRYPTED PRIVATE KEY', Buffer.from(greedy, 'hex'));
    expect(takesPassphrase(block)).toBe(true);
    expect(() => readAnyPrivateKey(block, fixturePassphrase)).toThrow('out of range');
  });

  test('a private key of another program never throws anything but typed errors on damaged bytes', () => {
    const foreign = [
      'p256.pem',
      'rsa2048.pkcs1.pem',
      'p256.pkcs8.aes128-sha1.pem',
      'p256.pkcs8.pbes1-3des.pem',
    ];
    const blocks = [
      ...foreign.map(fixture),
      bare('ENCRYPTED PRIVATE KEY', encryptPkcs8(generateEcdsaKey(), 'x')),
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...blocks),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (block, at, change) => {
          const bytes = Buffer.from(block.bytes);
          const place = at % bytes.length;
          bytes.writeUInt8(bytes.readUInt8(place) ^ change, place);
          try {
            readAnyPrivateKey({ ...block, bytes }, 'x');
          } catch (error) {
            expect(['INVALID_KEY', 'PASSPHRASE_INVALID']).toContain((error as { code: string }).code);
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});
