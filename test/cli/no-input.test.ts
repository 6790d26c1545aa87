/** `--no-input`: no command asks anything, and each says at once what would have answered. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { scriptedPrompter } from '../support/memory-ports.ts';
import { expectDocument } from '../support/printed-json.ts';
import { wholeFolder } from '../support/whole-folder.ts';
import { passphrases, type Served, serve } from './batch/served.ts';

const gun = 'docker.io/acme/app';
let served: Served;
let keys: Readonly<Record<string, string>>;

/** An owner with a delegation, a change that is staged, and a locked key to import. */
beforeAll(async () => {
  served = await serve();
  const must = (words: readonly string[]) => served.must(words);
  for (const name of ['bob', 'eve']) await must(['key', 'generate', '-r', 'user', '-o', name]);
  await must(['key', 'import', 'bob-key.pem']);
  await must(['init', gun, '-p']);
  await must(['delegation', 'add', gun, 'targets/bob', 'bob.pem', '--all-paths', '-p']);
  writeFileSync(join(served.home.folder, 'v1'), 'content');
  writeFileSync(join(served.home.folder, 'none.yaml'), '');
  await must(['add', gun, 'v1', 'v1']);
  const listed = JSON.parse(await must(['key', 'list', '--json'])) as {
    keys: readonly { role: string; keyId: string }[];
  };
  keys = Object.fromEntries(listed.keys.map(({ role, keyId }) => [role, keyId]));
});
afterAll(() => served.stop());

/** Runs a command without a single passphrase, before a user who would answer anything with yes. */
async function unasked(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const prompter = scriptedPrompter(Array<string>(20).fill('yes'));
  const setting = { env, prompter, terminal: true, stdin: 'yes\n' };
  const ended = await served.home.run(['--no-input', ...words], setting);
  expect([words, prompter.asked]).toEqual([words, []]);
  return { ...ended, code: [...ended.stderr.matchAll(/ code=([A-Z_]+)/g)].at(-1)?.[1] };
}

/** For each command a line of it, and whether it needs an answer: a passphrase, a yes, or nothing. */
const lines: Readonly<Record<string, readonly [string, 'passphrase' | 'yes' | 'nothing']>> = {
  version: ['', 'nothing'],
  'key list': ['', 'nothing'],
  'key generate': ['-r user', 'passphrase'],
  'key remove': ['USER', 'yes'],
  'key passwd': ['USER', 'passphrase'],
  'key rotate': ['GUN targets', 'passphrase'],
  'key import': ['eve-key.pem', 'passphrase'],
  'key export': ['', 'nothing'],
  'key check': ['', 'nothing'],
  'delegation list': ['GUN', 'nothing'],
  'delegation purge': ['GUN --key USER -p', 'passphrase'],
  'delegation remove': ['GUN targets/bob', 'yes'],
  'delegation revoke': ['GUN targets/bob USER', 'nothing'],
  'delegation add': ['GUN targets/eve eve.pem --all-paths -p', 'passphrase'],
  init: ['docker.io/acme/other', 'passphrase'],
  status: ['GUN', 'nothing'],
  diff: ['GUN', 'nothing'],
  publish: ['GUN', 'passphrase'],
  'archive create': ['GUN -o x.tar', 'nothing'],
  'archive verify': ['x.tar', 'nothing'],
  'archive list': ['x.tar', 'nothing'],
  'archive restore': ['x.tar --to http://127.0.0.1:1', 'nothing'],
  expiry: ['GUN', 'nothing'],
  inventory: ['GUN', 'nothing'],
  'anchor show': ['GUN', 'nothing'],
  'anchor check': ['GUN none', 'nothing'],
  'anchor pin': ['GUN', 'nothing'],
  'anchor refresh': ['GUN', 'nothing'],
  renew: ['GUN --all-roles', 'yes'],
  lookup: ['GUN none', 'nothing'],
  list: ['GUN', 'nothing'],
  add: ['GUN v2 v1 -p', 'passphrase'],
  remove: ['GUN v1 -p', 'passphrase'],
  addhash: ['GUN v3 5 --sha256 HASH -p', 'passphrase'],
  verify: ['GUN v1', 'nothing'],
  witness: ['GUN targets/bob -p', 'passphrase'],
  'collaborator list': ['', 'nothing'],
  'collaborator add': ['eve eve.pem', 'nothing'],
  'collaborator rename': ['eve anna', 'nothing'],
  'collaborator adopt': ['GUN --collaborators none.yaml', 'yes'],
  'collaborator check': ['', 'nothing'],
  'collaborator remove': ['anna', 'nothing'],
  'docker-plugin install': ['extra', 'nothing'],
  'docker-plugin remove': ['', 'nothing'],
  'docker-plugin status': ['', 'nothing'],
  // Nothing listens there: what is asked before a server is spoken with is asked here as well.
  'trust inspect': ['IMAGE', 'nothing'],
  'trust sign': ['IMAGE:1.0 --from-registry --signer bob', 'nothing'],
  'trust revoke': ['IMAGE', 'yes'],
  'trust resolve': ['IMAGE', 'nothing'],
  'trust push': ['IMAGE', 'nothing'],
  'trust pull': ['IMAGE', 'nothing'],
  'trust signer add': ['bob IMAGE --key bob.pem', 'nothing'],
  'trust signer remove': ['bob IMAGE', 'nothing'],
  'trust key generate': ['dora', 'passphrase'],
  'trust key load': ['eve-key.pem', 'passphrase'],
  'sandbox status': ['', 'nothing'],
  'sandbox stop': ['', 'nothing'],
  'sandbox certificate': ['', 'nothing'],
  'completion bash': ['', 'nothing'],
  'completion zsh': ['', 'nothing'],
  'completion fish': ['', 'nothing'],
  'completion powershell': ['', 'nothing'],
  reset: ['GUN -n 99', 'nothing'],
  delete: ['docker.io/acme/none', 'nothing'],
};
/** They go on until they are ended. */
const lasting = ['sandbox start', 'sandbox run'];

