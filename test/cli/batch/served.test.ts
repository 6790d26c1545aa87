import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fixture } from '../../support/fixture-files.ts';
import { scriptedPrompter } from '../../support/memory-ports.ts';
import { expectDocument } from '../../support/printed-json.ts';
import { passphrases, type Served, serve } from './served.ts';

const guns = Array.from({ length: 12 }, (_, index) => `docker.io/team/image${index}`);
const env = passphrases;

let served: Served;
beforeAll(async () => {
  served = await serve();
  served.list(guns);
  const stdout = await served.must(['publish', '--repos', 'list']);
  expect(stdout).toBe(
    guns
      .map(
        (gun) => `${gun}:\nPushing changes to ${gun}\nSuccessfully published changes for repository ${gun}\n`,
      )
      .join(''),
  );
});
afterEach(() => {
  served.misdeed = undefined;
});
afterAll(() => served.stop());

const forget = () => rmSync(join(served.home.folder, '.notary/tuf'), { recursive: true, force: true });

async function singly(words: (gun: string) => readonly string[]): Promise<readonly string[]> {
  const outputs: string[] = [];
  for (const gun of guns) outputs.push(await served.must(words(gun)));
  return outputs;
}

const inOne = (outputs: readonly string[]) =>
  guns.map((gun, index) => `${gun}:\n${outputs[index] ?? ''}`).join('');

describe('commands over a list of repositories', () => {
  it('delegations are added, published, listed, purged and removed over a list as by single runs', async () => {
    writeFileSync(join(served.home.folder, 'd.crt'), fixture('certs/rsa2048.crt'));
    const words = ['delegation', 'add', '--repos', 'list', 'targets/releases', 'd.crt', '--all-paths', '-p'];
    const added = await served.must(words);
    for (const gun of guns)
      expect(added).toContain(`\nAuto-publishing changes to ${gun}\nSuccessfully published`);
    forget();
    const many = await served.must(['delegation', 'list', '--repos', 'list']);
    forget();
    const single = await singly((gun) => ['delegation', 'list', gun]);
    expect(many).toBe(inOne(single));
    expect(single[0]).toContain('targets/releases');
    const json = await served.must(['delegation', 'list', '--repos', 'list', '--json']);
    const documents = json
      .trimEnd()
      .split('\n')
      .map((line) => expectDocument(`${line}\n`, 'delegation-list'));
    expect(documents.map((document) => (document as { gun: string }).gun)).toEqual(guns);
    const { keyIds } = (documents[0] as { delegations: { keyIds: string[] }[] }).delegations[0] ?? {};
    await served.must(['delegation', 'purge', '--repos', 'list', '--key', keyIds?.[0] ?? '', '-p']);
    await served.must(['delegation', 'remove', '--repos', 'list', 'targets/releases', '-y', '-p']);
    expect(await served.must(['delegation', 'list', '--repos', 'list'])).toBe(
      inOne(await singly((gun) => ['delegation', 'list', gun])),
    );
  });

  it('roles are witnessed and targets listed over a list as by single runs', async () => {
    await served.must(['witness', '--repos', 'list', 'targets', '-p']);
    expect(await served.must(['list', '--repos', 'list'])).toBe(inOne(await singly((gun) => ['list', gun])));
  });

  it('the keys of a list of repositories are rotated, each its own', async () => {
    const keys = () => new Set(readdirSync(join(served.home.folder, '.notary/private')));
    const before = keys();
    const stdout = await served.must(['key', 'rotate', '--repos', 'list', 'targets']);
    expect(stdout).toBe(inOne(guns.map((gun) => `Successfully rotated targets key for repository ${gun}\n`)));
    const after = keys();
    expect([...after].filter((key) => !before.has(key))).toHaveLength(guns.length);
    expect([...before].filter((key) => !after.has(key))).toHaveLength(guns.length);
    expect(await served.must(['list', '--repos', 'list'])).toBe(inOne(await singly((gun) => ['list', gun])));
  });

  it('all repositories of a list share one connection', async () => {
    forget();
    const before = served.connections();
    await served.must(['delegation', 'list', '--repos', 'list']);
    expect(served.connections() - before).toBe(1);
  });

  it('a repository whose connection the server always closes fails alone', async () => {
    forget();
    const [bad = ''] = guns.slice(3);
    served.misdeed = (gun, connection) => {
      if (gun !== bad) return 'honest';
      connection.destroy();
      return 'done';
    };
    for (const jobs of ['8', '64']) {
      const { status, stdout, stderr } = await served.home.run([
        ...['delegation', 'list', '--repos', 'list', '--jobs', jobs],
      ]);
      expect(status).toBe(1);
      expect(stdout.match(/\* fatal/g)).toHaveLength(1);
      expect(stderr).toContain(`msg="1 of ${guns.length} repositories failed" code=REPOSITORIES_FAILED\n`);
      expect(stderr).toMatch(new RegExp(`msg="${bad}: .*EOF" code=NETWORK\n$`));
      forget();
    }
  });

  it('several repositories whose connections the server closes fail, and no other', async () => {
    forget();
    const bad = guns.filter((_, index) => index % 3 === 1);
    served.misdeed = (gun, connection) => {
      if (!bad.includes(gun)) return 'honest';
      connection.destroy();
      return 'done';
    };
    const { stdout } = await served.home.run(['delegation', 'list', '--repos', 'list', '--json']);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { gun: string; error?: object });
    expect(lines.map(({ gun }) => gun)).toEqual(guns);
    expect(lines.filter(({ error }) => error !== undefined).map(({ gun }) => gun)).toEqual(bad);
    forget();
  });

  it('a repository that the server does not have, and one that it refuses, fail alone', async () => {
    served.list([...guns.slice(0, 2), 'docker.io/nobody/nothing', ...guns.slice(2)]);
    const { status, stdout } = await served.home.run(['list', '--repos', 'list']);
    served.list(guns);
    expect(status).toBe(1);
    expect(stdout).toContain('docker.io/nobody/nothing:\n\n* fatal: localhost:');
    expect(stdout.match(/No targets present/g)).toHaveLength(guns.length);
  });

  it('a server that is away is reported once, and each repository fails', async () => {
    forget();
    const words = ['list', '--repos', 'list', '-s', 'http://localhost:1'];
    const { status, stdout, stderr } = await served.home.run(words);
    expect([status, stdout.match(/\* fatal/g)?.length]).toEqual([1, guns.length]);
    expect(stderr.match(/could not reach/g)).toHaveLength(1);
  });
});

