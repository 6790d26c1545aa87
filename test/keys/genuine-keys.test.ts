/** Keys between this program and the genuine client: each reads, uses and rewrites what the other wrote. */

import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openChangelist } from '../../src/adapters/fs/file-changelist.ts';
import { openKeyStorage } from '../../src/adapters/fs/file-key-storage.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { cautionFor } from '../../src/composition/strictness.ts';
import { asCanonicalKeyId } from '../../src/crypto/keys/key-id.ts';
import { generateEcdsaKey, type PrivateKey, privateKeyOf } from '../../src/crypto/keys/private-key.ts';
import { utf8 } from '../../src/encoding/bytes.ts';
import { encodePem, parsePem } from '../../src/encoding/pem.ts';
import { changePassphrase } from '../../src/keys/change-passphrase.ts';
import { exportKeys } from '../../src/keys/export-keys.ts';
import { generateKeyFiles } from '../../src/keys/generate-key.ts';
import { importKeys } from '../../src/keys/import-keys.ts';
import { KeyStore } from '../../src/keys/key-store.ts';
import { listKeys } from '../../src/keys/list-keys.ts';
import { openKeyFile } from '../../src/keys/user-key-file.ts';
import { parseGun } from '../../src/metadata/gun.ts';
import type { PassphraseRetriever } from '../../src/ports/prompts.ts';
import { type Home, usualPassphrases } from '../support/genuine/home.ts';
import { available } from '../support/genuine/programs.ts';
import { genuineStage, type Stage } from '../support/genuine/stage.ts';
import { encryptedPem, plainPem, rsaKey, scriptedRetriever } from '../support/key-file-samples.ts';
import { constantPassphrase, memoryLog } from '../support/memory-ports.ts';

const gun = parseGun('docker.io/alice/demo');

/** Answers as the environment of a home does. */
const retrieve: PassphraseRetriever = async ({ alias, attempts }) => ({
  passphrase:
    Object.entries(usualPassphrases).find(([role]) => role === alias)?.[1] ?? usualPassphrases.delegation,
  giveUp: attempts > 1,
});

function keysOf(home: Home, passphrases = retrieve): KeyStore {
  return new KeyStore(openKeyStorage(home.trustDir, memoryLog()), passphrases, memoryLog());
}

const ec = (namedCurve: string) => privateKeyOf(generateKeyPairSync('ec', { namedCurve }).privateKey);
const kinds: readonly (readonly [string, () => PrivateKey])[] = [
  ...['P-224', 'P-256', 'P-384', 'P-521'].map((curve) => [curve, () => ec(curve)] as const),
  ['RSA', rsaKey],
  ['Ed25519', () => privateKeyOf(generateKeyPairSync('ed25519').privateKey)],
];

