import { describe, expect, it } from 'vitest';
import { passphraseRetriever, takePassphrases } from '../../../src/cli/run/passphrases.ts';
import type { PassphraseRequest } from '../../../src/ports/prompts.ts';
import { scriptedPrompter } from '../../support/memory-ports.ts';
import { memoryEnvironment, memoryOutput } from '../../support/memory-system.ts';

const keyId = '1a5c73d6066807f3e4dcc47fadf293f3913ccdc822830f108758e914a7dc1e14';
const request = (changes: Partial<PassphraseRequest> = {}): PassphraseRequest => ({
  ...{ keyName: keyId, alias: 'user', createNew: false, attempts: 0 },
  ...changes,
});

function retriever(
  answers: readonly string[],
  variables: Readonly<Record<string, string>> = {},
  interactive = true,
) {
  const prompter = scriptedPrompter(answers, interactive);
  const stdout = memoryOutput();
  const retrieve = passphraseRetriever(
    takePassphrases(memoryEnvironment(variables).environment),
    prompter,
    stdout,
  );
  return { retrieve, prompter, stdout };
}

const noPassphrase = expect.objectContaining({ code: 'PASSPHRASE_INVALID' }) as Error;

describe('passphrases from the environment', () => {
  const all = {
    NOTARY_ROOT_PASSPHRASE: 'r',
    NOTARY_TARGETS_PASSPHRASE: 't',
    NOTARY_SNAPSHOT_PASSPHRASE: 's',
    NOTARY_DELEGATION_PASSPHRASE: 'd',
  };

  it.each([
    ['root', 'r'],
    ['targets', 't'],
    ['snapshot', 's'],
    ['delegation', 'd'],
    ['user', 'd'],
    ['targets/releases', 'd'],
    ['', 'd'],
  ])('passphrases from the environment serve the role %j', async (alias, passphrase) => {
    const { retrieve } = retriever([], all);
    expect(await retrieve(request({ alias }))).toEqual({ passphrase, giveUp: false });
  });

  it('passphrases from the environment never serve the timestamp role', async () => {
    await expect(retriever([], all, false).retrieve(request({ alias: 'timestamp' }))).rejects.toThrow(
      noPassphrase,
    );
  });

  it('passphrases from the environment are tried twice, then given up without a question', async () => {
    const { retrieve, prompter } = retriever(['typed'], all);
    expect(await retrieve(request({ attempts: 1 }))).toEqual({ passphrase: 'd', giveUp: false });
    expect(await retrieve(request({ attempts: 2 }))).toEqual({ passphrase: 'd', giveUp: true });
    expect(prompter.asked).toEqual([]);
  });

  it('passphrases from the environment are but a guess for a key that was protected elsewhere: after a wrong one the user is asked', async () => {
    const { retrieve, stdout } = retriever(['typed', 'typed again'], all);
    const elsewhere = (attempts: number) => retrieve(request({ elsewhere: true, attempts }));
    expect(await elsewhere(0)).toEqual({ passphrase: 'd', giveUp: false });
    expect(await elsewhere(1)).toEqual({ passphrase: 'typed', giveUp: false });
    expect(stdout.text()).not.toContain('incorrect');
    expect(await elsewhere(2)).toEqual({ passphrase: 'typed again', giveUp: false });
    expect(stdout.text()).toContain('Passphrase incorrect. Please retry.\n');
    expect(await elsewhere(5)).toEqual({ passphrase: '', giveUp: true });
    const alone = retriever([], all, false).retrieve(request({ elsewhere: true, attempts: 2 }));
    expect(await alone).toEqual({ passphrase: 'd', giveUp: true });
  });

  it('passphrases from the environment count as unset when they are empty', async () => {
    const { retrieve } = retriever(['typed'], { NOTARY_DELEGATION_PASSPHRASE: '' });
    expect(await retrieve(request())).toEqual({ passphrase: 'typed', giveUp: false });
  });

  it('passphrases from the environment are gone from the environment once they are read', () => {
    const { environment, names } = memoryEnvironment({ ...all, HOME: '/h' });
    takePassphrases(environment);
    expect(names()).toEqual(['HOME']);
  });
});

