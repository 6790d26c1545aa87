import { generateKeyPairSync } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isEncryptedAsNotaryReads } from '../../src/crypto/key-files/import-private-key.ts';
import { readPrivateKey } from '../../src/crypto/key-files/read-private-key.ts';
import { generateEcdsaKey, privateKeyOf } from '../../src/crypto/keys/private-key.ts';
import { utf8 } from '../../src/encoding/bytes.ts';
import { encodePem } from '../../src/encoding/pem.ts';
import { NotaryError } from '../../src/errors.ts';
import { exportKeys } from '../../src/keys/export-keys.ts';
import { fixturePassphrase } from '../support/fixtures/keys.ts';
import {
  encryptedPem,
  gun,
  onlyBlock,
  plainPem,
  rsaKey,
  scriptedRetriever,
} from '../support/key-file-samples.ts';
import { headersOf, imported } from '../support/key-importing.ts';
import { type MemoryKeyStorage, memoryKeyStorage, memoryLog } from '../support/memory-ports.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/keys');
const key = generateEcdsaKey();
const other = generateEcdsaKey();
const noPath =
  'failed to import key to store: Invalid key generated, key may be encrypted and does not contain path header';

describe('import of an unencrypted key', () => {
  const rsa = rsaKey();
  test.each([
    ['PKCS#8', () => plainPem(key), key.keyId],
    ['SEC1', () => Buffer.from(key.object.export({ format: 'pem', type: 'sec1' })), key.keyId],
    ['PKCS#1', () => Buffer.from(rsa.object.export({ format: 'pem', type: 'pkcs1' })), rsa.keyId],
  ])(
    'import of an unencrypted key in %s encrypts it under a new passphrase and names it by its ID',
    async (_, pem, id) => {
      const { storage, failure, keyIds, requests, log } = await imported([pem()], { role: 'user' });
      expect([failure, log.records, keyIds]).toEqual([undefined, [], [id]]);
      const block = onlyBlock(storage.files.get(id));
      expect([block.type, readPrivateKey(block, 'new passphrase').keyId]).toEqual([
        'ENCRYPTED PRIVATE KEY',
        id,
      ]);
      expect(headersOf(storage, id)).toEqual({ role: 'user' });
      expect(requests).toEqual([{ keyName: id, alias: 'user', createNew: true, attempts: 0 }]);
    },
  );

  test.each([
    ['nothing', {}, { role: '', gun: '' }, { role: 'delegation' }],
    ['flags', {}, { role: 'snapshot', gun }, { role: 'snapshot', gun }],
    ['headers', { role: 'targets', gun }, { role: '', gun: '' }, { role: 'targets', gun }],
    ['headers and flags alike', { role: 'targets', gun }, { role: 'targets', gun }, { role: 'targets', gun }],
    [
      'a GUN for a delegation role',
      { role: 'targets/releases', gun },
      { role: '', gun },
      { role: 'targets/releases' },
    ],
    ['a GUN for root', { role: 'root', gun }, { role: '', gun: '' }, { role: 'root' }],
    [
      'the path of an old export',
      { path: `tuf_keys/${gun}/x`, role: 'targets' },
      { role: '', gun: '' },
      { role: 'targets', gun },
    ],
    [
      'the path of an old root export',
      { path: 'root_keys/x', role: 'root' },
      { role: '', gun: '' },
      { role: 'root' },
    ],
  ])('import of an unencrypted key takes role and GUN from %s', async (_, headers, flags, expected) => {
    const { storage } = await imported([plainPem(key, headers)], flags);
    expect(headersOf(storage, key.keyId)).toEqual(expected);
  });

  test('import of a weak RSA key works with a warning', async () => {
    const weak = rsaKey(1024);
    const { storage, log } = await imported([plainPem(weak)]);
    expect([...storage.files.keys()]).toEqual([weak.keyId]);
    expect(log.records).toEqual([
      {
        level: 'warn',
        message: `RSA key ${weak.keyId} has 1024 bits; no client accepts its signatures`,
        code: 'WEAK_KEY',
      },
    ]);
  });

  test('import of an unencrypted key fails without a passphrase, keeping the keys before it', async () => {
    const { storage, failure } = await imported([plainPem(key), plainPem(other)], {
      retriever: scriptedRetriever('one'),
    });
    expect(failure).toMatchObject({
      code: 'ATTEMPTS_EXCEEDED',
      message: 'maximum number of passphrase attempts exceeded',
    });
    expect([...storage.files.keys()]).toEqual([key.keyId]);
  });
});

