/** A repository is moved to an empty server, by who has its root key, and read there by who knew the old one. */

import { beforeEach, describe, expect, it } from 'vitest';
import { publish } from '../../../src/client/publish/publish.ts';
import { planRestore } from '../../../src/client/restore/plan.ts';
import { restore } from '../../../src/client/restore/restore.ts';
import { removeDelegation } from '../../../src/client/stage/delegations.ts';
import { canonicalKeyId } from '../../../src/crypto/keys/verification-key.ts';
import { equalBytes } from '../../../src/encoding/bytes.ts';
import { NotaryError } from '../../../src/errors.ts';
import { makeCryptoService } from '../../../src/keys/crypto-service.ts';
import { KeyStore } from '../../../src/keys/key-store.ts';
import { baseRole, parseRoot } from '../../../src/metadata/root.ts';
import { parseEnvelope } from '../../../src/metadata/signed.ts';
import { type Actor, actor } from '../../support/actor.ts';
import * as team from '../../support/collaborators.ts';
import { constantPassphrase } from '../../support/memory-ports.ts';
import { refusal } from '../../support/refusal.ts';
import {
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

const carriedRoles = ['targets', releases, nested];

async function bytesOf({ remote }: Pick<Actor, 'remote'>, role: string): Promise<Uint8Array> {
  return remote.get(role, 1e8);
}

describe.each(['server', 'owner'] as const)('a repository whose snapshot the %s signs', (snapshot) => {
  let world: OldRepository;
  beforeEach(async () => {
    world = await oldRepository(snapshot);
  });

  it('targets and delegations keep their bytes, and the root its keys, on the new server', async () => {
    const there = sentTo(world.owner, world.next);
    await move(world);
    for (const role of carriedRoles)
      expect(equalBytes(await bytesOf(there, role), await bytesOf(world.owner, role))).toBe(true);
    const [before, after] = await Promise.all(
      [world.owner, there].map(async (who) => parseRoot(parseEnvelope(await bytesOf(who, 'root'))).content),
    );
    for (const role of ['root', 'targets']) expect(after?.roles.get(role)).toEqual(before?.roles.get(role));
    expect(after?.version).toBe((before?.version ?? 0) + 1);
    expect(after?.roles.get('timestamp')).not.toEqual(before?.roles.get('timestamp'));
    expect(after?.roles.get('snapshot')?.keyIds.join() === before?.roles.get('snapshot')?.keyIds.join()).toBe(
      snapshot === 'owner',
    );
  });

  it('readers who knew the old server, early ones too, and new ones find the same there', async () => {
    const before = await everything(world.warm);
    expect(before).toHaveLength(6);
    const { result } = await move(world);
    const fresh = actor(world.next, world.clock);
    for (const reader of [sentTo(world.early, world.next), sentTo(world.warm, world.next), fresh])
      expect(await everything(reader)).toEqual(before);
    expect(result.proof).toMatchObject({ roles: 3, targets: 6, followed: 1, newer: [] });
  });

  it('the versions of timestamp and snapshot end above those that readers have seen, after as many uploads as were planned', async () => {
    const [timestamp, snapshotBefore] = await Promise.all(
      ['timestamp', 'snapshot'].map(async (role) => Number((await team.served(world.owner, role)).version)),
    );
    const { plan, result } = await move(world);
    expect(plan.floor).toEqual({ timestamp, snapshot: snapshotBefore });
    expect(result.uploads).toBe(plan.uploads);
    expect(uploadsTo(world.next)).toHaveLength(plan.uploads);
    expect(plan.lifts).toBeGreaterThan(0);
    expect(result.proof.timestamp).toBeGreaterThan(timestamp ?? 0);
    expect(result.proof.snapshot).toBeGreaterThan(snapshotBefore ?? 0);
    // No upload is one too many: both cannot be one lower.
    expect(snapshot === 'owner' ? result.proof.timestamp - 1 : result.proof.snapshot - 1).toBe(
      snapshot === 'owner' ? timestamp : Math.max(timestamp ?? 0, snapshotBefore ?? 0),
    );
  });

  it('the owner and the collaborator go on publishing there', async () => {
    await move(world);
    const owner = sentTo(world.owner, world.next);
    await team.publishTarget(owner, 'v4');
    const bob = snapshot === 'server' ? sentTo(world.bob, world.next) : owner;
    await team.publishTarget(bob, 'r2', releases);
    expect(await everything(sentTo(world.warm, world.next))).toHaveLength(8);
  });

  it('the passphrase of each key is asked for once', async () => {
    const there = sentTo(world.owner, world.next);
    await move(world, there);
    const keys = there.passphrase.requests
      .filter(({ unasked }) => unasked !== true)
      .map(({ keyName }) => keyName);
    expect(new Set(keys).size).toBe(keys.length);
    // The present root key, the former one, and the snapshot key where it is the owner's.
    expect(keys).toHaveLength(snapshot === 'owner' ? 3 : 2);
  });

  it('a second run sends nothing, and proves it again', async () => {
    await move(world);
    world.next.forget();
    const { plan, result } = await move(world);
    expect([plan.uploads, result.uploads, uploadsTo(world.next)]).toEqual([0, 0, []]);
    expect(result.proof.targets).toBe(6);
  });

  it('planning signs nothing, sends nothing, and asks for no key of the server', async () => {
    const there = unanswered(sentTo(world.owner, world.next));
    const plan = await planRestore(sourceOf(world), there);
    expect(plan).toMatchObject({
      from: 'notary.test',
      to: 'next.test',
      snapshotBy: snapshot,
      begun: undefined,
    });
    expect([...plan.source.carried.keys()]).toEqual(carriedRoles);
    expect(plan.findings).toEqual([]);
    expect(there.passphrase.requests.filter(({ unasked }) => unasked !== true)).toEqual([]);
    expect(world.next.lines().filter((line) => !line.startsWith('GET') || line.includes('.key'))).toEqual([]);
  });

  it('the caller is told after each upload how many are done', async () => {
    const there = sentTo(world.owner, world.next);
    const plan = await planRestore(sourceOf(world), there);
    const told: string[] = [];
    await restore(there, plan, (done, planned) => told.push(`${done}/${planned}`));
    expect(told).toEqual(Array.from({ length: plan.uploads }, (_, at) => `${at + 1}/${plan.uploads}`));
  });

  it('two restores at the same moment both succeed, and the second does no harm', async () => {
    const before = await everything(world.warm);
    const runs = await Promise.all([move(world), move(world)]);
    for (const { result } of runs) expect(result.proof.targets).toBe(6);
    expect(await everything(sentTo(world.warm, world.next))).toEqual(before);
  });

  it('what is published on the new server between two uploads stays, and the restore goes on', async () => {
    const there = sentTo(world.owner, world.next);
    const publisher = sentTo(snapshot === 'server' ? world.bob : world.owner, world.next);
    const plan = await planRestore(sourceOf(world), there);
    let uploads = 0;
    const meanwhile = team.afterUpload(there, async () => {
      if (++uploads === plan.uploads - 2) await team.publishTarget(publisher, 'r2', releases);
    });
    const { proof } = await restore(meanwhile, plan);
    expect(proof.newer).toEqual([releases]);
    for (const reader of [sentTo(world.warm, world.next), actor(world.next, world.clock)])
      expect(await everything(reader)).toContain(`r2: ${releases}`);
  });
});

/** The same actor, whose passphrases are nowhere at hand. */
function unanswered(who: Actor): Actor {
  const passphrase = constantPassphrase();
  const retrieve: typeof passphrase.retrieve = async (request) => {
    if (request.unasked === true) throw new NotaryError('PASSPHRASE_INVALID', 'nothing is at hand');
    return passphrase.retrieve(request);
  };
  const store = new KeyStore(who.keyStorage, retrieve, who.log);
  return { ...who, passphrase, cryptoService: makeCryptoService(store, retrieve, who.log) };
}

describe('a delegation that is removed on the new server between two uploads', () => {
  it('it does not come back, and the restore goes on', async () => {
    const world = await oldRepository('owner');
    const there = sentTo(world.owner, world.next);
    const publisher = sentTo(world.owner, world.next);
    const plan = await planRestore(sourceOf(world), there);
    let uploads = 0;
    const meanwhile = team.afterUpload(there, async () => {
      if (++uploads !== plan.uploads - 2) return;
      await removeDelegation(publisher, {
        role: releases,
        keyIds: [],
        paths: [],
        allPaths: false,
        whole: true,
      });
      await publish(publisher);
    });
    const { proof } = await restore(meanwhile, plan);
    expect(proof.newer).toEqual(['targets']);
    expect(await team.listing(actor(world.next, world.clock), 'targets', releases)).toHaveLength(4);
  });
});

describe('readers who know a former root key', () => {
  it('they are left behind, and named, when that key is not here', async () => {
    const world = await oldRepository();
    const { content } = parseRoot(parseEnvelope(world.early.cache.files.get('root') ?? new Uint8Array()));
    const [former] = baseRole(content, 'root').keys.values();
    if (former === undefined) throw new Error('there is no former key');
    world.owner.keyStorage.files.delete(canonicalKeyId(former));
    const { plan, result } = await move(world);
    expect(plan.findings).toMatchObject([
      { code: 'READERS_LEFT_BEHIND', severity: 'warning', role: 'root', keyId: canonicalKeyId(former) },
    ]);
    expect(result.proof.followed).toBe(0);
    expect(await everything(sentTo(world.warm, world.next))).toHaveLength(6);
    await expect(everything(sentTo(world.early, world.next))).rejects.toThrow(refusal('ROOT_ROTATION'));
  });

  it('what they trust is not known, and a note says so, when the source does not have their root', async () => {
    const world = await oldRepository();
    world.old.override({ path: '/1.root.json', status: 404 });
    const { plan } = await move(world);
    expect(plan.findings).toMatchObject([{ code: 'READERS_LEFT_BEHIND', severity: 'note' }]);
  });
});
