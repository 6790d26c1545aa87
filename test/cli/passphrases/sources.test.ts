import { describe, expect, it } from 'vitest';
import type { CommandRunner } from '../../../src/cli/passphrases/command.ts';
import { parsePassphraseFile } from '../../../src/cli/passphrases/file.ts';
import { passphraseSources, type SourcePorts } from '../../../src/cli/passphrases/sources.ts';
import { takePassphrases } from '../../../src/cli/passphrases/variables.ts';
import { passphraseRetriever, type RetrieverOptions } from '../../../src/cli/run/passphrases.ts';
import { utf8 } from '../../../src/encoding/bytes.ts';
import { NotaryError } from '../../../src/errors.ts';
import { choosePassphrase, openWithPassphrase } from '../../../src/keys/passphrase-attempts.ts';
import { scriptedPrompter } from '../../support/memory-ports.ts';
import { memoryEnvironment, memoryOutput } from '../../support/memory-system.ts';
import { failureOf } from '../../support/refusal.ts';

const keyId = '1a5c73d6066807f3e4dcc47fadf293f3913ccdc822830f108758e914a7dc1e14';
const variableOfKey = 'NOTARY_PASSPHRASE_1A5C73D60668';
const dockers = 'DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE';

interface Machine {
  readonly variables?: Readonly<Record<string, string>>;
  readonly file?: string;
  readonly run?: CommandRunner;
  readonly options?: Partial<RetrieverOptions>;
  readonly knownKeys?: readonly string[];
  /** What the user types; undefined without a terminal. */
  readonly typed?: readonly string[];
}

/** A retriever of passphrases with the sources of a machine, and what was asked and run for it. */
function machine({ variables = {}, file, run, options, knownKeys = [], typed }: Machine) {
  const prompter = scriptedPrompter(typed ?? [], typed !== undefined);
  const runs: (readonly unknown[])[] = [];
  const noted: CommandRunner = async (...request) => {
    runs.push(request);
    if (run === undefined) throw new Error('no command');
    return run(...request);
  };
  const ports: SourcePorts = {
    variables: takePassphrases(memoryEnvironment(variables).environment),
    knownKeys: async () => knownKeys,
    ...(file !== undefined && { file: async () => parsePassphraseFile(utf8(file), 'secrets') }),
    ...(run !== undefined && {
      run: noted,
      command: async () => ({ name: 'TSNOTARY_PASSPHRASE_COMMAND', line: ' vault  read\tkey ' }),
    }),
  };
  const sources = passphraseSources(ports);
  const retrieve = passphraseRetriever(sources, { prompter, stdout: memoryOutput(), ...options });
  const tried: string[] = [];
  const open = (right: string) => (passphrase: string) => {
    tried.push(passphrase);
    if (passphrase !== right) throw new NotaryError('PASSPHRASE_INVALID', 'wrong');
    return passphrase;
  };
  return { retrieve, prompter, runs, tried, open };
}

const printing =
  (text: string): CommandRunner =>
  async () => ({ kind: 'printed', bytes: utf8(text) });

