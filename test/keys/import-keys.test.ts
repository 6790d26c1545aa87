import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generateEcdsaKey } from '../../src/crypto/private-key.ts';
import { readPrivateKey } from '../../src/crypto/private-key-pem.ts';
import { utf8 } from '../../src/encoding/bytes.ts';
import { encodePem } from '../../src/encoding/pem.ts';
import { exportKeys } from '../../src/keys/export-keys.ts';
import { importKeys } from '../../src/keys/import-keys.ts';
import { type MemoryKeyStorage, memoryKeyStorage, memoryLog } from '../support/memory-ports.ts';
import {
  encryptedPem,
  gun,
  onlyBlock,
  plainPem,
  rsaKey,
  type ScriptedRetriever,
  scriptedRetriever,
} from './sample-keys.ts';

const key = generateEcdsaKey();
const other = generateEcdsaKey();
const noPath =
  'failed to import key to store: Invalid key generated, key may be encrypted and does not contain path header';

interface ImportCase {
  readonly storage?: MemoryKeyStorage;
  readonly retriever?: ScriptedRetriever;
  readonly role?: string;
  readonly gun?: string;
}

/** Imports the PEM texts as one file. */
async function imported(pems: readonly Uint8Array[], options: ImportCase = {}) {
  const storage = options.storage ?? memoryKeyStorage();
  const log = memoryLog();
  const retriever =
    options.retriever ?? scriptedRetriever('new passphrase', 'new passphrase', 'new passphrase');
  const settings = { role: options.role ?? '', gun: options.gun ?? '', source: 'file.pem' };
  const failure: unknown = await importKeys(
    { storage, log, retrieve: retriever.retrieve },
    Buffer.concat(pems),
    settings,
  ).catch((error: unknown) => error);
  return { storage, log, failure, requests: retriever.requests };
}

function headersOf(storage: MemoryKeyStorage, id: string): Record<string, string> {
  return Object.fromEntries(onlyBlock(storage.files.get(id)).headers);
}

