import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Home } from '../support/genuine/home.ts';
import { onEachServer } from '../support/genuine/on-each-server.ts';
import { expectWhole } from '../support/genuine/served-files.ts';
import type { Stage } from '../support/genuine/stage.ts';

/** How openssl makes each kind of key that a collaborator may bring. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  'RSA 2048': ['genrsa', '-out', 'd.key', '2048'],
  'RSA 2048 in PKCS#1': ['genrsa', '-traditional', '-out', 'd.key', '2048'],
  'RSA 4096': ['genrsa', '-out', 'd.key', '4096'],
  'P-224': ['ecparam', '-name', 'secp224r1', '-genkey', '-noout', '-out', 'd.key'],
  'P-256': ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'd.key'],
  'P-384': ['ecparam', '-name', 'secp384r1', '-genkey', '-noout', '-out', 'd.key'],
  'P-521': ['ecparam', '-name', 'secp521r1', '-genkey', '-noout', '-out', 'd.key'],
  'P-256 with its parameters in front': ['ecparam', '-name', 'prime256v1', '-genkey', '-out', 'd.key'],
};

onEachServer("a collaborator's key by openssl", ['notary'], (open, server) => {
  let stage: Stage;
  let owner: Home;
  beforeAll(async () => {
    stage = await open();
    owner = stage.home('owner');
    await owner.openssl(
      ...[
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        'ca.key',
        '-out',
        'ca.crt',
        '-subj',
        '/CN=CA',
        '-days',
        '365',
      ],
    );
  });
  afterAll(() => stage.close());

  async function newCollection(gun: string): Promise<void> {
    await owner.tsnotary('init', gun, '-p');
    await owner.tsnotary('key', 'rotate', gun, 'snapshot', '-r');
  }

  async function certify(who: Home, by: 'itself' | 'a CA'): Promise<void> {
    await who.openssl('req', '-new', '-sha256', '-key', 'd.key', '-out', 'd.csr', '-subj', '/CN=collab');
    for (const name of ['ca.key', 'ca.crt']) copyFileSync(join(owner.work, name), join(who.work, name));
    const signer =
      by === 'itself' ? ['-signkey', 'd.key'] : ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial'];
    await who.openssl('x509', '-req', '-sha256', '-days', '365', '-in', 'd.csr', '-out', 'd.crt', ...signer);
    copyFileSync(join(who.work, 'd.crt'), join(owner.work, 'd.crt'));
  }

  // What a server makes of a key hangs on the kind of key alone.
  const authorities = server === 'genuine' ? (['itself', 'a CA'] as const) : (['itself'] as const);
  for (const [kind, make] of Object.entries(kinds)) {
    for (const by of authorities) {
      it(`a key of kind ${kind}, certified by ${by}, signs; notary reads the file and signs with the key too`, async () => {
        const gun = `docker.io/alice/${kind}-${by}`.toLowerCase().replace(/[^a-z0-9/.]+/g, '-');
        const collaborator = stage.home(`${gun}/collaborator`);
        await newCollection(gun);
        await collaborator.openssl(...make);
        await certify(collaborator, by);
        await owner.tsnotary('delegation', 'add', gun, 'targets/releases', 'd.crt', '--all-paths', '-p');
        await collaborator.tsnotary('key', 'import', 'd.key', '--role', 'user');
        const file = collaborator.write('1.0', 'one');
        await collaborator.tsnotary('add', gun, '1.0', file, '-r', 'targets/releases', '-p');
        await collaborator.notary('add', gun, '1.1', file, '-r', 'targets/releases', '-p');
        await expectWhole(stage, gun);

        const reader = stage.home(`${gun}/reader`, { passphrases: 'none' });
        const listed = (await reader.notary('list', gun)).stdout;
        expect(listed.match(/^1\.[01] .* targets\/releases$/gm)).toHaveLength(2);
        expect((await reader.tsnotary('list', gun)).stdout).toBe(listed);

        // The key file is one that notary would have written: the same ID, readable with the same passphrase.
        const imported = readdirSync(join(collaborator.trustDir, 'private'));
        const twin = stage.home(`${gun}/twin`);
        copyFileSync(join(collaborator.work, 'd.key'), join(twin.work, 'd.key'));
        await twin.notary('key', 'import', 'd.key', '--role', 'user');
        expect(readdirSync(join(twin.trustDir, 'private'))).toEqual(imported);
        const pem = readFileSync(join(collaborator.trustDir, 'private', imported[0] ?? ''), 'utf8');
        expect(pem).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\nrole: user\n\n/);
      });
    }
  }
});
