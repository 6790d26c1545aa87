/** What a restore refuses before it sends anything, and what it finds of a new server that lies. */

import { beforeEach, describe, expect, it } from 'vitest';
import { planRestore } from '../../../src/client/restore/plan.ts';
import { restore } from '../../../src/client/restore/restore.ts';
import type { SourcePorts } from '../../../src/client/restore/source.ts';
import { canonicalKeyId } from '../../../src/crypto/keys/verification-key.ts';
import { NotaryError } from '../../../src/errors.ts';
import { makeCryptoService } from '../../../src/keys/crypto-service.ts';
import { KeyStore } from '../../../src/keys/key-store.ts';
import { keyJson } from '../../../src/server/store/server-keys.ts';
import { type Actor, actor } from '../../support/actor.ts';
import * as team from '../../support/collaborators.ts';
import { ForgedCollection, forgedGun } from '../../support/forged-repository.ts';
import { forkOf, talkingTo } from '../../support/forked-server.ts';
import { constantPassphrase, days, memoryMetadataStore } from '../../support/memory-ports.ts';
import { failureOf, outcomeOf, refusal } from '../../support/refusal.ts';
import {
  emptyServer,
  everything,
  move,
  nested,
  type OldRepository,
  oldRepository,
  releases,
  sentTo,
  sourceOf,
  uploadsTo,
} from '../../support/restoring.ts';

let world: OldRepository;
let there: Actor;
beforeEach(async () => {
  world = await oldRepository();
  there = sentTo(world.owner, world.next);
});

/** The failure of planning; nothing may have been asked of the new server but what it has. */
async function refused(source: SourcePorts = sourceOf(world)) {
  const failure = await failureOf(planRestore(source, there));
  expect(world.next.lines().filter((line) => line.startsWith('POST') || line.includes('.key'))).toEqual([]);
  expect(failure.hint).toBeDefined();
  return failure;
}

describe('what has expired at the source', () => {
  it('targets that has expired is refused, with renew as the way on', async () => {
    world.clock.advance(days(1096));
    const failure = await refused(sourceOf(world));
    expect(failure).toMatchObject({ code: 'EXPIRED', details: { roles: ['targets', releases, nested] } });
    expect(failure.hint).toContain('tsnotary renew docker.io/alice/demo -r targets,targets/releases');
  });

  it('a delegation that has expired since it was saved is refused by the clock of now', async () => {
    const soon = { ...world.bob, expiryOf: () => '2026-03-05T00:00:00Z' } as Actor;
    await team.publishTarget(soon, 'r2', releases);
    const saved = { ...world.clock, now: () => new Date('2026-03-02T00:00:00Z') };
    world.clock.advance(days(5));
    const failure = await refused(sourceOf(world, { clock: saved }));
    expect(failure).toMatchObject({ code: 'EXPIRED', details: { roles: [releases] } });
  });

  it('a root that has expired is no obstacle, since it is made anew', async () => {
    const short = {
      ...world.owner,
      expiryOf: (role: string) => (role === 'root' ? '2026-03-03T00:00:00Z' : '2029-01-01T00:00:00Z'),
    };
    await team.rotate(short, 'root');
    const saved = { ...world.clock, now: () => new Date('2026-03-01T13:00:00Z') };
    world.clock.advance(days(4));
    there = sentTo(world.owner, world.next);
    const plan = await planRestore(sourceOf(world, { clock: saved }), there);
    const { proof } = await restore(there, plan);
    expect(proof.targets).toBe(6);
  });

  it('a source that cannot sign a timestamp any more is refused, since what its readers have seen is not known', async () => {
    const short = {
      ...world.owner,
      expiryOf: (role: string) => (role === 'root' ? '2026-03-03T00:00:00Z' : '2029-01-01T00:00:00Z'),
    };
    await team.rotate(short, 'root');
    world.clock.advance(days(20));
    expect(await refused()).toMatchObject({
      code: 'EXPIRED',
      message: expect.stringContaining('timestamp') as string,
    });
  });
});