describe('the sources of passphrases', () => {
  it('the sources are tried in their order, and the first that has a passphrase is the answer', async () => {
    const ofKey = { [variableOfKey]: 'of the key' };
    const ofRole = { NOTARY_TARGETS_PASSPHRASE: 'of the role' };
    const ofDocker = { [dockers]: 'of docker' };
    const file = 'targets: of the file';
    const run = printing('of the command\n');
    const typed = ['typed'];
    const machines: readonly Machine[] = [
      { variables: { ...ofKey, ...ofRole, ...ofDocker }, file, run, typed },
      { variables: { ...ofRole, ...ofDocker }, file, run, typed },
      { variables: ofDocker, file, run, typed },
      { variables: ofDocker, run, typed },
      { variables: ofDocker, typed },
      { typed },
    ];
    const answers = machines.map((one) =>
      machine(one).retrieve({ keyName: keyId, alias: 'targets', createNew: false, attempts: 0 }),
    );
    expect((await Promise.all(answers)).map(({ passphrase }) => passphrase)).toEqual([
      ...['of the key', 'of the role', 'of the file', 'of the command', 'of docker', 'typed'],
    ]);
  });

  it.each<readonly [string, Machine, number]>([
    [
      'the variable of the key',
      { variables: { [variableOfKey]: 'wrong', NOTARY_TARGETS_PASSPHRASE: 'right' } },
      1,
    ],
    ['the variable of the role', { variables: { NOTARY_TARGETS_PASSPHRASE: 'wrong' }, file: '*: right' }, 2],
    ['the file', { file: '*: wrong', run: printing('right') }, 1],
    ['the command', { run: printing('wrong'), variables: { [dockers]: 'right' } }, 1],
  ])('a wrong passphrase of %s is the end: no other source, no question', async (_, one, times) => {
    const { retrieve, open, tried, prompter } = machine({ ...one, typed: ['right'] });
    const failure = await failureOf(openWithPassphrase(retrieve, keyId, 'targets', open('right')));
    expect([failure.code, tried, prompter.asked]).toEqual([
      ...['PASSPHRASE_INVALID', Array<string>(times).fill('wrong'), []],
    ]);
    expect(failure.details).toMatchObject({ key: keyId, role: 'targets' });
    expect(failure.hint).toContain(`The key ${keyId} (targets)`);
    expect(`${failure.message} ${failure.hint} ${JSON.stringify(failure.details)}`).not.toMatch(
      /wrong|right/,
    );
  });

  it('docker’s variable is a guess: a user at a terminal is asked after a wrong one, and for every new key', async () => {
    const variables = { [dockers]: 'of docker' };
    const { retrieve, open, tried, prompter } = machine({ variables, typed: ['right'] });
    expect(await openWithPassphrase(retrieve, keyId, 'targets', open('right'))).toBe('right');
    expect([tried, prompter.left]).toEqual([['of docker', 'right'], []]);
    const atTerminal = machine({ variables, typed: ['a new one', 'a new one'] });
    expect(await choosePassphrase(atTerminal.retrieve, keyId, 'user')).toBe('a new one');
    const alone = machine({ variables });
    expect(await choosePassphrase(alone.retrieve, keyId, 'user')).toBe('of docker');
    await expect(openWithPassphrase(alone.retrieve, keyId, 'user', alone.open('right'))).rejects.toThrow();
    expect(alone.tried).toEqual(['of docker']);
  });

  it('docker’s variable is not read beside an empty one of Notary', async () => {
    const { retrieve } = machine({ variables: { [dockers]: 'of docker', NOTARY_TARGETS_PASSPHRASE: '' } });
    const failure = await failureOf(choosePassphrase(retrieve, keyId, 'targets'));
    expect(failure.hint).toContain(`${dockers} (not read beside an empty NOTARY_TARGETS_PASSPHRASE)`);
  });

  it.each([
    ['root', 'DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE'],
    ['timestamp', dockers],
    ['targets/releases', dockers],
    ['', dockers],
  ])('for the role %j docker’s variable is %s', async (alias, name) => {
    const { retrieve } = machine({ variables: { [name]: 'of docker' } });
    expect(await retrieve({ keyName: '', alias, createNew: false, attempts: 0 })).toMatchObject({
      ...{ passphrase: 'of docker', source: name },
    });
  });

  it('no other spelling of the variable of a key counts, and those that count leave the environment', () => {
    const { environment, names } = memoryEnvironment({
      [variableOfKey]: 'a',
      NOTARY_PASSPHRASE_1a5c73d60668: 'b',
      NOTARY_PASSPHRASE_1A5C73D: 'c',
      [`NOTARY_PASSPHRASE_${keyId.toUpperCase()}`]: 'd',
      [dockers]: 'e',
    });
    expect([...takePassphrases(environment)]).toEqual([
      [variableOfKey, 'a'],
      [dockers, 'e'],
    ]);
    expect(names()).toHaveLength(3);
  });
});

