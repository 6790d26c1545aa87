import { copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Home, Passphrases } from '../support/genuine/home.ts';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import { expectWhole } from '../support/genuine/served-files.ts';
import type { Stage } from '../support/genuine/stage.ts';

/** Docker asks for one passphrase for every key of a repository, delegation keys among them. */
const shared: Passphrases = {
  root: 'root-passphrase',
  targets: 'repository-passphrase',
  snapshot: 'repository-passphrase',
  delegation: 'repository-passphrase',
};

onEachServer('the genuine docker CLI', ['docker', 'notary'], (open) => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await open({ docker: true });
  });
  afterAll(() => stage.close());

  const person = (name: string): Home => stage.home(name, { passphrases: shared });

  /** What the engine was asked to pull last. */
  const pulled = () => stage.engine.requests.filter(({ action }) => action === 'pull').at(-1)?.reference;

  async function makeCertificate(who: Home, subject: string): Promise<void> {
    await who.openssl('genrsa', '-out', 'delegation.key', '2048');
    await who.openssl(
      'req',
      '-new',
      '-sha256',
      '-key',
      'delegation.key',
      '-out',
      'd.csr',
      '-subj',
      `/CN=${subject}`,
    );
    await who.openssl(
      'x509',
      '-req',
      '-sha256',
      '-days',
      '365',
      '-in',
      'd.csr',
      '-signkey',
      'delegation.key',
      '-out',
      'delegation.crt',
    );
  }

  async function keyIdOf(who: Home, role: string): Promise<string> {
    const { stdout } = await who.tsnotary('key', 'list');
    return new RegExp(`^${role} .*?([0-9a-f]{64})`, 'm').exec(stdout)?.[1] ?? '';
  }

  async function signersOf(who: Home, image: string): Promise<Record<string, readonly string[]>> {
    const { stdout } = await who.docker('trust', 'inspect', image);
    const [entry] = JSON.parse(stdout) as [
      { SignedTags: { SignedTag: string; Signers: string[] }[]; Signers: { Name: string }[] },
    ];
    return Object.fromEntries(entry.SignedTags.map(({ SignedTag, Signers }) => [SignedTag, Signers]));
  }

  it('the genuine docker CLI signs with a key that tsnotary imported into a role that tsnotary made, until it is revoked', async () => {
    const image = `${stage.address}/alice/demo`;
    const owner = person('owner');
    const bob = person('bob');
    const ownersImage = stage.engine.addImage(image, '1.0', 'the owner made this');
    await owner.docker('push', `${image}:1.0`);

    await makeCertificate(bob, 'bob');
    copyFileSync(join(bob.work, 'delegation.crt'), join(owner.work, 'delegation.crt'));
    await owner.tsnotary(
      'delegation',
      'add',
      image,
      'targets/releases',
      'delegation.crt',
      '--all-paths',
      '-p',
    );
    await bob.tsnotary('key', 'import', 'delegation.key', '--role', 'user');

    const bobsImage = stage.engine.addImage(image, '1.0', 'bob made this');
    stage.engine.addImage(image, '2.0', 'bob made this too');
    for (const tag of ['1.0', '2.0']) {
      const { stdout } = await bob.docker('push', `${image}:${tag}`);
      expect(stdout).toContain(`Successfully signed ${image}:${tag}`);
    }
    expect((await owner.tsnotary('list', image, '-r', 'targets/releases')).stdout).toMatch(
      new RegExp(`^1\\.0 +${bobsImage.digest.slice(7)} `, 'm'),
    );
    expect(Object.keys(await signersOf(owner, image)).sort()).toEqual(['1.0', '2.0']);
    await bob.docker('pull', `${image}:1.0`);
    expect(pulled()).toBe(bobsImage.digest);
    await expectWhole(stage, image);

    const id = await keyIdOf(bob, 'user');
    await owner.tsnotary('delegation', 'remove', image, 'targets/releases', id);
    await owner.tsnotary('publish', image);
    const refused = await bob.run('docker', ['push', `${image}:2.0`]);
    expect(refused.status).not.toBe(0);
    await bob.docker('pull', `${image}:1.0`);
    expect(pulled()).toBe(ownersImage.digest);
    expect((await bob.run('docker', ['pull', `${image}:2.0`])).status).not.toBe(0);
    await expectWhole(stage, image);
  });

  it('the genuine docker CLI obeys a collection that tsnotary made from the start', async () => {
    const image = `${stage.address}/alice/ours`;
    const owner = person('maker');
    const { digest, size } = stage.engine.addImage(image, '3.0');
    await owner.tsnotary('init', image, '-p');
    await owner.tsnotary('key', 'rotate', image, 'snapshot', '-r');
    await owner.tsnotary('addhash', image, '3.0', String(size), '--sha256', digest.slice(7), '-p');
    await person('stranger').docker('pull', `${image}:3.0`);
    expect(pulled()).toBe(digest);
    stage.engine.addImage(image, '3.1');
    await owner.docker('push', `${image}:3.1`);
    expect((await owner.tsnotary('list', image)).stdout).toMatch(/^3\.1 .* targets$/m);
  });

  it('the genuine docker CLI leaves repositories, keys and signers that tsnotary reads, extends and publishes', async () => {
    const image = `${stage.address}/team/tool`;
    const owner = person('captain');
    const carol = person('carol');
    stage.engine.addImage(image, '1');
    await carol.openssl(
      'genpkey',
      '-algorithm',
      'EC',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-out',
      'carol.key',
    );
    await carol.openssl('pkey', '-in', 'carol.key', '-pubout', '-out', 'carol.pub');
    await carol.run('sh', ['-c', 'chmod 600 carol.key']);
    await carol.docker('trust', 'key', 'load', '--name', 'carol', 'carol.key');
    copyFileSync(join(carol.work, 'carol.pub'), join(owner.work, 'carol.pub'));
    await owner.docker('trust', 'signer', 'add', '--key', 'carol.pub', 'carol', image);
    await carol.docker('trust', 'sign', `${image}:1`);

    const listing = (await owner.tsnotary('delegation', 'list', image)).stdout;
    expect(listing).toMatch(/^targets\/carol +"" <all paths> +[0-9a-f]{64} +1$/m);
    expect(listing).toMatch(/^targets\/releases +"" <all paths> +[0-9a-f]{64} +1$/m);
    const keys = (await carol.tsnotary('key', 'list')).stdout;
    expect(keys).toMatch(new RegExp(`^carol +${await keyIdOf(carol, 'carol')} `, 'm'));

    const file = carol.write('2.txt', 'two');
    await carol.tsnotary('add', image, '2', file, '-r', 'targets/carol,targets/releases', '-p');
    expect(await signersOf(owner, image)).toEqual({ '1': ['carol'], '2': ['carol'] });

    await makeCertificate(owner, 'dave');
    await owner.tsnotary('delegation', 'add', image, 'targets/dave', 'delegation.crt', '--all-paths');
    await owner.tsnotary('delegation', 'add', image, 'targets/releases', 'delegation.crt');
    await owner.tsnotary('publish', image);
    const { stdout } = await owner.docker('trust', 'inspect', image);
    expect(
      (JSON.parse(stdout) as [{ Signers: { Name: string }[] }])[0].Signers.map(({ Name }) => Name).sort(),
    ).toEqual(['carol', 'dave']);
    await expectWhole(stage, image);
  });

  it('the genuine docker CLI shares one trust directory with tsnotary and notary', async () => {
    const image = `${stage.address}/alice/shared`;
    const owner = person('sharer');
    stage.engine.addImage(image, 'a');
    stage.engine.addImage(image, 'b');
    await owner.docker('push', `${image}:a`);
    await owner.tsnotary('add', image, 'by-tsnotary', owner.write('t', 't'), '-p');
    await owner.notary('add', image, 'by-notary', owner.write('n', 'n'), '-p');
    await owner.docker('push', `${image}:b`);
    const listed = (await owner.tsnotary('list', image)).stdout;
    expect(listed).toBe((await owner.notary('list', image)).stdout);
    expect(listed.match(/^\S+(?= .* targets$)/gm)).toEqual(['a', 'b', 'by-notary', 'by-tsnotary']);
    expect(
      readdirSync(join(owner.trustDir, 'private')).every((name) => /^[0-9a-f]{64}\.key$/.test(name)),
    ).toBe(true);
  });
});