const wordsOf = (name: string): readonly string[] => {
  const [line = ''] = lines[name] ?? [];
  const known: Readonly<Record<string, string | undefined>> = {
    ...{
      GUN: gun,
      IMAGE: '127.0.0.1:1/app',
      'IMAGE:1.0': '127.0.0.1:1/app:1.0',
      USER: keys['delegation'] ?? keys['user'],
      HASH: 'ab'.repeat(32),
    },
  };
  const rest = line.split(' ').filter((word) => word !== '');
  return [...name.split(' '), ...rest.map((word) => known[word] ?? word)];
};

describe('--no-input', () => {
  it('every command is tried below', () => {
    const all = commands.filter((spec) => 'run' in spec).map(({ path }) => path.join(' '));
    expect([...Object.keys(lines), ...lasting].sort()).toEqual([...all].sort());
  });

  it.each(Object.keys(lines))('--no-input has %s ask nothing', async (name) => {
    const before = wholeFolder(served.home.folder);
    const { status, stdout, stderr, code } = await unasked(wordsOf(name));
    const [, needs] = lines[name] ?? [];
    if (needs === 'nothing') {
      if (name !== 'key check') expect([name, code]).not.toEqual([name, 'INPUT_NEEDED']);
      return;
    }
    expect([name, status, code]).toEqual([name, 1, 'INPUT_NEEDED']);
    // Docker's commands say on standard error why they fail.
    const isDockers = name.startsWith('trust ');
    expect(isDockers ? stderr : stdout).toMatch(isDockers ? /--no-input lets none be asked/ : /\* fatal: /);
    const wayOut = isDockers ? 'do it without a question.' : 'answer it with yes.';
    if (needs === 'yes') expect(stderr).toContain(`Give -y (--yes) to ${wayOut}`);
    else
      expect(stderr).toMatch(/Tried in this order: .*NOTARY_\w+_PASSPHRASE \(not set\), --passphrase-file/);
    if (needs === 'yes') expect(wholeFolder(served.home.folder)).toEqual(before);
  });

  it('--no-input fails at once and names every source in order, where a passphrase would be asked for', async () => {
    const others = { ...passphrases, NOTARY_TARGETS_PASSPHRASE: '' };
    const { status, stdout, stderr } = await unasked(['publish', gun], others);
    const id = keys['targets'] ?? '';
    expect([status, stdout]).toEqual([
      1,
      `Pushing changes to ${gun}\n\n* fatal: no passphrase is at hand for the key ${id} (targets of ${gun}), and --no-input lets none be asked for\n`,
    ]);
    const sources = [
      `NOTARY_PASSPHRASE_${id.slice(0, 12).toUpperCase()} (not set)`,
      'NOTARY_TARGETS_PASSPHRASE (empty)',
      '--passphrase-file (not given)',
      'TSNOTARY_PASSPHRASE_COMMAND (not set)',
      'DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE (not set)',
    ];
    expect(stderr).toContain(`Tried in this order: ${sources.join(', ')}. Each of them could have answered.`);
  });

  it('--no-input gives a program the key, the role, the GUN and the sources', async () => {
    const { stderr } = await unasked(['--json', 'publish', gun]);
    const line = stderr.split('\n').find((text) => text.includes('INPUT_NEEDED')) ?? '';
    expect(expectDocument(`${line}\n`, 'error')).toMatchObject({
      error: {
        code: 'INPUT_NEEDED',
        details: {
          ...{ gun, role: 'targets', key: keys['targets'], variable: 'NOTARY_TARGETS_PASSPHRASE' },
          sources: expect.arrayContaining(['NOTARY_TARGETS_PASSPHRASE', '--passphrase-file']) as string[],
        },
      },
    });
  });

  it.each([
    ['the rotation of a root key', ['key', 'rotate', gun, 'root']],
    ['a revocation', ['delegation', 'revoke', gun, 'bob', '--drop-tags']],
    ['a question for a program', ['--json', 'delegation', 'remove', gun, 'targets/bob']],
  ])('--no-input refuses the question of %s, and names -y', async (_, words) => {
    const { status, stdout, stderr } = await unasked(words, passphrases);
    expect(status).toBe(1);
    expect(stdout + stderr).toMatch(/INPUT_NEEDED/);
    expect(stdout + stderr).toContain('Give -y (--yes) to answer it with yes.');
  });

  it('--no-input with every passphrase at hand is no hindrance, for one repository and for many', async () => {
    const second = 'docker.io/acme/second';
    expect((await unasked(['init', second, '-p'], passphrases)).status).toBe(0);
    expect((await unasked(['add', second, 'v1', 'v1', '-p'], passphrases)).status).toBe(0);
    served.list([gun, second]);
    const words = ['delegation', 'remove', '--repos', 'list', 'targets/bob'];
    const many = await unasked(words, passphrases);
    expect([many.status, many.stdout.match(/\* fatal: a question is to be/g)?.length]).toEqual([1, 2]);
    expect((await unasked([...words, '-y'], passphrases)).status).toBe(0);
  });
});
