import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Change,
  delegationChange,
  delegationDeletion,
  parseChange,
  serialiseChange,
  targetCreation,
  targetDeletion,
  witnessChange,
} from '../../src/changelist/change.ts';
import { canonicalCustom, fileMetaOfStream } from '../../src/client/stage/add-target.ts';
import { asCanonicalKeyId } from '../../src/crypto/keys/key-id.ts';
import { keyId } from '../../src/crypto/keys/public-key.ts';
import { certificateKey } from '../../src/crypto/keys/verification-key.ts';
import type { FileMeta } from '../../src/metadata/file-meta.ts';
import { fixture, fixturePath } from '../support/fixture-files.ts';
import { available, mustRun } from '../support/genuine/programs.ts';
import { makeScratch, removeScratch } from '../support/genuine/scratch.ts';

const gun = 'docker.io/alice/demo';
const payload = 'hello\n';
const customText = '{"a":[1,true,null],"b":{"c":"d"}}';

async function* chunks() {
  yield Buffer.from(payload);
}

describe.skipIf(!available('notary'))('change files of the genuine client', () => {
  let folder: string;
  let count = 0;
  let trust: string;
  let meta: FileMeta;

  beforeAll(async () => {
    folder = makeScratch();
    writeFileSync(join(folder, 'payload'), payload);
    writeFileSync(join(folder, 'custom'), ` ${customText.replaceAll(',', ', ')}\n`);
    meta = await fileMetaOfStream(chunks());
  });
  afterAll(() => removeScratch(folder));
  beforeEach(() => {
    trust = join(folder, `trust-${count++}`);
    mkdirSync(trust);
  });

  /** Stages with the genuine client; the bytes of the change files in order. */
  async function staged(...args: readonly string[]): Promise<readonly string[]> {
    await mustRun('notary', ['-d', trust, ...args], { cwd: folder, env: { HOME: folder } });
    const changelist = join(trust, 'tuf', gun, 'changelist');
    return readdirSync(changelist)
      .sort()
      .map((name) => readFileSync(join(changelist, name), 'utf8'));
  }

  const written = (...changes: readonly Change[]) =>
    changes.map((change) => Buffer.from(serialiseChange(change)).toString());

  async function expectSame(args: readonly string[], ...changes: readonly Change[]): Promise<void> {
    const genuine = await staged(...args);
    expect(written(...changes)).toEqual(genuine);
    expect(written(...genuine.map((text) => parseChange(Buffer.from(text))))).toEqual(genuine);
  }

  it.each([
    'v1.0',
    'a/b c',
    '"quotes" and \\ backslash',
    '<tag> & more',
    'élan 😀 ！',
    '\u2028\u2029\u007f',
    'tab\tnew\nline\u0001',
    '../up',
    '',
  ])('add stages the target %j as the genuine client does', async (name) => {
    await expectSame(['add', gun, '--', name, 'payload'], targetCreation('targets', name, meta));
  });

  it('add stages targets with roles as the genuine client does', async () => {
    const roles = ['targets/z', 'targets', 'targets/a/b'];
    await expectSame(
      ['add', gun, 'v1', 'payload', ...roles.flatMap((role) => ['-r', role])],
      ...roles.map((role) => targetCreation(role, 'v1', meta)),
    );
  });

  it('add stages custom data as the genuine client does', async () => {
    const custom = canonicalCustom(Buffer.from(customText));
    if (custom === undefined) throw new Error('no custom data');
    await expectSame(
      ['add', gun, 'v1', 'payload', '--custom', 'custom'],
      targetCreation('targets', 'v1', { ...meta, custom }),
    );
  });

  it.each([[['sha256', 'sha512']], [['sha256']], [['sha512']], [['sha512', 'sha256']]])(
    'addhash with %j stages what the genuine client stages',
    async (algorithms) => {
      const hashes = new Map(algorithms.map((name) => [name, meta.hashes.get(name) ?? '']));
      const flags = algorithms.flatMap((name) => [
        `--${name}`,
        Buffer.from(hashes.get(name) ?? '', 'base64').toString('hex'),
      ]);
      await expectSame(
        ['addhash', gun, 'v1', '6', ...flags],
        targetCreation('targets', 'v1', { length: 6, hashes }),
      );
    },
  );

  it('remove stages what the genuine client stages', async () => {
    await expectSame(
      ['remove', gun, '<v1>', '-r', 'targets/a', '-r', 'targets'],
      targetDeletion('targets/a', '<v1>'),
      targetDeletion('targets', '<v1>'),
    );
  });

  it('witness stages what the genuine client stages', async () => {
    await expectSame(
      ['witness', gun, 'targets/b', 'targets'],
      witnessChange('targets/b'),
      witnessChange('targets'),
    );
  });

  const certified = (name: string, algorithm: 'ecdsa' | 'rsa') =>
    certificateKey(algorithm, fixture(`certs/${name}.crt`).toString());

  it('delegation add with keys and paths stages what the genuine client stages', async () => {
    const keys = [certified('p256', 'ecdsa'), certified('rsa2048', 'rsa')];
    await expectSame(
      [
        'delegation',
        'add',
        gun,
        'targets/a',
        fixturePath('certs/p256.crt'),
        fixturePath('certs/rsa2048.crt'),
        '--paths',
        'a/,<b>',
      ],
      delegationChange('create', 'targets/a', { threshold: 1, addKeys: keys }),
      delegationChange('create', 'targets/a', { addPaths: ['a/', '<b>'] }),
    );
  });

  it('delegation add with a bare public key stages what the genuine client stages', async () => {
    const pem = fixture('keys/p256.pub.pem').toString();
    const key = { keyType: 'ecdsa', value: pem.replace(/-----[^-]*-----|\s/g, '') };
    await expectSame(
      ['delegation', 'add', gun, 'targets/a', fixturePath('keys/p256.pub.pem')],
      delegationChange('create', 'targets/a', { threshold: 1, addKeys: [key] }),
    );
  });

  it('delegation add with all paths stages what the genuine client stages', async () => {
    await expectSame(
      ['delegation', 'add', gun, 'targets/a', '--all-paths'],
      delegationChange('create', 'targets/a', { addPaths: [''] }),
    );
  });

  it('delegation remove of paths and keys stages what the genuine client stages', async () => {
    const id = asCanonicalKeyId(keyId(certified('p256', 'ecdsa')));
    await expectSame(
      ['delegation', 'remove', gun, 'targets/a', id, '--paths', 'x,y'],
      delegationChange('update', 'targets/a', { removePaths: ['x', 'y'] }),
      delegationChange('update', 'targets/a', { removeKeys: [id] }),
    );
  });

  it('delegation remove of all paths and a key stages what the genuine client stages', async () => {
    const id = asCanonicalKeyId(keyId(certified('p256', 'ecdsa')));
    await expectSame(
      ['delegation', 'remove', gun, 'targets/a', id, '--all-paths'],
      delegationChange('update', 'targets/a', { clearPaths: true }),
      delegationChange('update', 'targets/a', { removeKeys: [id] }),
    );
  });

  it('delegation remove stages what the genuine client stages', async () => {
    await expectSame(['delegation', 'remove', gun, 'targets/a', '-y'], delegationDeletion('targets/a'));
  });

  it('delegation purge stages what the genuine client stages', async () => {
    const ids = ['a'.repeat(64), 'b'.repeat(64)].map(asCanonicalKeyId);
    await expectSame(
      ['delegation', 'purge', gun, '--key', ids[0] ?? '', '--key', ids[1] ?? ''],
      delegationChange('update', 'targets/*', { removeKeys: ids }),
    );
  });
});
