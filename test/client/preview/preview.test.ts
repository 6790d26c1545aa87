/** What a publish would come to, found without signing, sending or asking for anything. */

import { beforeEach, describe, expect, it } from 'vitest';
import { initialize } from '../../../src/client/initialize/initialize.ts';
import type { Difference } from '../../../src/client/preview/difference.ts';
import { previewPublish } from '../../../src/client/preview/preview.ts';
import { publish } from '../../../src/client/publish/publish.ts';
import { addTarget } from '../../../src/client/stage/add-target.ts';
import { removeTarget } from '../../../src/client/stage/remove-target.ts';
import { canonicalKeyId } from '../../../src/crypto/keys/verification-key.ts';
import { NotaryError } from '../../../src/errors.ts';
import { makeCryptoService } from '../../../src/keys/crypto-service.ts';
import { KeyStore } from '../../../src/keys/key-store.ts';
import { fileMetaOf } from '../../../src/tuf/checksums.ts';
import { type Actor, actor, machine } from '../../support/actor.ts';
import * as team from '../../support/collaborators.ts';
import { ForgedCollection } from '../../support/forged-repository.ts';
import {
  constantPassphrase,
  type MemoryClock,
  memoryClock,
  memoryMetadataStore,
} from '../../support/memory-ports.ts';
import { type MemoryServer, memoryServer } from '../../support/memory-server.ts';
import { past, plainSigner } from '../../support/metadata-author.ts';
import { failureOf, refusal } from '../../support/refusal.ts';

let server: MemoryServer;
let clock: MemoryClock;
let owner: Actor;

beforeEach(async () => {
  clock = memoryClock();
  server = memoryServer({ clock });
  owner = actor(server, clock);
});

const metaOf = (text: string) => fileMetaOf(Buffer.from(text));

