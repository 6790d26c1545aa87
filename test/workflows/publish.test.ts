import { beforeEach, describe, expect, it } from 'vitest';
import { findRootKey } from '../../src/client/initialize/choose-root-key.ts';
import { initialize } from '../../src/client/initialize/initialize.ts';
import { publish } from '../../src/client/publish/publish.ts';
import { findTarget } from '../../src/client/read/find-target.ts';
import { listDelegations } from '../../src/client/read/list-delegations.ts';
import { listTargets } from '../../src/client/read/list-targets.ts';
import { rotateKey } from '../../src/client/rotate/rotate-key.ts';
import { addTarget, fileMetaOfStream } from '../../src/client/stage/add-target.ts';
import { addDelegation, removeDelegation } from '../../src/client/stage/delegations.ts';
import { generateEcdsaKey } from '../../src/crypto/keys/private-key.ts';
import { canonicalKeyId } from '../../src/crypto/keys/verification-key.ts';
import type { ErrorCode } from '../../src/error-codes.ts';
import { type ErrorDetails, NotaryError } from '../../src/errors.ts';
import { baseRole, parseRoot } from '../../src/metadata/root.ts';
import { parseEnvelope } from '../../src/metadata/signed.ts';
import { parseSnapshot } from '../../src/metadata/snapshot.ts';
import { checkHashes } from '../../src/tuf/checksums.ts';
import { type Actor, actor, machine } from '../support/actor.ts';
import * as team from '../support/collaborators.ts';
import { freshServer } from '../support/fresh-server.ts';
import type { MemoryClock } from '../support/memory-ports.ts';
import type { MemoryServer } from '../support/memory-server.ts';
import { failureOf } from '../support/refusal.ts';

let clock: MemoryClock;
let server: MemoryServer;
let owner: Actor;

beforeEach(() => {
  ({ clock, server, owner } = freshServer());
});

async function* chunksOf(text: string) {
  yield Buffer.from(text);
}

async function stageTarget(who: Actor, name: string, roles: readonly string[] = []) {
  await addTarget(who, { name, meta: await fileMetaOfStream(chunksOf(name)), roles });
}

/** What the snapshot says of each role must be what the server serves. */
async function expectReadable(who: Actor) {
  const timestamp = await who.remote.get('timestamp', 1e6);
  const snapshotMeta = parseEnvelope(timestamp).signed.get('meta') as Map<
    string,
    Map<string, Map<string, string>>
  >;
  const hex = Buffer.from(
    snapshotMeta.get('snapshot')?.get('hashes')?.get('sha256') ?? '',
    'base64',
  ).toString('hex');
  const snapshot = parseSnapshot(parseEnvelope(await who.remote.get(`snapshot.${hex}`, 1e6)));
  for (const [role, meta] of snapshot.content.meta) {
    const roleHex = Buffer.from(meta.hashes.get('sha256') ?? '', 'base64').toString('hex');
    checkHashes(await who.remote.get(`${role}.${roleHex}`, 1e8), meta, role);
  }
}

const names = async (who: Actor, roles: readonly string[] = []) =>
  (await listTargets(who, { roles })).map(({ name, role }) => `${name} ${role}`);