describe('import of an encrypted key', () => {
  test('import of an encrypted key with a path stores it as it is, without asking', async () => {
    const retriever = scriptedRetriever();
    const { storage } = await imported(
      [
        await encryptedPem(key, 'old', {
          path: `some/where/${key.keyId}`,
          role: 'user',
          'DEK-Other': 'kept',
        }),
      ],
      { retriever },
    );
    expect(readPrivateKey(onlyBlock(storage.files.get(key.keyId)), 'old').keyId).toBe(key.keyId);
    expect(headersOf(storage, key.keyId)).toEqual({ role: 'user', 'DEK-Other': 'kept' });
    expect(retriever.requests).toEqual([]);
  });

  test('import of an encrypted key drops the GUN of a role that has none', async () => {
    const { storage } = await imported(
      [await encryptedPem(key, 'old', { path: key.keyId, role: 'user', gun })],
      { gun },
    );
    expect(headersOf(storage, key.keyId)).toEqual({ role: 'user' });
  });

  test('import of an encrypted key without a path asks for its passphrase to learn its ID, and stores it as it is', async () => {
    const pem = await encryptedPem(key, 'old', { role: 'user' });
    const { storage, requests, failure } = await imported([pem], {
      retriever: scriptedRetriever('wrong', 'old'),
    });
    expect([failure, Buffer.from(storage.files.get(key.keyId) ?? [])]).toEqual([undefined, Buffer.from(pem)]);
    expect(requests.map(({ keyName, alias, createNew }) => [keyName, alias, createNew])).toEqual(
      Array(2).fill(['', 'user', false]),
    );
  });

  test('import of an encrypted key without a path and without its passphrase is passed over in the words of Notary', async () => {
    const { log, failure, storage } = await imported([await encryptedPem(key, 'old')], {
      retriever: scriptedRetriever('wrong'),
    });
    expect(log.records).toEqual([
      { level: 'warn', message: noPath },
      {
        level: 'warn',
        message:
          'not imported from file.pem: ENCRYPTED PRIVATE KEY: it is encrypted, and no passphrase opens it',
        code: 'PASSPHRASE_INVALID',
      },
    ]);
    expect(failure).toMatchObject({
      code: 'PASSPHRASE_INVALID',
      message: 'failed to import all keys: invalid key pem block',
      hint: expect.stringContaining('locked') as string,
    });
    expect(storage.files.size).toBe(0);
  });
});

