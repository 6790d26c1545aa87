/** An old server with a repository of some years, an empty new one, and who moves it from one to the other. */

import { planRestore, type RestorePlan } from '../../src/client/restore/plan.ts';
import { type RestoreResult, restore } from '../../src/client/restore/restore.ts';
import type { SourcePorts } from '../../src/client/restore/source.ts';
import { NotaryError } from '../../src/errors.ts';
import { noPinning } from '../../src/trust-pinning/trust-pinning.ts';
import { type Actor, actor } from './actor.ts';
import * as team from './collaborators.ts';
import { talkingTo } from './forked-server.ts';
import {
  type MemoryClock,
  memoryClock,
  memoryLock,
  memoryLog,
  memoryMetadataStore,
  seededRandom,
} from './memory-ports.ts';
import type { RecordedRequest } from './memory-server.ts';
import { type MemoryServer, memoryServer } from './memory-server.ts';

export const releases = 'targets/releases';
export const nested = 'targets/releases/night';

/** The time, and the two servers by it. */
export interface Servers {
  readonly clock: MemoryClock;
  readonly old: MemoryServer;
  readonly next: MemoryServer;
}

/** A server with keys of its own, on which nothing is published. */
export function emptyServer(clock: MemoryClock): MemoryServer {
  return memoryServer({ clock, url: 'https://next.test', random: seededRandom('next') });
}

export function twoServers(clock: MemoryClock = memoryClock()): Servers {
  return { clock, old: memoryServer({ clock }), next: emptyServer(clock) };
}

export interface OldRepository extends Servers {
  readonly owner: Actor;
  readonly bob: Actor;
  /** Has read before the root was rotated. */
  readonly early: Actor;
  /** Has read at the end. */
  readonly warm: Actor;
}

/** Delegations one below the other, a rotated root, and more timestamps than roots. */
export async function oldRepository(snapshot: 'server' | 'owner' = 'server'): Promise<OldRepository> {
  const servers = twoServers();
  const { clock, old } = servers;
  const [owner, bob, early, warm] = [
    actor(old, clock),
    actor(old, clock),
    actor(old, clock),
    actor(old, clock),
  ];
  await team.publishTarget(owner, 'v0');
  if (snapshot === 'server') await team.shareSnapshot(owner);
  await team.listing(early);
  const signer = snapshot === 'server' ? bob : owner;
  await team.delegate(owner, releases, [await team.delegationKey(signer)]);
  await team.publishTarget(owner, 'v1');
  await team.publishTarget(signer, 'r1', releases);
  await team.delegate(signer, nested, [await team.delegationKey(signer)]);
  await team.publishTarget(signer, 'n1', nested);
  await team.rotate(owner, 'root');
  for (const tag of ['v2', 'v3']) await team.publishTarget(owner, tag);
  await team.listing(warm);
  return { ...servers, owner, bob, early, warm };
}

/** What a reader knows who has never read before. */
export function sourceOf({ clock, old }: Servers, more: Partial<SourcePorts> = {}): SourcePorts {
  const { remote } = actor(old, clock);
  const log = memoryLog();
  const gun = actor(old, clock).gun;
  return { gun, remote, clock, log, pinning: noPinning, caution: () => undefined, ...more };
}

/** A person on another machine with the same files, who is sent to the new server. */
export function sentTo(who: Actor, server: MemoryServer): Actor {
  const cache = memoryMetadataStore(who.cache.files);
  return talkingTo({ ...team.restarted(who), cache, lock: memoryLock() }, server);
}

/** Plans a restore, and carries it out. */
export async function move(
  world: OldRepository,
  destination: Actor = sentTo(world.owner, world.next),
): Promise<{ readonly plan: RestorePlan; readonly result: RestoreResult }> {
  const plan = await planRestore(sourceOf(world), destination);
  return { plan, result: await restore(destination, plan) };
}

/** The uploads that a server was sent, refused ones among them. */
export function uploadsTo({ requests }: MemoryServer): readonly RecordedRequest[] {
  return requests.filter(({ method }) => method === 'POST');
}

/** What every reader finds: `name: role`, from all roles. */
export function everything(who: Actor): Promise<readonly string[]> {
  return team.listing(who, 'targets', releases, nested);
}

/** Cuts the way to the server off at an upload: before the server gets it, or before its answer arrives; for good. */
export function cutOff(who: Actor, at: number, when: 'before' | 'after'): Actor {
  let uploads = 0;
  const dead = () => uploads >= at;
  const cut = () => {
    throw new NotaryError('NETWORK', 'the connection was cut');
  };
  return {
    ...who,
    remote: {
      ...who.remote,
      get: async (...given) => (dead() ? cut() : who.remote.get(...given)),
      getKey: async (...given) => (dead() ? cut() : who.remote.getKey(...given)),
      publish: async (files) => {
        uploads += 1;
        if (uploads < at || when === 'after') await who.remote.publish(files);
        if (uploads >= at) cut();
      },
    },
  };
}
