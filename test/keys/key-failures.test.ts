/** What is said, and what goes on, when a key file, a passphrase or a request is not as it should be. */

import { describe, expect, it } from 'vitest';
import { cautionFor } from '../../src/composition/strictness.ts';
import { foreignBlocks } from '../../src/crypto/key-files/foreign-blocks.ts';
import { asCanonicalKeyId } from '../../src/crypto/keys/key-id.ts';
import { generateEcdsaKey } from '../../src/crypto/keys/private-key.ts';
import { utf8 } from '../../src/encoding/bytes.ts';
import { encodePem, parsePem } from '../../src/encoding/pem.ts';
import { NotaryError } from '../../src/errors.ts';
import { changePassphrase } from '../../src/keys/change-passphrase.ts';
import { type Export, exportKeys } from '../../src/keys/export-keys.ts';
import { generateKey, parseAlgorithm } from '../../src/keys/generate-key.ts';

import { KeyStore } from '../../src/keys/key-store.ts';
import { findListedKey, parseKeyId } from '../../src/keys/remove-key.ts';
import type { KeyStorage } from '../../src/ports/trust-dir.ts';
import { encryptedPem, plainPem, scriptedRetriever } from '../support/key-file-samples.ts';
import { memoryKeyStorage, memoryLog } from '../support/memory-ports.ts';
import { refusal } from '../support/refusal.ts';

const key = generateEcdsaKey();
const everything = { guns: [], keyIds: [] };
const defect = new TypeError('a defect');

/** The same keys, but one file cannot be read. */
function unreadable(storage: KeyStorage, name: string, reason: Error): KeyStorage {
  const get: KeyStorage['get'] = async (asked) => {
    if (asked === name) throw reason;
    return storage.get(asked);
  };
  return { ...storage, get };
}

const denied = () => new NotaryError('FILE_UNREADABLE', 'open x: permission denied');

async function threeKeys() {
  const storage = memoryKeyStorage();
  for (const name of ['c', 'a', 'b']) storage.files.set(name, await encryptedPem(key, 'x', { role: 'user' }));
  return storage;
}

const ports = (storage: KeyStorage, log = memoryLog()) => ({
  storage,
  log,
  caution: cautionFor('none', log),
});
const paths = ({ bundle }: Export) => parsePem(bundle).map(({ headers }) => headers.get('path'));

describe('an export', () => {
  it('an export leaves out a file that cannot be read, and names it', async () => {
    const log = memoryLog();
    const storage = unreadable(await threeKeys(), 'b', denied());
    expect(paths(await exportKeys(ports(storage, log), everything))).toEqual(['a', 'c']);
    expect(log.records).toEqual([
      {
        level: 'error',
        message: 'open x: permission denied: cannot export memory:private/b.key',
        code: 'FILE_UNREADABLE',
      },
      {
        level: 'warn',
        message: 'the export lacks what cannot be read: b in memory:private',
        code: 'KEYS_LEFT_OUT',
      },
    ]);
    const strict = { ...ports(storage, log), caution: cautionFor('all', log) };
    await expect(exportKeys(strict, everything)).rejects.toMatchObject({ code: 'KEYS_LEFT_OUT' });
  });

  it('an export of a key by its ID fails when its file cannot be read', async () => {
    const storage = unreadable(await threeKeys(), 'b', denied());
    const exported = exportKeys(ports(storage), { guns: [], keyIds: ['b'] });
    await expect(exported).rejects.toThrow(refusal('FILE_UNREADABLE', 'open x: permission denied'));
  });

  it('an export fails for any other reason than a file that cannot be read', async () => {
    const storage = unreadable(await threeKeys(), 'b', defect);
    await expect(exportKeys(ports(storage), everything)).rejects.toThrow(defect);
  });

  it('an export leaves out a file that has gone since the listing, without a message', async () => {
    const log = memoryLog();
    const storage = { ...(await threeKeys()), list: async () => ['c', 'gone', 'a'] };
    expect(paths(await exportKeys(ports(storage, log), everything))).toEqual(['a', 'c']);
    expect(log.records).toEqual([]);
  });

  it('an export names a file without a block under a code of its own', async () => {
    const storage = memoryKeyStorage();
    storage.files.set('junk', utf8('junk'));
    const log = memoryLog();
    const exported = exportKeys(ports(storage, log), everything);
    await expect(exported).rejects.toThrow(refusal('KEY_NOT_FOUND', 'no key to export is in memory:private'));
    expect(log.records).toMatchObject([{ level: 'error', code: 'INVALID_KEY' }]);
  });
});

describe('generating a key', () => {
  it('generating a key by another algorithm is an error of usage', () => {
    expect(() => parseAlgorithm('rsa')).toThrow(refusal('USAGE'));
  });

  it('generating a key that fails keeps the code, the details and the cause', async () => {
    const cause = new NotaryError('FILE_UNWRITABLE', 'no room', { details: { file: 'x' } });
    const failing = { create: () => Promise.reject(cause) };
    await expect(generateKey(failing, 'user')).rejects.toMatchObject({
      ...{ code: 'FILE_UNWRITABLE', message: 'Failed to create a new user key: no room' },
      ...{ details: { file: 'x' }, cause },
    });
  });

  it('generating a key lets a defect through', async () => {
    await expect(generateKey({ create: () => Promise.reject(defect) }, 'user')).rejects.toBe(defect);
  });
});

