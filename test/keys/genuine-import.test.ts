/** Keys of every encoding, imported from the command line: the genuine client then lists them and signs with them. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parsePem } from '../../src/encoding/pem.ts';
import { fixturePassphrase } from '../support/fixtures/keys.ts';
import { type Home, usualPassphrases } from '../support/genuine/home.ts';
import { available } from '../support/genuine/programs.ts';
import { genuineStage, type Stage } from '../support/genuine/stage.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/keys');
const gun = 'docker.io/alice/demo';
const release = 'targets/releases';

/** Kinds of keys that may sign; the fixtures of one kind hold the same key. */
const signers = ['p224', 'p256', 'p384', 'p521', 'rsa2048', 'rsa3072'];
const files = readdirSync(fixtures).filter(
  (name) => signers.includes(name.split('.')[0] ?? '') && !name.endsWith('.pub.pem'),
);

describe.skipIf(!available('notary', 'notary-server', 'openssl'))('key import', () => {
  let stage: Stage;
  let owner: Home;
  beforeAll(async () => {
    stage = await genuineStage();
    owner = stage.home('owner');
    await owner.notary('init', gun, '-p');
    await owner.notary('key', 'rotate', gun, 'snapshot', '-r');
    const publicKeys = signers.map((name) => join(fixtures, `${name}.pub.pem`));
    await owner.notary('delegation', 'add', gun, release, ...publicKeys, '--all-paths', '-p');
  });
  afterAll(() => stage.close());

  /** Somebody whose delegation passphrase is that of the fixtures. */
  const delegate = (name: string) =>
    stage.home(name, { passphrases: { ...usualPassphrases, delegation: fixturePassphrase } });

  async function signsAs(who: Home, name: string): Promise<void> {
    const [file, ...others] = readdirSync(join(who.trustDir, 'private'));
    expect(others).toEqual([]);
    const pem = readFileSync(join(who.trustDir, 'private', file ?? ''));
    expect(parsePem(pem)).toMatchObject([{ type: 'ENCRYPTED PRIVATE KEY' }]);
    const listed = (await who.notary('key', 'list')).stdout;
    expect(listed).toMatch(new RegExp(`^user +${file?.replace('.key', '') ?? ''} `, 'm'));
    await who.notary('add', gun, name, who.write('content', name), '-r', release, '-p');
    expect((await who.notary('list', gun)).stdout).toMatch(new RegExp(`^${name} .* ${release}$`, 'm'));
  }

  test.each(files)('key import takes %s, and notary signs with it', async (name) => {
    const who = delegate(name);
    const done = await who.run('tsnotary', ['key', 'import', join(fixtures, name), '--role', 'user']);
    expect([done.status, done.stdout]).toEqual([0, '']);
    await signsAs(who, name);
  });

  test.each([
    ['p256.sec1.der', 'ec', ['-in', 'p256.pem', '-outform', 'DER']],
    ['p521.pkcs8.der', 'pkcs8', ['-topk8', '-nocrypt', '-in', 'p521.pem', '-outform', 'DER']],
    ['rsa.pkcs1.der', 'rsa', ['-in', 'rsa2048.pem', '-traditional', '-outform', 'DER']],
    [
      'rsa.encrypted.der',
      'pkcs8',
      ['-topk8', '-in', 'rsa3072.pem', '-outform', 'DER', '-passout', `pass:${fixturePassphrase}`],
    ],
  ])('key import takes %s from standard input, and notary signs with it', async (name, command, args) => {
    const who = delegate(name);
    const fixture = (arg: string) => (arg.endsWith('.pem') ? join(fixtures, arg) : arg);
    await who.openssl(command, ...args.map(fixture), '-out', name);
    const input = readFileSync(join(who.work, name));
    const done = await who.run('tsnotary', ['key', 'import', '-', '-r', 'user'], { input });
    expect([done.status, done.stdout, done.stderr]).toEqual([0, '', '']);
    await signsAs(who, name);
  });

  test.each([
    ['p256.p12', 'p256.pem', []],
    ['rsa.p12', 'rsa2048.pem', []],
    ['old.p12', 'p384.pem', ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']],
  ])('key import takes the key out of PKCS#12 (%s), and notary signs with it', async (name, key, options) => {
    const who = delegate(name);
    const source = join(fixtures, key);
    await who.openssl('req', '-new', '-x509', '-key', source, '-subj', '/CN=me', '-out', 'me.crt');
    const out = ['-out', name, '-passout', `pass:${fixturePassphrase}`];
    await who.openssl('pkcs12', '-export', '-inkey', source, '-in', 'me.crt', ...out, ...options);
    const done = await who.run('tsnotary', ['key', 'import', name, '-r', 'user', '--strict']);
    expect([done.status, done.stdout, done.stderr]).toEqual([0, '', '']);
    await signsAs(who, name);
    const env = { NOTARY_DELEGATION_PASSPHRASE: 'wrong' };
    const wrong = await who.run('tsnotary', ['key', 'import', name, '-r', 'user'], { env });
    expect([wrong.status, wrong.stderr]).toMatchObject([1, expect.stringContaining('PASSPHRASE_INVALID')]);
  });

  test('key import tries the passphrase of the environment first and then asks', async () => {
    const who = stage.home('typist');
    const file = join(fixtures, 'p256.pkcs8.scrypt.pem');
    const terminal = who.terminal('tsnotary', ['key', 'import', file, '-r', 'user']);
    await terminal.waitFor('Enter passphrase for user key: ');
    await terminal.answerHidden('not this one');
    await terminal.waitFor('Passphrase incorrect. Please retry.');
    await terminal.answerHidden(fixturePassphrase);
    const { status, shown, echo } = await terminal.end();
    expect([status, echo]).toEqual([0, true]);
    expect(shown.replaceAll('\r\n', '\n').replace(/.*KEYS_IMPORTED\n$/, '')).toBe(
      'Enter passphrase for user key: \nPassphrase incorrect. Please retry.\nEnter passphrase for user key: \n',
    );
    const env = { NOTARY_DELEGATION_PASSPHRASE: fixturePassphrase };
    await who.run('notary', ['add', gun, 'typed', who.write('content', 'x'), '-r', release, '-p'], { env });
    expect((await who.notary('list', gun)).stdout).toMatch(/^typed /m);
  });

  test('key import takes what `notary key generate -o` writes, as it is', async () => {
    const [maker, taker] = [stage.home('maker'), stage.home('taker')];
    await maker.notary('key', 'generate', '-r', 'user', '-o', 'made');
    const made = readFileSync(join(maker.work, 'made-key.pem'));
    await taker.tsnotary('key', 'import', join(maker.work, 'made-key.pem'));
    const folder = join(taker.trustDir, 'private');
    expect(readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))).toEqual([
      made.toString(),
    ]);
    await taker.notary('key', 'passwd', (readdirSync(folder)[0] ?? '').replace('.key', ''));
  });

  test.skipIf(!available('docker'))(
    'key import takes what `docker trust key generate` makes, as it is',
    async () => {
      const maker = stage.home('docker-user', {
        env: { DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: fixturePassphrase },
      });
      await maker.docker('trust', 'key', 'generate', 'alice');
      const folder = join(maker.trustDir, 'private');
      const [name = ''] = readdirSync(folder);
      const made = readFileSync(join(folder, name));
      const taker = delegate('taker-from-docker');
      await taker.tsnotary('key', 'import', taker.write('alice.pem', made));
      expect(readFileSync(join(taker.trustDir, 'private', name), 'utf8')).toBe(made.toString());
      // Under its own name it takes no passphrase at all.
      const other = stage.home('taker-without-passphrase', { passphrases: 'none' });
      await other.tsnotary('key', 'import', other.write(name, made));
      expect(readFileSync(join(other.trustDir, 'private', name), 'utf8')).toBe(made.toString());
    },
  );

  test('key import takes standard Ed25519, and notary rotates to it and signs with it', async () => {
    const own = 'docker.io/alice/edward';
    const one = {
      root: 'passphrase',
      targets: 'passphrase',
      snapshot: 'passphrase',
      delegation: 'passphrase',
    };
    const who = stage.home('edward', { passphrases: one });
    await who.notary('init', own, '-p');
    const folder = join(who.trustDir, 'private');
    const before = readdirSync(folder);
    await who.tsnotary('key', 'import', join(fixtures, 'ed25519.pem'), '-r', 'targets', '-g', own);
    const key = readdirSync(folder).find((name) => !before.includes(name)) ?? '';
    const stored = join(folder, key);
    await who.notary('key', 'rotate', own, 'targets', '-k', stored);
    await who.notary('add', own, 'v1', who.write('content', 'x'), '-p');
    expect((await who.notary('list', own)).stdout).toMatch(/^v1 /m);
    const root = readFileSync(join(who.trustDir, 'tuf', own, 'metadata/root.json'), 'utf8');
    expect(root).toContain(`"${key.replace('.key', '')}":{"keytype":"ed25519"`);
  });
});
