import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readPrivateKey } from '../../src/crypto/key-files/read-private-key.ts';
import { asCanonicalKeyId } from '../../src/crypto/keys/key-id.ts';
import { generateEcdsaKey } from '../../src/crypto/keys/private-key.ts';
import { utf8 } from '../../src/encoding/bytes.ts';
import { encodePem } from '../../src/encoding/pem.ts';
import { encodeKeyFile, keyBlock, keyHeaders, keyInfoOf } from '../../src/keys/key-file.ts';
import { gun } from '../support/key-file-samples.ts';

const key = generateEcdsaKey();

describe('a key file', () => {
  test('a key file reads back to its key, role and GUN', async () => {
    const word = fc.stringMatching(/^[!-9;-~][ -9;-~]{0,20}[!-9;-~]$/);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(word, fc.constantFrom('root', 'targets', 'snapshot', 'user')),
        word,
        async (role, name) => {
          const block = keyBlock(await encodeKeyFile(key, role, name, 'x'));
          expect(readPrivateKey(block, 'x').keyId).toBe(key.keyId);
          const kept = ['targets', 'snapshot', 'timestamp'].includes(role) ? name : '';
          expect(keyInfoOf(key.keyId, block)).toEqual({ keyId: key.keyId, role, gun: kept });
        },
      ),
      { numRuns: 30 },
    );
  });

  test.each([
    ['root', ['role: root']],
    ['targets', [`gun: ${gun}`, 'role: targets']],
    ['snapshot', [`gun: ${gun}`, 'role: snapshot']],
    ['timestamp', [`gun: ${gun}`, 'role: timestamp']],
    ['targets/releases', ['role: targets/releases']],
    ['user', ['role: user']],
  ])('a key file for %s has the headers that Notary writes', async (role, headers) => {
    const lines = Buffer.from(await encodeKeyFile(key, role, gun, 'x'))
      .toString()
      .split('\n');
    expect(lines.slice(0, headers.length + 2)).toEqual([
      '-----BEGIN ENCRYPTED PRIVATE KEY-----',
      ...headers,
      '',
    ]);
  });

  test('a key file without role and GUN has no headers', () => {
    expect(keyHeaders('', '')).toEqual(new Map());
    expect(keyHeaders('targets', '')).toEqual(new Map([['role', 'targets']]));
    expect(
      keyInfoOf(
        asCanonicalKeyId('id'),
        keyBlock(utf8('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n')),
      ),
    ).toEqual({
      keyId: 'id',
      role: '',
      gun: '',
    });
  });

  test('a key file of no block or of another kind is refused in the words of Notary', () => {
    expect(() => keyBlock(utf8('nothing'))).toThrow('PEM block is empty');
    const certificate = encodePem({ type: 'CERTIFICATE', headers: new Map(), bytes: utf8('x') });
    expect(() => keyBlock(certificate)).toThrow('unknown key format');
  });

  test('a key file cannot name a role with a line break', async () => {
    await expect(encodeKeyFile(key, 'user\ngun: x', '', 'x')).rejects.toThrow(
      expect.objectContaining({ code: 'MALFORMED_PEM' }),
    );
  });
});