describe('import of a key that Notary cannot read', () => {
  const p256 = readFileSync(join(fixtures, 'p256.pem'));
  const id = readPrivateKey(onlyBlock(p256)).keyId;

  test.each(
    readdirSync(fixtures)
      .filter((name) => /^p256\..+\..+\.pem$/.test(name) && !name.includes('aes256-sha1'))
      .map((name) => [name]),
  )(
    'import of the key %s, which Notary cannot read, encrypts it for Notary with the passphrase that it has',
    async (name) => {
      const { storage, requests, failure } = await imported([readFileSync(join(fixtures, name))], {
        role: 'user',
        retriever: scriptedRetriever('wrong', fixturePassphrase),
      });
      expect(failure).toBeUndefined();
      const block = onlyBlock(storage.files.get(id));
      expect([block.type, isEncryptedAsNotaryReads(block)]).toEqual(['ENCRYPTED PRIVATE KEY', true]);
      expect(readPrivateKey(block, fixturePassphrase).keyId).toBe(id);
      expect(headersOf(storage, id)).toEqual({ role: 'user' });
      expect(requests).toEqual(
        [0, 1].map((attempts) => ({
          keyName: '',
          alias: 'user',
          createNew: false,
          elsewhere: true,
          attempts,
        })),
      );
    },
  );

  test('import of a key that Notary cannot read encrypts it whatever its path says, and names it by its ID', async () => {
    const block = onlyBlock(readFileSync(join(fixtures, 'p256.pkcs8.scrypt.pem')));
    const pem = encodePem({
      ...block,
      headers: new Map([
        ['path', 'abc'],
        ['role', 'targets'],
        ['gun', gun],
      ]),
    });
    const { storage, requests } = await imported([pem], { retriever: scriptedRetriever(fixturePassphrase) });
    expect([...storage.files.keys()]).toEqual([id]);
    expect(headersOf(storage, id)).toEqual({ role: 'targets', gun });
    expect(requests).toMatchObject([{ keyName: 'abc', alias: 'targets', createNew: false }]);
  });

  test('import of a key that Notary cannot read asks for a new passphrase when the old one is empty', async () => {
    const pem = key.object.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-128-cbc', passphrase: '' });
    const { storage, requests } = await imported([Buffer.from(pem)], {
      retriever: scriptedRetriever('', 'new passphrase'),
    });
    expect(readPrivateKey(onlyBlock(storage.files.get(key.keyId)), 'new passphrase').keyId).toBe(key.keyId);
    expect(requests.map(({ createNew }) => createNew)).toEqual([false, true]);
  });

  test('import of standard Ed25519 stores it as Notary keeps such keys', async () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const { keyId } = privateKeyOf(privateKey);
    const { storage, failure } = await imported([
      Buffer.from(privateKey.export({ format: 'pem', type: 'pkcs8' })),
    ]);
    expect(failure).toBeUndefined();
    expect(readPrivateKey(onlyBlock(storage.files.get(keyId)), 'new passphrase').keyId).toBe(keyId);
  });
});

describe('import of a file', () => {
  test.each([
    ['PKCS#8', 'p256.pem'],
    ['SEC1', 'p256.sec1.pem'],
    ['PKCS#8, encrypted', 'p256.pkcs8.aes256-sha256.pem'],
  ])('import of a file of DER in %s is import of its key', async (_, name) => {
    const id = readPrivateKey(onlyBlock(readFileSync(join(fixtures, 'p256.pem')))).keyId;
    const { bytes } = onlyBlock(readFileSync(join(fixtures, name)));
    const { storage, log } = await imported([bytes], {
      role: 'user',
      retriever: scriptedRetriever(fixturePassphrase),
    });
    expect(readPrivateKey(onlyBlock(storage.files.get(id)), fixturePassphrase).keyId).toBe(id);
    expect([headersOf(storage, id), log.records]).toEqual([{ role: 'user' }, []]);
  });

  test.each([
    ['UTF-8 with a byte order mark', (pem: string) => utf8(`\ufeff${pem}`)],
    ['UTF-16', (pem: string) => Buffer.from(`\ufeff${pem}`, 'utf16le')],
    [
      'CRLF after other text',
      (pem: string) => utf8(`Bag Attributes\r\n  x: y\r\n${pem.replaceAll('\n', '\r\n')}`),
    ],
  ])('import of a file in %s works', async (_, encode) => {
    const { storage } = await imported([encode(Buffer.from(plainPem(key)).toString())]);
    expect([...storage.files.keys()]).toEqual([key.keyId]);
  });

  test('import of a file named as Notary names key files needs no passphrase to know the ID', async () => {
    const retriever = scriptedRetriever();
    const pem = await encryptedPem(key, 'old', { role: 'alice' });
    const source = `some/where/${key.keyId}.key`;
    const { storage } = await imported([pem], { retriever, source });
    expect(Buffer.from(storage.files.get(key.keyId) ?? [])).toEqual(Buffer.from(pem));
    const { failure } = await imported([pem, pem], { retriever, source });
    expect(failure).toMatchObject({ code: 'PASSPHRASE_INVALID' });
  });
});

