import { createPublicKey } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { readPrivateKey } from '../../src/crypto/key-files/read-private-key.ts';
import { asCanonicalKeyId } from '../../src/crypto/keys/key-id.ts';
import { generateEcdsaKey } from '../../src/crypto/keys/private-key.ts';
import { utf8 } from '../../src/encoding/bytes.ts';
import { encodePem, parsePem } from '../../src/encoding/pem.ts';
import { isNotaryError } from '../../src/errors.ts';
import { changePassphrase } from '../../src/keys/change-passphrase.ts';
import { makeCryptoService } from '../../src/keys/crypto-service.ts';
import { type Export, type ExportFilter, exportKeys } from '../../src/keys/export-keys.ts';
import { generateKey, generateKeyFiles, parseAlgorithm } from '../../src/keys/generate-key.ts';
import { KeyStore } from '../../src/keys/key-store.ts';
import { listKeys } from '../../src/keys/list-keys.ts';
import { findListedKey, parseKeyId } from '../../src/keys/remove-key.ts';
import { encryptedPem, gun, onlyBlock, scriptedRetriever } from '../support/key-file-samples.ts';
import { type MemoryKeyStorage, memoryKeyStorage, memoryLog } from '../support/memory-ports.ts';

const key = generateEcdsaKey();

function storeOn(storage: MemoryKeyStorage, ...answers: readonly string[]): KeyStore {
  return new KeyStore(storage, scriptedRetriever(...answers).retrieve, memoryLog());
}

describe('key list', () => {
  test('key list has root keys first, then the order of GUN, role and ID', async () => {
    const storage = memoryKeyStorage();
    const entries: readonly (readonly [string, Record<string, string>])[] = [
      ['5', { role: 'user' }],
      ['4', { role: 'root' }],
      ['3', { role: 'targets', gun: 'b' }],
      ['6', { role: 'snapshot', gun: 'b' }],
      ['2', { role: 'targets', gun: 'a' }],
      ['1', { role: 'root' }],
      ['0', { role: 'user' }],
      ['7', {}],
    ];
    for (const [name, headers] of entries) storage.files.set(name, await encryptedPem(key, 'x', headers));
    const listed = await listKeys(storeOn(storage));
    expect(listed.map(({ keyId }) => keyId)).toEqual(['1', '4', '7', '0', '5', '2', '6', '3']);
    expect(listed[0]).toEqual({ keyId: '1', role: 'root', gun: '', location: 'memory:private' });
  });
});

