/** Where most tests in memory begin: nothing is published yet. */

import { type Actor, actor } from './actor.ts';
import { type MemoryClock, memoryClock } from './memory-ports.ts';
import { type MemoryServer, memoryServer } from './memory-server.ts';

export interface FreshServer {
  /** The time for the server and for the owner. */
  readonly clock: MemoryClock;
  readonly server: MemoryServer;
  /** An actor with an empty trust directory, who has not done anything yet. */
  readonly owner: Actor;
}

export function freshServer(): FreshServer {
  const clock = memoryClock();
  const server = memoryServer({ clock });
  return { clock, server, owner: actor(server, clock) };
}
