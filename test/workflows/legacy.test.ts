/** Trust directories and change files of older versions, and collections that older versions published. */

import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLocalCollection } from '../../src/adapters/fs/delete-local-data.ts';
import { openChangelist } from '../../src/adapters/fs/file-changelist.ts';
import { openKeyStorage } from '../../src/adapters/fs/file-key-storage.ts';
import { openMetadataStore } from '../../src/adapters/fs/file-metadata-store.ts';
import { httpRemoteStore } from '../../src/adapters/http/notary/remote-store.ts';
import { findRootKey } from '../../src/client/initialize/choose-root-key.ts';
import { initialize } from '../../src/client/initialize/initialize.ts';
import { publish } from '../../src/client/publish/publish.ts';
import type { RepositoryPorts } from '../../src/client/repository-ports.ts';
import { update } from '../../src/client/update/update.ts';
import type { JsonObject } from '../../src/encoding/json-value.ts';
import { makeCryptoService } from '../../src/keys/crypto-service.ts';
import { KeyStore } from '../../src/keys/key-store.ts';
import { parseEnvelope } from '../../src/metadata/signed.ts';
import { type Actor, actor } from '../support/actor.ts';
import * as team from '../support/collaborators.ts';
import { fixture, plantTrustDir } from '../support/fixture-files.ts';
import { ForgedCollection, forgedGun } from '../support/forged-repository.ts';
import { usualPassphrases } from '../support/genuine/home.ts';
import { days, type MemoryClock, memoryClock } from '../support/memory-ports.ts';
import { type MemoryServer, memoryServer } from '../support/memory-server.ts';

/** While the timestamp of the recorded collection is good. */
const { signed: timestamp } = parseEnvelope(
  fixture('trust-dirs/old-layout/tuf/docker.io/fixtures/old/metadata/timestamp.json'),
);
const recorded = new Date(Date.parse(timestamp.get('expires') as string) - days(10));

let trustDir = '';
let clock: MemoryClock;
let server: MemoryServer;
let owner: Actor;

beforeEach(() => {
  trustDir = mkdtempSync(join(tmpdir(), 'tsnotary-'));
  clock = memoryClock(recorded);
  server = memoryServer({ clock });
});
afterEach(() => rmSync(trustDir, { recursive: true, force: true }));

/** A person whose files lie on the disk. */
function onDisk(gunText: string): Actor {
  const base = actor(server, clock, gunText);
  const { gun, log } = base;
  const retrieve: Actor['passphrase']['retrieve'] = async ({ alias }) => ({
    passphrase: alias === 'root' ? usualPassphrases.root : usualPassphrases.targets,
    giveUp: false,
  });
  const store = new KeyStore(openKeyStorage(trustDir, log), retrieve, log);
  const ports = {
    cache: openMetadataStore(trustDir, gun),
    changelist: openChangelist(trustDir, gun, clock, randomUUID, log),
    cryptoService: makeCryptoService(store, retrieve, log),
    remote: httpRemoteStore(server.http, server.url, gun),
  } satisfies Partial<RepositoryPorts>;
  return Object.assign(base, ports);
}

describe('a trust directory from before 0.4', () => {
  beforeEach(() => {
    plantTrustDir('old-layout', trustDir);
    owner = onDisk('docker.io/fixtures/old');
  });

  it('a trust directory from before 0.4 is read while there is no server', async () => {
    server.offline = true;
    expect(await team.listing(owner)).toEqual([]);
    expect((await update(owner)).root.content.version).toBe(1);
  });

  it('a trust directory from before 0.4 is not published anew to a server that does not know the collection', async () => {
    const cached = await owner.cache.get('targets');
    await team.stageTarget(owner, 'v1');
    await expect(publish(owner)).rejects.toMatchObject({ code: 'REPOSITORY_DELETED' });
    await expect(team.rotate(owner, 'timestamp', { serverManaged: true })).rejects.toMatchObject({
      code: 'REPOSITORY_DELETED',
    });
    expect(await owner.cache.get('targets')).toEqual(cached);
    expect(await owner.changelist.list()).toHaveLength(1);
  });

  it('a trust directory from before 0.4 is begun anew with its root key, and rotates every key', async () => {
    await openLocalCollection(trustDir, owner.gun).remove();
    const [rootKey] = await owner.cryptoService.list('root');
    expect(await initialize(owner, await findRootKey(owner, {}))).toEqual({ rootKeyId: rootKey?.keyId });
    await team.stageTarget(owner, 'v1');
    await publish(owner);
    const reader = actor(server, clock, owner.gun);
    expect(await team.listing(reader)).toEqual(['v1: targets']);

    const targetsKeys = async () => (await owner.cryptoService.list('targets')).map(({ keyId }) => keyId);
    const before = await targetsKeys();
    await team.rotate(owner, 'targets');
    const after = await targetsKeys();
    expect(after).toHaveLength(before.length);
    expect(after).not.toEqual(before);
    await team.rotate(owner, 'snapshot', { serverManaged: true });
    await team.publishTarget(owner, 'v2');
    await team.rotate(owner, 'root');
    expect(await team.listing(reader)).toEqual(['v1: targets', 'v2: targets']);
  });
});

describe('a collection of version 0.1', () => {
  it('a collection of version 0.1 whose records have SHA-256 only is read', async () => {
    const collection = new ForgedCollection({ delegations: ['targets/releases'] });
    const onlySha256 = (role: string) => {
      const meta = parseEnvelope(collection.files.get(role) ?? new Uint8Array()).signed.get(
        'meta',
      ) as JsonObject;
      for (const name of meta.keys()) collection.edit(role, ['meta', name, 'hashes', 'sha512'], undefined);
    };
    onlySha256('snapshot');
    collection.settleTimestamp();
    onlySha256('timestamp');
    const reader = actor(collection.server, memoryClock(), forgedGun);
    expect(await team.listing(reader)).toEqual([
      'of targets: targets',
      'of targets/releases: targets/releases',
    ]);
  });

  it('a collection of version 0.1 whose delegations have the members that went away since is read', async () => {
    const collection = new ForgedCollection({ delegations: ['targets/releases'] });
    collection.editDelegation('targets/releases', (entry) =>
      new Map(entry).set('path_hash_prefixes', []).set('email', ''),
    );
    collection.settle();
    const reader = actor(collection.server, memoryClock(), forgedGun);
    expect(await team.listing(reader)).toEqual([
      'of targets: targets',
      'of targets/releases: targets/releases',
    ]);
  });
});

describe('a staged change of old versions', () => {
  it('a staged change of old versions that replaces the keys of a base role is published', async () => {
    owner = actor(server, clock);
    await publish(owner);
    const key = await owner.cryptoService.create('targets', owner.gun);
    const content = JSON.stringify({
      role: 'targets',
      keys: [{ keytype: key.keyType, keyval: { public: key.value, private: null } }],
    });
    const data = Buffer.from(content).toString('base64');
    await owner.changelist.add(
      Buffer.from(JSON.stringify({ action: 'create', role: 'root', type: 'role', path: '', data })),
    );
    await team.publishTarget(owner, 'v1');
    expect(await team.listing(actor(server, clock))).toEqual(['v1: targets']);
    expect((await team.served(owner, 'root')).version).toBe(2);
  });
});