describe('key export', () => {
  async function filled(): Promise<MemoryKeyStorage> {
    const storage = memoryKeyStorage();
    storage.files.set('b', await encryptedPem(key, 'x', { role: 'targets', gun }));
    storage.files.set('a', await encryptedPem(key, 'x', { role: 'root' }));
    storage.files.set('sub/c', await encryptedPem(key, 'x', { role: 'snapshot', gun: `${gun}/sub` }));
    storage.files.set('junk', utf8('junk'));
    return storage;
  }
  const ports = (storage: MemoryKeyStorage, log = memoryLog()) => ({
    storage,
    log,
    caution: () => undefined,
  });
  const paths = ({ bundle }: Pick<Export, 'bundle'>) =>
    parsePem(bundle).map(({ headers }) => headers.get('path'));

  test('key export writes every block with its path, headers in order, files in order', async () => {
    const storage = await filled();
    const log = memoryLog();
    const { bundle } = await exportKeys(ports(storage, log), { guns: [], keyIds: [] });
    expect(paths({ bundle })).toEqual(['a', 'b', 'sub/c']);
    expect(Buffer.from(bundle).toString().split('\n\n')[1]?.split('\n').slice(-4)).toEqual([
      '-----BEGIN ENCRYPTED PRIVATE KEY-----',
      `gun: ${gun}`,
      'path: b',
      'role: targets',
    ]);
    expect(log.messages('error')).toEqual(['PEM block is empty: cannot export memory:private/junk.key']);
  });

  test.each([
    [[gun], [], ['b']],
    [[`${gun}/sub`, gun], [], ['b', 'sub/c']],
    [[], ['c', 'a'], ['a', 'sub/c']],
  ])('key export of the GUNs %j and the IDs %j writes %j', async (guns, keyIds, expected) => {
    const storage = await filled();
    expect(paths(await exportKeys(ports(storage), { guns, keyIds }))).toEqual(expected);
  });

  test.each<[string, Partial<ExportFilter>, string, string | undefined]>([
    ['a GUN that is not here', { guns: ['quay.io'] }, 'no key of quay.io is in', undefined],
    ['a GUN with a typo', { guns: [`${gun}x`] }, `no key of ${gun}x is in`, gun],
    ['one GUN of two that is not here', { guns: [gun, 'other'] }, 'no key of other is in', undefined],
    ['an empty GUN', { guns: [''] }, 'no key of ', undefined],
    ['an ID that is not here', { keyIds: ['none'] }, 'no key with the ID none is in', undefined],
    ['one ID of two that is not here', { keyIds: ['a', 'none'] }, 'no key with the ID none is', undefined],
    ['a part of an ID', { keyIds: ['ab'] }, 'no key with the ID ab is in', 'abcdef'],
    ['a delegation', { guns: ['targets/a'] }, 'no key of targets/a is in', 'belong to no GUN'],
  ])('key export of %s fails, and helps where it can', async (_, asked, message, help) => {
    const storage = await filled();
    storage.files.set('abcdef', await encryptedPem(key, 'x', { role: 'user' }));
    const failed = exportKeys(ports(storage), { guns: [], keyIds: [], ...asked });
    const error = await failed.catch((cause: unknown) => cause);
    if (!isNotaryError(error, 'KEY_NOT_FOUND')) throw error;
    expect(error.message).toContain(message);
    expect(error.hint).toContain(help ?? 'key list');
  });

  test('key export of a GUN says which root keys it leaves out, and takes them when it is asked to', async () => {
    const storage = await filled();
    const of = async (withRoot: boolean) => {
      const { keys, rootKeysLeftOut } = await exportKeys(ports(storage), {
        ...{ guns: [gun], keyIds: [], withRoot },
      });
      return [keys.map(({ role }) => role), rootKeysLeftOut];
    };
    expect(await of(false)).toEqual([['targets'], 1]);
    expect(await of(true)).toEqual([['root', 'targets'], 0]);
  });

  test('key export repeats a file of two blocks', async () => {
    const storage = memoryKeyStorage();
    const pem = await encryptedPem(key, 'x');
    storage.files.set('a', Buffer.concat([pem, pem]));
    expect(paths(await exportKeys(ports(storage), { guns: [], keyIds: [] }))).toEqual(['a', 'a']);
  });
});

describe('key generate', () => {
  test('key generate knows ECDSA only, in any case', () => {
    expect([parseAlgorithm(), parseAlgorithm('ECdsa')]).toEqual(['ecdsa', 'ecdsa']);
    for (const word of ['rsa', 'ed25519', '']) {
      expect(() => parseAlgorithm(word)).toThrow('Algorithm not allowed, possible values are: ECDSA');
    }
  });

  test('key generate stores a key under any role and says which', async () => {
    const storage = memoryKeyStorage();
    const { retrieve } = scriptedRetriever('passphrase');
    const keys = makeCryptoService(new KeyStore(storage, retrieve, memoryLog()), retrieve, memoryLog());
    const id = await generateKey(keys, 'any word');
    expect(await keys.info(id)).toEqual({ keyId: id, role: 'any word', gun: '' });
    await expect(generateKey(keys, 'root')).rejects.toThrow(
      expect.objectContaining({
        code: 'ATTEMPTS_EXCEEDED',
        message: 'Failed to create a new root key: maximum number of passphrase attempts exceeded',
      }),
    );
  });

  test('key generate into files makes a pair with a role header, and asks without a role word', async () => {
    const { retrieve, requests } = scriptedRetriever('passphrase');
    const files = await generateKeyFiles(retrieve, 'user');
    const [privateBlock, publicBlock] = [onlyBlock(files.privateKey), onlyBlock(files.publicKey)];
    expect([privateBlock.type, publicBlock.type]).toEqual(['ENCRYPTED PRIVATE KEY', 'PUBLIC KEY']);
    expect([...privateBlock.headers, ...publicBlock.headers]).toEqual([
      ['role', 'user'],
      ['role', 'user'],
    ]);
    const made = readPrivateKey(privateBlock, 'passphrase');
    expect(made.keyId).toBe(files.keyId);
    expect(Buffer.from(publicBlock.bytes)).toEqual(
      createPublicKey(made.object).export({ format: 'der', type: 'spki' }),
    );
    expect(requests).toEqual([{ keyName: made.keyId, alias: '', createNew: true, attempts: 0 }]);
  });
});