describe('root keys', () => {
  const rootKeyFiles = async () => (await there.cryptoService.list('root')).map(({ keyId }) => keyId);

  it('a root key that is not on this machine is told as that', async () => {
    for (const keyId of await rootKeyFiles()) there.keyStorage.files.delete(keyId);
    const failure = await refused();
    expect(failure).toMatchObject({ code: 'INSUFFICIENT_SIGNATURES' });
    expect(failure.hint).toContain('key import');
  });

  it('a root key that its passphrase does not open is told as that, and nothing was sent', async () => {
    const { retrieve } = constantPassphrase('mistyped');
    const store = new KeyStore(there.keyStorage, retrieve, there.log);
    there = { ...there, cryptoService: makeCryptoService(store, retrieve, there.log) };
    expect((await failureOf(planRestore(sourceOf(world), there))).code).toBe('PASSPHRASE_INVALID');
    expect(uploadsTo(world.next)).toEqual([]);
  });

  it('a root key whose file is damaged is told as that', async () => {
    for (const keyId of await rootKeyFiles()) there.keyStorage.files.set(keyId, Buffer.from('junk'));
    const failure = await refused();
    expect(failure).toMatchObject({ code: 'INSUFFICIENT_SIGNATURES', details: { unreadable: 1 } });
  });

  it('a former root key that its passphrase does not open stops the restore before anything is sent', async () => {
    // The key that is needed for the last root alone.
    await team.rotate(world.owner, 'root');
    there = sentTo(world.owner, world.next);
    const plan = await planRestore(sourceOf(world), there);
    const former = plan.history.former.flatMap(({ signers }) => [...signers.keys.values()]).at(-1);
    if (former === undefined) throw new Error('no root key has been replaced');
    const id = canonicalKeyId(former);
    const right = constantPassphrase();
    const retrieve: typeof right.retrieve = async (request) =>
      request.keyName === id ? { passphrase: 'mistyped', giveUp: true } : right.retrieve(request);
    const store = new KeyStore(there.keyStorage, retrieve, there.log);
    const mistyping = { ...there, cryptoService: makeCryptoService(store, retrieve, there.log) };
    await expect(restore(mistyping, plan)).rejects.toThrow(refusal('PASSPHRASE_INVALID'));
    expect(uploadsTo(world.next)).toEqual([]);
  });
});

describe('a new server that is none', () => {
  const answers404 = (body: string) => {
    world.next.override({ path: /./, status: 404, body });
  };
  const asked = () => world.next.lines().filter((line) => line.includes('.key'));

  it.each([
    ['plain text', '404 page not found'],
    ['an error of a registry', '{"errors":[{"code":"NOT_FOUND","message":"resource not found"}]}'],
  ])('a server that answers everything with 404 and %s is told as no Notary server', async (_what, body) => {
    answers404(body);
    const failure = await failureOf(planRestore(sourceOf(world), there));
    expect(failure).toMatchObject({ code: 'SERVER_UNAVAILABLE', details: { server: 'next.test' } });
    expect(failure.message).toContain('no Notary server answers at next.test');
    expect(failure.hint).toContain('--to');
    expect(uploadsTo(world.next)).toEqual([]);
  });

  it('a Notary server behind a gateway with a 404 of its own gets the restore', async () => {
    world.next.override({ path: /(?:timestamp|root)\.json$/, status: 404, body: 'not found', times: 2 });
    const plan = await planRestore(sourceOf(world), there);
    expect([plan.begun, asked().length]).toEqual([undefined, 1]);
  });
});

