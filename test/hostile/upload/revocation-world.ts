/** An owner, alice and bob on a server in memory, and the revocation of bob's key while something else happens. */

import { loadForPreview } from '../../../src/client/preview/preview.ts';
import { publish } from '../../../src/client/publish/publish.ts';
import { listTargets } from '../../../src/client/read/list-targets.ts';
import { planRevocation } from '../../../src/client/revoke/plan.ts';
import type { Revocation } from '../../../src/client/revoke/planned-roles.ts';
import { type Revoked, revoke } from '../../../src/client/revoke/revoke.ts';
import { addTarget } from '../../../src/client/stage/add-target.ts';
import { removeTarget } from '../../../src/client/stage/remove-target.ts';
import { update } from '../../../src/client/update/update.ts';
import { canonicalKeyId } from '../../../src/crypto/keys/verification-key.ts';
import { fileMetaOf } from '../../../src/tuf/checksums.ts';
import { type Actor, actor } from '../../support/actor.ts';
import * as team from '../../support/collaborators.ts';
import { memoryClock } from '../../support/memory-ports.ts';
import { memoryServer } from '../../support/memory-server.ts';
import { plainSigner, type Signer } from '../../support/metadata-author.ts';

export const gun = 'docker.io/alice/demo';
export const releases = 'targets/releases';
export const own = 'targets/bob';
export const inReleases = { roles: [releases] };

export interface Race {
  readonly wanted?: Partial<Revocation>;
  /** After the plan was agreed to, before anything is read again. */
  readonly afterPlan?: () => Promise<unknown>;
  /** Between reading and the first upload. */
  readonly beforeUpload?: () => Promise<unknown>;
  /** As soon as the server has taken the upload. */
  readonly afterUpload?: () => Promise<unknown>;
  /** The owner, with another connection. */
  readonly as?: (who: Actor) => Actor;
}

export const id = (signer: Signer) => canonicalKeyId(signer.entry);

/**
 * Alice and bob may sign `targets/releases`, which holds alice's `v1` and `v2`; bob has `targets/bob` with `b1`; `targets`
 * holds `v0`. The server signs the snapshot.
 */
export async function revocationWorld() {
  const clock = memoryClock();
  const server = memoryServer({ clock });
  const reader = () => actor(server, clock);
  const [owner, alice, bob] = [reader(), reader(), reader()];
  const [keyOfAlice, keyOfBob] = [plainSigner(), plainSigner()];
  await alice.cryptoService.add(keyOfAlice.key, 'delegation', '');
  await bob.cryptoService.add(keyOfBob.key, 'delegation', '');
  await publish(owner);
  await team.shareSnapshot(owner);
  await team.delegate(owner, releases, [keyOfAlice.entry, keyOfBob.entry]);
  await team.delegate(owner, own, [keyOfBob.entry]);
  await team.publishTarget(owner, 'v0');
  await team.publishTarget(bob, 'b1', own);
  await team.publishTarget(alice, 'v1', releases);
  await team.publishTarget(alice, 'v2', releases);
  return {
    ...{ server, clock, owner, alice, bob, keyOfAlice, keyOfBob, reader },
    /** By `role name` the SHA-256 of everything that a reader with an empty cache finds. */
    async seen(): Promise<ReadonlyMap<string, string>> {
      const found = await listTargets(reader(), { roles: [] });
      return new Map(
        found.map(({ role, name, meta }) => [`${role} ${name}`, meta.hashes.get('sha256') ?? '']),
      );
    },
    /** The roles in which readers find bob's key. */
    async rolesOfBob(): Promise<readonly string[]> {
      const { targets } = await update(reader());
      return [...targets.values()].flatMap(({ content: { delegations } }) =>
        delegations.roles.filter(({ keyIds }) => keyIds.includes(keyOfBob.id)).map(({ name }) => name),
      );
    },
    /** The key of alice is on the owner's machine as well from now on. */
    lendKeyOfAlice: () => owner.cryptoService.add(keyOfAlice.key, 'delegation', ''),
    /** The owner revokes bob's key, and agrees to nothing but the first plan. */
    async revokeBob({ wanted = {}, ...race }: Race): Promise<Revoked> {
      const revocation = { keyIds: [id(keyOfBob)], signWith: [], ...wanted };
      const accepted = await planRevocation(owner, await loadForPreview(owner, false), revocation);
      await race.afterPlan?.();
      let raced = false;
      const publishing: Actor['remote']['publish'] = async (files) => {
        if (!raced) await race.beforeUpload?.();
        raced = true;
        await owner.remote.publish(files);
        await race.afterUpload?.();
      };
      const racing = { ...owner, remote: { ...owner.remote, publish: publishing } };
      return revoke(race.as?.(owner) ?? racing, revocation, accepted, async () => false);
    },
  };
}

export type RevocationWorld = Awaited<ReturnType<typeof revocationWorld>>;

/** Gives a tag another content than it has. */
export async function changeTag(who: Actor, name: string, role: string): Promise<void> {
  const meta = fileMetaOf(Buffer.from(`other ${name}`));
  await removeTarget(who, { name, roles: [role] });
  await addTarget(who, { name, meta, roles: [role] });
  await publish(who);
}
