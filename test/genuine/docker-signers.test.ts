/** `trust signer` and `trust key` beside those of the genuine docker CLI, word for word. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Home, Passphrases } from '../support/genuine/home.ts';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import { type Sides, sideBySide } from '../support/genuine/side-by-side.ts';
import type { Stage } from '../support/genuine/stage.ts';
import { expectDocument } from '../support/printed-json.ts';

const shared: Passphrases = {
  root: 'root-passphrase',
  targets: 'repository-passphrase',
  snapshot: 'repository-passphrase',
  delegation: 'repository-passphrase',
};

onEachServer('signers and their keys', ['docker', 'notary'], (open) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await open({ docker: true });
  });
  afterAll(() => stage.close());

  const people = (name: string): Sides => sideBySide(stage, name, { passphrases: shared });

  /** Both say the same, with the same status. @returns the status and what was said */
  async function same(sides: Sides, line: string, options = {}): Promise<string> {
    const words = line.split(' ');
    const { docker, tsnotary } = await sides.trust(words, options);
    expect({ words, ...tsnotary }).toEqual({ words, ...docker });
    return `${docker.status} ${docker.stdout}${docker.stderr}`;
  }

  const shell = (sides: Sides, script: string) => sides.both((home) => home.run('sh', ['-c', script]));

  const signersIn = async (home: Home, image: string): Promise<string> =>
    /List of signers[^\n]*\n\n((?:.+\n)*)/.exec(
      (await home.docker('trust', 'inspect', '--pretty', image)).stdout,
    )?.[1] ?? '';

  it('adds signers to repositories, with the words of docker for what succeeds and what does not', async () => {
    const sides = people('adding');
    for (const line of [
      'key generate alice',
      'key generate bob',
      'signer add --key alice.pub alice IMAGES/app',
      'signer add --key alice.pub alice IMAGES/app',
      'signer add --key bob.pub --key alice.pub bob IMAGES/app:1 IMAGES/other IMAGES/App',
      'inspect --pretty IMAGES/app',
      'signer add',
      'signer add a',
      'signer add --bogus',
      'signer add --key',
      'signer add Alice IMAGES/app',
      'signer add releases IMAGES/app',
      'signer add alice IMAGES/app',
      'signer add --key missing alice IMAGES/app',
      'signer add --key . alice IMAGES/app',
      'signer add --key alice.pub,bob.pub alice IMAGES/app',
    ])
      await same(sides, line);
    const wrong = { env: { DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: 'wrong-one' } };
    await same(sides, 'signer add --key bob.pub bob IMAGES/app', wrong);
    await same(sides, 'signer add --key bob.pub bob IMAGES/new', {
      env: { DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: 'wrong-one' },
    });
    await same(sides, 'signer add --key bob.pub bob IMAGES/new', {
      env: { DOCKER_CONTENT_TRUST_SERVER: 'https://localhost:1' },
    });
    await same(sides, 'signer add --key bob.pub bob IMAGES/new', {
      env: { DOCKER_CONTENT_TRUST_SERVER: 'http://localhost:1' },
    });
    const { tsnotary, images } = sides;
    expect(
      (await tsnotary.run('sh', ['-c', 'grep -h ^role ~/.docker/trust/private/*.key'])).stdout
        .split('\n')
        .sort(),
    ).toEqual(['', 'role: alice', 'role: bob', 'role: root', 'role: targets', 'role: targets']);
    // Docker goes on with what was made.
    stage.engine.addImage(`${images.tsnotary}/app`, '1');
    await tsnotary.docker('push', `${images.tsnotary}/app:1`);
    await same(sides, 'signer add --key bob.pub carol IMAGES/app');
  });

  it('refuses public keys as docker does, and those of Ed25519', async () => {
    const sides = people('public');
    await shell(
      sides,
      `openssl ecparam -name prime256v1 -genkey -noout -out ec.key
      openssl genpkey -algorithm ed25519 -out ed.key
      openssl ecparam -name secp256k1 -genkey -noout -out k1.key
      openssl pkey -in k1.key -pubout -out k1.pub
      openssl pkey -in ed.key -pubout -out ed.pub
      openssl pkey -in ec.key -pubout -outform der -out der.pub
      openssl req -new -x509 -key ed.key -subj /CN=ed -days 1000 -out ed.crt
      openssl genrsa -out weak.key 1024
      openssl req -new -x509 -key weak.key -subj /CN=weak -days 1000 -out weak.crt
      : > empty`,
    );
    for (const file of ['ec.key', 'ed.pub', 'der.pub', 'k1.pub', 'weak.crt', 'empty'])
      await same(sides, `signer add --key ${file} alice IMAGES/app`);
    const { tsnotary } = await sides.trust('signer add --key ed.crt alice IMAGES/app'.split(' '));
    expect(tsnotary).toMatchObject({ status: 1, stdout: '' });
  });

  it('removes signers for good', async () => {
    const { tsnotary: owner, images } = people('removing');
    const image = `${images.tsnotary}/app`;
    stage.engine.addImage(image, '1');
    for (const name of ['alice', 'bob']) {
      await owner.tsnotary('trust', 'key', 'generate', name);
      await owner.tsnotary('trust', 'signer', 'add', '--key', `${name}.pub`, name, image);
    }
    await owner.docker('trust', 'sign', `${image}:1`);
    const remove = (input: string, ...words: string[]) =>
      owner.run('tsnotary', ['trust', 'signer', 'remove', ...words], { input });
    const question = `The signer "bob" signed the last released version of ${image}. Removing this signer will make ${image} unpullable. Are you sure you want to continue? [y/N] `;

    expect(await remove('', 'alice', image)).toMatchObject({
      status: 0,
      stdout: `Removing signer "alice" from ${image}...\nSuccessfully removed alice from ${image}\n\n`,
      stderr: '',
    });
    expect(await signersIn(owner, image)).toMatch(/^SIGNER +KEYS\nbob +[0-9a-f]{12}\n$/);
    for (const answer of ['n\n', 'yes\n', ''])
      expect(await remove(answer, 'bob', image)).toMatchObject({
        status: 0,
        stdout: `Removing signer "bob" from ${image}...\n${question}`,
        stderr: expect.stringMatching(/^time=.* code=ABORTED\n$/) as string,
      });
    await owner.docker('pull', `${image}:1`);
    const gone = await remove('y\n', 'bob', image);
    expect(gone).toMatchObject({
      status: 0,
      stdout: `Removing signer "bob" from ${image}...\n${question}Successfully removed bob from ${image}\n\n`,
    });
    expect(gone.stderr).toMatch(/1 tag of .* is not released any more.* code=TAGS_WOULD_VANISH\n$/);
    expect((await owner.run('docker', ['pull', `${image}:1`])).status).toBe(1);
    expect(await signersIn(owner, image)).toBe('');

    await owner.docker('trust', 'signer', 'add', '--key', 'alice.pub', 'alice', image);
    await owner.tsnotary('trust', 'sign', `${image}:1`);
    await owner.docker('pull', `${image}:1`);
    const forced = await remove('', '-f', 'alice', image, `${images.tsnotary}/none`, 'Bad');
    expect(forced.status).toBe(1);
    expect(forced.stdout).toContain(`Successfully removed alice from ${image}\n\n`);
    expect(forced.stderr).toContain(`\nerror removing signer from: ${images.tsnotary}/none, Bad\n`);
  });

  it('says of signers that cannot be removed what docker says', async () => {
    const sides = people('staying');
    for (const line of [
      'key generate alice',
      'signer add --key alice.pub alice IMAGES/app',
      'signer remove',
      'signer remove a',
      'signer remove --force=maybe a IMAGES/app',
      'signer remove releases IMAGES/app',
      'signer remove nobody IMAGES/app IMAGES/nowhere',
    ])
      await same(sides, line);
    for (const url of ['https://localhost:1', 'http://localhost:1'])
      await same(sides, 'signer remove alice IMAGES/new', { env: { DOCKER_CONTENT_TRUST_SERVER: url } });
  });

  it('makes keys for signers, and none that could be taken for another', async () => {
    const sides = people('making');
    await shell(sides, 'mkdir dir');
    for (const line of [
      'key generate',
      'key generate a b',
      'key generate Alice',
      'key generate alice --dir nowhere',
      'key generate alice --dir .',
      'key generate alice --dir ./',
      'key generate alice',
      'key generate bob --dir dir/../dir/',
    ])
      await same(sides, line);
    const { tsnotary: person } = sides;
    const { stdout } = await person.run('sh', ['-c', 'stat -c %a alice.pub; head -3 alice.pub']);
    expect(stdout).toBe('600\n-----BEGIN PUBLIC KEY-----\nrole: alice\n\n');
    for (const name of ['releases', 'root', 'targets', 'snapshot', 'timestamp'])
      expect(await person.run('tsnotary', ['trust', 'key', 'generate', name])).toMatchObject({
        status: 1,
        stdout: '',
        stderr: expect.stringContaining(
          `${name} is a reserved keyword, use a different key name\n`,
        ) as string,
      });
  });

  it('loads private keys as docker does, and encrypted ones as well', async () => {
    const sides = people('loading');
    await shell(
      sides,
      `openssl ecparam -name prime256v1 -genkey -noout -out ec.key
      openssl genrsa -out rsa.key 2048
      openssl genpkey -algorithm ed25519 -out ed.key
      openssl ecparam -name secp521r1 -genkey -noout -out p521.key
      openssl req -new -x509 -key ec.key -subj /CN=ec -days 1000 -out ec.crt
      openssl pkcs8 -topk8 -in ec.key -passout pass:repository-passphrase -out sha256.key
      openssl pkcs8 -topk8 -in ec.key -passout pass:other-phrase -out other.key
      : > empty; mkdir dir; mkdir -m 755 dir755; chmod 700 dir; chmod 600 *.key *.crt empty
      cp ec.key open.key; chmod 640 open.key`,
    );
    for (const line of [
      ...['missing', 'open.key', 'dir', 'dir755', 'ec.crt', 'empty', 'ed.key', 'other.key'],
      ...['ec.key', 'rsa.key', 'p521.key'],
      ...['--name targets ec.key', '--name timestamp ec.key', '--name Bad ec.key', '--name root rsa.key'],
    ])
      await same(sides, `key load ${line}`);
    const { tsnotary: person } = sides;
    await person.run('sh', ['-c', 'rm ~/.docker/trust/private/*']);
    await person.tsnotary('trust', 'key', 'load', '--name', 'carol', 'sha256.key');
    await person.docker('trust', 'key', 'generate', 'dave');
    await person.run('sh', ['-c', 'mv ~/.docker/trust/private/*.key . && chmod 600 *']);
    const owned = (await person.run('sh', ['-c', 'grep -l "role: dave" *.key'])).stdout.trim();
    const json = await person.tsnotary('trust', 'key', 'load', '--json', owned);
    expect(expectDocument(json.stdout, 'trust-key-load')).toMatchObject({
      keys: [{ keyId: owned.slice(0, 64), role: 'dave' }],
    });
  });

  it('says for programs what has become of each repository of a list', async () => {
    const { tsnotary: owner, images } = people('listing');
    await owner.tsnotary('trust', 'key', 'generate', 'alice');
    owner.write('images.txt', `${images.tsnotary}/one\n# the second\n${images.tsnotary}/two\nBad\n`);
    const words = ['--repos', 'images.txt', 'alice', '--json'];
    const added = await owner.run('tsnotary', ['trust', 'signer', 'add', '--key', 'alice.pub', ...words]);
    expect(added.status).toBe(1);
    expect(expectDocument(added.stdout, 'trust-signer-add')).toMatchObject({
      signer: 'alice',
      repositories: [{ created: true }, { created: true }],
      failures: [{ repository: 'Bad', error: { code: 'IMAGE_NAME_INVALID' } }],
    });
    const removed = await owner.run('tsnotary', ['trust', 'signer', 'remove', '-f', ...words]);
    expect(expectDocument(removed.stdout, 'trust-signer-remove')).toMatchObject({
      repositories: [
        { removed: true, lost: [] },
        { removed: true, lost: [] },
      ],
      failures: [{ repository: 'Bad' }],
    });
  });
});
