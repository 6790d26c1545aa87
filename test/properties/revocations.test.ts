/** What holds after every revocation, whatever the collection and whatever was asked for. */

import { describe, expect, it } from 'vitest';
import { loadForPreview } from '../../src/client/preview/preview.ts';
import { stateOf } from '../../src/client/preview/published-state.ts';
import { publish } from '../../src/client/publish/publish.ts';
import { planRevocation } from '../../src/client/revoke/plan.ts';
import type { LostTargetsChoice, Revocation } from '../../src/client/revoke/planned-roles.ts';
import { type Revoked, revoke } from '../../src/client/revoke/revoke.ts';
import { addDelegation } from '../../src/client/stage/delegations.ts';
import { update } from '../../src/client/update/update.ts';
import { canonicalKeyId } from '../../src/crypto/keys/verification-key.ts';
import { type FileMeta, sameFileMeta } from '../../src/metadata/file-meta.ts';
import { compare } from '../../src/review/compare.ts';
import { type RepositoryState, visibleTargets } from '../../src/review/state.ts';
import { fileMetaOf } from '../../src/tuf/checksums.ts';
import { type Actor, actor } from '../support/actor.ts';
import * as team from '../support/collaborators.ts';
import { fileBy, serveFile } from '../support/forging-server.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { type MemoryServer, memoryServer } from '../support/memory-server.ts';
import { plainSigner, type Signer } from '../support/metadata-author.ts';
import { outcomeOf } from '../support/refusal.ts';
import { forCasesAsync, type Random, runs, seed, share } from '../support/seeded-random.ts';

const roles = ['targets/releases', 'targets/bob', 'targets/releases/nested'];
const tags = ['v1', 'v2', 'v3'];

interface World {
  readonly server: MemoryServer;
  readonly owner: Actor;
  readonly reader: () => Actor;
  /** The first one is revoked; the keys of some of the others are on the owner's machine as well. */
  readonly signers: readonly Signer[];
}

/** Delegations with some of three keys, which some holders of these have signed one after the other. */
async function randomWorld(random: Random): Promise<World> {
  const clock = memoryClock();
  const server = memoryServer({ clock });
  const reader = () => actor(server, clock);
  const owner = reader();
  const signers = Array.from({ length: 3 }, () => plainSigner());
  const holders: Actor[] = [];
  for (const { key } of signers) {
    const holder = reader();
    await holder.cryptoService.add(key, 'delegation', '');
    holders.push(holder);
  }
  await publish(owner);
  await team.shareSnapshot(owner);
  await team.publishTarget(owner, random.pick(tags));
  for (const role of random.oneIn(3) ? roles : roles.slice(0, 2)) {
    const listed = signers.map((_, index) => index).filter((index) => index === 0 || random.oneIn(2));
    const keys = listed.flatMap((index) => signers[index]?.entry ?? []);
    const isNested = role.split('/').length > 2;
    const parent = isNested ? await nestingHolder(holders, role, keys) : owner;
    if (parent === undefined) continue;
    if (!isNested) await addDelegation(owner, { role, keys, paths: [''] });
    if (!isNested) await publish(owner);
    for (let round = random.below(3); round >= 0; round--) {
      const holder = holders[random.pick(listed)];
      if (holder !== undefined) await team.publishTarget(holder, random.pick(tags), role);
    }
  }
  for (const { key } of signers.slice(1))
    if (!random.oneIn(4)) await owner.cryptoService.add(key, 'delegation', '');
  return { server, owner, reader, signers };
}

/** The first holder who may sign the role above, and has delegated from it. */
async function nestingHolder(
  holders: readonly Actor[],
  role: string,
  keys: readonly Signer['entry'][],
): Promise<Actor | undefined> {
  for (const holder of holders) {
    await addDelegation(holder, { role, keys, paths: [''] });
    if ((await outcomeOf(publish(holder))) === undefined) return holder;
    holder.changelist.changes.clear();
  }
  return undefined;
}

