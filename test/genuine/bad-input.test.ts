import { createHash } from 'node:crypto';
import { copyFileSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Home } from '../support/genuine/home.ts';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import { repository } from '../support/genuine/programs.ts';
import type { Stage } from '../support/genuine/stage.ts';
import { withoutOwnRecords } from '../support/normalise-output.ts';

const gun = 'docker.io/alice/demo';

/** Every file below a directory with a hash of its content: equal trees mean that nothing was touched. */
function tree(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(folder, path), createHash('sha256').update(readFileSync(path)).digest('hex')]),
  );
}

/** Commands that must fail, with the files of `fixtures/` that they need. */
const refused: Readonly<Record<string, readonly string[]>> = {
  'a certificate that is not there': [
    'delegation',
    'add',
    gun,
    'targets/releases',
    'missing.crt',
    '--all-paths',
  ],
  'a certificate that is a folder': ['delegation', 'add', gun, 'targets/releases', '.', '--all-paths'],
  'a certificate that is no PEM': ['delegation', 'add', gun, 'targets/releases', 'text.txt', '--all-paths'],
  'a private key in place of a certificate': [
    'delegation',
    'add',
    gun,
    'targets/releases',
    'p256.pem',
    '--all-paths',
  ],
  'a certificate for RSA 1024': ['delegation', 'add', gun, 'targets/releases', 'rsa1024.crt', '--all-paths'],
  'an expired certificate': ['delegation', 'add', gun, 'targets/releases', 'expired.crt', '--all-paths'],
  'a certificate signed with SHA-1': [
    'delegation',
    'add',
    gun,
    'targets/releases',
    'sha1.crt',
    '--all-paths',
  ],
  'a delegation name with capitals': [
    'delegation',
    'add',
    gun,
    'targets/Releases',
    'p256.crt',
    '--all-paths',
  ],
  'a delegation outside targets': ['delegation', 'add', gun, 'releases', 'p256.crt', '--all-paths'],
  'a delegation name to remove that is none': ['delegation', 'remove', gun, 'nonsense', '-y'],
  'a target file that is not there': ['add', gun, 'v1', 'missing.tar'],
  'a role that cannot hold targets': ['add', gun, 'v1', 'text.txt', '-r', 'snapshot'],
  'a hash that is too short': ['addhash', gun, 'v1', '3', '--sha256', 'abc'],
  'a size that is no number': ['addhash', gun, 'v1', 'three', '--sha256', 'a'.repeat(64)],
  'custom data that is no JSON': ['add', gun, 'v1', 'text.txt', '--custom', 'text.txt'],
  'no GUN': ['status'],
  'no target': ['lookup', gun],
  'an unknown flag': ['list', gun, '--bogus'],
  'a key file that is not there': ['key', 'import', 'missing.key'],
  'a certificate in place of a key': ['key', 'import', 'p256.crt'],
  'a key algorithm that is not offered': ['key', 'generate', 'rsa'],
  'rotation of a delegation': ['key', 'rotate', gun, 'targets/releases'],
  'the server holding the targets key': ['key', 'rotate', gun, 'targets', '-r'],
  'the client holding the timestamp key': ['key', 'rotate', gun, 'timestamp'],
  'a collection that nobody has': ['list', 'docker.io/nobody/nothing'],
  'a target that nobody signed': ['lookup', gun, 'nothing'],
};