describe('changing a passphrase', () => {
  const stored = async () => {
    const storage = memoryKeyStorage();
    storage.files.set(key.keyId, await encryptedPem(key, 'old', { role: 'user' }));
    return storage;
  };
  const storeWith = (storage: KeyStorage, retrieve = scriptedRetriever('new').retrieve) =>
    new KeyStore(storage, retrieve, memoryLog());

  it('a passphrase that is wrong eleven times is an error that names the key', async () => {
    const storage = await stored();
    const wrong = scriptedRetriever(...Array<string>(20).fill('wrong')).retrieve;
    await expect(changePassphrase(storeWith(storage, wrong), storeWith(storage), key.keyId)).rejects.toThrow(
      refusal('ATTEMPTS_EXCEEDED', `could not retrieve local key for key ID provided: ${key.keyId}`, {
        key: key.keyId,
        role: 'user',
      }),
    );
  });

  it.each([
    ['INVALID_KEY', utf8('junk'), /PEM block is empty/],
    ['FILE_UNREADABLE', denied(), /permission denied/],
  ] as const)(
    'a change of a passphrase says that a key is here and unreadable: %s',
    async (code, file, why) => {
      const storage = await stored();
      if (file instanceof NotaryError) storage.get = () => Promise.reject(file);
      else storage.files.set(key.keyId, file);
      await expect(changePassphrase(storeWith(storage), storeWith(storage), key.keyId)).rejects.toMatchObject(
        {
          ...{ code, message: `could not retrieve local key for key ID provided: ${key.keyId}` },
          hint: expect.stringMatching(why) as string,
        },
      );
    },
  );

  it('a change of a passphrase that is interrupted says so', async () => {
    const storage = await stored();
    const interrupted = () => Promise.reject(new NotaryError('INTERRUPTED', 'interrupted'));
    const changed = changePassphrase(storeWith(storage, interrupted), storeWith(storage), key.keyId);
    await expect(changed).rejects.toThrow(refusal('INTERRUPTED'));
  });
});

describe('a file that begins with a byte order mark', () => {
  const pem = plainPem(key);
  const after = (...mark: readonly number[]) => Buffer.concat([Buffer.from(mark), pem]);
  const utf16 = Buffer.from(Buffer.from(pem).toString(), 'utf16le');

  it('a key file that begins with a byte order mark is read without it', () => {
    expect(foreignBlocks(after(0xef, 0xbb, 0xbf))).toHaveLength(1);
    expect(foreignBlocks(Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]))).toHaveLength(1);
  });

  it.each([
    [[0xef, 0xbb, 0x41]],
    [[0xef, 0x41, 0xbf]],
    [[0x41, 0xbb, 0xbf]],
    [[0xef, 0x41, 0x41]],
    [[0x41, 0xbb, 0x41]],
    [[0x41, 0x41, 0xbf]],
  ])('a key file is read as it is when only a part of the mark is there: %j', (mark) => {
    expect(foreignBlocks(after(...mark))).toEqual([]);
  });

  it.each([[[0xff, 0x41]], [[0x41, 0xfe]]])(
    'a key file is no UTF-16 when only a part of its mark is there: %j',
    (mark) => {
      expect(foreignBlocks(Buffer.concat([Buffer.from(mark), utf16]))).toEqual([]);
    },
  );
});

describe('the key store', () => {
  const storeOn = (storage: KeyStorage, retrieve = scriptedRetriever().retrieve, log = memoryLog()) =>
    new KeyStore(storage, retrieve, log);

  it('the key store lists by ID, whatever directory a file lies in', async () => {
    const storage = memoryKeyStorage();
    for (const name of ['d', 'b', 'sub/c', 'sub/a']) storage.files.set(name, plainPem(key));
    expect((await storeOn(storage).list()).map(({ keyId }) => keyId)).toEqual(['a', 'b', 'c', 'd']);
  });

  it.each(['sub/a', '/a', 'a/', 'sub\0a', '\0', ''])('the key store uses no key called %j', async (name) => {
    const storage = memoryKeyStorage();
    storage.files.set(name, plainPem(key));
    expect(await storeOn(storage).info(asCanonicalKeyId(name))).toBeUndefined();
    await expect(storeOn(storage).get(asCanonicalKeyId(name))).rejects.toThrow(
      refusal('KEY_NOT_FOUND', `signing key not found: ${name}`, { key: name }),
    );
  });

  it('the key store asks for no passphrase of a damaged key that is not encrypted', async () => {
    const storage = memoryKeyStorage();
    const damaged = encodePem({ type: 'PRIVATE KEY', headers: new Map(), bytes: Buffer.from('junk') });
    storage.files.set(key.keyId, damaged);
    const { retrieve, requests } = scriptedRetriever('passphrase');
    const log = memoryLog();
    await expect(storeOn(storage, retrieve, log).get(key.keyId)).rejects.toThrow(refusal('KEY_NOT_FOUND'));
    expect(requests).toEqual([]);
    expect(log.records).toMatchObject([{ level: 'error', code: 'INVALID_KEY' }]);
  });

  it('the key store does not take a defect for a damaged file', async () => {
    const storage = memoryKeyStorage();
    storage.files.set(key.keyId, plainPem(key));
    await expect(storeOn(unreadable(storage, key.keyId, defect)).info(key.keyId)).rejects.toBe(defect);
  });
});

describe('removing a key', () => {
  it('key remove needs the whole ID', () => {
    expect(() => parseKeyId('abc')).toThrow(refusal('USAGE', 'invalid key ID provided: abc'));
  });

  it('key remove names the key that is not there', async () => {
    const store = new KeyStore(memoryKeyStorage(), scriptedRetriever().retrieve, memoryLog());
    await expect(findListedKey(store, asCanonicalKeyId('b'))).rejects.toThrow(
      refusal('KEY_NOT_FOUND', 'No key with ID b found', { key: 'b' }),
    );
  });
});
