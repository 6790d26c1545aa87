import { describe, expect, it } from 'vitest';
import { passphraseSources } from '../../../src/cli/passphrases/sources.ts';
import { takePassphrases } from '../../../src/cli/passphrases/variables.ts';
import { passphraseRetriever } from '../../../src/cli/run/passphrases.ts';
import { NotaryError } from '../../../src/errors.ts';
import { choosePassphrase, openWithPassphrase } from '../../../src/keys/passphrase-attempts.ts';
import type { PassphraseRequest } from '../../../src/ports/prompts.ts';
import { scriptedPrompter } from '../../support/memory-ports.ts';
import { memoryEnvironment, memoryOutput } from '../../support/memory-system.ts';
import { failureOf } from '../../support/refusal.ts';

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
  const sources = passphraseSources({ variables: takePassphrases(memoryEnvironment(variables).environment) });
  const retrieve = passphraseRetriever(sources, { prompter, stdout });
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
    expect(await retrieve(request({ alias }))).toMatchObject({ passphrase, giveUp: false });
  });

  it('passphrases from the environment never serve the timestamp role', async () => {
    await expect(retriever([], all, false).retrieve(request({ alias: 'timestamp' }))).rejects.toThrow(
      noPassphrase,
    );
  });

  it('passphrases from the environment are tried twice, then given up without a question', async () => {
    const { retrieve, prompter } = retriever(['typed'], all);
    expect(await retrieve(request({ attempts: 1 }))).toMatchObject({ passphrase: 'd', giveUp: false });
    expect(await retrieve(request({ attempts: 2 }))).toMatchObject({ passphrase: 'd', giveUp: true });
    expect(prompter.asked).toEqual([]);
  });

  it('passphrases from the environment are but a guess for a key that was protected elsewhere: after a wrong one the user is asked', async () => {
    const { retrieve, stdout } = retriever(['typed', 'typed again'], all);
    const elsewhere = (attempts: number) => retrieve(request({ elsewhere: true, attempts }));
    expect(await elsewhere(0)).toMatchObject({ passphrase: 'd', giveUp: false });
    expect(await elsewhere(1)).toMatchObject({ passphrase: 'typed', giveUp: false });
    expect(stdout.text()).not.toContain('incorrect');
    expect(await elsewhere(2)).toMatchObject({ passphrase: 'typed again', giveUp: false });
    expect(stdout.text()).toContain('Passphrase incorrect. Please retry.\n');
    expect(await elsewhere(5)).toMatchObject({ passphrase: '', giveUp: true });
    const alone = retriever([], all, false).retrieve(request({ elsewhere: true, attempts: 2 }));
    expect(await alone).toMatchObject({ passphrase: 'd', giveUp: true });
  });

  it('passphrases from the environment count as unset when they are empty', async () => {
    const { retrieve } = retriever(['typed'], { NOTARY_DELEGATION_PASSPHRASE: '' });
    expect(await retrieve(request())).toMatchObject({ passphrase: 'typed', giveUp: false });
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
    expect(await retrieve(request())).toMatchObject({ passphrase: 'secret word', giveUp: false });
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
    expect(answer).toMatchObject({ passphrase: 'longenough', giveUp: false });
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
    expect(await retrieve(request({ attempts: 4 }))).toMatchObject({ passphrase: '', giveUp: true });
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

describe('what is said of a passphrase that does not open a key, or is missing', () => {
  const opened = (right: string) => (passphrase: string) => {
    if (passphrase === right) return 'opened';
    throw new NotaryError('PASSPHRASE_INVALID', 'wrong');
  };
  const failed = (
    alias: string,
    answers: readonly string[],
    variables: Readonly<Record<string, string>>,
    interactive = true,
  ) => {
    const { retrieve } = retriever(answers, variables, interactive);
    return failureOf(openWithPassphrase(retrieve, keyId, alias, opened('right')));
  };
  const secret = 'hunter2 hunter2';

  it.each([
    ['root', 'NOTARY_ROOT_PASSPHRASE'],
    ['targets', 'NOTARY_TARGETS_PASSPHRASE'],
    ['snapshot', 'NOTARY_SNAPSHOT_PASSPHRASE'],
    ['user', 'NOTARY_DELEGATION_PASSPHRASE'],
    ['targets/releases', 'NOTARY_DELEGATION_PASSPHRASE'],
  ])('a wrong value for a key of role %j names %s, and not the value', async (alias, variable) => {
    const failure = await failed(alias, [], { [variable]: secret });
    expect([failure.code, failure.message]).toEqual([
      'PASSPHRASE_INVALID',
      'password invalid, operation has failed.',
    ]);
    expect(failure.hint).toBe(
      `The key ${keyId} (${alias}) is here, and locked: ${variable} does not open it. Tried before it: NOTARY_PASSPHRASE_1A5C73D60668 (not set). Set ${variable} to the passphrase of this key, or unset it to be asked at a terminal.`,
    );
    expect(failure.details).toEqual({ key: keyId, role: alias, tried: [variable] });
    expect(JSON.stringify([failure.message, failure.hint, failure.details])).not.toContain(secret);
  });

  it('wrong answers at the prompt are called that', async () => {
    const failure = await failed('user', ['1', '2', '3', '4'], {});
    expect(failure.code).toBe('PASSPHRASE_INVALID');
    expect(failure.hint).toBe(
      `The key ${keyId} (user) is here, and locked: no passphrase that was typed opens it.`,
    );
    expect(failure.details).toMatchObject({ tried: ['prompt'] });
  });

  it.each([
    [{}, 'not set'],
    [{ NOTARY_TARGETS_PASSPHRASE: '' }, 'empty'],
  ])('without a terminal a variable that is missing is named: %j', async (variables, is) => {
    const failure = await failed('targets', [], variables, false);
    expect(failure.hint).toBe(
      `The key ${keyId} (targets) is here, and locked: no passphrase was found in NOTARY_PASSPHRASE_1A5C73D60668 (not set), NOTARY_TARGETS_PASSPHRASE (${is}), --passphrase-file (not given), TSNOTARY_PASSPHRASE_COMMAND (not set), DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE (not set), tried in this order, and standard input is no terminal to ask at. Set NOTARY_TARGETS_PASSPHRASE, or run this at a terminal.`,
    );
    expect(failure.details).toEqual({
      ...{ key: keyId, role: 'targets', variable: 'NOTARY_TARGETS_PASSPHRASE' },
      sources: [
        ...['NOTARY_PASSPHRASE_1A5C73D60668', 'NOTARY_TARGETS_PASSPHRASE', '--passphrase-file'],
        ...['TSNOTARY_PASSPHRASE_COMMAND', 'DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE'],
      ],
    });
  });

  it.each([
    ['root', 'ROOT', 'REPOSITORY'],
    ['targets', 'REPOSITORY', 'ROOT'],
    ['user', 'REPOSITORY', 'ROOT'],
  ])(
    'docker’s variable for a key of role %s is tried last, and named when it is wrong',
    async (alias, own, other) => {
      const docker = (word: string) => ({ [`DOCKER_CONTENT_TRUST_${word}_PASSPHRASE`]: secret });
      const wrong = await failed(alias, [], docker(own), false);
      expect(wrong.details).toMatchObject({ tried: [`DOCKER_CONTENT_TRUST_${own}_PASSPHRASE`] });
      expect(wrong.hint).toContain(`DOCKER_CONTENT_TRUST_${own}_PASSPHRASE does not open it.`);
      expect(wrong.hint).not.toContain(secret);
      expect((await failed(alias, [], docker(other), false)).hint).not.toContain(`${other}_PASSPHRASE does`);
    },
  );

  it('a new key without a passphrase says which variable would give one', async () => {
    const { retrieve } = retriever([], {}, false);
    const failure = await failureOf(choosePassphrase(retrieve, keyId, 'root'));
    expect([failure.code, failure.message]).toEqual([
      'ATTEMPTS_EXCEEDED',
      'maximum number of passphrase attempts exceeded',
    ]);
    expect(failure.hint).toBe(
      'A new root key needs a passphrase: no passphrase was found in NOTARY_PASSPHRASE_1A5C73D60668 (not set), NOTARY_ROOT_PASSPHRASE (not set), --passphrase-file (not given), TSNOTARY_PASSPHRASE_COMMAND (not set), DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE (not set), tried in this order, and standard input is no terminal to ask at. Set NOTARY_ROOT_PASSPHRASE, or run this at a terminal.',
    );
  });

  it('a new key whose passphrase was too short each time says that', async () => {
    const { retrieve } = retriever(Array<string>(12).fill('short'));
    const failure = await failureOf(choosePassphrase(retrieve, keyId, 'user'));
    expect(failure.hint).toBe('A new user key needs a passphrase: the passphrase is too short.');
  });

  it('a key file that the caller names is opened with the passphrase for root keys, and the error says so', async () => {
    const { retrieve } = retriever([], { NOTARY_ROOT_PASSPHRASE: secret });
    const failure = await failureOf(openWithPassphrase(retrieve, '', 'root', opened('right')));
    expect(failure.hint).toBe(
      'The key file is locked, and is opened with the passphrase for root keys: NOTARY_ROOT_PASSPHRASE does not open it. Set NOTARY_ROOT_PASSPHRASE to the passphrase of this key, or unset it to be asked at a terminal.',
    );
  });
});
