import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readPrivateKey } from '../../src/crypto/key-files/read-private-key.ts';
import { generateEcdsaKey } from '../../src/crypto/keys/private-key.ts';
import { canonicalKeyId } from '../../src/crypto/keys/verification-key.ts';
import { utf8 } from '../../src/encoding/bytes.ts';
import { encodePem } from '../../src/encoding/pem.ts';
import { makeCryptoService } from '../../src/keys/crypto-service.ts';
import { KeyStore } from '../../src/keys/key-store.ts';
import { addKeyFromFile, openKeyFile } from '../../src/keys/user-key-file.ts';
import { fixturePassphrase } from '../support/fixtures/keys.ts';
import {
  encryptedPem,
  gun,
  onlyBlock,
  plainPem,
  rsaKey,
  scriptedRetriever,
} from '../support/key-file-samples.ts';
import { constantPassphrase, memoryKeyStorage, memoryLog } from '../support/memory-ports.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/keys');

function service(passphrase = 'right') {
  const storage = memoryKeyStorage();
  const log = memoryLog();
  const { retrieve, requests } = constantPassphrase(passphrase);
  return {
    storage,
    log,
    requests,
    keys: makeCryptoService(new KeyStore(storage, retrieve, log), retrieve, log),
  };
}

describe('a crypto service', () => {
  test('a crypto service makes a P-256 key for a role and finds it again', async () => {
    const { keys, storage } = service();
    const publicKey = await keys.create('targets', gun);
    const id = canonicalKeyId(publicKey);
    expect(publicKey.keyType).toBe('ecdsa');
    expect([...storage.files.keys()]).toEqual([id]);
    expect(await keys.info(id)).toEqual({ keyId: id, role: 'targets', gun });
    expect((await keys.find(id, { role: 'targets', gun })).key.publicKey).toEqual(publicKey);
    await keys.remove(id);
    await keys.remove(id);
    await expect(keys.find(id, { role: 'targets', gun })).rejects.toThrow(
      expect.objectContaining({ code: 'KEY_NOT_FOUND' }),
    );
  });

  test('a crypto service lists the keys of a role, or all, by ID', async () => {
    const { keys } = service();
    for (const role of ['root', 'user', 'root', 'targets/releases']) await keys.create(role, gun);
    const all = await keys.list();
    expect(all.map((info) => info.keyId)).toEqual(all.map((info) => info.keyId).sort());
    expect(all).toHaveLength(4);
    expect((await keys.list('root')).map(({ role }) => role)).toEqual(['root', 'root']);
    expect(await keys.list('snapshot')).toEqual([]);
  });

  test('a crypto service leaves a key that is there for the same role as it is', async () => {
    const { keys, storage, requests, log } = service();
    const key = rsaKey();
    await keys.add(key, 'user', '');
    const before = storage.files.get(key.keyId);
    await keys.add(key, 'user', gun);
    expect([storage.files.get(key.keyId), requests.length]).toEqual([before, 1]);
    expect(log.messages('debug')).toEqual([`key with same ID ${key.keyId} and role user already exists`]);
  });

  test('a crypto service refuses a key that is there for another role', async () => {
    const { keys } = service();
    const key = generateEcdsaKey();
    await keys.add(key, 'user', '');
    await expect(keys.add(key, 'root', '')).rejects.toThrow(
      expect.objectContaining({
        code: 'KEY_EXISTS',
        message: 'key with same ID already exists for role: user',
        details: { key: key.keyId, role: 'user' },
      }),
    );
    await expect(addKeyFromFile(keys, key, 'root', '')).rejects.toThrow(
      expect.objectContaining({
        code: 'KEY_EXISTS',
        message: 'Error importing key: key with same ID already exists for role: user',
      }),
    );
  });

  test('a crypto service writes a key over a damaged file of its name', async () => {
    const { keys, storage } = service();
    const key = generateEcdsaKey();
    storage.files.set(key.keyId, utf8('damaged'));
    await keys.add(key, 'root', '');
    expect(onlyBlock(storage.files.get(key.keyId)).type).toBe('ENCRYPTED PRIVATE KEY');
  });
});