describe('a preview', () => {
  beforeEach(async () => {
    await publish(owner);
    await team.publishTarget(owner, 'v1');
  });

  it('a preview names what would be added, changed and removed, and nothing else', async () => {
    await team.publishTarget(owner, 'v2');
    await team.stageTarget(owner, 'v3');
    await addTarget(owner, { name: 'v2', meta: metaOf('other'), roles: [] });
    await removeTarget(owner, { name: 'v1', roles: [] });
    server.forget();
    const { changes, findings, initial } = await previewPublish(owner);
    expect(changes).toEqual([
      { op: 'remove', what: 'target', role: 'targets', target: 'v1', before: metaOf('v1') },
      {
        op: 'change',
        what: 'target',
        role: 'targets',
        target: 'v2',
        before: metaOf('v2'),
        after: metaOf('other'),
      },
      { op: 'add', what: 'target', role: 'targets', target: 'v3', after: metaOf('v3') },
    ]);
    expect([findings, initial]).toEqual([[], false]);
    expect(server.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(owner.changelist.changes.size).toBe(3);
  });

  it('a preview of no changes shows none, also where changes are staged', async () => {
    await team.stageTarget(owner, 'v3');
    expect((await previewPublish(owner, { changes: [] })).changes).toEqual([]);
    expect((await previewPublish(owner)).changes).toHaveLength(1);
  });

  it('a preview names the ends of all base roles that stay as they are', async () => {
    const { before, after } = await previewPublish(owner);
    expect([...before.ends.keys()]).toEqual(['root', 'snapshot']);
    expect([...after.ends.keys()]).toEqual(['root']);
    expect(after.ends.get('root')?.version).toBe(1);
  });

  it('a preview names a damaged change, at which the publish fails, and shows the others', async () => {
    await team.stageTarget(owner, 'v3');
    await owner.changelist.add(Buffer.from('junk'));
    const { findings, changes } = await previewPublish(owner);
    expect(changes).toMatchObject([{ op: 'add', target: 'v3' }]);
    expect(findings).toMatchObject([
      {
        ...{ code: 'MALFORMED_JSON', severity: 'error', change: 1, prevents: true },
        hint: { command: ['tsnotary', 'reset', owner.gun, '-n', '1'] },
      },
    ]);
    await expect(publish(owner)).rejects.toThrow(refusal('MALFORMED_JSON'));
  });

  it('a preview shows each change with its number where the publish would refuse it', async () => {
    await team.stageTarget(owner, 'v3');
    await team.stageTarget(owner, 'v4', 'targets/absent');
    const { findings, changes } = await previewPublish(owner);
    expect(findings).toMatchObject([{ severity: 'error', change: 1, prevents: true, code: 'NO_SUCH_ROLE' }]);
    expect(changes).toMatchObject([{ target: 'v3' }]);
  });

  it('a preview shows what the publish would warn of, with its role', async () => {
    await removeTarget(owner, { name: 'absent', roles: [] });
    const records = owner.log.records.length;
    const { findings } = await previewPublish(owner);
    expect(findings).toMatchObject([{ code: 'TARGET_NOT_THERE', severity: 'warning', role: 'targets' }]);
    expect(findings[0]).not.toHaveProperty('prevents');
    expect(owner.log.records.length).toBe(records);
  });

  it('a preview finds the roles that cannot be signed here, each once', async () => {
    await team.shareSnapshot(owner);
    const stranger = actor(server, clock);
    await team.stageTarget(stranger, 'v2');
    const { findings } = await previewPublish(stranger);
    expect(findings).toMatchObject([{ role: 'targets', severity: 'error', code: 'NO_KEYS', prevents: true }]);
  });

  it('a preview finds that the snapshot key cannot be opened; a key that is not here is one of the server', async () => {
    const locked = actor(server, clock);
    expect((await previewPublish(locked)).findings).toEqual([]);
    const { snapshot } = rolesOf(await previewPublish(owner));
    const [keyId = ''] = [...(snapshot?.keys.keys() ?? [])];
    locked.keyStorage.files.set(keyId, owner.keyStorage.files.get(keyId) ?? new Uint8Array());
    const retrieve = constantPassphrase('wrong').retrieve;
    const store = new KeyStore(locked.keyStorage, retrieve, locked.log);
    const cryptoService = makeCryptoService(store, retrieve, locked.log);
    expect((await previewPublish({ ...locked, cryptoService })).findings).toMatchObject([
      { role: 'snapshot', severity: 'error', code: 'PASSPHRASE_INVALID', prevents: true },
    ]);
  });

  it('a preview without the server takes what was seen last', async () => {
    const seen = memoryMetadataStore(owner.cache.files);
    await team.publishTarget(owner, 'v2');
    await team.stageTarget(owner, 'v2');
    const get = () => Promise.reject(new NotaryError('OFFLINE', 'no connection'));
    const away = { ...owner, cache: seen, remote: { ...owner.remote, get } };
    expect((await previewPublish(away, { offline: true })).changes).toMatchObject([
      { op: 'add', target: 'v2' },
    ]);
    expect((await previewPublish(owner)).changes).toEqual([]);
  });

  it('a preview of a repository that was published does not take its absence for a new one', async () => {
    const away = { ...owner, remote: memoryServerRemote() };
    await expect(previewPublish(away)).rejects.toThrow(refusal('REPOSITORY_DELETED'));
  });
});

describe('a preview of a repository that the server does not have', () => {
  it('a preview of a repository that was never made is refused, with or without the server', async () => {
    const { gun } = owner;
    const refused = refusal('REPOSITORY_NOT_EXIST', /does not have trust data for/, {
      ...{ gun, server: owner.remote.location },
    });
    await expect(previewPublish(owner)).rejects.toThrow(refused);
    await expect(previewPublish(owner, { offline: true })).rejects.toThrow(refused);
  });

  it('a preview of a publish that would make a repository says so and shows it, without making a key or asking for one', async () => {
    await team.stageTarget(owner, 'v1');
    await team.stageTarget(owner, 'v2', 'targets/absent');
    server.forget();
    const { initial, changes, findings } = await previewPublish(owner, { creates: true });
    expect([initial, await owner.cryptoService.list()]).toEqual([true, []]);
    expect(server.requests.filter(({ method, path }) => method !== 'GET' || path.endsWith('.key'))).toEqual(
      [],
    );
    expect([...owner.cache.files.keys()]).toEqual([]);
    expect(changes.filter(({ what }) => what !== 'role')).toEqual([
      { op: 'add', what: 'new key', role: 'root', origin: 'made here' },
      { op: 'add', what: 'new key', role: 'targets', origin: 'made here' },
      { ...added('v1'), after: metaOf('v1') },
      { op: 'add', what: 'new key', role: 'snapshot', origin: 'made here' },
      { op: 'add', what: 'new key', role: 'timestamp', origin: 'made by the server' },
    ]);
    expect(findings).toMatchObject([
      { code: 'COLLECTION_CREATED', severity: 'note' },
      { code: 'NO_SUCH_ROLE', change: 1, prevents: true },
    ]);
    expect(findings[0]).not.toHaveProperty('prevents');
  });

  it('a preview of a repository that would be made names the root key that is here', async () => {
    const here = machine();
    const { rootKeyId } = await initialize(actor(server, clock, 'docker.io/bob/app', here), {});
    const fresh = actor(server, clock, 'docker.io/alice/fresh', here);
    const { changes } = await previewPublish(fresh, { creates: true });
    expect(changes).toContainEqual({ op: 'add', what: 'key', role: 'root', keyId: rootKeyId });
  });

  it('a preview of a misspelt repository names the one that may be meant, and no command that makes one', async () => {
    const here = machine();
    await initialize(actor(server, clock, 'docker.io/alice/demo', here), {});
    const misspelt = actor(server, clock, 'docker.io/alcie/demo', here);
    const { hint } = await failureOf(previewPublish(misspelt));
    expect(hint).toMatch(/Did you mean "docker\.io\/alice\/demo"\?$/);
    const { findings } = await previewPublish(misspelt, { creates: true });
    expect(findings).toMatchObject([
      {
        code: 'COLLECTION_CREATED',
        severity: 'warning',
        message: expect.stringContaining('did you mean') as string,
      },
    ]);
    expect(findings[0]).not.toHaveProperty('hint');
  });

  it('a preview that fails is not called a publish that fails', async () => {
    server.override({ method: 'GET', path: '/_trust/tuf/', status: 503 });
    await failureOf(previewPublish(owner));
    expect(owner.log.records.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('a preview of a repository that was made here shows everything as new', async () => {
    await initialize(owner, {});
    await team.stageTarget(owner, 'v1');
    for (const offline of [false, true]) {
      const { initial, before, changes } = await previewPublish(owner, { offline });
      expect([initial, before.roles.size]).toEqual([true, 0]);
      expect(changes.filter(({ what }) => what === 'role')).toHaveLength(4);
      expect(changes).toContainEqual({ ...added('v1'), after: metaOf('v1') });
    }
  });

  it('a preview of a repository whose keys are gone finds that its targets cannot be signed', async () => {
    await initialize(owner, {});
    expect((await previewPublish(owner)).findings).toEqual([]);
    owner.keyStorage.files.clear();
    expect((await previewPublish(team.restarted(owner))).findings).toMatchObject([
      { role: 'targets', severity: 'error', code: 'INSUFFICIENT_SIGNATURES', prevents: true },
    ]);
  });
});

describe('a preview of delegations', () => {
  const role = 'targets/a';

  beforeEach(async () => {
    await publish(owner);
  });

  it('a preview shows a delegation that would be new, with its keys and paths', async () => {
    const key = await team.delegationKey(owner);
    await team.delegate(owner, role, [key], ['qa/']);
    const { changes } = await previewPublish(owner);
    expect(changes).toEqual([
      { op: 'add', what: 'role', role },
      { op: 'add', what: 'key', role, keyId: canonicalKeyId(key) },
      { op: 'add', what: 'path', role, path: 'qa/' },
    ]);
  });

  it('a preview tells files that readers believe from those that they do not, and from those that nobody can read', async () => {
    const names = ['targets/a', 'targets/b', 'targets/c', 'targets/d'];
    const collection = new ForgedCollection({ delegations: names, bare: ['targets/e'] });
    collection.edit('targets/b', ['expires'], past);
    collection.seal('targets/c', [plainSigner()]);
    collection.edit('targets/d', ['targets'], 'junk');
    collection.settle();
    collection.edit('timestamp', ['expires'], '2026-03-10T00:00:00Z');
    const reader = actor(collection.server, memoryClock(), collection.gun);
    const { before, after, findings } = await previewPublish(reader, { changes: [] });
    const standings = ({ roles }: typeof before) =>
      [...roles.values()].flatMap(({ name, file }) => (name === 'targets' ? [] : [file?.standing]));
    const none = [undefined, undefined, undefined];
    expect(standings(before)).toEqual([...none, 'trusted', 'expired', 'untrusted', 'unreadable', undefined]);
    expect(standings(after)).toEqual([...none, 'trusted', 'expired', 'untrusted', undefined, undefined]);
    expect(before.roles.get('targets/d')?.file?.content.targets.size).toBe(0);
    expect(findings).toEqual([]);
  });

  it('a preview of a root that is near its end finds that it cannot be signed anew here', async () => {
    const collection = new ForgedCollection();
    collection.edit('root', ['expires'], '2026-06-01T00:00:00Z');
    collection.settle();
    collection.edit('timestamp', ['expires'], '2026-03-10T00:00:00Z');
    const holder = actor(collection.server, memoryClock(), collection.gun);
    const [failure, ...others] = (await previewPublish(holder, { changes: [] })).findings;
    expect(others).toEqual([]);
    expect(failure).toMatchObject({ role: 'root', code: 'INSUFFICIENT_SIGNATURES', prevents: true });
    await holder.cryptoService.add(collection.oneSigner('root').key, 'root', '');
    expect((await previewPublish(holder, { changes: [] })).findings).toEqual([]);
  });
});

const added = (target: string) => ({ op: 'add', what: 'target', role: 'targets', target });
const rolesOf = ({ before }: Difference) => Object.fromEntries(before.roles);
const memoryServerRemote = () => actor(memoryServer(), memoryClock()).remote;
