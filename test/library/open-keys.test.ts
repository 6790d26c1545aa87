/** The private keys of a trust directory by the library. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKeys } from '../../src/library/open-keys.ts';
import { repository } from '../support/genuine/programs.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';
import { refusal } from '../support/refusal.ts';

const passphrase = 'a long passphrase';
const odd = (value: unknown) => value as never;

let folder: string;
let count = 0;
beforeAll(() => {
  folder = makeScratch();
});
afterAll(() => removeScratch(folder));

const open = (options: object = {}) =>
  openKeys({ trustDir: join(folder, `trust-${count++}`), passphrase, ...options });

describe('the keys of a trust directory', () => {
  it('the keys are made, listed, exported, removed and imported elsewhere', async () => {
    const keys = await open();
    const root = await keys.generate('root');
    const signer = await keys.generate('delegation');
    expect(await keys.list()).toEqual([root, signer]);
    const bundle = await keys.export({ keyIds: [signer.keyId] });
    const elsewhere = await open();
    expect(await elsewhere.import(bundle)).toEqual([signer.keyId]);
    expect(await elsewhere.list()).toEqual([signer]);
    await keys.remove(signer.keyId);
    expect(await keys.list()).toEqual([root]);
    await expect(keys.remove(signer.keyId)).rejects.toEqual(refusal('KEY_NOT_FOUND'));
  });

  it('the keys are encrypted anew with another passphrase', async () => {
    const trustDir = join(folder, 'changing');
    const keys = await open({ trustDir });
    const { keyId } = await keys.generate('delegation');
    await keys.changePassphrase(keyId, 'another passphrase');
    await expect(keys.changePassphrase(keyId, 'a third passphrase')).rejects.toEqual(
      refusal('PASSPHRASE_INVALID'),
    );
    const asked: string[] = [];
    const later = await open({
      trustDir,
      passphrase: async (question: { keyId: string }) => {
        asked.push(question.keyId);
        return 'another passphrase';
      },
    });
    await later.changePassphrase(keyId, passphrase);
    expect(asked).toEqual([keyId]);
  });

  it('the keys of a file without a passphrase get one', async () => {
    const keys = await open();
    const file = join(repository, 'fixtures/keys/p256.pem');
    const [keyId] = await keys.import({ file }, { role: 'delegation' });
    expect(await keys.list()).toEqual([{ keyId, role: 'delegation', gun: '' }]);
    expect(Buffer.from(await keys.export()).toString()).toContain('BEGIN ENCRYPTED PRIVATE KEY');
  });

  it('nothing to import and nothing to export are failures', async () => {
    const keys = await open();
    await expect(keys.import(Buffer.from('no key'))).rejects.toEqual(refusal('INVALID_KEY'));
    await expect(keys.export()).rejects.toEqual(refusal('KEY_NOT_FOUND'));
    await keys.generate('delegation');
    await expect(keys.export({ guns: ['docker.io/typo'] })).rejects.toEqual(refusal('KEY_NOT_FOUND'));
    await expect(keys.export({ keyIds: ['a1b2'] })).rejects.toEqual(refusal('KEY_NOT_FOUND'));
  });

  it('no key is made without a passphrase', async () => {
    const keys = await open({ passphrase: undefined });
    await expect(keys.generatePair('delegation')).rejects.toMatchObject({
      code: 'ATTEMPTS_EXCEEDED',
      hint: 'Give openKeys the option "passphrase".',
    });
    await expect(keys.generate('delegation')).rejects.toEqual(refusal('ATTEMPTS_EXCEEDED'));
    expect(await keys.list()).toEqual([]);
  });

  it.each([
    undefined,
    null,
    {},
    { trustDir: '' },
    { trustDir: 1 },
    { trustDir: 'a', passphrase: 1 },
    { trustDir: 'a', onLog: 1 },
  ])('wrong options are refused before anything is made: %j', async (options) => {
    await expect(openKeys(odd(options))).rejects.toEqual(refusal('USAGE'));
    expect(existsSync('a')).toBe(false);
  });

  it('wrong types are refused', async () => {
    const keys = await open();
    for (const call of [
      () => keys.generate(odd(1)),
      () => keys.generatePair(odd(undefined)),
      () => keys.import(odd('text')),
      () => keys.import(Buffer.of(), { role: odd(1) }),
      () => keys.export({ guns: odd('a') }),
      () => keys.export({ guns: ['a'], keyIds: ['b'] }),
      () => keys.remove('short'),
      () => keys.changePassphrase('a'.repeat(64), odd(undefined)),
    ]) {
      await expect(call()).rejects.toEqual(refusal('USAGE'));
    }
  });
});