describe('a source that lies', () => {
  it('a root that lists a root key of this machine beside another one, and is signed by that, is not signed again', async () => {
    const forged = new ForgedCollection({ version: 3 });
    const owner = actor(emptyServer(world.clock), world.clock, forgedGun);
    const own = forged.oneSigner('root');
    await owner.cryptoService.add(own.key, 'root', '');
    const stranger = forged.rootSigner();
    forged.rotateRoot([own, stranger], [stranger]);
    const source = sourceOf(world, { remote: actor(forged.server, world.clock, forgedGun).remote });
    const failure = await failureOf(planRestore(source, owner));
    expect(failure.code).toBe('ROOT_NOT_TRUSTED');
    forged.rotateRoot([own, stranger], [own]);
    expect((await planRestore(source, owner)).uploads).toBeGreaterThan(0);
  });

  it('a source that is older than what this machine has seen is refused', async () => {
    const backup = await forkOf(world.old, world.owner.gun, [releases, nested]);
    await team.publishTarget(world.owner, 'v4');
    await everything(world.owner);
    there = sentTo(world.owner, world.next);
    const { remote } = talkingTo(world.warm, backup);
    const failure = await refused(sourceOf(world, { remote }));
    expect(failure).toMatchObject({ code: 'LOW_VERSION', details: { gun: there.gun } });
    expect(failure.message).toMatch(
      / holds an older state of docker\.io\/alice\/demo than .*: version \d+ of \w+ is lower/,
    );
    // The words about a server that may be replaying say nothing of an archive.
    expect(failure.hint).toMatch(/^Nothing was sent\..* Archive docker\.io\/alice\/demo again/);
  });

  it('pins apply to the source', async () => {
    const pinning = {
      certs: new Map([[world.owner.gun, ['ab'.repeat(32)]]]),
    };
    const source = sourceOf(world, {
      pinning: { ...sourceOf(world).pinning, ...pinning },
    });
    expect((await failureOf(planRestore(source, there))).code).toMatch(/^ROOT_/);
  });

  it('versions that no server reaches in time are refused', async () => {
    const forged = new ForgedCollection({ version: 1 });
    forged.edit('timestamp', ['version'], 30_000);
    const owner = actor(emptyServer(world.clock), world.clock, forgedGun);
    await owner.cryptoService.add(forged.oneSigner('root').key, 'root', '');
    const source = sourceOf(world, { remote: actor(forged.server, world.clock, forgedGun).remote });
    const failure = await failureOf(planRestore(source, owner));
    expect(failure).toMatchObject({ code: 'VERSION_OUT_OF_REACH', details: { uploads: 30_001 } });
  });

  it('a file that the new server would write in another form is refused where that server signs the snapshot', async () => {
    const forged = new ForgedCollection({ version: 1 });
    forged.edit('targets', ['x-note'], 'mine');
    forged.settle();
    const owner = actor(emptyServer(world.clock), world.clock, forgedGun);
    await owner.cryptoService.add(forged.oneSigner('root').key, 'root', '');
    const source = sourceOf(world, { remote: actor(forged.server, world.clock, forgedGun).remote });
    const failure = await failureOf(planRestore(source, owner));
    expect(failure).toMatchObject({ code: 'INVALID_METADATA', details: { role: 'targets' } });
  });
});

describe('roles that readers do not believe', () => {
  it('a delegation that only removed keys have signed stays behind, and is named', async () => {
    const forged = new ForgedCollection({ version: 1, delegations: ['targets/a', 'targets/b'] });
    forged.rotateDelegation('targets/a', [forged.rootSigner()]);
    forged.settle();
    const next = emptyServer(world.clock);
    const owner = actor(next, world.clock, forgedGun);
    await owner.cryptoService.add(forged.oneSigner('root').key, 'root', '');
    const source = sourceOf(world, { remote: actor(forged.server, world.clock, forgedGun).remote });
    const plan = await planRestore(source, owner);
    expect(plan.findings).toMatchObject([
      { code: 'FIRST_USE' },
      { code: 'ROLE_NEEDS_WITNESS', role: 'targets/a', severity: 'warning' },
    ]);
    const { proof } = await restore(owner, plan);
    expect(proof.roles).toBe(2);
    expect(await team.listing(actor(next, world.clock), 'targets', 'targets/b')).toEqual([
      'of targets: targets',
      'of targets/b: targets/b',
    ]);
  });
});

describe('a role below one that readers do not believe', () => {
  it('stays behind with its targets, and is named', async () => {
    const forged = new ForgedCollection({ version: 1, delegations: ['targets/a', 'targets/a/x'] });
    forged.rotateDelegation('targets/a', [forged.rootSigner()]);
    forged.settle();
    const owner = actor(emptyServer(world.clock), world.clock, forgedGun);
    await owner.cryptoService.add(forged.oneSigner('root').key, 'root', '');
    const source = sourceOf(world, { remote: actor(forged.server, world.clock, forgedGun).remote });
    const { findings } = await planRestore(source, owner);
    expect(findings.map(({ code, role }) => [code, role])).toContainEqual(['ROLE_UNVERIFIED', 'targets/a/x']);
  });
});

