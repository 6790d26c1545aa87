/** Names of the keys of a published collection: listed, adopted, checked, and used to revoke. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { scriptedPrompter } from '../support/memory-ports.ts';
import { expectDocument } from '../support/printed-json.ts';
import { passphrases, type Served, serve } from './batch/served.ts';

const gun = 'docker.io/acme/app';
let served: Served;
let file: string;
const ids: Record<string, string> = {};
beforeAll(async () => {
  served = await serve();
  file = join(served.home.folder, 'team.yaml');
  await served.must(['init', gun, '-p']);
  await served.must(['key', 'rotate', gun, 'snapshot', '-r']);
  for (const name of ['bob', 'carol', 'mallory']) {
    const made = await served.must(['sandbox', 'certificate', name, '--json']);
    ids[name] = (JSON.parse(made) as { keyId: string }).keyId;
  }
  await served.must(['delegation', 'add', gun, 'targets/releases', 'bob.crt', 'carol.crt', '--all-paths']);
  await served.must(['delegation', 'add', gun, 'targets/bob', 'bob.crt', '--all-paths', '-p']);
});
afterAll(() => served.stop());
beforeEach(() => writeFileSync(file, ''));

const withFile = (...words: readonly string[]) => [...words, '--collaborators', file];
const idOf = (name: string) => ids[name] ?? '';

async function document(words: readonly string[], definition: string) {
  const { status, stdout } = await served.home.run([...withFile(...words), '--json'], { env: passphrases });
  return { status, document: expectDocument(stdout, definition) };
}

describe('the names of a collection', () => {
  it('collaborator list says whose each key is, in which roles, and how that is known', async () => {
    const rows = [
      {
        keyId: idOf('bob'),
        collaborator: 'bob',
        nameSource: 'role',
        roles: ['targets/bob', 'targets/releases'],
      },
      { keyId: idOf('carol'), collaborator: 'carol', nameSource: 'certificate', roles: ['targets/releases'] },
    ];
    expect(await document(['collaborator', 'list', gun], 'collaborator-list')).toMatchObject({
      status: 0,
      document: { gun, rows },
    });
    const { stdout } = await served.home.run(withFile('collaborator', 'list', gun));
    expect(stdout).toBe(
      `NAME        KEY ID${' '.repeat(60)}ROLES\n` +
        `bob (role)  ${idOf('bob')}  targets/bob, targets/releases\n` +
        `CN "carol"  ${idOf('carol')}  targets/releases\n`,
    );
  });

  it('delegation list has the names in JSON and with --names, and is as it was without', async () => {
    const { document: listed } = await document(['delegation', 'list', gun], 'delegation-list');
    expect(listed).toMatchObject({
      delegations: [
        { role: 'targets/bob', keys: [{ keyId: idOf('bob'), collaborator: 'bob', nameSource: 'role' }] },
        {
          role: 'targets/releases',
          keyIds: [idOf('bob'), idOf('carol')],
          keys: [{ collaborator: 'bob' }, { collaborator: 'carol', nameSource: 'certificate' }],
        },
      ],
    });
    const plain = await served.must(['delegation', 'list', gun]);
    const named = await served.must(withFile('delegation', 'list', gun, '--names'));
    expect(plain).toMatch(/^\nROLE +PATHS +KEY IDS +THRESHOLD\n/);
    expect(named).toMatch(/^\nROLE +PATHS +KEY IDS +NAMES +THRESHOLD\n/);
    expect(named).toMatch(new RegExp(`${idOf('carol')} +CN "carol"`));
  });

  it('a file that cannot be used is a warning for delegation list --json and a failure with --names', async () => {
    writeFileSync(file, 'bob: [');
    const json = await served.home.run([...withFile('delegation', 'list', gun), '--json']);
    expect([json.status, json.stderr]).toEqual([0, expect.stringContaining('COLLABORATORS_INVALID')]);
    const named = await served.home.run(withFile('delegation', 'list', gun, '--names'));
    expect([named.status, named.stdout]).toEqual([1, expect.stringContaining('team.yaml:1:7: ')]);
    const plain = await served.home.run(withFile('delegation', 'list', gun));
    expect([plain.status, plain.stderr]).toEqual([0, '']);
  });

  it('adopt asks about each name and takes those that are answered with yes', async () => {
    const prompter = scriptedPrompter(['yes', 'no']);
    const { status, stdout } = await served.home.run(withFile('collaborator', 'adopt', gun), { prompter });
    expect(status).toBe(0);
    expect(prompter.asked.map(({ text }) => text)).toEqual([
      `The key ${idOf('bob')} in targets/bob, targets/releases is called bob by the role targets/bob. Take this name? (yes/no) `,
      `The key ${idOf('carol')} in targets/releases is called carol by its own certificate. Take this name? (yes/no) `,
    ]);
    expect(stdout).toContain(`bob has the key ${idOf('bob')}.\n`);
    expect(readFileSync(file, 'utf8')).toBe(`bob: {keys: [${idOf('bob')}]}\n`);
  });

  it('adopt -y takes all names, once', async () => {
    const first = await document(['collaborator', 'adopt', gun, '-y'], 'collaborator-adopt');
    expect(first).toMatchObject({
      status: 0,
      document: {
        changes: [
          { collaborator: 'bob', proposedBy: 'role' },
          { collaborator: 'carol', proposedBy: 'certificate' },
        ],
      },
    });
    const second = await document(['collaborator', 'adopt', gun, '-y'], 'collaborator-adopt');
    expect(second).toMatchObject({ status: 0, document: { changes: [] } });
  });

  it('adopt without a terminal and without -y fails, names -y and writes nothing', async () => {
    const { status, stderr } = await served.home.run([...withFile('collaborator', 'adopt', gun), '--json']);
    expect(status).toBe(1);
    expect(expectDocument(stderr, 'error')).toMatchObject({
      error: { hint: expect.stringContaining('-y') as string },
    });
    expect(readFileSync(file, 'utf8')).toBe('');
  });

  it('adopt -y does not give a key to a name because its certificate says so, where the name has other keys', async () => {
    writeFileSync(file, `carol: {keys: [${idOf('mallory')}]}\n`);
    const { stderr } = await served.home.run(withFile('collaborator', 'adopt', gun, '-y'));
    expect(stderr).toContain('code=NAME_NOT_ADOPTED');
    expect(readFileSync(file, 'utf8')).toBe(
      `carol: {keys: [${idOf('mallory')}]}\nbob: {keys: [${idOf('bob')}]}\n`,
    );
  });

  it('check finds keys without a name, names without keys, and those who should have gone, and then nothing', async () => {
    writeFileSync(file, `bob: {keys: [${idOf('bob')}], until: 2020-06-30}\ndave: {}\n`);
    expect(await document(['collaborator', 'check', gun], 'collaborator-check')).toEqual({
      status: 3,
      document: expect.objectContaining({
        gun,
        findings: [
          expect.objectContaining({ code: 'NAME_WITHOUT_KEYS', collaborator: 'dave' }),
          expect.objectContaining({ code: 'COLLABORATOR_ENDED', role: 'targets/bob', keyId: idOf('bob') }),
          expect.objectContaining({ code: 'COLLABORATOR_ENDED', role: 'targets/releases' }),
          expect.objectContaining({
            code: 'KEY_WITHOUT_NAME',
            keyId: idOf('carol'),
            role: 'targets/releases',
            nameSource: 'certificate',
          }),
        ],
      }) as object,
    });
    writeFileSync(file, `bob: {keys: [${idOf('bob')}]}\ncarol: {keys: [${idOf('carol')}]}\n`);
    expect(await document(['collaborator', 'check', gun], 'collaborator-check')).toMatchObject({
      status: 0,
      document: { findings: [] },
    });
  });

  it('check fails when the server cannot be asked, although the cache could stand in', async () => {
    writeFileSync(file, `bob: {keys: [${idOf('bob')}]}\ncarol: {keys: [${idOf('carol')}]}\n`);
    served.misdeed = (_, connection) => {
      connection.destroy();
      return 'done';
    };
    try {
      const { status, stdout } = await served.home.run(withFile('collaborator', 'check', gun));
      expect([status, stdout]).toEqual([1, expect.not.stringContaining('Nothing was found')]);
      expect((await served.home.run(withFile('collaborator', 'list', gun))).status).toBe(0);
    } finally {
      served.misdeed = undefined;
    }
  });

  it('check of several collections has a line for each, and the worst status of a list is that of the list', async () => {
    const { status, stdout } = await served.home.run([
      ...withFile('collaborator', 'check', gun, gun),
      '--json',
    ]);
    expect([status, stdout.trimEnd().split('\n').length]).toEqual([3, 2]);
    served.list([gun]);
    expect((await served.home.run(withFile('collaborator', 'check', '--repos', 'list'))).status).toBe(3);
    served.list([gun, 'docker.io/acme/absent']);
    expect((await served.home.run(withFile('collaborator', 'check', '--repos', 'list'))).status).toBe(1);
  });

  it('a docker role is a name for delegation purge, without a request', async () => {
    const before = served.requests.length;
    const { status, stdout, stderr } = await served.home.run(
      withFile('delegation', 'purge', gun, '--key', 'bob'),
    );
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain(`\t- ${idOf('bob')}\n`);
    const certified = await served.home.run(withFile('delegation', 'purge', gun, '--key', 'carol'));
    expect(certified.stderr).toContain('code=NAME_NOT_ADOPTED');
    expect(certified.stderr).toContain('code=KEY_ID_NOT_FULL');
    expect(served.requests.length).toBe(before);
    await served.must(['reset', gun, '--all']);
  });

  it('a name is looked up in what is published where the command asks the server, and in what is here where not', async () => {
    const targets = join(served.home.folder, '.notary/tuf', gun, 'metadata/targets.json');
    const stale = readFileSync(targets);
    await served.must(['delegation', 'add', gun, 'targets/bob', 'mallory.crt', '-p']);
    await served.must(['delegation', 'list', gun]);
    writeFileSync(targets, stale);
    const look = await served.home.run(
      [...withFile('delegation', 'purge', gun, '--key', 'bob', '--dry-run'), '--json'],
      { env: passphrases },
    );
    expect(look.stdout).toContain(idOf('mallory'));
    writeFileSync(targets, stale);
    const staged = await served.home.run(withFile('delegation', 'purge', gun, '--key', 'bob'));
    expect(staged.stdout).not.toContain(idOf('mallory'));
    await served.must(['reset', gun, '--all']);
    const { stdout } = await served.home.run(
      withFile('delegation', 'remove', gun, 'targets/bob', 'bob', '-p'),
      {
        env: passphrases,
      },
    );
    expect(stdout).toContain(idOf('mallory'));
  });
});
