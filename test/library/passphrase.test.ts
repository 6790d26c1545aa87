import { describe, expect, it } from 'vitest';
import { askedPassphrase } from '../../src/library/passphrase.ts';

const request = { keyName: 'a'.repeat(64), alias: 'targets', createNew: false, attempts: 0 };

describe('the passphrase of a script', () => {
  it('the passphrase of a script is not tried again when it is a constant', async () => {
    const constant = askedPassphrase('secret');
    const source = 'the option "passphrase"';
    expect(await constant(request)).toEqual({ passphrase: 'secret', giveUp: false, source });
    expect(await constant({ ...request, attempts: 1 })).toEqual({
      passphrase: 'secret',
      giveUp: true,
      source,
    });
  });

  it('the passphrase of a script is asked for again when it comes from a function, until there is none', async () => {
    const answers = ['first', 'second', undefined, ''];
    const asked = askedPassphrase(async ({ attempts }) => answers[attempts]);
    const answer = (attempts: number) => asked({ ...request, attempts });
    expect(await answer(1)).toMatchObject({ passphrase: 'second', giveUp: false });
    const none = {
      code: 'PASSPHRASE_INVALID',
      message: 'the option "passphrase" of openRepository gives none for it',
    };
    await expect(answer(2)).rejects.toMatchObject(none);
    await expect(answer(3)).rejects.toMatchObject(none);
  });

  it('the passphrase of a script must be there for a new key', async () => {
    const failure = { code: 'ATTEMPTS_EXCEEDED', details: { role: 'targets' } };
    await expect(askedPassphrase(undefined)({ ...request, createNew: true })).rejects.toMatchObject(failure);
    await expect(askedPassphrase('')({ ...request, createNew: true })).rejects.toMatchObject(failure);
  });
});
