import { describe, expect, test } from 'vitest';
import { passphraseSources } from '../../src/cli/passphrases/sources.ts';
import { passphraseRetriever } from '../../src/cli/run/passphrases.ts';
import { NotaryError } from '../../src/errors.ts';
import { choosePassphrase, openWithPassphrase } from '../../src/keys/passphrase-attempts.ts';
import { scriptedRetriever } from '../support/key-file-samples.ts';
import { scriptedPrompter } from '../support/memory-ports.ts';

const exceeded: unknown = expect.objectContaining({
  code: 'ATTEMPTS_EXCEEDED',
  message: 'maximum number of passphrase attempts exceeded',
});
const invalid: unknown = expect.objectContaining({
  code: 'PASSPHRASE_INVALID',
  message: 'password invalid, operation has failed.',
});

function openedBy(right: string): (passphrase: string) => string {
  return (passphrase) => {
    if (passphrase !== right) throw new NotaryError('PASSPHRASE_INVALID', 'wrong');
    return 'opened';
  };
}

describe('the passphrase of a new key', () => {
  test('the passphrase of a new key is asked for until there is one, and says for which key', async () => {
    const { retrieve, requests } = scriptedRetriever(undefined, undefined, 'chosen');
    expect(await choosePassphrase(retrieve, 'id', 'root')).toBe('chosen');
    expect(requests).toEqual(
      [0, 1, 2].map((attempts) => ({ keyName: 'id', alias: 'root', createNew: true, attempts })),
    );
  });

  test('the passphrase of a new key counts although the retriever gives up after it', async () => {
    expect(await choosePassphrase(async () => ({ passphrase: 'env', giveUp: true }), 'id', 'root')).toBe(
      'env',
    );
  });

  test('the passphrase of a new key fails after twelve refusals', async () => {
    const { retrieve, requests } = scriptedRetriever(...Array<undefined>(20).fill(undefined));
    await expect(choosePassphrase(retrieve, 'id', 'root')).rejects.toThrow(exceeded);
    expect(requests).toHaveLength(12);
  });

  test('the passphrase of a new key fails at once when the retriever gives up', async () => {
    const { retrieve, requests } = scriptedRetriever();
    await expect(choosePassphrase(retrieve, 'id', 'root')).rejects.toThrow(exceeded);
    expect(requests).toHaveLength(1);
  });

  test('the passphrase of a new key is not asked for again after an interruption', async () => {
    const retrieve = () => Promise.reject(new NotaryError('INTERRUPTED', 'interrupted'));
    await expect(choosePassphrase(retrieve, 'id', 'root')).rejects.toThrow('interrupted');
  });
});

describe('the passphrase of an existing key', () => {
  test('the passphrase of an existing key is asked for until it fits', async () => {
    const { retrieve, requests } = scriptedRetriever('one', 'two', 'right', 'four');
    expect(await openWithPassphrase(retrieve, 'id', 'user', openedBy('right'))).toBe('opened');
    expect(requests).toEqual(
      [0, 1, 2].map((attempts) => ({ keyName: 'id', alias: 'user', createNew: false, attempts })),
    );
  });

  test('the passphrase of an existing key is invalid when the retriever gives up or has none', async () => {
    for (const retriever of [scriptedRetriever('one', 'two'), scriptedRetriever('one', undefined, 'right')]) {
      await expect(openWithPassphrase(retriever.retrieve, 'id', 'user', openedBy('right'))).rejects.toThrow(
        invalid,
      );
    }
  });

  test('the passphrase of an existing key is not tried when the retriever gives up with it', async () => {
    const retrieve = async () => ({ passphrase: 'right', giveUp: true });
    await expect(openWithPassphrase(retrieve, 'id', 'user', openedBy('right'))).rejects.toThrow(invalid);
  });

  test('the passphrase of an existing key is tried eleven times at most', async () => {
    const { retrieve, requests } = scriptedRetriever(...Array<string>(20).fill('wrong'));
    await expect(openWithPassphrase(retrieve, 'id', 'user', openedBy('right'))).rejects.toThrow(exceeded);
    expect(requests).toHaveLength(11);
  });

  test('the passphrase of an existing key does not matter for a key that cannot be read at all', async () => {
    const { retrieve, requests } = scriptedRetriever('one', 'two');
    const open = () => {
      throw new NotaryError('INVALID_KEY', 'not a key');
    };
    await expect(openWithPassphrase(retrieve, 'id', 'user', open)).rejects.toThrow('not a key');
    expect(requests).toHaveLength(1);
  });
});

describe('a passphrase at a terminal, with the prompts of the command line', () => {
  const variables = (held: Readonly<Record<string, string>> = {}) =>
    passphraseSources({ variables: new Map(Object.entries(held)) });
  const output = { isTerminal: true, write: () => undefined, flush: async () => undefined };

  test('a wrong passphrase is asked for four times, and three more when the key is looked up again', async () => {
    const prompter = scriptedPrompter(Array<string>(20).fill('wrong answer'));
    const retrieve = passphraseRetriever(variables(), { prompter, stdout: output });
    const lookUp = () => openWithPassphrase(retrieve, '0123456789', 'targets', openedBy('right'));
    await expect(lookUp()).rejects.toThrow(invalid);
    expect(prompter.asked).toHaveLength(4);
    await expect(lookUp()).rejects.toThrow(invalid);
    expect(prompter.asked).toHaveLength(7);
    expect(new Set(prompter.asked.map(({ text }) => text))).toEqual(
      new Set(['Enter passphrase for targets key with ID 0123456: ']),
    );
  });

  test('a wrong variable is tried twice and the user is not asked', async () => {
    const tried: string[] = [];
    const prompter = scriptedPrompter([]);
    const held = variables({ NOTARY_DELEGATION_PASSPHRASE: 'from the environment' });
    const retrieve = passphraseRetriever(held, { prompter, stdout: output });
    const open = (passphrase: string) => {
      tried.push(passphrase);
      return openedBy('right')(passphrase);
    };
    await expect(openWithPassphrase(retrieve, 'id', 'user', open)).rejects.toThrow(invalid);
    expect([tried, prompter.asked]).toEqual([['from the environment', 'from the environment'], []]);
  });

  test('twelve passphrases that are too short end the command', async () => {
    const prompter = scriptedPrompter(Array<string>(20).fill('short'));
    const retrieve = passphraseRetriever(variables(), { prompter, stdout: output });
    await expect(choosePassphrase(retrieve, '0123456789', 'user')).rejects.toThrow(exceeded);
    expect(prompter.asked).toHaveLength(12);
  });
});
