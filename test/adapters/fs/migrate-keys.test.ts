import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openKeyStorage } from '../../../src/adapters/fs/file-key-storage.ts';
import { moveOldKeys } from '../../../src/adapters/fs/migrate-keys.ts';
import { parsePem } from '../../../src/encoding/pem.ts';
import { KeyStore } from '../../../src/keys/key-store.ts';
import { plantTrustDir } from '../../support/fixture-files.ts';
import { usualPassphrases } from '../../support/genuine/home.ts';
import { memoryLog } from '../../support/memory-ports.ts';

const gun = 'docker.io/fixtures/old';

let trustDir = '';
const at = (...parts: readonly string[]) => join(trustDir, 'private', ...parts);
beforeEach(() => {
  trustDir = mkdtempSync(join(tmpdir(), 'tsnotary-'));
});
afterEach(() => rmSync(trustDir, { recursive: true, force: true }));

/** Every file below the key directory, with its content. */
function keyFiles(): ReadonlyMap<string, string> {
  const names = readdirSync(at(), { recursive: true, encoding: 'utf8' });
  return new Map(
    names
      .filter((name) => statSync(at(name)).isFile())
      .sort()
      .map((name) => [name, readFileSync(at(name), 'utf8')]),
  );
}

function headersAndBytes(pem: string) {
  const [block] = parsePem(Buffer.from(pem));
  return { headers: Object.fromEntries(block?.headers ?? []), bytes: block?.bytes };
}