describe('publish', () => {
  it('publish makes a collection that exists nowhere, and a newcomer reads it', async () => {
    await stageTarget(owner, 'v1');
    const result = await publish(owner);
    expect(result).toEqual({ created: true, roles: ['root', 'targets', 'snapshot'] });
    expect(owner.changelist.changes.size).toBe(0);
    const newcomer = actor(server, clock);
    expect(await names(newcomer)).toEqual(['v1 targets']);
    await expectReadable(owner);
  });

  it('publish makes a collection together with its first delegation, also where the snapshot that init has made is lost', async () => {
    await initialize(owner, {});
    owner.cache.files.delete('snapshot');
    await team.delegate(owner, 'targets/a', [await team.delegationKey(owner)]);
    await team.publishTarget(owner, 'v1', 'targets/a');
    expect(await team.listing(actor(server, clock))).toEqual(['v1: targets/a']);
  });

  it('publish of a repository that is nowhere names those of the machine that may be meant, before it makes a key', async () => {
    const here = machine();
    await publish(actor(server, clock, 'docker.io/alice/demo', here));
    const keys = here.keyStorage.files.size;
    const misspelt = actor(server, clock, 'docker.io/alcie/demo', here);
    const refuse = (code: ErrorCode, _: string, details?: ErrorDetails, refusal = '') => {
      throw new NotaryError(code, refusal, { details: details ?? {} });
    };
    expect((await failureOf(publish({ ...misspelt, caution: refuse }))).message).toMatch(
      /nothing was made or published\. .*; did you mean "docker\.io\/alice\/demo"\?$/,
    );
    expect(here.keyStorage.files.size).toBe(keys);
    await publish(misspelt);
    expect(misspelt.log.messages('warn')[0]).toMatch(
      /it is made and published now, with the root key [0-9a-f]{64}; did you mean "docker\.io\/alice\/demo"\?$/,
    );
    const first = actor(server, clock, 'docker.io/alice/first');
    await publish(first);
    expect(first.log.messages('warn')[0]).toMatch(/it is made and published now, with a new root key$/);
  });

  it('publish makes a repository with the root key that is here, of several with the one in use, and names it', async () => {
    const here = machine();
    const first = actor(server, clock, 'docker.io/alice/first', here);
    await publish(first);
    const [used] = await first.cryptoService.list('root');
    for (let count = 0; count < 3; count++) await first.cryptoService.add(generateEcdsaKey(), 'root', '');
    const second = actor(server, clock, 'docker.io/alice/second', here);
    await publish(second);
    expect(await second.cryptoService.list('root')).toHaveLength(4);
    const root = parseRoot(parseEnvelope(await second.remote.get('root', 1e6))).content;
    expect([...baseRole(root, 'root').keys.values()].map(canonicalKeyId)).toEqual([used?.keyId]);
    expect(second.log.messages('warn')).toEqual([
      expect.stringContaining(
        `with the root key ${used?.keyId ?? ''} (of 4 root keys ${used?.keyId ?? ''} is taken for docker.io/alice/second: a repository of this machine has it as its root key)`,
      ),
    ]);
  });

  it('publish sends what init has prepared; targets and snapshot begin at version 2', async () => {
    await initialize(owner, await findRootKey(owner, {}));
    await publish(owner);
    const root = parseEnvelope(await owner.remote.get('root', 1e6));
    const targets = parseEnvelope(await owner.remote.get('targets', 1e6));
    expect([root.signed.get('version'), targets.signed.get('version')]).toEqual([1, 2]);
  });

  it('publish lets a collaborator sign into a delegation with a key of his own once the server holds the snapshot key', async () => {
    await publish(owner);
    const bob = actor(server, clock);
    const key = generateEcdsaKey();
    await bob.cryptoService.add(key, 'user', '');
    await rotateKey(owner, { role: 'snapshot', serverManaged: true, newKeyIds: [], legacyVersions: 0 });
    await addDelegation(owner, { role: 'targets/releases', keys: [key.publicKey], paths: [''] });
    await publish(owner);
    await stageTarget(bob, '1.0', ['targets/releases']);
    expect((await publish(bob)).roles).toEqual(['targets/releases']);
    expect(await names(actor(server, clock))).toEqual(['1.0 targets/releases']);
    expect(await listDelegations(owner)).toEqual([
      { name: 'targets/releases', paths: [''], keyIds: [key.keyId], threshold: 1 },
    ]);
    await expectReadable(owner);

    await removeDelegation(owner, {
      role: 'targets/releases',
      keyIds: [key.keyId],
      paths: [],
      allPaths: false,
      whole: false,
    });
    await publish(owner);
    expect(owner.log.records.flatMap(({ level, code }) => (level === 'info' ? [] : (code ?? [])))).toEqual([
      'COLLECTION_CREATED',
      'ROLE_WITHOUT_KEYS',
    ]);
    expect(await names(actor(server, clock))).toEqual([]);
    await stageTarget(bob, '1.1', ['targets/releases']);
    await expect(publish(bob)).rejects.toMatchObject({ code: 'NO_KEYS' });
    expect(bob.changelist.changes.size).toBe(1);
  });

  it('publish continues from the version that the server holds when a delegation is made again', async () => {
    await publish(owner);
    await rotateKey(owner, { role: 'snapshot', serverManaged: true, newKeyIds: [], legacyVersions: 0 });
    const key = generateEcdsaKey();
    await owner.cryptoService.add(key, 'user', '');
    for (const name of ['a', 'b']) {
      await addDelegation(owner, { role: 'targets/releases', keys: [key.publicKey], paths: [''] });
      await stageTarget(owner, name, ['targets/releases']);
      await publish(owner);
    }
    await removeDelegation(owner, {
      role: 'targets/releases',
      keyIds: [],
      paths: [],
      allPaths: false,
      whole: true,
    });
    await publish(owner);
    await addDelegation(owner, { role: 'targets/releases', keys: [key.publicKey], paths: [''] });
    await stageTarget(owner, 'c', ['targets/releases']);
    await publish(owner);
    expect(await names(actor(server, clock))).toEqual(['c targets/releases']);
    const file = parseEnvelope(await owner.remote.get('targets/releases', 1e6));
    expect(file.signed.get('version')).toBe(3);
  });

  it('publish keeps the staged changes and says so when the server refuses', async () => {
    await publish(owner);
    await stageTarget(owner, 'v1');
    server.override({ method: 'POST', path: '/_trust/tuf/', status: 503 });
    await expect(publish(owner)).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' });
    expect(owner.changelist.changes.size).toBe(1);
    server.clearOverrides();
    await publish(owner);
    expect(await names(owner)).toEqual(['v1 targets']);
  });

  it('publish does not report success when the server serves something else', async () => {
    await publish(owner);
    await stageTarget(owner, 'v1');
    server.tamper = (resource, bytes) =>
      resource.startsWith('targets.') && Buffer.from(bytes).includes('"v1":') ? Buffer.from('{}') : bytes;
    await expect(publish(owner)).rejects.toMatchObject({ code: 'PUBLISH_UNVERIFIED' });
    expect(owner.changelist.changes.size).toBe(1);
  });
});