describe('import of an unencrypted key', () => {
  const rsa = rsaKey();
  test.each([
    ['PKCS#8', () => plainPem(key), key.keyId],
    ['SEC1', () => Buffer.from(key.object.export({ format: 'pem', type: 'sec1' })), key.keyId],
    ['PKCS#1', () => Buffer.from(rsa.object.export({ format: 'pem', type: 'pkcs1' })), rsa.keyId],
  ])('in %s encrypts it under a new passphrase and names it by its ID', async (_, pem, id) => {
    const { storage, failure, requests, log } = await imported([pem()], { role: 'user' });
    expect([failure, log.records]).toEqual([undefined, []]);
    const block = onlyBlock(storage.files.get(id));
    expect([block.type, readPrivateKey(block, 'new passphrase').keyId]).toEqual([
      'ENCRYPTED PRIVATE KEY',
      id,
    ]);
    expect(headersOf(storage, id)).toEqual({ role: 'user' });
    expect(requests).toEqual([{ keyName: id, alias: 'user', createNew: true, attempts: 0 }]);
  });

  test.each([
    ['nothing', {}, { role: '', gun: '' }, { role: 'delegation' }],
    ['flags', {}, { role: 'snapshot', gun }, { role: 'snapshot', gun }],
    [
      'headers over flags',
      { role: 'targets', gun },
      { role: 'user', gun: 'other' },
      { role: 'targets', gun },
    ],
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
  ])('takes role and GUN from %s', async (_, headers, flags, expected) => {
    const { storage } = await imported([plainPem(key, headers)], flags);
    expect(headersOf(storage, key.keyId)).toEqual(expected);
  });

  test('of a weak RSA key works with a warning', async () => {
    const weak = rsaKey(1024);
    const { storage, log } = await imported([plainPem(weak)]);
    expect([...storage.files.keys()]).toEqual([weak.keyId]);
    expect(log.records).toEqual([
      {
        level: 'warn',
        message: `RSA key ${weak.keyId} has 1024 bits; nobody accepts its signatures`,
        code: 'WEAK_KEY',
      },
    ]);
  });

  test('fails without a passphrase, keeping the keys before it', async () => {
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
  test('with a path stores it as it is, without asking', async () => {
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

  test('drops the GUN of a role that has none', async () => {
    const { storage } = await imported(
      [await encryptedPem(key, 'old', { path: key.keyId, role: 'user', gun })],
      { gun },
    );
    expect(headersOf(storage, key.keyId)).toEqual({ role: 'user' });
  });

  test('without a path asks for its passphrase to learn its ID, and stores it as it is', async () => {
    const pem = await encryptedPem(key, 'old', { role: 'user' });
    const { storage, requests, failure } = await imported([pem], {
      retriever: scriptedRetriever('wrong', 'old'),
    });
    expect([failure, Buffer.from(storage.files.get(key.keyId) ?? [])]).toEqual([undefined, Buffer.from(pem)]);
    expect(requests.map(({ keyName, alias, createNew }) => [keyName, alias, createNew])).toEqual(
      Array(2).fill(['', 'user', false]),
    );
  });

  test('without a path and without its passphrase is passed over in the words of Notary', async () => {
    const { log, failure, storage } = await imported([await encryptedPem(key, 'old')], {
      retriever: scriptedRetriever('wrong'),
    });
    expect(log.records).toEqual([{ level: 'warn', message: noPath }]);
    expect(failure).toMatchObject({
      code: 'INVALID_KEY',
      message: 'failed to import all keys: invalid key pem block',
    });
    expect(storage.files.size).toBe(0);
  });
});

describe('import of several blocks', () => {
  test('stores each under its name, and neighbours of one name in one file', async () => {
    const one = await encryptedPem(key, 'old', { path: 'x', role: 'user' });
    const two = await encryptedPem(other, 'old', { path: 'x', role: 'user' });
    const three = await encryptedPem(other, 'old', { path: 'y', role: 'user' });
    const { storage } = await imported([one, two, three, one]);
    expect([...storage.files.keys()]).toEqual(['x', 'y']);
    expect(
      Buffer.from(storage.files.get('x') ?? [])
        .toString()
        .split('BEGIN'),
    ).toHaveLength(2);
    const { storage: joined } = await imported([one, two, three]);
    expect(
      Buffer.from(joined.files.get('x') ?? [])
        .toString()
        .split('BEGIN'),
    ).toHaveLength(3);
  });

  test('warns of those that cannot be imported and succeeds with the others', async () => {
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
      'Ed25519',
      () => Buffer.from(generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' })),
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
  ])('fails when there is nothing but %s', async (_, pem) => {
    const { failure, log, storage } = await imported([pem(), pem()]);
    expect(failure).toMatchObject({
      message: 'failed to import all keys: invalid key pem block, invalid key pem block',
      details: { file: 'file.pem' },
    });
    expect([log.messages('warn'), storage.files.size]).toEqual([[noPath, noPath], 0]);
  });

  test.each(['..', '.', 'a/..', '\0'])('never writes to the path %j', async (path) => {
    const { storage, failure } = await imported([await encryptedPem(key, 'old', { path })], {
      retriever: scriptedRetriever(),
    });
    expect([storage.files.size, failure]).toEqual([0, expect.objectContaining({ code: 'INVALID_KEY' })]);
  });

  test('of a file without PEM does nothing but warn', async () => {
    const { failure, log } = await imported([utf8('junk')]);
    expect(failure).toBeUndefined();
    expect(log.records).toEqual([
      { level: 'warn', message: 'no PEM blocks in file.pem', code: 'NO_PEM_BLOCKS' },
    ]);
  });
});

describe('import of a key that is there', () => {
  test('replaces it, role included, with a warning unless it is the same', async () => {
    const storage = memoryKeyStorage();
    const pem = await encryptedPem(key, 'old', { path: key.keyId, role: 'user' });
    expect((await imported([pem], { storage })).log.records).toEqual([]);
    expect((await imported([pem], { storage })).log.records).toEqual([]);
    const { log } = await imported([await encryptedPem(key, 'new', { path: key.keyId, role: 'alice' })], {
      storage,
    });
    expect(headersOf(storage, key.keyId)).toEqual({ role: 'alice' });
    expect(log.records).toEqual([
      {
        level: 'warn',
        message: `key ${key.keyId} was there already and has been replaced`,
        code: 'KEY_REPLACED',
      },
    ]);
  });
});

describe('export and import', () => {
  test('give back every key file byte for byte', async () => {
    const pems = [
      await encryptedPem(key, 'old', { role: 'root' }),
      await encryptedPem(key, 'old', { role: 'targets', gun }),
      await encryptedPem(other, 'old', { role: 'user' }),
    ];
    const file = fc.tuple(fc.stringMatching(/^[0-9a-f]{8}$/), fc.constantFrom(...pems));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(file, { selector: ([name]) => name, maxLength: 5 }), async (files) => {
        const storage = memoryKeyStorage();
        for (const [name, pem] of files) storage.files.set(name, pem);
        const bundle = await exportKeys({ storage, log: memoryLog() }, { guns: [], keyIds: [] });
        const { storage: copy } = await imported([bundle]);
        const content = ({ files: all }: MemoryKeyStorage) =>
          new Map([...all].map(([name, pem]) => [name, Buffer.from(pem).toString()]));
        expect(content(copy)).toEqual(content(storage));
      }),
      { numRuns: 50 },
    );
  });
});
