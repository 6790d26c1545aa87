import { describe, expect, test } from 'vitest';
import { readPrivateKey } from '../../src/crypto/key-files/read-private-key.ts';
import { asCanonicalKeyId } from '../../src/crypto/keys/key-id.ts';
import { generateEcdsaKey, type PrivateKey } from '../../src/crypto/keys/private-key.ts';
import { utf8 } from '../../src/encoding/bytes.ts';
import { NotaryError } from '../../src/errors.ts';
import { KeyStore } from '../../src/keys/key-store.ts';
import type { PassphraseRetriever } from '../../src/ports/prompts.ts';
import { encryptedPem, gun, onlyBlock, plainPem, scriptedRetriever } from '../support/key-file-samples.ts';
import { type MemoryKeyStorage, memoryKeyStorage, memoryLog } from '../support/memory-ports.ts';

const notFound = (keyId: string): unknown =>
  expect.objectContaining({ code: 'KEY_NOT_FOUND', message: `signing key not found: ${keyId}` });

function storeOf(storage: MemoryKeyStorage, retrieve: PassphraseRetriever = scriptedRetriever().retrieve) {
  const log = memoryLog();
  return { log, store: new KeyStore(storage, retrieve, log) };
}

async function storageWith(key: PrivateKey, role = 'targets'): Promise<MemoryKeyStorage> {
  const storage = memoryKeyStorage();
  storage.files.set(key.keyId, await encryptedPem(key, 'right', { role, gun }));
  return storage;
}

describe('a key store', () => {
  const key = generateEcdsaKey();

  test('a key store asks for the passphrase of a key once and remembers the key', async () => {
    const { retrieve, requests } = scriptedRetriever('wrong', 'right');
    const { store } = storeOf(await storageWith(key), retrieve);
    const found = await store.get(key.keyId);
    expect([found.key.keyId, found.role]).toEqual([key.keyId, 'targets']);
    expect(await store.get(key.keyId)).toBe(found);
    expect(requests.map(({ keyName, alias }) => [keyName, alias])).toEqual(
      Array(2).fill([key.keyId, 'targets']),
    );
  });

  test('a key store does not remember a failure', async () => {
    const { retrieve, requests } = scriptedRetriever('wrong', undefined, 'right');
    const { store } = storeOf(await storageWith(key), retrieve);
    await expect(store.get(key.keyId)).rejects.toThrow(
      expect.objectContaining({ code: 'PASSPHRASE_INVALID' }),
    );
    expect((await store.get(key.keyId)).key.keyId).toBe(key.keyId);
    expect(requests.map(({ attempts }) => attempts)).toEqual([0, 1, 0]);
  });

  test('a key store never asks two questions at a time', async () => {
    const other = generateEcdsaKey();
    const storage = await storageWith(key);
    storage.files.set(other.keyId, await encryptedPem(other, 'right'));
    let open = 0;
    const { store } = storeOf(storage, async () => {
      expect(++open).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      open--;
      return { passphrase: 'right', giveUp: false };
    });
    const found = await Promise.all([store.get(key.keyId), store.get(other.keyId), store.get(key.keyId)]);
    expect(found.map((one) => one.key.keyId)).toEqual([key.keyId, other.keyId, key.keyId]);
  });

  test('a key store opens an unencrypted key without asking', async () => {
    const storage = memoryKeyStorage();
    storage.files.set(key.keyId, plainPem(key, { role: 'root' }));
    const { retrieve, requests } = scriptedRetriever();
    const { store } = storeOf(storage, retrieve);
    expect((await store.get(key.keyId)).role).toBe('root');
    expect(requests).toEqual([]);
  });

  test('a key store writes a new key encrypted, with role and GUN, and has it at hand', async () => {
    const storage = memoryKeyStorage();
    const { retrieve, requests } = scriptedRetriever('a passphrase');
    const { store } = storeOf(storage, retrieve);
    await store.add(key, 'targets', gun);
    const block = onlyBlock(storage.files.get(key.keyId));
    expect(readPrivateKey(block, 'a passphrase').keyId).toBe(key.keyId);
    expect(await store.info(key.keyId)).toEqual({ keyId: key.keyId, role: 'targets', gun });
    expect((await store.get(key.keyId)).key).toBe(key);
    const request = { keyName: key.keyId, alias: 'targets', createNew: true, attempts: 0, gun };
    expect(requests).toEqual([request]);
  });

  test('a key store has nothing of a key whose passphrase or file it could not get', async () => {
    const storage = memoryKeyStorage();
    const refusing = storeOf(storage).store;
    await expect(refusing.add(key, 'root', '')).rejects.toThrow(
      expect.objectContaining({ code: 'ATTEMPTS_EXCEEDED' }),
    );
    await expect(refusing.get(key.keyId)).rejects.toThrow(notFound(key.keyId));
    const full = { ...storage, set: () => Promise.reject(new NotaryError('FILE_UNWRITABLE', 'disk full')) };
    const { store } = storeOf({ ...full, files: storage.files }, scriptedRetriever('x').retrieve);
    await expect(store.add(key, 'root', '')).rejects.toThrow('disk full');
    await expect(store.get(key.keyId)).rejects.toThrow(notFound(key.keyId));
  });

  test('a key store forgets a removed key', async () => {
    const storage = await storageWith(key);
    const { store } = storeOf(storage, scriptedRetriever('right').retrieve);
    await store.get(key.keyId);
    await store.remove(key.keyId);
    expect(storage.files.size).toBe(0);
    await expect(store.get(key.keyId)).rejects.toThrow(notFound(key.keyId));
  });

  test('a key store lists what the headers say without opening anything, subdirectories included', async () => {
    const storage = memoryKeyStorage();
    storage.files.set('b', await encryptedPem(key, 'right', { role: 'user' }));
    storage.files.set('a', await encryptedPem(key, 'right', { role: 'targets', gun }));
    storage.files.set('sub/deep/c', plainPem(key));
    const { store } = storeOf(storage);
    expect(await store.list()).toEqual([
      { keyId: 'a', role: 'targets', gun },
      { keyId: 'b', role: 'user', gun: '' },
      { keyId: 'c', role: '', gun: '' },
    ]);
    expect(await store.info(asCanonicalKeyId('c'))).toBeUndefined();
    await expect(store.get(asCanonicalKeyId('sub/deep/c'))).rejects.toThrow(notFound('sub/deep/c'));
  });

  test.each(['', '../x', 'a/b', 'a\0', key.keyId].map(asCanonicalKeyId))(
    'a key store does not find %j in an empty directory',
    async (keyId) => {
      const { store, log } = storeOf(memoryKeyStorage());
      await expect(store.get(keyId)).rejects.toThrow(notFound(keyId));
      expect(await store.info(keyId)).toBeUndefined();
      expect(log.records).toEqual([]);
    },
  );
});