describe('publishing at the same time as others', () => {
  it('publish succeeds when another client publishes on top before the read-back', async () => {
    await publish(owner);
    await rotateKey(owner, { role: 'snapshot', serverManaged: true, newKeyIds: [], legacyVersions: 0 });
    await stageTarget(owner, 'ours');
    const twin = { ...actor(server, clock), cryptoService: owner.cryptoService };
    const plain = owner.remote.publish.bind(owner.remote);
    const remote = {
      ...owner.remote,
      publish: async (files: ReadonlyMap<string, Uint8Array>) => {
        await plain(files);
        await stageTarget(twin, 'theirs');
        await publish(twin);
      },
    };
    await publish({ ...owner, remote });
    expect(await names(owner)).toEqual(['ours targets', 'theirs targets']);
  });
});

describe('key rotation', () => {
  it.each([
    ['targets', false],
    ['root', false],
    ['snapshot', true],
  ])(
    'key rotation of the %s key of a repository that is nowhere is refused before a key is made when strict, and else says so first, once',
    async (role, serverManaged) => {
      const rotation = { role, serverManaged, newKeyIds: [], legacyVersions: 0 };
      const refuse = (code: ErrorCode, _: string, details?: ErrorDetails, refusal = '') => {
        throw new NotaryError(code, refusal, { details: details ?? {} });
      };
      expect((await failureOf(rotateKey({ ...owner, caution: refuse }, rotation))).code).toBe(
        'COLLECTION_CREATED',
      );
      expect(await owner.cryptoService.list()).toEqual([]);
      expect(
        server
          .lines()
          .filter((line) => !line.startsWith('GET /v2/docker.io/alice/demo/_trust/tuf/root.json')),
      ).toEqual([]);
      await rotateKey(owner, rotation);
      expect(owner.log.records.filter(({ code }) => code === 'COLLECTION_CREATED')).toHaveLength(1);
      expect(owner.log.records.find(({ level }) => level !== 'debug')).toMatchObject({
        code: 'COLLECTION_CREATED',
      });
    },
  );

  it('key rotation removes the replaced private key only after the server serves the new root', async () => {
    await publish(owner);
    const before = (await owner.cryptoService.list('targets')).map(({ keyId }) => keyId);
    server.override({ method: 'POST', path: '/_trust/tuf/', status: 503 });
    const rotation = { role: 'targets', serverManaged: false, newKeyIds: [], legacyVersions: 0 };
    await expect(rotateKey(owner, rotation)).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' });
    expect((await owner.cryptoService.list('targets')).map(({ keyId }) => keyId)).toEqual(
      expect.arrayContaining(before),
    );
    server.clearOverrides();
    await rotateKey(owner, rotation);
    const after = (await owner.cryptoService.list('targets')).map(({ keyId }) => keyId);
    expect(after).not.toEqual(expect.arrayContaining(before));
    await stageTarget(owner, 'v2');
    await publish(owner);
    await expectReadable(owner);
  });

  it('key rotation is followed step by step by a reader who is several roots behind', async () => {
    await stageTarget(owner, 'v1');
    await publish(owner);
    const reader = actor(server, clock);
    expect(await names(reader)).toEqual(['v1 targets']);
    for (let turn = 0; turn < 3; turn++) {
      await rotateKey(owner, { role: 'root', serverManaged: false, newKeyIds: [], legacyVersions: 0 });
    }
    server.forget();
    expect(await names(reader)).toEqual(['v1 targets']);
    expect(server.lines().filter((line) => /\/\d+\.root\.json$/.test(line))).toHaveLength(2);
  });
});