const stateSeen = async ({ reader, owner }: World): Promise<RepositoryState> =>
  stateOf(await update(reader()), owner.gun);

function randomRevocation({ signers }: World, random: Random): Revocation {
  const [revoked, ...others] = signers.map(({ entry }) => canonicalKeyId(entry));
  const lost = random.pick<LostTargetsChoice | 'unsaid'>(['unsaid', 'keep-in-targets', 'drop']);
  const only = roles.filter(() => random.oneIn(2));
  return {
    ...{ keyIds: revoked === undefined ? [] : [revoked] },
    signWith: others.filter(() => random.oneIn(2)),
    ...(lost !== 'unsaid' && { lost }),
    ...(random.oneIn(4) && only.length > 0 && { roles: only }),
    ...(random.oneIn(5) && { replacement: plainSigner().entry }),
  };
}

/** The server, which holds the keys of snapshot and timestamp, shows files of the revoked key in every role. */
async function expectKeyIsPowerless(world: World, revocation: Revocation): Promise<void> {
  const { server, owner, signers } = world;
  const evil = { evil: fileMetaOf(Buffer.from('evil')) };
  const [revoked] = signers;
  if (revoked === undefined) throw new Error('nobody is revoked');
  for (const role of revocation.roles ?? roles) {
    await serveFile(server, owner.gun, role, fileBy({ version: 50, targets: evil }, revoked));
    const found = [...visibleTargets(await stateSeen(world))].filter(([, targets]) => targets.has('evil'));
    expect(found.map(([name]) => name)).toEqual([]);
  }
}

type Visible = ReadonlyMap<string, ReadonlyMap<string, FileMeta>>;

/** Every tag that readers found is where it was, or, of those that are lost, in `targets` unless it was dropped. */
function expectKept(before: Visible, after: Visible, { plan }: Revoked, { lost }: Revocation): void {
  for (const [role, targets] of before) {
    for (const [name, meta] of targets) {
      const planned = plan.lost.find((one) => one.role === role)?.targets.has(name) === true;
      const now = after.get(role)?.get(name);
      if (!planned)
        expect([role, name, now !== undefined && sameFileMeta(now, meta)]).toEqual([role, name, true]);
      else if (lost === 'drop') expect([role, name, now]).toEqual([role, name, undefined]);
      else {
        const copies = [...after.values()].flatMap((listed) => listed.get(name) ?? []);
        expect([role, name, copies.some((copy) => sameFileMeta(copy, meta))]).toEqual([role, name, true]);
      }
    }
  }
}

describe('a revocation in a random collection', () => {
  it(`a revoked key verifies nothing for a reader with an empty cache, and what was kept has the same digests (seed ${seed})`, async () => {
    const outcomes = new Map<string, number>();
    const cases = runs(40);
    await forCasesAsync('revocations', cases, async (random) => {
      const world = await randomWorld(random);
      const revocation = randomRevocation(world, random);
      const before = await stateSeen(world);
      let done: Revoked | undefined;
      const failure = await outcomeOf(
        (async () => {
          const loaded = await loadForPreview(world.owner, false);
          const plan = await planRevocation(world.owner, loaded, revocation);
          done = await revoke(world.owner, revocation, plan, async () => false);
        })(),
      );
      const outcome = failure?.code ?? 'revoked';
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      const after = await stateSeen(world);
      if (done === undefined) {
        expect([outcome, compare(before, after)]).toEqual([outcome, []]);
        expect(outcome).not.toBe('PUBLISH_UNVERIFIED');
        return;
      }
      expectKept(visibleTargets(before), visibleTargets(after), done, revocation);
      expect(compare(before, after)).toEqual(done.plan.differences);
      await expectKeyIsPowerless(world, revocation);
    });
    console.log(JSON.stringify(Object.fromEntries(outcomes)));
    expect(outcomes.get('revoked') ?? 0).toBeGreaterThan(share(cases, 0.2));
  }, 600_000);
});
