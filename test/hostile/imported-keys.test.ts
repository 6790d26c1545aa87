/** Key files that others hand over: what they say of themselves replaces nothing and makes nothing root. */

import { describe, expect, it } from 'vitest';
import { readPrivateKey } from '../../src/crypto/key-files/read-private-key.ts';
import { generateEcdsaKey } from '../../src/crypto/keys/private-key.ts';
import { encodePem } from '../../src/encoding/pem.ts';
import { encryptedPem, gun, onlyBlock, plainPem, scriptedRetriever } from '../support/key-file-samples.ts';
import { imported } from '../support/key-importing.ts';
import { type MemoryKeyStorage, memoryKeyStorage } from '../support/memory-ports.ts';

const key = generateEcdsaKey();
const other = generateEcdsaKey();

describe('G31 flags that say otherwise than the headers', () => {
  it.each([
    [{ role: 'alice' }, { role: 'user' }, 'role alice, not user'],
    [{ role: 'root' }, { role: 'user' }, 'role root, not user'],
    [{ role: 'targets', gun }, { gun: 'other' }, `gun ${gun}, not other`],
    [{ role: 'targets', path: `tuf_keys/${gun}/x` }, { gun: 'other' }, `gun ${gun}, not other`],
  ])(
    'flags of %j that contradict the headers are an error, and nothing of the file is imported',
    async (headers, flags, words) => {
      const { failure, storage, requests } = await imported([plainPem(other), plainPem(key, headers)], {
        ...flags,
        ...('gun' in flags && { role: 'targets' }),
      });
      expect(failure).toMatchObject({
        code: 'FLAG_CONTRADICTED',
        message: expect.stringContaining(words) as string,
      });
      expect([storage.files.size, requests]).toEqual([0, []]);
    },
  );

  it('flags that agree with the headers, or name a GUN for a role that has none, bring no warning', async () => {
    const { log } = await imported([plainPem(key, { role: 'user', gun })], { role: 'user', gun: 'other' });
    expect(log.records).toEqual([]);
  });
});

describe('G31 a key file that says it holds a root key', () => {
  it('a key file that says it holds a root key is believed with a warning, unless it is asked for as root', async () => {
    const { log } = await imported([plainPem(key, { role: 'root' })]);
    expect(log.records).toMatchObject([{ level: 'warn', code: 'ROOT_KEY_IMPORTED' }]);
    expect((await imported([plainPem(key, { role: 'root' })], { role: 'root' })).log.records).toEqual([]);
  });
});

describe('G31 import of a key that is there', () => {
  const stored = async (headers: Record<string, string> = { role: 'user' }) => {
    const storage = memoryKeyStorage();
    storage.files.set(key.keyId, await encryptedPem(key, 'old', headers));
    return storage;
  };
  const bytesOf = (storage: MemoryKeyStorage) => Buffer.from(storage.files.get(key.keyId) ?? []).toString();

  it('import of the same file changes nothing and says nothing', async () => {
    const storage = memoryKeyStorage();
    const pem = await encryptedPem(key, 'old', { path: key.keyId, role: 'user' });
    for (let turn = 0; turn < 2; turn++) {
      const { log, failure, requests } = await imported([pem], { storage });
      expect([log.records, failure, requests]).toEqual([[], undefined, []]);
    }
  });

  it.each([
    ['encrypted', async () => encryptedPem(key, 'new', { path: key.keyId, role: 'user' })],
    ['not encrypted', async () => plainPem(key, { role: 'user' })],
  ])(
    'import of a key that is there replaces it by the same key under another passphrase, %s, with a warning',
    async (_, pem) => {
      const storage = await stored();
      const retriever = scriptedRetriever('new', 'new');
      const { log, failure } = await imported([await pem()], { storage, retriever });
      expect(failure).toBeUndefined();
      expect(readPrivateKey(onlyBlock(storage.files.get(key.keyId)), 'new').keyId).toBe(key.keyId);
      expect(log.records).toMatchObject([{ level: 'warn', code: 'KEY_REPLACED' }]);
    },
  );

  const claims = { path: key.keyId };
  it.each([
    [
      'another key with its ID for a path',
      async () => encryptedPem(other, 'new', { ...claims, role: 'user' }),
    ],
    ['a key that does not open', async () => encryptedPem(key, 'unknown', { ...claims, role: 'user' })],
    ['itself for another role', async () => plainPem(key, { role: 'alice' })],
    ['itself for root', async () => encryptedPem(key, 'new', { ...claims, role: 'root' })],
    [
      'itself for a base role',
      async () => encryptedPem(key, 'new', { ...claims, role: 'targets', gun: 'other' }),
    ],
  ])('import leaves a key that is there as it is beside %s, and imports the others', async (_, pem) => {
    const storage = await stored();
    const before = bytesOf(storage);
    const third = generateEcdsaKey();
    const retriever = scriptedRetriever('new', 'new', 'new');
    const { failure } = await imported([await pem(), plainPem(third)], { storage, retriever });
    expect(failure).toMatchObject({
      code: 'KEY_EXISTS',
      details: { key: key.keyId, role: 'user' },
      hint: expect.stringContaining('key remove') as string,
    });
    expect(bytesOf(storage)).toBe(before);
    expect([...storage.files.keys()].sort()).toEqual([key.keyId, third.keyId].sort());
  });

  it('import leaves a key of another GUN as it is', async () => {
    const storage = await stored({ role: 'targets', gun });
    const before = bytesOf(storage);
    const { failure } = await imported([plainPem(key, { role: 'targets', gun: 'other' })], { storage });
    expect(failure).toMatchObject({ code: 'KEY_EXISTS', details: { gun } });
    expect(bytesOf(storage)).toBe(before);
  });
});

describe('G31 a path that is the ID of another key', () => {
  it.each([
    ['not encrypted', async () => plainPem(other, { path: key.keyId })],
    [
      'encrypted in a way that has to be replaced',
      async () =>
        Buffer.from(
          other.object.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-128-cbc', passphrase: 'old' }),
        ),
    ],
  ])(
    'a path that is the ID of another key does not count when the key is %s, and is said to be wrong',
    async (_, pem) => {
      const block = onlyBlock(await pem());
      const file = encodePem({ ...block, headers: new Map([...block.headers, ['path', key.keyId]]) });
      const { failure, storage, log } = await imported([file], {
        retriever: scriptedRetriever('old', 'old'),
      });
      expect([failure, [...storage.files.keys()]]).toEqual([undefined, [other.keyId]]);
      expect(log.records).toMatchObject([{ code: 'KEY_ID_CONTRADICTED' }]);
    },
  );
});