describe('the passphrase command', () => {
  it('the command gets its words, the key, the role and the GUN, and runs once for each key', async () => {
    const { retrieve, runs } = machine({ run: printing('secret\r\n'), options: { gun: 'docker.io/a/b' } });
    const request = { keyName: keyId, alias: 'user', createNew: false };
    for (const attempts of [0, 0, 1]) {
      const answer = await retrieve({ ...request, attempts });
      expect(answer).toMatchObject({ passphrase: 'secret', giveUp: attempts === 1 });
    }
    expect(runs).toEqual([
      [
        'vault',
        ['read', 'key'],
        { TSNOTARY_KEY_ID: keyId, TSNOTARY_ROLE: 'user', TSNOTARY_GUN: 'docker.io/a/b' },
      ],
    ]);
    await retrieve({ ...request, attempts: 0, gun: 'docker.io/of/key' });
    expect(runs[1]?.[2]).toMatchObject({ TSNOTARY_GUN: 'docker.io/of/key' });
  });

  it.each([
    ['', 'it printed nothing'],
    ['\n', 'it printed an empty line'],
    ['secret\nmore\n', 'it printed several lines'],
    ['secret\n\n', 'it printed several lines'],
    ['sec\0ret\n', 'it printed a zero byte'],
  ])('a command that prints %j fails, and so does the key: nothing else is tried', async (text, reason) => {
    const { retrieve, runs, prompter } = machine({
      ...{ run: printing(text), variables: { [dockers]: 'of docker' }, typed: ['typed'] },
      options: { gun: 'docker.io/a/b' },
    });
    for (const attempt of [1, 2]) {
      const failure = await failureOf(openWithPassphrase(retrieve, keyId, 'user', () => attempt));
      expect(failure).toMatchObject({
        code: 'PASSPHRASE_COMMAND_FAILED',
        details: { key: keyId, role: 'user', gun: 'docker.io/a/b', sources: ['TSNOTARY_PASSPHRASE_COMMAND'] },
      });
      expect(failure.message).toBe(
        `the passphrase command (TSNOTARY_PASSPHRASE_COMMAND) gave none for the key ${keyId} (user of docker.io/a/b): ${reason}`,
      );
      expect(`${failure.message} ${failure.hint}`).not.toMatch(/secret|vault/);
    }
    expect([runs.length, prompter.asked]).toEqual([1, []]);
  });

  it('a look does not run the command, and takes no other passphrase in its place', async () => {
    const { retrieve, runs } = machine({ run: printing('secret'), variables: { [dockers]: 'of docker' } });
    const request = { keyName: keyId, alias: 'user', createNew: false, attempts: 0 };
    await expect(retrieve({ ...request, unasked: true })).rejects.toMatchObject({
      code: 'PASSPHRASE_INVALID',
    });
    expect(runs).toEqual([]);
    expect((await retrieve({ ...request, unasked: 'by-command' })).passphrase).toBe('secret');
  });
});

