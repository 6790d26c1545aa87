/** Arguments of `delegation` commands that stand where another one belongs: what is said, and roles that are not there. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Served, serve } from './batch/served.ts';

const gun = 'docker.io/alice/demo';
let served: Served;
let key: string;
beforeAll(async () => {
  served = await serve();
  const { home } = served;
  await served.must(['key', 'generate', '--role', 'user', '--output', join(home.folder, 'bob')]);
  key = join(home.folder, 'bob.pem');
  writeFileSync(join(home.folder, 'file'), 'content');
  await served.must(['init', gun, '-p']);
  await served.must(['collaborator', 'add', 'bob', key]);
});
afterAll(() => served.stop());

const run = (...words: readonly string[]) => served.home.run(words);

describe('an argument in the wrong place', () => {
  it('a name after the GUN of delegation purge is refused as in notary, with the command that takes it', async () => {
    const { status, stdout, stderr } = await run('delegation', 'purge', gun, 'eve', '--key', 'bob');
    expect([status, stdout]).toEqual([
      1,
      expect.stringContaining(
        '* fatal: Please provide a single Global Unique Name as an argument to remove\n',
      ),
    ]);
    expect(stderr).toContain(`tsnotary delegation purge ${gun} --key bob --key eve`);
  });

  it.each([
    ['alone', (file: string) => [file]],
    ['with another file', (file: string) => [file, file]],
    ['with paths', (file: string) => [file, '--all-paths']],
  ])(
    'a certificate in place of the role of delegation add, %s, is named as a file, with the command',
    async (_, words) => {
      const { status, stderr } = await run('delegation', 'add', gun, ...words(key));
      expect([status, stderr]).toEqual([
        1,
        expect.stringContaining('is a file, and stands where the role belongs'),
      ]);
      expect(stderr).toContain(`tsnotary delegation add ${gun} targets/releases ${key}`);
    },
  );

  it('a word in place of the role that is no file is no file', async () => {
    for (const words of [['releases', key], ['releases'], ['targets/releases']])
      expect((await run('delegation', 'add', gun, ...words)).stderr).not.toContain('where the role belongs');
  });

  it('a name in place of the file of delegation add is said to stand for a key', async () => {
    const { status, stdout, stderr } = await run('delegation', 'add', gun, 'targets/x', 'bob');
    expect([status, stdout]).toEqual([1, '\n* fatal: file for public key does not exist: bob\n']);
    expect(stderr).toMatch(/\\"bob\\" stands for the key [0-9a-f]{64} here\. delegation add takes files/);
    expect((await run('delegation', 'add', gun, 'targets/x', 'nowhere')).stderr).not.toContain('stands for');
  });
});

describe('a role that is not there', () => {
  it.each([
    ['delegation remove', () => ['delegation', 'remove', gun, 'targets/nope', '-y']],
    ['delegation remove of paths', () => ['delegation', 'remove', gun, 'targets/nope', '--all-paths']],
    ['witness', () => ['witness', gun, 'targets', 'targets/nope']],
    ['delegation add below it', () => ['delegation', 'add', gun, 'targets/nope/b', key, '--all-paths']],
    ['add', () => ['add', gun, 'v1', join(served.home.folder, 'file'), '-r', 'targets/nope']],
    ['addhash', () => ['addhash', gun, 'v1', '1', '--sha256', 'ab'.repeat(32), '-r', 'targets/nope']],
    ['remove', () => ['remove', gun, 'v1', '-r', 'targets/nope']],
  ])(
    'a role that this machine knows not to be there is refused by %s when strict, and else warned of',
    async (_, words) => {
      const strict = await run(...words(), '--strict');
      expect([strict.status, strict.stdout]).toEqual([
        1,
        expect.stringContaining('has no role targets/nope'),
      ]);
      expect((await run('status', gun)).stdout).toContain('No unpublished changes');
      for (const json of [[], ['--json']]) {
        const { status, stderr } = await run(...words(), ...json);
        expect([status, stderr]).toEqual([0, expect.stringContaining('ROLE_NOT_THERE')]);
      }
      await served.must(['reset', gun, '--all']);
    },
  );

  it('a role of a repository of which nothing is here draws no word at staging', async () => {
    const { status, stderr } = await run('witness', 'docker.io/no/one', 'targets/nope', '--strict');
    expect([status, stderr]).toEqual([0, '']);
  });
});
