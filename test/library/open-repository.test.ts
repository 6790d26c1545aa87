import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRepository } from '../../src/library/open-repository.ts';
import type { PassphraseQuestion } from '../../src/library/repository.ts';
import { certificates } from '../support/genuine/certificates.ts';
import { available } from '../support/genuine/programs.ts';
import { gun, type Library, library, passphrase } from '../support/library-server.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const sha256 = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
const content = bytes('release 1.0\n');

/** An address on loopback where nobody listens until it is opened. */
async function closedPort(gate: Server) {
  const listening = (port: number) =>
    new Promise<void>((resolve) => void gate.listen(port, 'localhost', () => resolve()));
  await listening(0);
  const { port } = gate.address() as AddressInfo;
  await new Promise((resolve) => void gate.close(resolve));
  return { server: `https://localhost:${port}`, open: () => listening(port) };
}

describe.skipIf(!available('openssl'))('the library', () => {
  let stage: Library;
  beforeAll(async () => {
    stage = await library();
  });
  afterAll(() => stage.stop());

  it('the library makes a collection, publishes what is staged, and reads it back from elsewhere', async () => {
    const owner = await stage.open('owner');
    const { rootKeyId } = await owner.init();
    expect(rootKeyId).toMatch(/^[0-9a-f]{64}$/);
    await owner.add('1.0', content, { custom: { built: [2026, 'yes', null] } });
    const file = join(stage.folder, 'release.tar');
    writeFileSync(file, 'release 1.1\n');
    await owner.add('1.1', { file });
    await owner.add('by-digest', { length: 5, sha256: sha256(bytes('12345')).toUpperCase() });
    expect(await owner.status()).toEqual(
      ['1.0', '1.1', 'by-digest'].map((path, index) => ({
        ...{ index, action: 'create', role: 'targets', type: 'target', path },
        keys: { added: [], removed: [] },
        paths: { added: [], removed: [], all: false },
      })),
    );
    const { created, roles } = await owner.publish();
    expect(created).toBe(true);
    expect(roles).toContain('targets');
    expect(await owner.status()).toEqual([]);

    const reader = await stage.open('reader', { passphrase: undefined });
    expect((await reader.list()).map(({ name, role, length }) => ({ name, role, length }))).toEqual([
      { name: '1.0', role: 'targets', length: 12 },
      { name: '1.1', role: 'targets', length: 12 },
      { name: 'by-digest', role: 'targets', length: 5 },
    ]);
    const target = await reader.lookup('1.0');
    expect(target.custom).toEqual({ built: [2026, 'yes', null] });
    expect(target.hashes['sha256']).toBe(sha256(content));
    expect(await reader.verify('1.1', { file })).toMatchObject({ name: '1.1', length: 12 });
    expect(await reader.verify('1.0', content)).toEqual(target);
    await expect(reader.verify('1.0', bytes('release 1.1\n'))).rejects.toMatchObject({
      code: 'CHECKSUM_MISMATCH',
    });
    await expect(reader.lookup('2.0')).rejects.toMatchObject({ code: 'NO_SUCH_TARGET' });
    expect(await reader.verify('by-digest', bytes('12345'))).toMatchObject({ length: 5 });
  });

  it('the library removes targets and resets changes', async () => {
    const owner = await stage.open('owner');
    await owner.remove('1.1');
    await owner.remove('by-digest');
    await owner.add('never', content);
    await owner.reset([1, 2]);
    expect((await owner.status()).map(({ action, path }) => `${action} ${path}`)).toEqual(['delete 1.1']);
    await owner.publish();
    expect((await owner.list()).map(({ name }) => name)).toEqual(['1.0', 'by-digest']);
    await owner.add('never', content);
    await owner.reset();
    expect(await owner.status()).toEqual([]);
  });

  it('the library refuses what it cannot stage, and stages nothing then', async () => {
    const owner = await stage.open('owner');
    const refused = (promise: Promise<unknown>, code: string) =>
      expect(promise).rejects.toMatchObject({ name: 'NotaryError', code });
    await refused(owner.add('x', { length: 1, sha256: 'abc' }), 'MALFORMED_HASH');
    await refused(owner.add('x', { length: 1, sha256: 'x'.repeat(64) }), 'MALFORMED_HASH');
    await refused(owner.add('x', { length: 1, sha512: 'a'.repeat(64) }), 'MALFORMED_HASH');
    await refused(owner.add('x', { length: 1.5, sha256: 'a'.repeat(64) }), 'MALFORMED_NUMBER');
    await refused(owner.add('x', { length: -1, sha256: 'a'.repeat(64) }), 'MALFORMED_NUMBER');
    await refused(owner.add('x', { file: join(stage.folder, 'missing') }), 'FILE_UNREADABLE');
    await refused(owner.add('x', content, { custom: '<' }), 'MALFORMED_JSON');
    await refused(owner.add('x', content, { roles: ['snapshot'] }), 'NO_SUCH_ROLE');
    expect(await owner.status()).toEqual([]);
  });

  it('the library takes arrays of another context, and nothing that is no content', async () => {
    const owner = await stage.open('owner');
    const other = runInNewContext('new Uint8Array([1, 2, 3])') as Uint8Array;
    expect(other instanceof Uint8Array).toBe(false);
    await owner.add('other', other);
    await owner.publish();
    expect(await owner.verify('other', other)).toMatchObject({ length: 3 });
    for (const wrong of ['text', 7, undefined, null] as unknown[]) {
      await expect(owner.add('x', wrong as Uint8Array)).rejects.toMatchObject({ code: 'USAGE' });
      await expect(owner.verify('other', wrong as Uint8Array)).rejects.toMatchObject({ code: 'USAGE' });
    }
    expect(await owner.status()).toEqual([]);
  });

  it('the library lets two callers who publish at once in one process take turns', async () => {
    const both = [await stage.open('owner'), await stage.open('owner')];
    await Promise.all(both.map((one, index) => one.add(`at once ${index}`, content)));
    await Promise.all(both.map((one) => one.publish()));
    const names = (await (await stage.open('witness')).list()).map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['at once 0', 'at once 1']));
    expect(await both[0]?.status()).toEqual([]);
  });

  it('the library names the option that is wrong', async () => {
    const options = { trustDir: join(stage.folder, 'none'), gun };
    const opening = (more: object) => openRepository({ ...options, ...more });
    await expect(opening({ gun: '../up' })).rejects.toMatchObject({ code: 'INVALID_GUN' });
    await expect(opening({ gun: undefined })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('gun') as string,
    });
    await expect(opening({ trustDir: '' })).rejects.toMatchObject({ code: 'USAGE' });
    const servers = [
      'notary.example',
      'ftp://notary.example',
      'https://u:secret@notary.example',
      'https://h/?x',
    ];
    for (const server of servers) {
      const refusal = await opening({ server }).catch((error: unknown) => error);
      expect(refusal).toMatchObject({ code: 'SERVER_URL_INVALID' });
      expect(String(refusal)).not.toContain('secret');
    }
    expect(existsSync(options.trustDir)).toBe(false);
  });

  it('the library works without a server as far as staging goes', async () => {
    const repository = await stage.open('offline', { server: undefined });
    await repository.add('1.0', content);
    expect(await repository.status()).toHaveLength(1);
    await expect(repository.publish()).rejects.toMatchObject({
      code: 'OFFLINE',
      message: 'client is offline: no server was given',
    });
    expect(await repository.status()).toHaveLength(1);
  });

  it('the library says in the error why the server cannot be reached', async () => {
    const away = await stage.open('away', { server: 'https://127.0.0.1:9' });
    await expect(away.list()).rejects.toMatchObject({
      code: 'OFFLINE',
      message: expect.stringMatching(/127\.0\.0\.1:9.*connection refused/) as string,
    });
    const other = await stage.open('away', { ca: undefined });
    await expect(other.list()).rejects.toMatchObject({
      code: 'OFFLINE',
      message: expect.stringContaining('certificate') as string,
    });
  });

  it('the library reaches a server that comes up later', async () => {
    const ca = join(stage.folder, 'later.crt');
    const early = await stage.open('early', { ca });
    await expect(early.list()).rejects.toMatchObject({ code: 'TLS_CONFIG_INVALID' });
    copyFileSync((await certificates()).caCertificate, ca);
    expect((await early.list()).length).toBeGreaterThan(0);
    const { port } = new URL(stage.server.url);
    const gate = createServer((socket) => void socket.pipe(connect(Number(port), 'localhost')).pipe(socket));
    const { server, open } = await closedPort(gate);
    const waiting = await stage.open('waiting', { server });
    await expect(waiting.list()).rejects.toMatchObject({ code: 'OFFLINE' });
    await open();
    expect((await waiting.list()).length).toBeGreaterThan(0);
    await waiting.close();
    gate.close();
  });

  it('the library asks a function for each passphrase, and again after a wrong answer', async () => {
    const asked: PassphraseQuestion[] = [];
    const owner = await stage.open('owner', {
      passphrase: async (question) => {
        asked.push(question);
        return question.attempts === 0 ? 'wrong' : passphrase;
      },
    });
    await owner.add('asked', content);
    await owner.publish();
    expect(asked.map(({ role, attempts, createNew }) => ({ role, attempts, createNew }))).toEqual(
      expect.arrayContaining([
        { role: 'targets', attempts: 0, createNew: false },
        { role: 'targets', attempts: 1, createNew: false },
      ]),
    );
    expect(asked.every(({ keyId }) => /^[0-9a-f]{64}$/.test(keyId))).toBe(true);
  });

  it('the library gives up where there is no passphrase, and keeps what is staged', async () => {
    const wrong = await stage.open('owner', { passphrase: 'not the passphrase' });
    await wrong.add('kept', content);
    const locked = (hint: RegExp) => ({
      code: 'PASSPHRASE_INVALID',
      hint: expect.stringMatching(hint) as string,
    });
    await expect(wrong.publish()).rejects.toMatchObject(
      locked(
        /^The key [0-9a-f]{64} \(targets\) is here, and locked: the option "passphrase" does not open it\.$/,
      ),
    );
    const none = await stage.open('owner', { passphrase: undefined });
    await expect(none.publish()).rejects.toMatchObject(
      locked(/the option "passphrase" of openRepository gives none/),
    );
    expect(await none.status()).toHaveLength(1);
    await none.reset();
    const fresh = await stage.open('fresh', { gun: 'docker.io/alice/fresh', passphrase: undefined });
    await expect(fresh.init()).rejects.toMatchObject({
      code: 'ATTEMPTS_EXCEEDED',
      message: 'there is no passphrase for a new root key',
    });
    expect(readdirSync(join(stage.folder, 'fresh/private'))).toEqual([]);
  });

  it('the library lets through what a script itself throws', async () => {
    const failure = new Error('the vault is shut');
    const owner = await stage.open('owner', {
      passphrase: async () => {
        throw failure;
      },
    });
    await owner.add('x', content);
    await expect(owner.publish()).rejects.toBe(failure);
    await owner.reset();
  });

  it('the library warns by records with codes, and fails with them when strict', async () => {
    const owner = await stage.open('owner');
    await owner.remove('nothing of this name');
    await owner.publish();
    expect(owner.log).toContainEqual(expect.objectContaining({ level: 'warn', code: 'TARGET_NOT_THERE' }));
    const strict = await stage.open('owner', { strict: true });
    await strict.remove('nothing of this name');
    await expect(strict.publish()).rejects.toMatchObject({ code: 'TARGET_NOT_THERE' });
    await strict.reset();
  });

  it('the library believes no root against the pins', async () => {
    const pinned = (name: string, pins: object) => stage.open(name, { pins });
    const shut = await pinned('pins-1', { disableTofu: true });
    await expect(shut.list()).rejects.toMatchObject({ code: 'ROOT_VALIDATION' });
    const other = await pinned('pins-2', { certs: { 'docker.io/alice/*': ['0'.repeat(64)] } });
    await expect(other.list()).rejects.toMatchObject({ code: 'ROOT_VALIDATION' });
    const { caCertificate } = await certificates();
    const authority = await pinned('pins-3', { ca: { 'docker.io/': caCertificate } });
    await expect(authority.list()).rejects.toMatchObject({ code: 'ROOT_VALIDATION' });
    const missing = await pinned('pins-4', { ca: { 'docker.io/': join(stage.folder, 'missing') } });
    await expect(missing.list()).rejects.toMatchObject({ code: 'ROOT_VALIDATION' });
    const elsewhere = await pinned('pins-5', { ca: { 'quay.io/': join(stage.folder, 'missing') } });
    expect((await elsewhere.list()).length).toBeGreaterThan(0);
  });

  it('the library asks the server for nothing after it is closed', async () => {
    const reader = await stage.open('closing');
    await reader.list();
    await reader.close();
    const before = stage.server.requests.length;
    await expect(reader.publish()).rejects.toMatchObject({ code: 'USAGE' });
    expect(stage.server.requests.length).toBe(before);
  });
});
