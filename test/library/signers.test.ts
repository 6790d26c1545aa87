/** Delegations, witnesses and rotations by the library, with a server over TLS. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKeys } from '../../src/library/open-keys.ts';
import { available, repository as root } from '../support/genuine/programs.ts';
import { type Library, library, passphrase } from '../support/library-server.ts';
import { refusal } from '../support/refusal.ts';

const content = Buffer.from('release 1.0\n');
const odd = (value: unknown) => value as never;
const usage = refusal('USAGE');

describe.skipIf(!available('openssl'))('signers by the library', () => {
  let stage: Library;
  beforeAll(async () => {
    stage = await library();
  });
  afterAll(() => stage.stop());

  it('a delegation is added, signs, and is revoked', async () => {
    const owner = await stage.open('owner');
    await owner.init();
    await owner.publish();
    await owner.rotateKey('snapshot', { serverManaged: true });
    const theirs = await openKeys({ trustDir: join(stage.folder, 'signer'), passphrase });
    const pair = await theirs.generatePair('delegation');
    const added = await owner.addDelegation('targets/releases', { keys: [pair.publicKey], paths: ['rel-'] });
    expect(added).toEqual({ keyIds: [pair.keyId] });
    await owner.publish();
    expect(await owner.delegations()).toEqual([
      { role: 'targets/releases', paths: ['rel-'], keyIds: [pair.keyId], threshold: 1 },
    ]);

    expect(await theirs.import(pair.privateKey, { role: 'delegation' })).toEqual([pair.keyId]);
    const signer = await stage.open('signer');
    await signer.add('rel-1.0', content, { roles: ['targets/releases'] });
    await signer.publish();
    expect(await owner.lookup('rel-1.0')).toMatchObject({ role: 'targets/releases', length: 12 });

    await owner.removeDelegation('targets/releases', { keyIds: [pair.keyId] });
    await owner.publish();
    await expect(owner.lookup('rel-1.0')).rejects.toEqual(refusal('NO_SUCH_TARGET'));
    await owner.removeDelegation('targets/releases', { whole: true });
    await owner.publish();
    expect(await owner.delegations()).toEqual([]);
  });

  it('a witness is signed again, and a key is purged everywhere', async () => {
    const owner = await stage.open('witnessing', { gun: 'docker.io/alice/witnessed' });
    await owner.init();
    const certificate = { file: join(root, 'fixtures/certs/rsa2048.crt') };
    const { keyIds } = await owner.addDelegation('targets/qa', { keys: [certificate], paths: [''] });
    expect(await owner.status()).toMatchObject([
      { keys: { added: [{ keyId: keyIds[0], nameSource: 'certificate' }], removed: [] } },
      { keys: { added: [] }, paths: { added: [''], removed: [], all: false } },
    ]);
    await owner.publish();
    await owner.witness(['targets']);
    expect(await owner.status()).toMatchObject([{ role: 'targets', type: 'witness' }]);
    expect((await owner.publish()).roles).toContain('targets');
    await owner.purgeKeys(keyIds);
    await owner.publish();
    expect(await owner.delegations()).toMatchObject([{ role: 'targets/qa', keyIds: [] }]);
  });

  it('the keys of base roles are rotated, the root key without a question, to a key that is brought', async () => {
    const owner = await stage.open('rotating', { gun: 'docker.io/alice/rotated' });
    await owner.init();
    await owner.publish();
    const keys = await openKeys({ trustDir: join(stage.folder, 'rotating'), passphrase });
    const idOf = async (role: string) =>
      (await keys.list()).filter((key) => key.role === role).map(({ keyId }) => keyId);
    const [before] = await idOf('targets');
    await owner.rotateKey('targets');
    expect(await idOf('targets')).not.toContain(before);
    const brought = await keys.generatePair('root');
    await owner.rotateKey('root', { keys: [brought.privateKey] });
    expect(await idOf('root')).toContain(brought.keyId);
    await owner.rotateKey('timestamp', { serverManaged: true });
    await expect(owner.rotateKey('targets', { serverManaged: true })).rejects.toEqual(
      refusal('INVALID_REMOTE_ROLE'),
    );
    await expect(owner.rotateKey('timestamp')).rejects.toEqual(refusal('INVALID_LOCAL_ROLE'));
    await expect(owner.rotateKey('targets/a')).rejects.toEqual(refusal('INVALID_ROLE'));
  });

  it.each<[string, (of: Awaited<ReturnType<Library['open']>>) => Promise<unknown>]>([
    ['addDelegation of nothing', (of) => of.addDelegation('targets/a', {})],
    ['addDelegation without an option', (of) => of.addDelegation('targets/a', odd(undefined))],
    ['addDelegation of a number', (of) => of.addDelegation('targets/a', { keys: odd([1]) })],
    [
      'addDelegation of one key outside a list',
      (of) => of.addDelegation('targets/a', { keys: odd(content) }),
    ],
    ['removeDelegation of nothing', (of) => of.removeDelegation('targets/a', {})],
    ['removeDelegation of an empty list', (of) => of.removeDelegation('targets/a', { keyIds: [] })],
    [
      'removeDelegation of all and some',
      (of) => of.removeDelegation('targets/a', { whole: true, keyIds: ['a'] }),
    ],
    ['removeDelegation of a text', (of) => of.removeDelegation('targets/a', { whole: odd('yes') })],
    ['purgeKeys of nothing', (of) => of.purgeKeys([])],
    ['purgeKeys of a text', (of) => of.purgeKeys(odd('a'))],
    ['witness of nothing', (of) => of.witness([])],
    ['witness of a text', (of) => of.witness(odd('targets'))],
    ['rotateKey of a number', (of) => of.rotateKey(odd(1))],
    ['rotateKey to no key', (of) => of.rotateKey('targets', { keys: odd([undefined]) })],
    ['rotateKey with a text', (of) => of.rotateKey('snapshot', { serverManaged: odd('yes') })],
    ['rotateKey with half a root', (of) => of.rotateKey('root', { legacyRoots: 0.5 })],
  ])('a call that could not be meant is refused, and stages nothing: %s', async (_, call) => {
    const owner = await stage.open('refused');
    await expect(call(owner)).rejects.toEqual(usage);
    expect(await owner.status()).toEqual([]);
  });

  it('a file that holds no key is named', async () => {
    const owner = await stage.open('refused');
    const file = join(root, 'package.json');
    expect(readFileSync(file, 'utf8')).toContain('tsnotary');
    await expect(owner.addDelegation('targets/a', { keys: [{ file }] })).rejects.toMatchObject({
      code: 'INVALID_KEY',
      details: { file },
    });
  });
});