describe('a snapshot key of an owner that is not here', () => {
  it('the new server signs the snapshot from then on, and that is said before', async () => {
    const owners = await oldRepository('owner');
    const { keyId } = (await owners.owner.cryptoService.list('snapshot'))[0] ?? {};
    owners.owner.keyStorage.files.delete(keyId ?? '');
    const { plan, result } = await move(owners);
    expect(plan.snapshotBy).toBe('server');
    expect(plan.findings).toMatchObject([{ code: 'KEY_NOT_FOUND', role: 'snapshot', keyId }]);
    expect(result.proof.targets).toBe(6);
    expect(await everything(sentTo(owners.warm, owners.next))).toHaveLength(6);
  });

  it('a restore that was begun with it is not continued without it', async () => {
    const owners = await oldRepository('owner');
    const begun = sentTo(owners.owner, owners.next);
    let uploads = 0;
    const stopping = team.afterUpload(begun, async () => {
      if (++uploads === 2) throw new NotaryError('INTERRUPTED', 'stopped');
    });
    await outcomeOf(
      move(owners, {
        ...stopping,
        remote: { ...stopping.remote, get: whileGoing(begun, () => uploads < 2) },
      }),
    );
    const { keyId } = (await begun.cryptoService.list('snapshot'))[0] ?? {};
    const file = begun.keyStorage.files.get(keyId ?? '');
    begun.keyStorage.files.delete(keyId ?? '');
    const without = sentTo(owners.owner, owners.next);
    expect((await failureOf(planRestore(sourceOf(owners), without))).code).toBe('INSUFFICIENT_SIGNATURES');
    begun.keyStorage.files.set(keyId ?? '', file ?? new Uint8Array());
    const { result } = await move(owners);
    expect(result.proof.targets).toBe(6);
  });
});

/** Answers for as long as the condition holds. */
function whileGoing({ remote }: Actor, isGoing: () => boolean): Actor['remote']['get'] {
  return async (resource, limit) => {
    if (!isGoing()) throw new NotaryError('NETWORK', 'the connection was cut');
    return remote.get(resource, limit);
  };
}

describe('a root of which two keys must sign', () => {
  it('both are needed, and both sign', async () => {
    const forged = new ForgedCollection({ version: 1 });
    const [one, two] = [forged.oneSigner('root'), forged.rootSigner()];
    forged.rotateRoot([one, two], [one, two], { threshold: 2 });
    const owner = actor(emptyServer(world.clock), world.clock, forgedGun);
    await owner.cryptoService.add(one.key, 'root', '');
    const source = sourceOf(world, { remote: actor(forged.server, world.clock, forgedGun).remote });
    expect((await failureOf(planRestore(source, owner))).code).toBe('INSUFFICIENT_SIGNATURES');
    await owner.cryptoService.add(two.key, 'root', '');
    await restore(owner, await planRestore(source, owner));
    expect((await team.served(owner, 'root')).signers.sort()).toEqual([one.id, two.id].sort());
  });
});

describe('a new server that has something already', () => {
  it('another repository of that name is left alone', async () => {
    const other = actor(world.next, world.clock);
    await team.publishTarget(other, 'theirs');
    world.next.forget();
    expect(await refused()).toMatchObject({ code: 'REPOSITORY_EXISTS', details: { role: 'root' } });
    expect(await team.listing(actor(world.next, world.clock))).toEqual(['theirs: targets']);
  });

  it('the old server itself, and a copy of it, are left alone', async () => {
    const copy = await forkOf(world.old, world.owner.gun, [releases, nested]);
    for (const server of [world.old, copy]) {
      server.forget();
      const failure = await failureOf(planRestore(sourceOf(world), sentTo(world.owner, server)));
      expect(failure.code).toBe('REPOSITORY_EXISTS');
      expect(uploadsTo(server)).toEqual([]);
    }
  });

  it('a restore of an older state is not continued with a newer one', async () => {
    await move(world);
    await team.publishTarget(world.owner, 'v4');
    world.next.forget();
    there = sentTo(world.owner, world.next);
    expect(await refused()).toMatchObject({ code: 'REPOSITORY_EXISTS', details: { role: 'targets' } });
  });

  it('a repository whose root was signed again there since is left alone', async () => {
    await move(world);
    await team.rotate(sentTo(world.owner, world.next), 'targets');
    world.next.forget();
    expect(await refused()).toMatchObject({ code: 'REPOSITORY_EXISTS', details: { role: 'root' } });
  });
});