describe('a damaged key file', () => {
  const key = generateEcdsaKey();
  const other = generateEcdsaKey();
  const unreadableCipher = Buffer.from(
    other.object.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'right' }),
  );

  test.each([
    ['without PEM', () => utf8('junk'), 'PEM block is empty'],
    [
      'with a certificate',
      () => utf8('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'),
      'unknown key format',
    ],
  ])('a key file %s is named in a record and passed over in listings', async (_, pem, reason) => {
    const storage = await storageWith(key);
    storage.files.set('bad', pem());
    const { store, log } = storeOf(storage);
    expect((await store.list()).map(({ keyId }) => keyId)).toEqual([key.keyId]);
    expect(log.records).toEqual([
      {
        level: 'error',
        message: `${reason}: cannot use private key file memory:private/bad.key`,
        code: 'INVALID_KEY',
      },
    ]);
  });

  test.each([
    ['of no PEM', async () => utf8('junk'), 'PEM block is empty'],
    [
      'of a broken key',
      async () => utf8('-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n'),
      'the private key is malformed',
    ],
    ['of another key', () => encryptedPem(other, 'right'), `it holds the key ${other.keyId}`],
    [
      'of a cipher that Notary cannot read',
      async () => unreadableCipher,
      'pkcs8: only HMAC-SHA-1 supported in PBKDF2',
    ],
  ])('a key %s is not found, and the record says why', async (_, pem, reason) => {
    const storage = memoryKeyStorage();
    storage.files.set(key.keyId, await pem());
    const { store, log } = storeOf(storage, scriptedRetriever('right').retrieve);
    await expect(store.get(key.keyId)).rejects.toThrow(notFound(key.keyId));
    expect(log.messages('error')).toEqual([
      `${reason}: cannot use private key file memory:private/${key.keyId}.key`,
    ]);
  });

  test('a damaged key file that cannot be read blocks no other key', async () => {
    const storage = await storageWith(key);
    storage.files.set('bad', utf8(''));
    const broken = {
      ...storage,
      get: async (name: string) => {
        if (name === 'bad') throw new NotaryError('FILE_UNREADABLE', 'open bad.key: permission denied');
        return storage.files.get(name);
      },
    };
    const { store, log } = storeOf(broken);
    expect(await store.list()).toHaveLength(1);
    expect(log.messages('error')).toEqual([
      'open bad.key: permission denied: cannot use private key file memory:private/bad.key',
    ]);
  });
});