describe('update', () => {
  it('update asks for nothing but the timestamp when nothing has changed', async () => {
    await stageTarget(owner, 'v1');
    await publish(owner);
    await names(owner);
    server.forget();
    expect(await findTarget(owner, 'v1')).toMatchObject({ name: 'v1', role: 'targets' });
    expect(server.lines()).toEqual(['GET /v2/docker.io/alice/demo/_trust/tuf/timestamp.json']);
  });

  it('update uses the cache with a warning when the server is away', async () => {
    await stageTarget(owner, 'v1');
    await publish(owner);
    await names(owner);
    server.offline = true;
    expect(await names(owner)).toEqual(['v1 targets']);
    expect(owner.log.messages('warn').slice(1)).toEqual([
      'Error while downloading remote metadata, using cached timestamp - this might not be the latest version available remotely',
      expect.stringContaining('so that only what is known here from an earlier update is at hand'),
    ]);
  });

  it('update says that the server has no trust data for a GUN it does not know', async () => {
    await expect(names(owner)).rejects.toMatchObject({
      code: 'REPOSITORY_NOT_EXIST',
      message: 'notary.test does not have trust data for docker.io/alice/demo',
    });
  });

  it('update refuses an older targets file than it has seen', async () => {
    await stageTarget(owner, 'v1');
    await publish(owner);
    const old = new Map<string, Uint8Array>();
    for (const role of ['timestamp', 'snapshot', 'targets']) old.set(role, await owner.remote.get(role, 1e6));
    await stageTarget(owner, 'v2');
    await publish(owner);
    await names(owner);
    server.tamper = (resource, bytes) => old.get(resource.replace(/\..*$/, '')) ?? bytes;
    await expect(names(owner)).rejects.toMatchObject({ code: 'LOW_VERSION' });
  });
});
