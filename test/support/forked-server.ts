/** A server that was put back to what another one has now, with the same private keys: an old backup, or a lie. */

import { httpRemoteStore } from '../../src/adapters/http/notary/remote-store.ts';
import { memoryServerStore } from '../../src/server/store/memory-store.ts';
import type { ServerStore } from '../../src/server/store/store.ts';
import type { Actor } from './actor.ts';
import { type MemoryServer, memoryServer } from './memory-server.ts';

const mostVersions = 40;

/** Copies every version of the roles; what is published on either server later does not reach the other. */
export async function forkOf(
  { server }: MemoryServer,
  gun: string,
  roles: readonly string[] = [],
): Promise<MemoryServer> {
  const store = memoryServerStore();
  for (const role of ['root', 'targets', 'snapshot', 'timestamp', ...roles]) {
    for (let version = 1; version < mostVersions; version++) {
      const file = await server.store.byVersion(gun, role, version);
      if (file !== undefined)
        await store.update(gun, [{ role, version, bytes: file.bytes }], server.clock.now());
    }
  }
  const keys: Pick<ServerStore, 'key' | 'addKey'> = {
    key: (id) => server.store.key(id),
    addKey: (key) => server.store.addKey(key),
  };
  const files: Omit<ServerStore, 'key' | 'addKey'> = {
    current: (...given) => store.current(...given),
    byChecksum: (...given) => store.byChecksum(...given),
    byVersion: (...given) => store.byVersion(...given),
    update: (...given) => store.update(...given),
    remove: (...given) => store.remove(...given),
    changes: () => store.changes(),
  };
  return memoryServer({ clock: server.clock, store: { ...files, ...keys } });
}

/** The same actor, who talks to another server. */
export function talkingTo(who: Actor, { http, url }: Pick<MemoryServer, 'http' | 'url'>): Actor {
  return { ...who, remote: httpRemoteStore(http, url, who.gun) };
}
