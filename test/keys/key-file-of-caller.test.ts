/** Key files that the caller brings along, and those that are made to hand over. */

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { generateEcdsaKey } from '../../src/crypto/keys/private-key.ts';
import { encodePem } from '../../src/encoding/pem.ts';
import { NotaryError } from '../../src/errors.ts';
import { makeSignerFiles } from '../../src/keys/delegation-key-pair.ts';
import { choosePassphrase, openWithPassphrase } from '../../src/keys/passphrase-attempts.ts';
import { addKeyFromFile, checkKeyFromFile, openKeyFile } from '../../src/keys/user-key-file.ts';
import type { PassphraseRetriever } from '../../src/ports/prompts.ts';
import { plainPem, scriptedRetriever } from '../support/key-file-samples.ts';
import { seededRandom } from '../support/memory-ports.ts';
import { refusal } from '../support/refusal.ts';

const key = generateEcdsaKey();
const defect = new TypeError('a defect');

describe('a key file that the caller brings along', () => {
  const retrieve = scriptedRetriever('passphrase').retrieve;
  const block = (type: string) => encodePem({ type, headers: new Map(), bytes: Buffer.from('junk') });

  it('a key file that the caller brings is read behind blocks that are no private key', async () => {
    const file = Buffer.concat([block('EC PARAMETERS'), plainPem(key)]);
    expect((await openKeyFile(file, 'targets', retrieve)).keyId).toBe(key.keyId);
  });

  it.each([
    ['nothing', new Uint8Array(), 'targets', 'no valid private key found'],
    [
      'junk that says it is encrypted',
      block('ENCRYPTED PRIVATE KEY'),
      'targets',
      'the encrypted private key is malformed',
    ],
    [
      'junk that says it is encrypted',
      block('ENCRYPTED PRIVATE KEY'),
      'root',
      'the encrypted private key is malformed',
    ],
    ['a root key without a passphrase', plainPem(key), 'root', 'only encrypted root keys may be imported'],
  ] as const)(
    'a key file that the caller brings is refused when it holds %s',
    async (_, file, role, message) => {
      await expect(openKeyFile(file, role, retrieve)).rejects.toThrow(refusal('INVALID_KEY', message));
    },
  );

  it('a caller’s key file that cannot be stored keeps the code, the details and the hint', async () => {
    const cause = new NotaryError('KEY_EXISTS', 'there', { details: { key: 'id' }, hint: 'remove it' });
    const failing = { add: () => Promise.reject(cause), checkAddable: () => Promise.reject(cause) };
    const expected = {
      ...{ code: 'KEY_EXISTS', message: 'Error importing key: there', cause },
      ...{ details: { key: 'id' }, hint: 'remove it' },
    };
    await expect(addKeyFromFile(failing, key, 'targets', '')).rejects.toMatchObject(expected);
    await expect(checkKeyFromFile(failing, key, 'targets')).rejects.toMatchObject(expected);
  });

  it('a caller’s key file that cannot be stored has no hint when the error gives no advice', async () => {
    const cause = new NotaryError('FILE_UNWRITABLE', 'no room');
    const failing = { add: () => Promise.reject(cause), checkAddable: () => Promise.reject(cause) };
    await expect(addKeyFromFile(failing, key, 'targets', '')).rejects.toMatchObject({ hint: undefined });
  });

  it('the reader of the caller’s key file lets a defect through', async () => {
    const failing = { add: () => Promise.reject(defect), checkAddable: () => Promise.reject(defect) };
    await expect(addKeyFromFile(failing, key, 'targets', '')).rejects.toBe(defect);
    await expect(checkKeyFromFile(failing, key, 'targets')).rejects.toBe(defect);
  });

  it('the key of a caller’s file is asked about under its ID and role, and added for its GUN', async () => {
    const asked: unknown[] = [];
    const to = {
      add: async (...given: readonly unknown[]) => asked.push(given) > 0,
      checkAddable: async (...given: readonly unknown[]) => void asked.push(given),
    };
    await checkKeyFromFile(to, key, 'targets');
    expect(await addKeyFromFile(to, key, 'targets', 'gun')).toBe(true);
    expect(asked).toEqual([
      [key.keyId, 'targets'],
      [key, 'targets', 'gun'],
    ]);
  });
});

describe('a passphrase', () => {
  it('a passphrase for a new key is asked for again while the retriever has none and does not give up', async () => {
    const answers = ['', '', 'chosen'];
    const retrieve: PassphraseRetriever = async () => ({ passphrase: answers.shift() ?? '', giveUp: false });
    expect(await choosePassphrase(retrieve, 'id', 'user')).toBe('chosen');
    expect(answers).toEqual([]);
  });

  it('a passphrase for a new key that fails for another reason ends with that reason', async () => {
    await expect(choosePassphrase(() => Promise.reject(defect), 'id', 'user')).rejects.toBe(defect);
  });

  it('a passphrase for an existing key fails with the retriever’s error as the cause', async () => {
    const cause = new NotaryError('PASSPHRASE_INVALID', 'too short');
    const opened = openWithPassphrase(
      () => Promise.reject(cause),
      'id',
      'user',
      () => 'opened',
    );
    await expect(opened).rejects.toMatchObject({ code: 'PASSPHRASE_INVALID', cause });
  });

  it('a passphrase for an existing key that fails for another reason ends with that reason', async () => {
    const interrupted = new NotaryError('INTERRUPTED', 'interrupted');
    const opened = openWithPassphrase(
      () => Promise.reject(interrupted),
      'id',
      'user',
      () => 'opened',
    );
    await expect(opened).rejects.toBe(interrupted);
  });
});

describe('the files of a signer', () => {
  it('the files of a signer hold one key, without a passphrase, and a certificate for it in the given name', () => {
    const now = new Date('2026-03-01T12:00:00Z');
    const { keyId, privateKey, certificate } = makeSignerFiles('bob', now, seededRandom());
    const made = createPrivateKey(Buffer.from(privateKey));
    const parsed = new X509Certificate(Buffer.from(certificate));
    expect(parsed.checkPrivateKey(made)).toBe(true);
    expect(parsed.subject).toBe('CN=bob');
    expect(Buffer.from(privateKey).toString()).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
    expect(keyId).toMatch(/^[0-9a-f]{64}$/);
  });
});
