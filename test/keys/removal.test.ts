/** Under which condition the key store removes a file, and what else it asks of one that is there. */

import { describe, expect, it } from 'vitest';
import { generateEcdsaKey } from '../../src/crypto/keys/private-key.ts';
import { utf8 } from '../../src/encoding/bytes.ts';
import { NotaryError } from '../../src/errors.ts';
import { makeCryptoService } from '../../src/keys/crypto-service.ts';
import { KeyStore } from '../../src/keys/key-store.ts';
import { encryptedPem, gun } from '../support/key-file-samples.ts';
import { constantPassphrase, memoryKeyStorage, memoryLog } from '../support/memory-ports.ts';
import { refusal } from '../support/refusal.ts';

const key = generateEcdsaKey();
const { keyId } = key;

function keys() {
  const storage = memoryKeyStorage();
  const { retrieve } = constantPassphrase();
  const store = new KeyStore(storage, retrieve, memoryLog());
  return { storage, store, service: makeCryptoService(store, retrieve, memoryLog()) };
}

describe('a key that is removed under a condition', () => {
  const written = async () => {
    const all = keys();
    await all.store.add(key, 'targets', gun);
    return all;
  };

  it.each([
    [{ role: 'targets', gun }, true],
    [{ role: 'targets', gun, asWritten: true }, true],
    [{ role: 'snapshot', gun }, false],
    [{ role: 'targets', gun: '' }, false],
    [{ role: 'snapshot', gun: '', asWritten: true }, false],
  ])('goes when its file is of %j: %s', async (only, expected) => {
    const { storage, store } = await written();
    expect(await store.remove(keyId, only)).toBe(expected);
    expect(storage.files.has(keyId)).toBe(!expected);
  });

  it('stays when its file has been written again, and goes when the bytes do not matter', async () => {
    const { storage, store } = await written();
    storage.files.set(keyId, await encryptedPem(key, 'another', { role: 'targets', gun }));
    expect(await store.remove(keyId, { role: 'targets', gun, asWritten: true })).toBe(false);
    expect(await store.remove(keyId, { role: 'targets', gun })).toBe(true);
  });

  it('stays when this store has not written it', async () => {
    const { storage, store } = keys();
    storage.files.set(keyId, await encryptedPem(key, 'another', { role: 'targets', gun }));
    expect(await store.remove(keyId, { role: 'targets', gun, asWritten: true })).toBe(false);
    expect(storage.files.has(keyId)).toBe(true);
  });

  it('stays when its file is damaged', async () => {
    const { storage, store } = keys();
    storage.files.set(keyId, utf8('junk'));
    expect(await store.remove(keyId, { role: '', gun: '' })).toBe(false);
    expect(storage.files.has(keyId)).toBe(true);
  });

  it('counts as removed when it has no file', async () => {
    expect(await keys().store.remove(keyId, { role: 'targets', gun })).toBe(true);
  });
});

describe('a key that is there', () => {
  it.each([
    ['targets', `${gun}2`],
    ['snapshot', gun],
  ])('is not stored again for %s of %s', async (role, of) => {
    const { storage, store } = keys();
    await store.add(key, 'targets', gun);
    const before = storage.files.get(keyId);
    await expect(store.add(key, role, of)).rejects.toThrow(refusal('KEY_EXISTS'));
    expect(storage.files.get(keyId)).toBe(before);
  });

  it('for another role can be added by no file, and for the same role by any', async () => {
    const { service } = keys();
    await expect(service.checkAddable(keyId, 'root')).resolves.toBeUndefined();
    expect(await service.add(key, 'targets', gun)).toBe(true);
    expect(await service.add(key, 'targets', gun)).toBe(false);
    await expect(service.checkAddable(keyId, 'targets')).resolves.toBeUndefined();
    await expect(service.checkAddable(keyId, 'root')).rejects.toThrow(
      refusal('KEY_EXISTS', /./, { key: keyId, role: 'targets' }),
    );
  });

  it('loses its GUN when it is shared, and one that is not there loses nothing', async () => {
    const { storage, store } = keys();
    await store.dropGun(keyId);
    expect(storage.files.size).toBe(0);
    await store.add(key, 'targets', gun);
    await store.dropGun(keyId);
    expect(await store.info(keyId)).toEqual({ keyId, role: 'targets', gun: '' });
  });

  it('is removed by a store whose storage fails with the error of the storage', async () => {
    const { storage, store } = keys();
    const failing = { ...storage, get: () => Promise.reject(new NotaryError('FILE_UNREADABLE', 'denied')) };
    const other = new KeyStore(failing, constantPassphrase().retrieve, memoryLog());
    await store.add(key, 'targets', gun);
    await expect(other.remove(keyId, { role: 'targets', gun })).rejects.toThrow(refusal('FILE_UNREADABLE'));
    expect(storage.files.has(keyId)).toBe(true);
  });
});