onEachServer('bad input', ['notary'], (open) => {
  let stage: Stage;
  const people: Partial<Record<'notary' | 'tsnotary', Home>> = {};
  beforeAll(async () => {
    stage = await open();
    for (const program of ['notary', 'tsnotary'] as const) {
      const home = stage.home(`${program}/owner`);
      people[program] = home;
      home.write('text.txt', 'no JSON, no PEM\n');
      for (const [folder, name] of [
        ['keys', 'p256.pem'],
        ...['p256', 'rsa1024', 'expired', 'sha1'].map((cert) => ['certs', `${cert}.crt`]),
      ] as [string, string][]) {
        copyFileSync(join(repository, 'fixtures', folder, name), join(home.work, name));
      }
    }
    await people.tsnotary?.tsnotary('init', gun, '-p');
    await people.tsnotary?.tsnotary('list', gun);
    await people.notary?.notary('list', gun);
  });
  afterAll(() => stage.close());

  const home = (program: 'notary' | 'tsnotary'): Home => {
    const found = people[program];
    if (found === undefined) throw new Error('the stage is not set');
    return found;
  };

  for (const [what, args] of Object.entries(refused)) {
    it(`${what} is refused in notary's words, with status 1 and nothing changed`, async () => {
      const genuine = await home('notary').run('notary', args);
      const before = tree(home('tsnotary').trustDir);
      const ours = await home('tsnotary').run('tsnotary', args);
      expect(ours.status).toBe(1);
      expect(genuine.status).toBe(1);
      // Usage screens differ in prose; the last lines are the error.
      const fatal = (text: string) =>
        text.slice(text.lastIndexOf('* fatal:')).replaceAll('tsnotary', 'notary');
      expect(fatal(ours.stdout)).toBe(fatal(genuine.stdout));
      expect(ours.stderr).not.toMatch(/^\s+at /m);
      expect(tree(home('tsnotary').trustDir)).toEqual(before);
    });
  }

  it('tsnotary heals damaged cached files, but refuses a damaged cached root and names it', async () => {
    const reader = stage.home('reader', { passphrases: 'none' });
    await reader.tsnotary('list', gun);
    const metadata = join(reader.trustDir, 'tuf', gun, 'metadata');
    for (const role of ['timestamp', 'snapshot', 'targets']) {
      const good = readFileSync(join(metadata, `${role}.json`));
      for (const damage of [
        Buffer.from(''),
        Buffer.from('{'),
        good.subarray(0, good.length / 2),
        Buffer.from(good.toString().replace(/"sig":"./, '"sig":"!')),
      ]) {
        writeFileSync(join(metadata, `${role}.json`), damage);
        expect((await reader.run('tsnotary', ['list', gun])).status).toBe(0);
        expect(readFileSync(join(metadata, `${role}.json`))).toEqual(good);
      }
    }
    const root = readFileSync(join(metadata, 'root.json'));
    writeFileSync(join(metadata, 'root.json'), root.subarray(0, 100));
    const { status, stderr } = await reader.run('tsnotary', ['list', gun]);
    expect(status).toBe(1);
    expect(stderr).toContain(join(metadata, 'root.json'));
    expect(readFileSync(join(metadata, 'root.json'))).toEqual(root.subarray(0, 100));
  });

  it('a server that answers nonsense changes nothing', async () => {
    const key = readFileSync(stage.certificates.serverKey);
    const cert = readFileSync(stage.certificates.serverCertificate);
    const nonsense = createServer(
      { key, cert },
      (_, response) => void response.end('<html>It works!</html>'),
    );
    await new Promise<void>((resolve) => nonsense.listen(0, '127.0.0.1', resolve));
    const url = `https://localhost:${(nonsense.address() as AddressInfo).port}`;
    const owner = home('tsnotary');
    const before = tree(owner.trustDir);
    for (const args of [
      ['list', gun],
      ['publish', gun],
      ['key', 'rotate', gun, 'snapshot', '-r'],
      ['list', 'other'],
      ['init', 'other'],
    ]) {
      const outcome = await owner.run('tsnotary', ['-s', url, ...args]);
      expect([args, outcome.status]).toEqual([args, 1]);
      expect(outcome.stdout).toMatch(/\* fatal: \S/);
      expect(withoutOwnRecords(outcome.stderr)).not.toMatch(/^\s+at /m);
    }
    expect(tree(owner.trustDir)).toEqual(before);
    await new Promise((resolve) => nonsense.close(resolve));
  });

  it('a server that is down keeps what is staged', async () => {
    const owner = home('tsnotary');
    await owner.tsnotary('add', gun, 'kept', 'text.txt');
    const before = tree(owner.trustDir);
    const outcome = await owner.run('tsnotary', ['-s', 'https://127.0.0.1:1', 'publish', gun]);
    expect(outcome.status).toBe(1);
    expect(outcome.stdout).toBe(`Pushing changes to ${gun}\n\n* fatal: client is offline\n`);
    expect(tree(owner.trustDir)).toEqual(before);
    expect(statSync(join(owner.trustDir, 'private')).mode & 0o777).toBe(0o700);
  });
});