describe('questions over a list of repositories', () => {
  const [first = '', second = '', third = ''] = guns;
  beforeEach(() => served.list([first, second, third]));

  it('a passphrase is asked for once, by the first repository in the list that needs it', async () => {
    await served.must(['witness', '--repos', 'list', 'targets']);
    const prompter = scriptedPrompter([env.NOTARY_TARGETS_PASSPHRASE, env.NOTARY_SNAPSHOT_PASSPHRASE]);
    await served.must(['publish', '--repos', 'list'], { prompter });
    expect(prompter.asked.map(({ text }) => text.replace(/ID \w+/, 'ID'))).toEqual([
      'Enter passphrase for targets key with ID: ',
      'Enter passphrase for snapshot key with ID: ',
    ]);
    expect(prompter.left).toEqual([]);
  });

  it('a wrong passphrase is asked for again once, and not in the name of those that were given it too', async () => {
    await served.must(['witness', '--repos', 'list', 'targets']);
    const { NOTARY_SNAPSHOT_PASSPHRASE } = env;
    const prompter = scriptedPrompter(['wrong', env.NOTARY_TARGETS_PASSPHRASE]);
    const stdout = await served.must(['publish', '--repos', 'list'], {
      prompter,
      env: { NOTARY_SNAPSHOT_PASSPHRASE },
    });
    expect(prompter.asked).toHaveLength(2);
    expect(prompter.left).toEqual([]);
    expect(stdout.match(/Passphrase incorrect/g)).toHaveLength(1);
  });

  it('a user who gives up on one repository is asked about the next', async () => {
    await served.must(['witness', '--repos', 'list', 'targets']);
    const { NOTARY_SNAPSHOT_PASSPHRASE } = env;
    const prompter = scriptedPrompter(['wrong', 'bad', 'false', 'no', env.NOTARY_TARGETS_PASSPHRASE]);
    const { status, stdout } = await served.home.run(['publish', '--repos', 'list'], {
      ...{ prompter, env: { NOTARY_SNAPSHOT_PASSPHRASE } },
    });
    expect([status, prompter.left]).toEqual([1, []]);
    expect(stdout.match(/\* fatal/g)).toHaveLength(1);
    expect(stdout.match(/Successfully published/g)).toHaveLength(2);
    await served.must(['publish', first]);
  });

  it('the root key of each GUN is asked about under its heading', async () => {
    const prompter = scriptedPrompter(['yes', 'no', 'yes']);
    const stdout = await served.must(['key', 'rotate', '--repos', 'list', 'root'], { prompter, env });
    expect(prompter.asked.map(({ kind }) => kind)).toEqual(['confirm', 'confirm', 'confirm']);
    const question = 'Are you sure you want to proceed?  (yes/no)  ';
    const shown = stdout.replace(/Warning: [^]*?key to sign this root rotation\.\n/g, '');
    expect(shown).toBe(
      `${first}:\n${question}Successfully rotated root key for repository ${first}\n` +
        `${second}:\n${question}\nAborting action.\n` +
        `${third}:\n${question}Successfully rotated root key for repository ${third}\n`,
    );
  });

  it('a whole delegation is removed only where the answer is yes', async () => {
    const prompter = scriptedPrompter(['no', 'yes', 'no']);
    const words = ['delegation', 'remove', '--repos', 'list', 'targets/x'];
    const { status, stdout, stderr } = await served.home.run(words, { prompter });
    expect([status, stdout.match(/\* fatal: Aborting action\./g)?.length]).toEqual([1, 2]);
    expect(stdout.match(/Forced removal .* to repository "[^"]*"/g)).toHaveLength(1);
    expect(stderr).toContain('2 of 3 repositories failed');
    await served.must(['reset', second, '--all']);
  });

  it('a key file that the user brings is opened with one answer', async () => {
    await served.must(['key', 'generate', '-o', 'brought', '-r', 'targets']);
    const pem = readFileSync(join(served.home.folder, 'brought-key.pem'), 'utf8');
    expect(pem).toContain('ENCRYPTED');
    const { NOTARY_ROOT_PASSPHRASE: root, ...others } = env;
    const prompter = scriptedPrompter([env.NOTARY_DELEGATION_PASSPHRASE, root]);
    const words = ['key', 'rotate', '--repos', 'list', 'targets', '-k', 'brought-key.pem'];
    const stdout = await served.must(words, { prompter, env: others });
    expect(stdout.match(/Successfully rotated/g)).toHaveLength(3);
    expect([prompter.asked.length, prompter.left]).toEqual([2, []]);
  });
});
