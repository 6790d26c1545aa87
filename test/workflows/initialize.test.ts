/** New collections: which root key, which other keys, what lies on the disk, and what a failure leaves. */

import { generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { findRootKey } from '../../src/client/initialize/choose-root-key.ts';
import { initialize } from '../../src/client/initialize/initialize.ts';
import { publish } from '../../src/client/publish/publish.ts';
import { createRootCertificate } from '../../src/crypto/certificate-issuance/signing-certificate.ts';
import { asCanonicalKeyId } from '../../src/crypto/keys/key-id.ts';
import { generateEcdsaKey, type PrivateKey, privateKeyOf } from '../../src/crypto/keys/private-key.ts';
import { canonicalKeyId, certificateOf } from '../../src/crypto/keys/verification-key.ts';
import { encodePem } from '../../src/encoding/pem.ts';
import { isNotaryError, NotaryError } from '../../src/errors.ts';
import { makeCryptoService } from '../../src/keys/crypto-service.ts';
import { KeyStore } from '../../src/keys/key-store.ts';
import { baseRole, parseRoot } from '../../src/metadata/root.ts';
import { parseEnvelope } from '../../src/metadata/signed.ts';
import type { PassphraseRetriever } from '../../src/ports/prompts.ts';
import { type Actor, actor } from '../support/actor.ts';
import * as team from '../support/collaborators.ts';
import { freshServer } from '../support/fresh-server.ts';
import { basicConstraints, handMade, oids, utf8String } from '../support/hand-made-certificate.ts';
import { encryptedPem, plainPem, rsaKey } from '../support/key-file-samples.ts';
import { epoch, type MemoryClock, seededRandom } from '../support/memory-ports.ts';
import type { MemoryServer } from '../support/memory-server.ts';
import { certifiedSigner } from '../support/metadata-author.ts';
import { failureOf } from '../support/refusal.ts';

let clock: MemoryClock;
let server: MemoryServer;
let owner: Actor;

beforeEach(() => {
  ({ clock, server, owner } = freshServer());
});

const init = async (files: Parameters<typeof findRootKey>[1] = {}, who: Actor = owner) =>
  initialize(who, await findRootKey(who, files));

const keysBy = async (role: string) => (await owner.cryptoService.list(role)).map(({ keyId }) => keyId);

function cachedRoot(who: Actor = owner) {
  return parseRoot(parseEnvelope(who.cache.files.get('root') ?? new Uint8Array())).content;
}

function withPassphrases(who: Actor, retrieve: PassphraseRetriever): Actor {
  const store = new KeyStore(who.keyStorage, retrieve, who.log);
  return { ...who, cryptoService: makeCryptoService(store, retrieve, who.log) };
}

describe('init', () => {
  it('init makes a root, a targets and a snapshot key, takes the timestamp key of the server, and uploads nothing', async () => {
    const { rootKeyId } = await init();
    expect(await keysBy('root')).toEqual([rootKeyId]);
    const root = cachedRoot();
    for (const role of ['targets', 'snapshot']) {
      expect([...baseRole(root, role).keys.keys()]).toEqual(await keysBy(role));
    }
    const [timestamp] = [...baseRole(root, 'timestamp').keys.keys()];
    expect(await owner.cryptoService.info(asCanonicalKeyId(timestamp ?? ''))).toBeUndefined();
    expect((await owner.cryptoService.list()).length).toBe(3);
    expect([...owner.cache.files.keys()]).toEqual(['targets', 'snapshot', 'root']);
    expect(server.lines().filter((line) => !line.startsWith('GET'))).toEqual([]);
    expect((await owner.cryptoService.list()).map(({ role, gun }) => [role, gun])).toEqual(
      expect.arrayContaining([
        ['root', ''],
        ['targets', owner.gun],
        ['snapshot', owner.gun],
      ]),
    );
  });

  it('init lists the root key as a certificate for the GUN that is good for ten years', async () => {
    const { rootKeyId } = await init();
    const [entry] = [...baseRole(cachedRoot(), 'root').keys.values()];
    if (entry === undefined) throw new Error('no root key');
    expect(entry.keyType).toBe('ecdsa-x509');
    expect(canonicalKeyId(entry)).toBe(rootKeyId);
    const certificate = certificateOf(entry);
    expect(certificate?.commonName).toBe(owner.gun);
    expect(certificate?.notAfter).toBe(epoch.getTime() + 3650 * 24 * 60 * 60 * 1000);
  });

  for (const [kind, make] of [
    ['ECDSA', generateEcdsaKey],
    ['RSA', () => rsaKey()],
  ] as const) {
    it(`init uses an ${kind} root key that is stored, and the collection can be published and read`, async () => {
      const key: PrivateKey = make();
      await owner.cryptoService.add(key, 'root', '');
      expect(await init()).toEqual({ rootKeyId: key.keyId });
      const again = team.restarted(owner);
      await team.publishTarget(again, 'v1');
      expect(team.askedFor(again)).toEqual(['snapshot', 'targets']);
      const reader = actor(server, clock);
      expect(await team.listing(reader)).toEqual(['v1: targets']);
      for (const role of ['root', 'targets', 'snapshot', 'timestamp']) {
        expect(reader.cache.files.has(role)).toBe(true);
      }
      await team.shareSnapshot(owner);
      await team.publishTarget(owner, 'v2');
      expect(await team.listing(reader)).toEqual(['v1: targets', 'v2: targets']);
    });
  }

  it('init uses the stored root key with the lowest ID when there are several', async () => {
    const keys = Array.from({ length: 4 }, generateEcdsaKey);
    for (const key of keys) await owner.cryptoService.add(key, 'root', '');
    const [lowest] = keys.map(({ keyId }) => keyId).sort();
    expect(await init()).toEqual({ rootKeyId: lowest });
    expect(owner.log.records.filter(({ level }) => level === 'warn')).toMatchObject([
      {
        code: 'ROOT_KEY_CHOSEN',
        message: expect.stringContaining(`of 4 root keys ${lowest ?? ''}`) as string,
      },
    ]);
  });

  it('init prefers a root key that a repository of this machine has to one with a lower ID', async () => {
    const keys = Array.from({ length: 3 }, generateEcdsaKey).sort((a, b) => (a.keyId < b.keyId ? -1 : 1));
    const [, used] = keys;
    if (used === undefined) throw new Error('no key');
    await owner.cryptoService.add(used, 'root', '');
    await init({}, actor(server, clock, 'docker.io/alice/first', owner.machine));
    for (const key of keys) await owner.cryptoService.add(key, 'root', '');
    expect(await init()).toEqual({ rootKeyId: used.keyId });
    expect(owner.log.records.filter(({ level }) => level === 'warn')).toMatchObject([
      { code: 'ROOT_KEY_CHOSEN', message: expect.stringContaining('--rootkey') as string },
    ]);
  });

  it('init takes an encrypted root key from a file and stores it', async () => {
    const key = generateEcdsaKey();
    const rootKeyPem = await encryptedPem(key, 'passphrase');
    expect(await init({ rootKeyPem })).toEqual({ rootKeyId: key.keyId });
    expect(await keysBy('root')).toEqual([key.keyId]);
    await publish(owner);
    expect(await team.listing(actor(server, clock))).toEqual([]);
  });

  it('init takes no root key from a file that is not encrypted', async () => {
    const rootKeyPem = plainPem(generateEcdsaKey());
    await expect(init({ rootKeyPem })).rejects.toMatchObject({
      code: 'INVALID_KEY',
      message: 'only encrypted root keys may be imported',
    });
    expect(await owner.cryptoService.list()).toEqual([]);
  });
});

describe('init with a certificate', () => {
  const pemOf = (key: PrivateKey) =>
    Buffer.from(createRootCertificate(key, owner.gun, epoch, seededRandom('certificate')));
  const [mine, other] = [generateEcdsaKey(), generateEcdsaKey()];

  it('init with a certificate uses the certificate with the stored key that fits', async () => {
    await owner.cryptoService.add(mine, 'root', '');
    const rootCertificatePem = pemOf(mine);
    expect(await init({ rootCertificatePem })).toEqual({ rootKeyId: mine.keyId });
    const [entry] = [...baseRole(cachedRoot(), 'root').keys.values()];
    expect(Buffer.from(entry?.value ?? '', 'base64')).toEqual(rootCertificatePem);
    await publish(owner);
    expect(await team.listing(actor(server, clock))).toEqual([]);
  });

  it('init with a certificate uses the certificate with the key in a file that fits', async () => {
    const rootKeyPem = await encryptedPem(mine, 'passphrase');
    expect(await init({ rootKeyPem, rootCertificatePem: pemOf(mine) })).toEqual({ rootKeyId: mine.keyId });
  });

  it('init with a certificate refuses a key in a file that does not fit', async () => {
    const rootKeyPem = await encryptedPem(other, 'passphrase');
    await expect(init({ rootKeyPem, rootCertificatePem: pemOf(mine) })).rejects.toMatchObject({
      code: 'INVALID_CERTIFICATE',
    });
    expect(owner.cache.files.size).toBe(0);
  });

  it('init with a certificate refuses the certificate when no stored key fits', async () => {
    await owner.cryptoService.add(other, 'root', '');
    await expect(init({ rootCertificatePem: pemOf(mine) })).rejects.toMatchObject({
      code: 'KEY_NOT_FOUND',
      message: 'error initializing repository with certificate: cannot find matching private key id',
    });
  });

  it('init with a certificate refuses a file that holds none', async () => {
    await owner.cryptoService.add(mine, 'root', '');
    for (const rootCertificatePem of [Buffer.from(''), Buffer.from('no PEM'), plainPem(mine)]) {
      await expect(init({ rootCertificatePem })).rejects.toMatchObject({ code: 'INVALID_CERTIFICATE' });
    }
  });
});

describe('init that refuses a certificate', () => {
  const brought = generateEcdsaKey();
  const madeFor = (key: PrivateKey) =>
    Buffer.from(createRootCertificate(key, 'docker.io/alice/demo', epoch, seededRandom('certificate')));
  const unreadable = new NotaryError('FILE_UNREADABLE', 'open X: no such file or directory');

  it.each([
    ['that cannot be read', unreadable, 'FILE_UNREADABLE'],
    [
      'that is a request',
      encodePem({ type: 'CERTIFICATE REQUEST', headers: new Map(), bytes: Uint8Array.of(48, 0) }),
      'INVALID_CERTIFICATE',
    ],
    ['of another key', madeFor(generateEcdsaKey()), 'INVALID_CERTIFICATE'],
  ])(
    'init names the key that is brought and does not store it when it refuses a certificate %s',
    async (_, rootCertificatePem, code) => {
      const rootKeyPem = await encryptedPem(brought, 'passphrase');
      const found: string[] = [];
      const failure = await failureOf(
        findRootKey(owner, { rootKeyPem, rootCertificatePem }, (id) => found.push(id)),
      );
      expect([failure.code, found, owner.keyStorage.files.size]).toEqual([code, [brought.keyId], 0]);
    },
  );
});

describe('G20 init that fails', () => {
  const nothingLeft = async () => {
    expect(await owner.cryptoService.list()).toEqual([]);
    expect(owner.cache.files.size).toBe(0);
  };

  it.each([
    ['the server refuses it', 'UNAUTHORIZED'],
    ['a root is here already', 'REPOSITORY_EXISTS'],
  ])(
    'init that fails because %s says that the root key which was brought is stored all the same',
    async (_, code) => {
      const brought = generateEcdsaKey();
      const rootKeyPem = await encryptedPem(brought, 'passphrase');
      if (code === 'REPOSITORY_EXISTS') await init();
      else server.override({ method: 'GET', path: /\/root\.json/, status: 401 });
      const said = () => owner.log.records.filter((record) => record.code === 'KEY_KEPT');
      expect((await failureOf(init({ rootKeyPem }))).code).toBe(code);
      expect(await keysBy('root')).toContain(brought.keyId);
      expect(said()).toMatchObject([
        { message: expect.stringContaining(`"key remove ${brought.keyId}" deletes it`) as string },
      ]);
      // It was here before the next attempt, which has nothing to say of it.
      expect((await failureOf(init({ rootKeyPem }))).code).toBe(code);
      expect(said()).toHaveLength(1);
    },
  );

  for (const { status, code } of [
    { status: 404, code: 'METADATA_NOT_FOUND' },
    { status: 503, code: 'SERVER_UNAVAILABLE' },
    { status: 401, code: 'UNAUTHORIZED' },
  ]) {
    it(`init that fails because the server gives no timestamp key (${status}) leaves no key behind`, async () => {
      server.override({ path: 'timestamp.key', status });
      await expect(init()).rejects.toMatchObject({ code });
      await nothingLeft();
    });
  }

  it('init that fails because there is no server leaves no key behind', async () => {
    server.offline = true;
    await expect(init()).rejects.toMatchObject({ code: 'NETWORK' });
    await nothingLeft();
  });

  for (const [what, body] of [
    ['no JSON', 'key'],
    ['an unknown type', '{"keytype":"mystery","keyval":{"public":"AAAA","private":null}}'],
    ['longer than any key', ' '.repeat(300_000)],
    ['a key that is not one', '{"keytype":"ecdsa","keyval":{"public":"AAAA","private":null}}'],
    [
      'an Ed25519 key of 31 bytes',
      `{"keytype":"ed25519","keyval":{"public":"${'A'.repeat(40)}AA==","private":null}}`,
    ],
  ] as const) {
    it(`init that fails because the timestamp key of the server is ${what} leaves no key behind`, async () => {
      server.override({ path: 'timestamp.key', status: 200, body });
      await expect(init()).rejects.toBeInstanceOf(NotaryError);
      await nothingLeft();
    });
  }

  it('init that fails because the server has the collection leaves it, and what is here, as it was', async () => {
    await init();
    await publish(owner);
    const other = actor(server, clock);
    await expect(init({}, other)).rejects.toMatchObject({
      code: 'REPOSITORY_EXISTS',
      hint: expect.stringContaining(`delete ${owner.gun} --remote`) as string,
    });
    expect(other.cache.files.size).toBe(0);
    expect((await other.cryptoService.list()).length).toBe(0);
    await team.publishTarget(owner, 'v1');
  });

  for (const status of [400, 401, 403, 500, 503]) {
    it(`init that fails because the server answers ${status} for the root leaves nothing behind, since only 404 means that there is none`, async () => {
      server.override({ method: 'GET', path: /\/root\.json/, status });
      await expect(init()).rejects.toMatchObject({
        code: status === 400 ? 'INVALID_OPERATION' : status === 401 ? 'UNAUTHORIZED' : 'SERVER_UNAVAILABLE',
        details: { role: 'root', gun: owner.gun },
      });
      await nothingLeft();
    });
  }

  it('init that fails because the passphrase of the root key is wrong again and again says so', async () => {
    await owner.cryptoService.add(generateEcdsaKey(), 'root', '');
    const stubborn = withPassphrases(owner, async () => ({ passphrase: 'wrong', giveUp: false }));
    await expect(initialize(stubborn, await findRootKey(owner, {}))).rejects.toMatchObject({
      code: 'ATTEMPTS_EXCEEDED',
      message: 'maximum number of passphrase attempts exceeded',
    });
    expect(owner.cache.files.size).toBe(0);
  });

  it('init that fails because there is no passphrase for the root key says so', async () => {
    await owner.cryptoService.add(generateEcdsaKey(), 'root', '');
    const silent = withPassphrases(owner, async () => ({ passphrase: '', giveUp: true }));
    await expect(initialize(silent, await findRootKey(owner, {}))).rejects.toMatchObject({
      code: 'PASSPHRASE_INVALID',
      message: 'password invalid, operation has failed.',
    });
    expect(owner.cache.files.size).toBe(0);
  });
});

describe('a collection that was initialized and is not published yet', () => {
  beforeEach(() => init());

  for (const [role, code] of [
    ['root', 'MALFORMED_JSON'],
    ['targets', 'MALFORMED_JSON'],
  ] as const) {
    it(`an initialized collection that is not published yet cannot be published when its ${role} is damaged, for there is no other copy`, async () => {
      await team.stageTarget(owner, 'v1');
      owner.cache.files.set(role, Buffer.from('not JSON'));
      await expect(publish(owner)).rejects.toMatchObject({ code });
      expect(owner.changelist.changes.size).toBe(1);
      expect(server.lines().filter((line) => line.startsWith('POST'))).toEqual([]);
    });
  }

  it('an initialized collection that is not published yet is published with a new snapshot when its snapshot is damaged, for nothing is in it that is not elsewhere', async () => {
    owner.cache.files.set('snapshot', Buffer.from('not JSON'));
    await team.publishTarget(owner, 'v1');
    expect(await team.listing(actor(server, clock))).toEqual(['v1: targets']);
  });

  it('an initialized collection cannot be published without the snapshot key', async () => {
    for (const id of await keysBy('snapshot')) await owner.cryptoService.remove(id);
    await team.stageTarget(owner, 'v1');
    await expect(publish(owner)).rejects.toMatchObject({ code: 'BAD_HIERARCHY' });
    expect(owner.changelist.changes.size).toBe(1);
  });

  it('an initialized collection that is not published yet cannot be listed, since only the server can say what is current', async () => {
    await expect(team.listing(owner)).rejects.toMatchObject({ code: 'REPOSITORY_NOT_EXIST' });
  });

  it('an initialized collection that is not published yet cannot use the targets key of another collection', async () => {
    const other = actor(server, clock, 'docker.io/alice/other');
    const shared = { ...team.restarted(owner), gun: other.gun, remote: other.remote, cache: other.cache };
    await init({}, shared);
    expect([...baseRole(cachedRoot(shared), 'root').keys.values()].map(canonicalKeyId)).toEqual(
      await keysBy('root'),
    );
    expect(baseRole(cachedRoot(shared), 'targets').keys).not.toEqual(baseRole(cachedRoot(), 'targets').keys);
  });
});

describe('a root certificate for another GUN', () => {
  it('a root certificate for another GUN never makes a collection that readers accept', async () => {
    const { key, entry } = certifiedSigner('docker.io/alice/another', epoch);
    await owner.cryptoService.add(key, 'root', '');
    const certificate = Buffer.from(entry.value, 'base64').toString();
    const outcome = initialize(owner, { keyId: key.keyId, certificate }).then(() => publish(owner));
    await expect(outcome).rejects.toBeInstanceOf(NotaryError);
    await expect(team.listing(actor(server, clock))).rejects.toMatchObject({ code: 'REPOSITORY_NOT_EXIST' });
  });
});

describe('a root certificate with which no client would take the root', () => {
  const gun = 'docker.io/alice/demo';
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const made = (name: string, more: Partial<Parameters<typeof handMade>[0]> = {}) =>
    Buffer.from(
      encodePem({
        type: 'CERTIFICATE',
        headers: new Map(),
        bytes: handMade({ key: privateKey, names: name === '' ? [] : [utf8String(name)], ...more }),
      }),
    );

  it.each([
    [
      'another name',
      made('docker.io/alice/other'),
      /^the certificate is for another name \(CN docker\.io\/alice\/other\)/,
    ],
    ['no name', made(''), /^the certificate is for another name \(no name\)/],
    [
      'a CA',
      made(gun, { extensions: [basicConstraints(true)] }),
      /^the certificate \(CN .*\) is that of a CA;/,
    ],
    [
      'SHA-1',
      made(gun, { algorithm: oids.ecdsaWithSha1, hash: 'sha1' }),
      /^the certificate \(CN .*\) is too weak;/,
    ],
    [
      'times that have passed',
      made(gun, { to: new Date('2021-01-01T00:00:00Z') }),
      /^the certificate \(CN .*\) is good from 2020-01-01T00:00:00Z to 2021-01-01T00:00:00Z, and the clock/,
    ],
  ])('a root certificate of %s is refused before anything is made', async (_, pem, words) => {
    const rootKeyPem = Buffer.from(
      privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'passphrase' }),
    );
    const { cryptoService } = owner;
    const opened = privateKeyOf(privateKey);
    const brought = { ...owner, cryptoService: { ...cryptoService, open: async () => opened } };
    const failure = await failureOf(findRootKey(brought, { rootKeyPem, rootCertificatePem: pem }));
    expect([failure.code, failure.details['gun']]).toEqual(['INVALID_CERTIFICATE', gun]);
    expect(failure.message).toMatch(words);
    expect(failure.message).toMatch(/; no client would take it for the root key of docker\.io\/alice\/demo$/);
    expect([owner.keyStorage.files.size, owner.cache.files.size, server.lines()]).toEqual([0, 0, []]);
  });

  it.each([gun, 'docker.io/alice/*', 'docker.io/alice*', '*'])(
    'a root certificate for %s is taken for docker.io/alice/demo, and its key is named',
    async (name) => {
      const { keyId } = privateKeyOf(privateKey);
      await owner.cryptoService.add(privateKeyOf(privateKey), 'root', '');
      await owner.cryptoService.create('root', '');
      const found: string[] = [];
      const choice = await findRootKey(owner, { rootCertificatePem: made(name) }, (id) => found.push(id));
      expect([choice.keyId, found]).toEqual([keyId, [keyId]]);
      expect(owner.log.messages('warn')).toEqual([]);
    },
  );

  it('a root certificate that cannot be read, or is for a key that is not here, is refused in the words of Notary', async () => {
    const refused = async (text: string | Uint8Array) =>
      (await failureOf(findRootKey(owner, { rootCertificatePem: Buffer.from(text) }))).message;
    expect(await refused('junk')).toBe('the provided file does not contain a valid PEM certificate <nil>');
    expect(await refused(made('docker.io/alice/other'))).toBe(
      'error initializing repository with certificate: cannot find matching private key id',
    );
  });

  it('a cached root with a certificate for another name is not called damaged', async () => {
    const { key, entry } = certifiedSigner('docker.io/alice/another', epoch);
    await owner.cryptoService.add(key, 'root', '');
    await initialize(owner, {
      keyId: key.keyId,
      certificate: Buffer.from(entry.value, 'base64').toString(),
    });
    const { code, hint = '' } = await failureOf(publish(owner));
    expect(code).toBe('ROOT_VALIDATION');
    expect(hint).toMatch(
      /^The root certificate of docker\.io\/alice\/demo is for another name \(CN docker\.io\/alice\/another\): no client takes it\./,
    );
    expect(hint).toContain('tsnotary delete docker.io/alice/demo, then tsnotary init docker.io/alice/demo');
    expect(hint).not.toContain('damaged');
  });
});

describe('a root certificate as people hand it over', () => {
  it.each([
    ['a private key', plainPem(generateEcdsaKey()), /^Parsing certificate PEM bytes/, 'Never hand it over'],
    ['text', Buffer.from('hello, world'), /does not contain a valid PEM certificate/, 'text without a key'],
  ])('that is %s is refused, with what it is', async (_, rootCertificatePem, message, hint) => {
    const found = findRootKey(owner, { rootCertificatePem });
    const error = await found.catch((cause: unknown) => cause);
    if (!isNotaryError(error, 'INVALID_CERTIFICATE')) throw error;
    expect(error.message).toMatch(message);
    expect(error.hint).toContain(hint);
  });
});

describe('a second init', () => {
  it('a second init names the keys that a new root would leave without a use', async () => {
    await init();
    const [[targets], [snapshot]] = [await keysBy('targets'), await keysBy('snapshot')];
    await expect(init()).rejects.toMatchObject({
      code: 'REPOSITORY_EXISTS',
      hint: expect.stringContaining(
        `would leave these keys here without a use: targets key ${targets}, snapshot key ${snapshot}.`,
      ) as string,
    });
  });
});