describe('keys in the layout of old versions', () => {
  it('keys in the layout of old versions are moved as they are, with GUN and role in their headers, and their directories go', () => {
    plantTrustDir('old-layout', trustDir);
    const before = keyFiles();
    moveOldKeys(trustDir, memoryLog());
    const after = keyFiles();
    expect([...after.keys()].sort()).toEqual(
      [...before.keys()].map((name) => `${name.replace(/^.*\//, '').slice(0, 64)}.key`).sort(),
    );
    for (const [name, pem] of before) {
      const [, keyId = '', role = ''] = /([0-9a-f]{64})_(\w+)\.key$/.exec(name) ?? [];
      const old = headersAndBytes(pem);
      const moved = headersAndBytes(after.get(`${keyId}.key`) ?? '');
      expect(moved.bytes).toEqual(old.bytes);
      expect(moved.headers).toEqual({ ...old.headers, role, ...(role !== 'root' && { gun }) });
    }
    expect(readdirSync(at())).toHaveLength(3);
  });

  it('keys in the layout of old versions are moved before a key is listed or opened, and open with their passphrases', async () => {
    plantTrustDir('old-layout', trustDir);
    const log = memoryLog();
    const store = new KeyStore(
      openKeyStorage(trustDir, log),
      async ({ alias }) => ({
        passphrase: alias === 'root' ? usualPassphrases.root : usualPassphrases.targets,
        giveUp: false,
      }),
      log,
    );
    const infos = await store.list();
    expect(infos.map(({ role, gun: owner }) => `${role} ${owner}`).sort()).toEqual([
      'root ',
      `snapshot ${gun}`,
      `targets ${gun}`,
    ]);
    for (const { keyId } of infos) expect((await store.get(keyId)).key.keyId).toBe(keyId);
    expect(log.records).toEqual([]);
  });

  it('keys in the layout of old versions keep the role of their header when their name has none, and get no GUN outside of a directory', () => {
    plantTrustDir('old-layout', trustDir);
    const [name = ''] = readdirSync(at('root_keys'));
    const keyId = name.slice(0, 64);
    const pem = readFileSync(at('root_keys', name), 'utf8').replace(
      '\nDEK-Info',
      '\nrole: targets/releases\nDEK-Info',
    );
    writeFileSync(at('tuf_keys', `${keyId}.key`), pem);
    rmSync(at('root_keys'), { recursive: true });
    moveOldKeys(trustDir, memoryLog());
    const { headers } = headersAndBytes(readFileSync(at(`${keyId}.key`), 'utf8'));
    expect([headers['role'], headers['gun']]).toEqual(['targets/releases', undefined]);
  });

  it('keys in the layout of old versions end in one state wherever the move was cut off', () => {
    plantTrustDir('old-layout', trustDir);
    const old = [...keyFiles()];
    moveOldKeys(trustDir, memoryLog());
    const done = [...keyFiles()];
    // So many are copied, and of these so many have lost their old file.
    for (let copied = 0; copied <= done.length; copied++) {
      for (let removed = 0; removed <= copied; removed++) {
        rmSync(at(), { recursive: true });
        plantTrustDir('old-layout', trustDir);
        const moved = old.slice(0, copied).map(([name]) => name);
        for (const name of moved) {
          const target = `${name.replace(/^.*\//, '').slice(0, 64)}.key`;
          writeFileSync(at(target), done.find(([file]) => file === target)?.[1] ?? '');
        }
        for (const name of moved.slice(0, removed)) rmSync(at(name));
        moveOldKeys(trustDir, memoryLog());
        expect([...keyFiles()]).toEqual(done);
      }
    }
  });

  it('keys in the layout of old versions do not replace another key file of the same name, and neither is lost', () => {
    plantTrustDir('old-layout', trustDir);
    const [name = ''] = readdirSync(at('root_keys'));
    const old = readFileSync(at('root_keys', name), 'utf8');
    const target = at(`${name.slice(0, 64)}.key`);
    writeFileSync(target, 'newer');
    const log = memoryLog();
    moveOldKeys(trustDir, log);
    expect([readFileSync(target, 'utf8'), readFileSync(at('root_keys', name), 'utf8')]).toEqual([
      'newer',
      old,
    ]);
    expect(log.messages('error')).toEqual([
      `there is another file ${target}: cannot move private key file ${at('root_keys', name)}`,
    ]);
    expect(existsSync(at('tuf_keys'))).toBe(false);
  });

  it('keys in the layout of old versions keep further blocks of a file', () => {
    plantTrustDir('old-layout', trustDir);
    const [name = ''] = readdirSync(at('root_keys'));
    const pem = readFileSync(at('root_keys', name), 'utf8');
    writeFileSync(at('root_keys', name), `text\n${pem}text\n${pem}`);
    moveOldKeys(trustDir, memoryLog());
    const moved = parsePem(readFileSync(at(`${name.slice(0, 64)}.key`)));
    expect(moved.map(({ headers }) => headers.get('role'))).toEqual(['root', undefined]);
  });

  it.each([
    [
      'a certificate',
      'f.key',
      '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n',
      'unknown key format',
    ],
    [
      'a key without a name',
      '_root.key',
      '-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n',
      'its name holds no key ID',
    ],
  ])('%s is not taken for a key in the old layout, and stays', (_, name, pem, reason) => {
    mkdirSync(at('root_keys'), { recursive: true });
    writeFileSync(at('root_keys', name), pem);
    const log = memoryLog();
    moveOldKeys(trustDir, log);
    expect(log.messages('error')).toEqual([
      `${reason}: cannot move private key file ${at('root_keys', name)}`,
    ]);
    expect([...keyFiles()]).toEqual([[`root_keys/${name}`, pem]]);
  });

  it('keys in the layout of old versions leave everything else in their directories alone', () => {
    plantTrustDir('old-layout', trustDir);
    writeFileSync(at('tuf_keys', 'README'), 'mine');
    symlinkSync(at('tuf_keys', 'README'), at('tuf_keys', 'link.key'));
    const log = memoryLog();
    moveOldKeys(trustDir, log);
    expect(readdirSync(at('tuf_keys'))).toEqual(['README', 'link.key']);
    expect(log.messages('error')).toEqual([
      `it is a symbolic link: cannot move private key file ${at('tuf_keys', 'link.key')}`,
    ]);
  });

  it('keys in the layout of old versions that cannot be reached block nothing', () => {
    plantTrustDir('old-layout', trustDir);
    rmSync(at('root_keys'), { recursive: true });
    // Whoever may read everything is stopped by a loop of links.
    symlinkSync(at('root_keys'), at('root_keys'));
    const log = memoryLog();
    moveOldKeys(trustDir, log);
    expect(log.messages('error')).toEqual([`open ${at('root_keys')}: too many levels of symbolic links`]);
    expect(existsSync(at('tuf_keys'))).toBe(false);
  });

  it('keys in the layout of old versions are named, and stay, when there is no room for them', () => {
    plantTrustDir('old-layout', trustDir);
    const before = keyFiles();
    const [name = ''] = readdirSync(at('root_keys'));
    // A directory in the place of the file cannot be replaced by it.
    mkdirSync(at(`${name.slice(0, 64)}.key`));
    const log = memoryLog();
    moveOldKeys(trustDir, log);
    expect(log.messages('error')).toHaveLength(1);
    expect(keyFiles().get(`root_keys/${name}`)).toBe(before.get(`root_keys/${name}`));
  });

  it('keys in the layout of old versions that are damaged stay, are named, and block no other', () => {
    plantTrustDir('old-layout', trustDir);
    const [name = ''] = readdirSync(at('root_keys'));
    writeFileSync(at('root_keys', name), 'no PEM');
    const log = memoryLog();
    moveOldKeys(trustDir, log);
    expect(readFileSync(at('root_keys', name), 'utf8')).toBe('no PEM');
    expect(log.messages('error')).toEqual([
      `PEM block is empty: cannot move private key file ${at('root_keys', name)}`,
    ]);
    expect(existsSync(at('tuf_keys'))).toBe(false);
  });

  it('keys in the layout of old versions cost nothing where there are none', () => {
    mkdirSync(at(), { recursive: true });
    moveOldKeys(trustDir, memoryLog());
    expect(readdirSync(at())).toEqual([]);
  });
});