describe('a key file that the user brings along', () => {
  const key = generateEcdsaKey();
  const legacyPem = utf8(`-----BEGIN EC PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-128-CBC,10BD35423A20471F144E488524039BB5

GTrDAWVa+jPBULjaHusBr2l+JSxfAvyBlQfDJZ94bKg+1Xk3yqsPB9H0+kVNqWYE
QWH+TQyjj6nVD0uEs6EELddwoF3Su8tbjiOyLevUqWK39o1h69WJ4SMUuUuDQ5sv
V/bk9kLM7JwLhpfAiJ4iVLyFAkyVhrwv3JQkJ+Tsc8s=
-----END EC PRIVATE KEY-----
`);

  test.each(['root', 'targets'])(
    'a key file that the user brings for %s is opened with the root passphrase and without an ID',
    async (role) => {
      const { retrieve, requests } = scriptedRetriever('wrong', 'right');
      const pem = await encryptedPem(key, 'right', { role: 'user' });
      expect((await openKeyFile(pem, role, retrieve)).keyId).toBe(key.keyId);
      expect(requests.map(({ keyName, alias, createNew }) => [keyName, alias, createNew])).toEqual(
        Array(2).fill(['', 'root', false]),
      );
    },
  );

  test('a key file that the user brings is opened by the crypto service with its own passphrases', async () => {
    expect((await service().keys.open(await encryptedPem(key, 'right'), 'root')).keyId).toBe(key.keyId);
  });

  test('a key file that the user brings may have the old encryption', async () => {
    expect(
      (await openKeyFile(legacyPem, 'root', scriptedRetriever('legacy').retrieve)).publicKey.keyType,
    ).toBe('ecdsa');
  });

  test.each(['p256.pkcs8.scrypt.pem', 'rsa2048.pkcs8.aes256-sha256.pem'])(
    'a key file that the user brings may have an encryption that Notary does not know: %s',
    async (name) => {
      const pem = readFileSync(join(fixtures, name));
      const plain = readFileSync(join(fixtures, name.replace(/\..*/, '.pem')));
      const { bytes } = onlyBlock(pem);
      const id = readPrivateKey(onlyBlock(plain)).keyId;
      for (const file of [pem, bytes]) {
        const { retrieve } = scriptedRetriever('wrong', fixturePassphrase);
        expect((await openKeyFile(file, 'root', retrieve)).keyId).toBe(id);
      }
    },
  );

  test('a key file that the user brings may begin with curve parameters', async () => {
    const parameters = encodePem({
      type: 'EC PARAMETERS',
      headers: new Map(),
      bytes: Buffer.from('06082a8648ce3d030107', 'hex'),
    });
    const file = Buffer.concat([parameters, await encryptedPem(key, 'right')]);
    expect((await openKeyFile(file, 'root', scriptedRetriever('right').retrieve)).keyId).toBe(key.keyId);
  });

  test('a key file that the user brings must be encrypted for root and need not be for another role', async () => {
    const { retrieve, requests } = scriptedRetriever();
    await expect(openKeyFile(plainPem(key), 'root', retrieve)).rejects.toThrow(
      'only encrypted root keys may be imported',
    );
    expect((await openKeyFile(plainPem(key), 'targets', retrieve)).keyId).toBe(key.keyId);
    expect(requests).toEqual([]);
  });

  test('a key file that is called encrypted and is not is refused without asking', async () => {
    const pem = Buffer.from(Buffer.from(plainPem(key)).toString().replaceAll('PRIVATE', 'ENCRYPTED PRIVATE'));
    const { retrieve, requests } = scriptedRetriever('x');
    await expect(openKeyFile(pem, 'root', retrieve)).rejects.toThrow(
      expect.objectContaining({ code: 'INVALID_KEY' }),
    );
    expect(requests).toEqual([]);
  });

  test.each(['root', 'targets'])('a key file without PEM is no key for %s', async (role) => {
    await expect(openKeyFile(utf8('junk'), role, scriptedRetriever().retrieve)).rejects.toThrow(
      expect.objectContaining({ code: 'INVALID_KEY', message: 'no valid private key found' }),
    );
  });

  test('a key file that the user brings stays closed with a wrong passphrase', async () => {
    const pem = await encryptedPem(key, 'right');
    await expect(openKeyFile(pem, 'root', scriptedRetriever('wrong').retrieve)).rejects.toThrow(
      expect.objectContaining({
        code: 'PASSPHRASE_INVALID',
        message: 'password invalid, operation has failed.',
      }),
    );
  });
});