describe('a new server that lies', () => {
  it('a key that it offers and that is on this machine, or serves something already, is not taken', async () => {
    const plan = await planRestore(sourceOf(world), there);
    const own = (await there.cryptoService.list())[0];
    const { key } = await there.cryptoService.find(own?.keyId ?? ('' as never), {
      role: own?.role ?? '',
      gun: there.gun,
    });
    const getKey = async () => keyJson(key.publicKey);
    const [delegate] = plan.source.carried.get('targets')?.content.delegations.keys.values() ?? [];
    if (delegate === undefined) throw new Error('there is no delegation');
    for (const offered of [getKey, async () => keyJson(delegate)]) {
      const lying = { ...there, remote: { ...there.remote, getKey: offered } };
      await expect(restore(lying, plan)).rejects.toThrow(refusal('SERVER_KEY_REFUSED'));
    }
    expect(uploadsTo(world.next)).toEqual([]);
  });

  it('an upload that it accepts and does not keep is no success', async () => {
    const plan = await planRestore(sourceOf(world), there);
    const publish = async () => undefined;
    const lying = { ...there, remote: { ...there.remote, publish } };
    await expect(restore(lying, plan)).rejects.toThrow(refusal('PUBLISH_UNVERIFIED'));
  });

  it('what readers do not get in the end is no success, and names the role', async () => {
    const plan = await planRestore(sourceOf(world), there);
    const get: Actor['remote']['get'] = async (resource, limit) =>
      there.remote.get(resource.startsWith(releases) ? 'targets' : resource, limit);
    const lying = { ...there, remote: { ...there.remote, get } };
    const failure = await failureOf(restore(lying, plan));
    expect(failure.code).toBe('PUBLISH_UNVERIFIED');
    expect(failure.hint).toContain('the same command goes on');
  });

  it('a clock that is behind that of the new server stops the restore', async () => {
    const plan = await planRestore(sourceOf(world), there);
    const slow = { ...there.clock, now: () => new Date(world.clock.now().getTime() - days(3)) };
    await expect(restore({ ...there, clock: slow }, plan)).rejects.toThrow(refusal('CLOCK_BEHIND'));
  });
});

describe('what this machine knows', () => {
  it('a machine that has never seen the repository is told so', async () => {
    there = { ...there, cache: memoryMetadataStore() };
    const { findings } = await planRestore(sourceOf(world), there);
    expect(findings).toMatchObject([{ code: 'FIRST_USE', severity: 'note' }]);
  });

  it('a machine that trusts another root refuses the source', async () => {
    const other = actor(emptyServer(world.clock), world.clock);
    await team.publishTarget(other, 'theirs');
    await team.listing(other);
    there = { ...there, cache: other.cache };
    expect((await failureOf(planRestore(sourceOf(world), there))).code).toBe('ROOT_ROTATION');
  });

  it('timestamps that the old server may have signed since the source was saved are passed as well', async () => {
    const before = (await planRestore(sourceOf(world), there)).floor.timestamp;
    const saved = { ...world.clock, now: () => new Date('2026-03-01T12:00:00Z') };
    const { remote } = sourceOf(world);
    const kept = await remote.get('timestamp', 1e6);
    const get: SourcePorts['remote']['get'] = async (resource, limit) =>
      resource === 'timestamp' ? kept : remote.get(resource, limit);
    world.clock.advance(days(14 + 20));
    const later = await planRestore(sourceOf(world, { clock: saved, remote: { ...remote, get } }), there);
    expect(later.floor.timestamp).toBe(before + 2);
  });
});