describe('the file of passphrases', () => {
  const other = `1a5c73d${'0'.repeat(57)}`;
  const answer = (
    file: string,
    alias = 'targets/releases',
    knownKeys: readonly string[] = [keyId, 'f'.repeat(64)],
  ) => machine({ file, knownKeys }).retrieve({ keyName: keyId, alias, createNew: false, attempts: 0 });

  it.each([
    ['a whole ID before all', `*: x\nuser: x\n${keyId}: right\n1a5c73d: x`, 'user'],
    ['a prefix in either case before a role', `user: x\n1A5C73D6: right`, 'user'],
    ['a role before delegation', 'delegation: x\ntargets/releases: right', 'targets/releases'],
    ['delegation for what is no base role', '*: x\ndelegation: right', 'alice'],
    ['* for all others', 'delegation: x\n*: right', 'targets'],
  ])('the file has %s', async (_, file, alias) => {
    expect((await answer(file, alias)).passphrase).toBe('right');
  });

  it('a passphrase of the file is what follows one blank, to the byte, and the source names the line', async () => {
    const { passphrase, source } = await answer(
      '# of \u00fc\n\n \t# x\n\ufeffx: y\r\n* :  a: b \r\n'.replace('\ufeff', ''),
    );
    expect([passphrase, source]).toEqual([' a: b ', '--passphrase-file secrets, line 5']);
    const latin = parsePassphraseFile(Buffer.from('*: gr\xfcn', 'latin1'), 'f');
    expect(latin.lines[0]?.passphrase).toBe('gr\udcfcn');
  });

  it('a prefix of two keys that are here is refused, and so are two prefixes of one key', async () => {
    const two = await failureOf(answer('1a5c73d: x', 'user', [keyId, other]));
    expect(two).toMatchObject({ code: 'KEY_AMBIGUOUS', message: expect.stringContaining(other) as string });
    expect((await failureOf(answer('1a5c73d: x\n1a5c73d6: y'))).message).toBe(
      `lines 1 and 2 of the file of passphrases secrets are both for the key ${keyId}`,
    );
    expect((await answer(`${keyId}: right\n1a5c73d: x`, 'user', [keyId, other])).passphrase).toBe('right');
  });

  it.each([
    ['no colon here', 'it has no colon'],
    [': hunter2', 'nothing stands before the colon'],
    ['root:', 'no passphrase follows the colon'],
    ['root: ', 'no passphrase follows the colon'],
    ['hunter2 hunter2: x', 'what stands before the colon is no key ID, no role and no *'],
    [
      '1a5c7: hunter2',
      'what stands before the colon is too short for a prefix of a key ID, which takes 7 digits',
    ],
    [
      `${'1'.repeat(65)}: hunter2`,
      'what stands before the colon is longer than a key ID, which has 64 digits',
    ],
    ['root: hun\0ter2', 'it holds a zero byte; the file must not be UTF-16'],
    ['*: hunter2', 'line 1 is for the same'],
  ])('a line that is wrong is named by its number, and nothing of it is shown: %j', (line, reason) => {
    const parse = () => parsePassphraseFile(utf8(`*: hunter2\n\n${line}\n`), 'secrets');
    expect(parse).toThrow(`line 3 of the file of passphrases secrets is wrong: ${reason}`);
    try {
      parse();
    } catch (error) {
      expect(error).toMatchObject({ code: 'PASSPHRASE_FILE_INVALID', details: { file: 'secrets', line: 3 } });
      expect(JSON.stringify([String(error), (error as NotaryError).hint])).not.toContain('hunter2');
    }
  });
});

describe('--no-input', () => {
  it.each([
    ['an existing key', false, `the key ${keyId} (targets of docker.io/a/b)`],
    ['a new key', true, `the new key ${keyId} (targets of docker.io/a/b)`],
  ])(
    'for %s names key, role, GUN and every source in order, and asks nobody',
    async (_, createNew, described) => {
      const { retrieve, prompter } = machine({
        ...{ variables: { NOTARY_TARGETS_PASSPHRASE: '' }, file: 'root: x', typed: ['typed'] },
        options: { noInput: true, gun: 'docker.io/a/b' },
      });
      const failure = await failureOf(retrieve({ keyName: keyId, alias: 'targets', createNew, attempts: 0 }));
      const sources = [
        ...[variableOfKey, 'NOTARY_TARGETS_PASSPHRASE', '--passphrase-file secrets'],
        ...['TSNOTARY_PASSPHRASE_COMMAND', dockers],
      ];
      expect(failure).toMatchObject({
        code: 'INPUT_NEEDED',
        message: `no passphrase is at hand for ${described}, and --no-input lets none be asked for`,
        details: { key: keyId, role: 'targets', gun: 'docker.io/a/b', sources },
        hint: `Tried in this order: ${variableOfKey} (not set), NOTARY_TARGETS_PASSPHRASE (empty), --passphrase-file secrets (no line for it), TSNOTARY_PASSPHRASE_COMMAND (not set), ${dockers} (not set). Each of them could have answered.`,
      });
      expect(prompter.asked).toEqual([]);
    },
  );
});