describe('import of several blocks', () => {
  test('import of several blocks stores each under its name, and neighbours of one name in one file', async () => {
    const [x, y] = ['1'.repeat(64), '2'.repeat(64)];
    const one = await encryptedPem(key, 'old', { path: x, role: 'user' });
    const two = await encryptedPem(other, 'old', { path: x, role: 'user' });
    const three = await encryptedPem(other, 'old', { path: y, role: 'user' });
    const { storage, failure } = await imported([one, two, three, one]);
    expect([...storage.files.keys()]).toEqual([x, y]);
    expect(
      Buffer.from(storage.files.get(x) ?? [])
        .toString()
        .split('BEGIN'),
    ).toHaveLength(3);
    expect(failure).toMatchObject({ code: 'KEY_EXISTS', details: { key: x } });
    const { storage: joined } = await imported([one, two, three]);
    expect(
      Buffer.from(joined.files.get(x) ?? [])
        .toString()
        .split('BEGIN'),
    ).toHaveLength(3);
  });

  test('import of several blocks warns of those that cannot be imported and succeeds with the others', async () => {
    const { log, failure, storage } = await imported([
      encodePem({
        type: 'EC PARAMETERS',
        headers: new Map(),
        bytes: Buffer.from('06082a8648ce3d030107', 'hex'),
      }),
      plainPem(key),
      plainPem(other, { role: 'targets', path: other.keyId }),
    ]);
    expect(failure).toBeUndefined();
    expect([...storage.files.keys()]).toEqual([key.keyId]);
    expect(log.messages('warn')).toEqual([
      noPath,
      `failed to import key (${other.keyId}) to store: Cannot have canonical role key without a gun, don't know what gun it belongs to`,
    ]);
  });

  test.each([
    ['a certificate', () => encodePem({ type: 'CERTIFICATE', headers: new Map(), bytes: utf8('x') })],
    [
      'a certificate with a path',
      () => encodePem({ type: 'CERTIFICATE', headers: new Map([['path', 'x']]), bytes: utf8('x') }),
    ],
    [
      'a public key',
      () =>
        Buffer.from(
          generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
            format: 'pem',
            type: 'spki',
          }),
        ),
    ],
    [
      'secp256k1',
      () =>
        Buffer.from(
          generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey.export({
            format: 'pem',
            type: 'sec1',
          }),
        ),
    ],
  ])('import of several blocks fails when there is nothing but %s', async (_, pem) => {
    const { failure, log, storage } = await imported([pem(), pem()]);
    expect(failure).toMatchObject({
      message: 'failed to import all keys: invalid key pem block, invalid key pem block',
      details: { file: 'file.pem' },
    });
    const reasons = log.records.filter(({ code }) => code === 'INVALID_KEY').map(({ message }) => message);
    expect(reasons).toEqual(
      Array(2).fill(expect.stringMatching(/^not imported from file\.pem: [A-Z ]+: .+/)),
    );
    expect(log.messages('warn').filter((message) => message === noPath)).toHaveLength(2);
    expect(storage.files.size).toBe(0);
  });

  test.each(['..', '.', 'a/..', '\0'])(
    'import of several blocks never writes to the path %j',
    async (path) => {
      const { storage, failure } = await imported([await encryptedPem(key, 'old', { path })], {
        retriever: scriptedRetriever(),
      });
      expect([storage.files.size, failure]).toEqual([
        0,
        expect.objectContaining({ code: 'PASSPHRASE_INVALID' }),
      ]);
    },
  );

  test('import of a file without PEM does nothing but warn', async () => {
    const { failure, log } = await imported([utf8('junk!')]);
    expect(failure).toBeUndefined();
    expect(log.records).toEqual([
      {
        level: 'warn',
        message: 'no PEM blocks in file.pem: it is text without a key, and no key is imported from it',
        code: 'NO_PEM_BLOCKS',
      },
    ]);
  });
});