describe('key passwd', () => {
  test('key passwd opens with the old passphrase and encrypts with the new one; role and GUN stay', async () => {
    const storage = memoryKeyStorage();
    storage.files.set(key.keyId, await encryptedPem(key, 'old', { role: 'targets', gun, other: 'dropped' }));
    await changePassphrase(storeOn(storage, 'old'), storeOn(storage, 'new'), key.keyId);
    const block = onlyBlock(storage.files.get(key.keyId));
    expect(readPrivateKey(block, 'new').keyId).toBe(key.keyId);
    expect(Object.fromEntries(block.headers)).toEqual({ role: 'targets', gun });
  });

  test('key passwd turns the old encryption into PKCS#8', async () => {
    const storage = memoryKeyStorage();
    const sec1 = key.object.export({ format: 'der', type: 'sec1' });
    const headers = new Map([['role', 'user']]);
    storage.files.set(key.keyId, encodePem({ type: 'EC PRIVATE KEY', headers, bytes: sec1 }));
    await changePassphrase(storeOn(storage), storeOn(storage, 'new'), key.keyId);
    expect(onlyBlock(storage.files.get(key.keyId)).type).toBe('ENCRYPTED PRIVATE KEY');
  });

  test.each([
    ['an unknown key', asCanonicalKeyId('f'.repeat(64)), 'old', 'KEY_NOT_FOUND'],
    ['a wrong passphrase', key.keyId, 'wrong', 'PASSPHRASE_INVALID'],
  ])('key passwd says the same for %s, under a code of its own', async (_, id, passphrase, code) => {
    const storage = memoryKeyStorage();
    storage.files.set(key.keyId, await encryptedPem(key, 'old'));
    await expect(changePassphrase(storeOn(storage, passphrase), storeOn(storage, 'new'), id)).rejects.toThrow(
      expect.objectContaining({
        code,
        message: `could not retrieve local key for key ID provided: ${id}`,
      }),
    );
  });

  test('key passwd changes nothing without a new passphrase', async () => {
    const storage = memoryKeyStorage();
    const pem = await encryptedPem(key, 'old', { role: 'user' });
    storage.files.set(key.keyId, pem);
    await expect(changePassphrase(storeOn(storage, 'old'), storeOn(storage), key.keyId)).rejects.toThrow(
      'maximum number of passphrase attempts exceeded',
    );
    expect(storage.files.get(key.keyId)).toBe(pem);
  });
});

describe('key remove', () => {
  test('key remove takes an ID of 64 bytes', () => {
    expect(parseKeyId('x'.repeat(64))).toBe('x'.repeat(64));
    for (const text of ['abc', 'x'.repeat(65), 'é'.repeat(64), '']) {
      expect(() => parseKeyId(text)).toThrow(`invalid key ID provided: ${text}`);
    }
  });

  test('key remove finds a key of the directory itself', async () => {
    const storage = memoryKeyStorage();
    storage.files.set('a', await encryptedPem(key, 'x', { role: 'user' }));
    storage.files.set('sub/b', await encryptedPem(key, 'x', { role: 'user' }));
    const store = storeOn(storage);
    expect(await findListedKey(store, asCanonicalKeyId('a'))).toEqual({
      keyId: 'a',
      role: 'user',
      gun: '',
      location: 'memory:private',
    });
    await expect(findListedKey(store, asCanonicalKeyId('b'))).rejects.toThrow(
      expect.objectContaining({ code: 'KEY_NOT_FOUND', message: 'No key with ID b found' }),
    );
  });
});
