/** When a key file that is imported takes the place of one that has its name. */

import { describe, expect, it } from 'vitest';
import { generateEcdsaKey } from '../../src/crypto/keys/private-key.ts';
import type { ErrorCode } from '../../src/error-codes.ts';
import { NotaryError } from '../../src/errors.ts';
import { whyNotReplaced } from '../../src/keys/replace-key.ts';
import {
  encryptedPem,
  gun,
  plainPem,
  type ScriptedRetriever,
  scriptedRetriever,
} from '../support/key-file-samples.ts';

const key = generateEcdsaKey();
const other = generateEcdsaKey();
const name = key.keyId;

interface Case {
  readonly pem: Uint8Array;
  readonly present: Uint8Array;
  readonly opened?: typeof key;
  readonly retriever?: ScriptedRetriever;
}

const why = ({ pem, present, opened, retriever = scriptedRetriever() }: Case) =>
  whyNotReplaced(retriever.retrieve, { name, pem, key: opened }, present);

describe('a key file with the name of one that is there', () => {
  it.each([
    ['user', '', ''],
    ['root', '', ''],
    ['targets', gun, gun],
    ['user', gun, ''],
    ['', '', ''],
  ])('for the role %j of the same GUN replaces it when it holds the key', async (role, before, after) => {
    const present = await encryptedPem(key, 'old', { role, gun: before });
    const pem = await encryptedPem(key, 'new', { role, gun: after });
    const retriever = scriptedRetriever('wrong', 'new');
    expect(await why({ pem, present, retriever })).toBeUndefined();
    expect(retriever.requests).toEqual(
      [0, 1].map((attempts) => ({ keyName: name, alias: role, createNew: false, elsewhere: true, attempts })),
    );
  });

  it('is not opened when the client has opened it already', async () => {
    const retriever = scriptedRetriever('new');
    const files = { pem: await encryptedPem(key, 'new'), present: await encryptedPem(key, 'old') };
    expect(await why({ ...files, opened: key, retriever })).toBeUndefined();
    expect(await why({ ...files, opened: other, retriever })).toMatchObject({
      code: 'KEY_EXISTS',
      message: expect.stringContaining(`the new file holds the key ${other.keyId}`) as string,
    });
    expect(retriever.requests).toEqual([]);
  });

  it('replaces a file that holds no block', async () => {
    const pem = await encryptedPem(key, 'new', { role: 'user' });
    expect(await why({ pem, present: Buffer.from('junk'), opened: key })).toBeUndefined();
    expect(await why({ pem, present: Buffer.from('junk'), opened: other })).toMatchObject({
      code: 'KEY_EXISTS',
      details: { key: name, role: '' },
      message: expect.stringContaining('is there already, for no role, and') as string,
    });
  });

  it.each([
    [{ role: 'user' }, { role: 'root' }, { role: 'user' }],
    [
      { role: 'targets', gun },
      { role: 'targets', gun: `${gun}2` },
      { role: 'targets', gun },
    ],
    [
      { role: 'targets', gun },
      { role: 'snapshot', gun },
      { role: 'targets', gun },
    ],
  ])('is refused where the one that is there is for %j and it is for %j', async (before, after, details) => {
    const retriever = scriptedRetriever('new');
    const refused = await why({
      pem: await encryptedPem(key, 'new', after),
      present: await encryptedPem(key, 'old', before),
      retriever,
    });
    expect(refused).toBeInstanceOf(NotaryError);
    expect(refused).toMatchObject({
      code: 'KEY_EXISTS',
      message: expect.stringContaining(`it is not made one for the role ${after.role}`) as string,
    });
    expect(refused?.details).toEqual({ key: name, ...details });
    expect(retriever.requests).toEqual([]);
  });

  it.each([
    ['of two', 'one', 2, 1],
    ['one', 'of two', 1, 2],
    ['of two', 'of two', 2, 2],
    ['of no block', 'one', 0, 1],
  ])('is refused when it is %s and the other is %s', async (_, __, blocks, there) => {
    const pem = plainPem(key);
    const times = (count: number) => Buffer.concat(Array.from({ length: count }, () => pem));
    expect(await why({ pem: times(blocks), present: times(there), opened: key })).toMatchObject({
      code: 'KEY_EXISTS',
      message: expect.stringContaining('files of several keys are not replaced') as string,
    });
  });

  it('is refused when it holds another key', async () => {
    const files = { pem: await encryptedPem(other, 'new'), present: await encryptedPem(key, 'old') };
    expect(await why({ ...files, retriever: scriptedRetriever('new') })).toMatchObject({
      code: 'KEY_EXISTS',
      message: expect.stringContaining(`the new file holds the key ${other.keyId}`) as string,
    });
  });

  const failing = (code: ErrorCode): ScriptedRetriever => ({
    retrieve: () => Promise.reject(new NotaryError(code, 'failed')),
    requests: [],
  });

  it.each([
    ['no passphrase', scriptedRetriever()],
    ['wrong passphrases', scriptedRetriever(...Array<string>(20).fill('wrong'))],
    ['a failure of the passphrase', failing('PASSPHRASE_INVALID')],
  ])('is refused when it stays closed: %s', async (_, retriever) => {
    const files = { pem: await encryptedPem(key, 'new'), present: await encryptedPem(key, 'old') };
    expect(await why({ ...files, retriever })).toMatchObject({
      code: 'KEY_EXISTS',
      message: expect.stringContaining('without the passphrase of the new file') as string,
    });
  });

  it('is refused when it cannot be read', async () => {
    const junk = Buffer.from('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n');
    const retriever = scriptedRetriever('new');
    expect(await why({ pem: junk, present: plainPem(key), retriever })).toMatchObject({ code: 'KEY_EXISTS' });
  });

  it('ends with an interruption', async () => {
    const files = { pem: await encryptedPem(key, 'new'), present: await encryptedPem(key, 'old') };
    await expect(why({ ...files, retriever: failing('INTERRUPTED') })).rejects.toMatchObject({
      code: 'INTERRUPTED',
    });
  });
});
