import { describe, expect, it } from 'vitest';
import { askedPassphrase } from '../../src/library/passphrase.ts';

const request = { keyName: 'a'.repeat(64), alias: 'targets', createNew: false, attempts: 0 };

describe('the passphrase of a script', () => {
  it('the passphrase of a script is not tried again when it is a constant', async () => {
    const constant = askedPassphrase('secret');
    expect(await constant(request)).toEqual({ passphrase: 'secret', giveUp: false });
    expect(await constant({ ...request, attempts: 1 })).toEqual({ passphrase: 'secret', giveUp: true });
  });

  it('the passphrase of a script is asked for again when it comes from a function, until there is none', async () => {
    const answers = ['first', 'second', undefined, ''];
    const asked = askedPassphrase(async ({ attempts }) => answers[attempts]);
    const answer = (attempts: number) => asked({ ...request, attempts });
    expect(await answer(1)).toEqual({ passphrase: 'second', giveUp: false });
    expect(await answer(2)).toEqual({ passphrase: '', giveUp: true });
    expect(await answer(3)).toEqual({ passphrase: '', giveUp: true });
  });

  it('the passphrase of a script must be there for a new key', async () => {
    const failure = { code: 'ATTEMPTS_EXCEEDED', details: { role: 'targets' } };
    await expect(askedPassphrase(undefined)({ ...request, createNew: true })).rejects.toMatchObject(failure);
    await expect(askedPassphrase('')({ ...request, createNew: true })).rejects.toMatchObject(failure);
  });
});