describe('passphrases from the terminal', () => {
  it('passphrases from the terminal are asked for with the first seven digits of the key ID', async () => {
    const { retrieve, prompter } = retriever([' secret word\t']);
    expect(await retrieve(request())).toEqual({ passphrase: 'secret word', giveUp: false });
    expect(prompter.asked).toEqual([
      { kind: 'secret', text: 'Enter passphrase for user key with ID 1a5c73d: ' },
    ]);
  });

  it('passphrases from the terminal are asked for without an ID when there is none', async () => {
    const { retrieve, prompter } = retriever(['x']);
    await retrieve(request({ keyName: '', alias: 'root' }));
    expect(prompter.asked[0]?.text).toBe('Enter passphrase for root key: ');
  });

  it('passphrases from the terminal are asked for twice when they are new', async () => {
    const { retrieve, prompter, stdout } = retriever(['longenough', ' longenough ']);
    const answer = await retrieve(request({ alias: '', createNew: true }));
    expect(answer).toEqual({ passphrase: 'longenough', giveUp: false });
    expect(prompter.asked.map(({ text }) => text)).toEqual([
      'Enter passphrase for new  key with ID 1a5c73d: ',
      'Repeat passphrase for new  key with ID 1a5c73d: ',
    ]);
    expect(stdout.text()).toBe('');
  });

  it('passphrases from the terminal must have eight bytes when they are new, blanks around them not counted', async () => {
    const { retrieve, stdout, prompter } = retriever([' 1234567 ', 'éééé', 'éééé']);
    await expect(retrieve(request({ createNew: true }))).rejects.toThrow(noPassphrase);
    expect(stdout.text()).toBe(
      'Passphrase is too short. Please use a password manager to generate and store a good random passphrase.\n',
    );
    expect((await retrieve(request({ createNew: true, attempts: 1 }))).passphrase).toBe('éééé');
    expect(prompter.left).toEqual([]);
  });

  it('passphrases from the terminal must be repeated alike', async () => {
    const { retrieve, stdout } = retriever(['longenough', 'longenougH']);
    await expect(retrieve(request({ createNew: true }))).rejects.toThrow(noPassphrase);
    expect(stdout.text()).toBe('Passphrases do not match. Please retry.\n');
  });

  it('passphrases from the terminal are remembered by role, and forgotten when they turn out wrong', async () => {
    const { retrieve, prompter, stdout } = retriever(['first', 'second', 'other role']);
    await retrieve(request());
    expect((await retrieve(request({ keyName: 'f'.repeat(64) }))).passphrase).toBe('first');
    expect((await retrieve(request({ attempts: 1 }))).passphrase).toBe('second');
    expect((await retrieve(request())).passphrase).toBe('second');
    expect((await retrieve(request({ alias: 'root' }))).passphrase).toBe('other role');
    expect(prompter.left).toEqual([]);
    expect(stdout.text()).toBe('Passphrase incorrect. Please retry.\n');
  });

  it('passphrases from the terminal are given up after the fourth wrong one', async () => {
    const { retrieve, stdout } = retriever(['1', '2', '3', '4', '5']);
    for (const attempts of [0, 1, 2, 3]) expect((await retrieve(request({ attempts }))).giveUp).toBe(false);
    expect(await retrieve(request({ attempts: 4 }))).toEqual({ passphrase: '', giveUp: true });
    expect(stdout.text()).toBe('Passphrase incorrect. Please retry.\n'.repeat(3));
  });

  it('passphrases from the terminal come with advice for every new root key, once for each key', async () => {
    const { retrieve, stdout } = retriever(['longenough', 'longenough']);
    const root = request({ alias: 'root', createNew: true });
    await retrieve(root);
    const advice = stdout.text();
    expect(advice).toMatch(/^You are about to make a root key\..*\n$/s);
    await retrieve(root);
    expect(stdout.text()).toBe(advice + advice);
  });

  it('passphrases from the terminal fail at the end of input', async () => {
    await expect(retriever([]).retrieve(request())).rejects.toThrow(noPassphrase);
  });

  it('passphrases are not asked for without a terminal', async () => {
    const { retrieve, prompter } = retriever(['x'], {}, false);
    await expect(retrieve(request({ alias: 'root', createNew: true }))).rejects.toThrow(noPassphrase);
    expect(prompter.asked).toEqual([]);
  });
});