describe.skipIf(!available('notary', 'notary-server', 'openssl'))(
  'keys shared with the genuine client',
  () => {
    let stage: Stage | undefined;
    let homes = 0;
    beforeAll(async () => {
      stage = await genuineStage();
    });
    afterAll(() => stage?.close());
    function someone(): Home {
      if (stage === undefined) throw new Error('the stage is not set');
      return stage.home(`person-${homes++}`);
    }

    test.each(kinds)(
      'the genuine client lists, opens and rewrites a %s key that tsnotary wrote, and tsnotary reads it again',
      async (_, make) => {
        const home = someone();
        const key = make();
        await keysOf(home).add(key, 'user', gun);
        const rows = (await home.notary('key', 'list')).stdout.split('\n').map((row) => row.split(/ +/));
        expect(rows).toContainEqual(['user', key.keyId, expect.stringContaining('trust/private') as string]);
        const file = join(home.trustDir, 'private', `${key.keyId}.key`);
        const ours = readFileSync(file);
        await home.notary('key', 'passwd', key.keyId);
        expect(readFileSync(file)).toHaveLength(ours.length);
        expect(readFileSync(file).equals(ours)).toBe(false);
        expect((await keysOf(home).get(key.keyId)).key.keyId).toBe(key.keyId);
      },
    );

    test('tsnotary lists and opens every key that the genuine client makes', async () => {
      const home = someone();
      for (const role of ['root', 'user', 'targets/releases'])
        await home.notary('key', 'generate', '-r', role);
      await home.notary('init', gun);
      const store = keysOf(home);
      const listed = await listKeys(store);
      expect(listed.map(({ role, gun: of }) => [role, of])).toEqual([
        ['root', ''],
        ['targets/releases', ''],
        ['user', ''],
        ['snapshot', gun],
        ['targets', gun],
      ]);
      const theirs = (await home.notary('key', 'list')).stdout.match(/[0-9a-f]{64}/g);
      expect(listed.map(({ keyId }) => keyId)).toEqual(theirs);
      for (const { keyId } of listed) expect((await store.get(keyId)).key.keyId).toBe(keyId);
    });

    test('the genuine client signs and publishes with a root key of tsnotary and a targets key whose passphrase tsnotary changed', async () => {
      const home = someone();
      const root = generateEcdsaKey();
      await keysOf(home).add(root, 'root', '');
      expect((await home.notary('init', gun, '-p')).stdout).toContain(
        `Root key found, using: ${root.keyId}\n`,
      );
      const [targets] = (await keysOf(home).list()).filter(({ role }) => role === 'targets');
      const other = constantPassphrase('wörds of another passphrase').retrieve;
      await changePassphrase(keysOf(home), keysOf(home, other), targets?.keyId ?? asCanonicalKeyId(''));
      const file = home.write('v1.txt', 'one');
      const refused = await home.run('notary', ['add', gun, 'v1', file, '-p']);
      expect(refused.stdout).toContain('could not find necessary signing keys');
      const env = { NOTARY_TARGETS_PASSPHRASE: 'wörds of another passphrase' };
      const published = await home.run('notary', ['publish', gun], { env });
      expect([published.status, published.stdout]).toEqual([
        0,
        expect.stringContaining('Successfully published'),
      ]);
    });

    test('the genuine client initialises a collection with a key file of tsnotary, and tsnotary opens one of the genuine client', async () => {
      const home = someone();
      const ours = await generateKeyFiles(constantPassphrase(usualPassphrases.root).retrieve, 'root');
      const path = home.write('ours-key.pem', ours.privateKey);
      const { stdout } = await home.notary('init', 'docker.io/alice/brought', '--rootkey', path, '-p');
      expect(stdout).toContain(`Root key found, using: ${ours.keyId}\n`);
      await home.notary('key', 'generate', '-r', 'root', '-o', 'theirs');
      const theirs = readFileSync(join(home.work, 'theirs-key.pem'));
      const opened = await openKeyFile(
        theirs,
        'root',
        constantPassphrase(usualPassphrases.delegation).retrieve,
      );
      const publicBlock = parsePem(readFileSync(join(home.work, 'theirs.pem')))[0];
      expect(opened.publicKey.value).toBe(Buffer.from(publicBlock?.bytes ?? []).toString('base64'));
    });

    test('an export of either is imported by the other to the same files', async () => {
      const [alice, bob, carol] = [someone(), someone(), someone()];
      await alice.notary('key', 'generate', '-r', 'user');
      await alice.notary('init', gun);
      const log = memoryLog();
      const { bundle: ours } = await exportKeys(
        { storage: openKeyStorage(alice.trustDir, log), log, caution: () => undefined },
        { guns: [], keyIds: [] },
      );
      const theirs = (await alice.notary('key', 'export')).stdoutBytes;
      expect(Buffer.from(ours).toString()).toBe(theirs.toString());
      await bob.notary('key', 'import', bob.write('bundle.pem', ours));
      const storage = openKeyStorage(carol.trustDir, log);
      await importKeys(
        { storage, retrieve: scriptedRetriever().retrieve, log, caution: () => undefined },
        theirs,
        {
          role: '',
          gun: '',
          source: 'bundle.pem',
        },
      );
      for (const home of [bob, carol]) expect(keyFiles(home)).toEqual(keyFiles(alice));
      expect(log.records.filter(({ code }) => code !== 'ROOT_KEY_IMPORTED')).toEqual([]);
    });

    test('a change that tsnotary stages is shown by the genuine client, in order', async () => {
      const home = someone();
      await home.notary('status', gun);
      const changelist = openChangelist(home.trustDir, gun, systemClock(), randomUUID, memoryLog());
      for (const name of ['one', 'two', 'three']) {
        await changelist.add(
          utf8(`{"action":"delete","role":"targets","type":"target","path":"${name}","data":null}`),
        );
      }
      expect((await home.notary('status', gun)).stdout.match(/one|two|three/g)).toEqual([
        'one',
        'two',
        'three',
      ]);
      await home.notary('reset', gun, '--all');
      expect(await changelist.list()).toEqual([]);
    });

    describe('import has the outcome of the genuine client', () => {
      const key = generateEcdsaKey();
      const bare = (type: string, bytes: Uint8Array) => encodePem({ type, headers: new Map(), bytes });
      const cases: readonly (readonly [string, () => Uint8Array | Promise<Uint8Array>, string, string])[] = [
        ['a key without headers', () => plainPem(key), '', ''],
        ['a role by flag', () => plainPem(key), 'user', ''],
        ['a GUN by flag', () => plainPem(key), 'targets', gun],
        ['a GUN that is dropped', () => plainPem(key, { role: 'root', gun }), '', gun],
        ['a targets key without GUN', () => plainPem(key, { role: 'targets', path: key.keyId }), '', ''],
        [
          'the path of an old export',
          () => plainPem(key, { role: 'snapshot', path: `tuf_keys/${gun}/${key.keyId}` }),
          '',
          '',
        ],
        [
          'an encrypted key with a path',
          () => encryptedPem(key, 'x', { role: 'user', path: key.keyId }),
          '',
          '',
        ],
        [
          'an encrypted key with a GUN',
          () => encryptedPem(key, 'x', { role: 'user', path: key.keyId, gun }),
          '',
          '',
        ],
        ['a key in SEC1', () => Buffer.from(key.object.export({ format: 'pem', type: 'sec1' })), 'user', ''],
        [
          'parameters before the key',
          () =>
            Buffer.concat([bare('EC PARAMETERS', Buffer.from('06082a8648ce3d030107', 'hex')), plainPem(key)]),
          '',
          '',
        ],
        [
          'two keys of one path',
          async () =>
            Buffer.concat(Array<Uint8Array>(2).fill(await encryptedPem(key, 'x', { path: '9'.repeat(64) }))),
          '',
          '',
        ],
        ['a certificate', () => bare('CERTIFICATE', Buffer.from('3000', 'hex')), '', ''],
        ['text without PEM', () => utf8('nothing here\n'), '', ''],
        [
          'CRLF and text around the key',
          () => utf8(`Subject: x\r\n${Buffer.from(plainPem(key)).toString().replaceAll('\n', '\r\n')}end`),
          'user',
          '',
        ],
        [
          'a base64 line that is too long',
          () =>
            utf8(
              Buffer.from(plainPem(key))
                .toString()
                .replace(/\n(?=[A-Za-z0-9+/=]+\n)/g, '')
                .replace('KEY-----', 'KEY-----\n'),
            ),
          'user',
          '',
        ],
      ];

      test.each(cases)('import has the outcome of the genuine client for %s', async (_, pem, role, ofGun) => {
        const [alice, bob] = [someone(), someone()];
        const bytes = await pem();
        const flags = [...(role === '' ? [] : ['-r', role]), ...(ofGun === '' ? [] : ['-g', ofGun])];
        const theirs = await alice.run('notary', ['key', 'import', ...flags, alice.write('file.pem', bytes)]);
        const log = memoryLog();
        const storage = openKeyStorage(bob.trustDir, log);
        let message = '';
        try {
          const options = { role, gun: ofGun, source: 'file.pem' };
          await importKeys({ storage, retrieve, log, caution: cautionFor('none', log) }, bytes, options);
        } catch (error) {
          message = `\n* fatal: ${(error as Error).message}\n`;
        }
        expect(message).toBe(theirs.stdout);
        expect(headersByFile(bob)).toEqual(headersByFile(alice));
        const records = log.records.filter(({ code }) => code === undefined).map((record) => record.message);
        expect(records).toEqual([...theirs.stderr.matchAll(/msg="(.*)"/g)].map(([, text]) => text));
      });
    });
  },
);

/** Content of the key files by name. */
function keyFiles(home: Home): Readonly<Record<string, string>> {
  const folder = join(home.trustDir, 'private');
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );
}

/** What does not depend on chance in the key files: types, headers and lengths of their blocks. */
function headersByFile(home: Home): unknown {
  let files: Readonly<Record<string, string>> = {};
  try {
    files = keyFiles(home);
  } catch {
    // Nothing was ever stored there.
  }
  return Object.entries(files).map(([name, pem]) => [
    name,
    parsePem(utf8(pem)).map(({ type, headers, bytes }) => [type, [...headers], bytes.length]),
  ]);
}
