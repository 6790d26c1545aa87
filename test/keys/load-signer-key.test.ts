/** Private keys of signers: what loading a file stores, and what making a key leaves where it fails. */

import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { expect, it } from 'vitest';
import { encodePem, parsePem } from '../../src/encoding/pem.ts';
import { makeCryptoService } from '../../src/keys/crypto-service.ts';
import { keyBlock } from '../../src/keys/key-file.ts';
import { KeyStore } from '../../src/keys/key-store.ts';
import { loadSignerKeys } from '../../src/keys/load-signer-key.ts';
import { makeSignerKey } from '../../src/keys/make-signer-key.ts';
import { constantPassphrase, memoryKeyStorage, memoryLog } from '../support/memory-ports.ts';
import { refusal } from '../support/refusal.ts';

const ecKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const plain = (key: KeyObject) => Buffer.from(key.export({ format: 'pem', type: 'pkcs8' }));
/** With the pseudo-random function of OpenSSL, HMAC-SHA-256, which docker cannot read. */
const locked = (key: KeyObject, passphrase = 'passphrase') =>
  Buffer.from(key.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase }));

function withHeaders(pem: Uint8Array, headers: Readonly<Record<string, string>>): Uint8Array {
  const [block] = parsePem(pem);
  if (block === undefined) throw new Error('no block');
  return encodePem({ ...block, headers: new Map(Object.entries(headers)) });
}

function store() {
  const storage = memoryKeyStorage();
  const log = memoryLog();
  const { retrieve } = constantPassphrase();
  const caution = (_code: string, message: string) => log.warn(message);
  const load = (bytes: Uint8Array, name = 'signer', isChosen = name !== 'signer') =>
    loadSignerKeys({ storage, retrieve, log, caution }, { bytes, source: 'F', name, isChosen });
  const roleOf = async (id: string) =>
    keyBlock((await storage.get(id)) ?? new Uint8Array()).headers.get('role');
  const cryptoService = makeCryptoService(new KeyStore(storage, retrieve, log), retrieve, log);
  return { storage, log, load, roleOf, cryptoService };
}

it.each(['plain', 'locked'] as const)('a %s key is stored under the name that is given', async (kind) => {
  const { load, roleOf, cryptoService } = store();
  const key = ecKey();
  const [loaded] = await load(kind === 'plain' ? plain(key) : locked(key), 'carol');
  const id = loaded?.keyId;
  if (id === undefined) throw new Error('nothing was stored');
  expect(await roleOf(id)).toBe('carol');
  const { key: opened } = await cryptoService.find(id, { role: 'targets/carol', gun: 'any' });
  expect(opened.keyId).toBe(id);
});

it('a key that names its role keeps it, unless it is encrypted and a name is chosen', async () => {
  const { load } = store();
  const named = (pem: Uint8Array) => withHeaders(pem, { role: 'dave' });
  const roles = async (bytes: Uint8Array, name?: string) => (await load(bytes, name)).map(({ role }) => role);
  expect(await roles(named(plain(ecKey())), 'carol')).toEqual(['dave']);
  expect(await roles(named(locked(ecKey())))).toEqual(['dave']);
  expect(await roles(named(locked(ecKey())), 'carol')).toEqual(['carol']);
  expect(await roles(plain(ecKey()), '')).toEqual(['delegation']);
});

it('a key is loaded again under another name, and one of a repository is not', async () => {
  const { load, roleOf, storage } = store();
  const key = ecKey();
  const [first] = await load(plain(key), 'carol');
  const [second] = await load(plain(key), 'dave');
  expect(second?.keyId).toBe(first?.keyId);
  expect(await roleOf(second?.keyId ?? '')).toBe('dave');
  const held = (await storage.get(second?.keyId ?? '')) ?? new Uint8Array();
  await storage.set(second?.keyId ?? '', withHeaders(held, { role: 'targets', gun: 'example.com/app' }));
  await expect(load(plain(key), 'carol')).rejects.toThrow(
    refusal('KEY_EXISTS', /targets of example\.com\/app/),
  );
  expect(await roleOf(second?.keyId ?? '')).toBe('targets');
});

it.each([
  ['nothing', Buffer.from(''), 'INVALID_KEY', /^provided file F is not a supported private key/],
  [
    'an Ed25519 key',
    plain(generateKeyPairSync('ed25519').privateKey),
    'INVALID_KEY',
    'failed to import all keys: invalid key pem block',
  ],
  [
    'a key under an unknown passphrase',
    locked(ecKey(), 'another one'),
    'PASSPHRASE_INVALID',
    'cannot load key from provided file F: could not decrypt key',
  ],
] as const)('of %s nothing is stored', async (_, bytes, code, message) => {
  const { load, storage } = store();
  await expect(load(bytes, 'carol')).rejects.toThrow(refusal(code, message));
  expect(await storage.list()).toEqual([]);
});

it('a key whose public half cannot be written is not kept', async () => {
  const { storage, cryptoService } = store();
  const write = () => Promise.reject(new Error('full'));
  await expect(makeSignerKey(cryptoService, 'alice', write)).rejects.toThrow('full');
  expect(await storage.list()).toEqual([]);
  const written: Uint8Array[] = [];
  const id = await makeSignerKey(cryptoService, 'alice', async (bytes) => void written.push(bytes));
  expect(await storage.list()).toEqual([id]);
  expect(Buffer.from(written[0] ?? '').toString()).toMatch(/^-----BEGIN PUBLIC KEY-----\nrole: alice\n\n/);
});