describe('a path that is a key ID', () => {
  test.each([
    ['of the key itself', key.keyId],
    ['with a letter before it', `x${other.keyId}`],
    ['with a letter behind it', `${other.keyId}x`],
  ])('%s contradicts nothing', async (_, path) => {
    const { storage, failure } = await imported([plainPem(key, { path, role: 'user' })]);
    expect([failure, [...storage.files.keys()]]).toEqual([undefined, [key.keyId]]);
  });

  test('of another key is said to be wrong, and the key is stored under its own', async () => {
    const pems = [plainPem(key, { path: other.keyId, role: 'user' })];
    const { storage, failure, log } = await imported(pems);
    expect([failure, [...storage.files.keys()]]).toEqual([undefined, [key.keyId]]);
    expect(log.records).toEqual([
      {
        level: 'warn',
        message: `a file says that it holds the key ${other.keyId}, and holds the key ${key.keyId}`,
        code: 'KEY_ID_CONTRADICTED',
      },
    ]);
    const strict = await imported(pems, { strict: true });
    expect([strict.failure, strict.storage.files.size]).toEqual([
      expect.objectContaining({ code: 'KEY_ID_CONTRADICTED' }),
      0,
    ]);
  });

  test.each([
    ['with the passphrase at hand', 'old', () => key.keyId, true],
    ['with no passphrase at hand', undefined, () => other.keyId, false],
    ['with another passphrase at hand', 'wrong', () => other.keyId, false],
  ])('of another key over an encrypted one, %s', async (_, passphrase, stored, proven) => {
    const pem = await encryptedPem(key, 'old', { path: other.keyId, role: 'user' });
    const retrieve = () =>
      passphrase === undefined
        ? Promise.reject(new NotaryError('PASSPHRASE_INVALID', 'none'))
        : Promise.resolve({ passphrase, giveUp: false });
    const { storage, keys, log } = await imported([pem], { retriever: { retrieve, requests: [] } });
    expect(keys).toEqual([{ keyId: stored(), role: 'user', gun: '', proven, unchanged: false }]);
    expect(headersOf(storage, stored())).toEqual({ role: 'user' });
    expect(log.records.map(({ code }) => code)).toEqual(proven ? ['KEY_ID_CONTRADICTED'] : []);
  });

  test('a path that is no key ID needs the passphrase, since no key could sign under it', async () => {
    const pem = await encryptedPem(key, 'old', { path: 'backup', role: 'user' });
    const { storage } = await imported([pem], { retriever: scriptedRetriever('old') });
    expect([...storage.files.keys()]).toEqual([key.keyId]);
  });

  test('is refused with the advice about passphrases where one of the keys stays closed', async () => {
    const pems = [
      utf8(`-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`),
      await encryptedPem(other, 'old'),
    ];
    const { failure } = await imported(pems, { retriever: scriptedRetriever() });
    expect(failure).toMatchObject({ hint: expect.stringContaining('passphrase') as string });
  });
});

describe('export and import', () => {
  test('export and import give back every key file byte for byte', async () => {
    const pems = [
      await encryptedPem(key, 'old', { role: 'root' }),
      await encryptedPem(key, 'old', { role: 'targets', gun }),
      await encryptedPem(other, 'old', { role: 'user' }),
    ];
    const file = fc.tuple(fc.stringMatching(/^[0-9a-f]{64}$/), fc.constantFrom(...pems));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(file, { selector: ([name]) => name, maxLength: 5 }), async (files) => {
        const storage = memoryKeyStorage();
        for (const [name, pem] of files) storage.files.set(name, pem);
        if (files.length === 0) return;
        const ports = { storage, log: memoryLog(), caution: () => undefined };
        const { bundle } = await exportKeys(ports, { guns: [], keyIds: [] });
        const { storage: copy } = await imported([bundle]);
        const content = ({ files: all }: MemoryKeyStorage) =>
          new Map([...all].map(([name, pem]) => [name, Buffer.from(pem).toString()]));
        expect(content(copy)).toEqual(content(storage));
      }),
      { numRuns: 50 },
    );
  });
});
