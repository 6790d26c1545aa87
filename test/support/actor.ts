/** Actors: clients with trust directories in memory, working on collections of a server in memory. */

import { randomBytes } from 'node:crypto';
import { httpRemoteStore } from '../../src/adapters/http/notary/remote-store.ts';
import type { RepositoryPorts } from '../../src/client/repository-ports.ts';
import type { ErrorCode } from '../../src/error-codes.ts';
import { makeCryptoService } from '../../src/keys/crypto-service.ts';
import { KeyStore } from '../../src/keys/key-store.ts';
import { parseGun } from '../../src/metadata/gun.ts';
import { noPinning } from '../../src/trust-pinning/trust-pinning.ts';
import type { MemoryClock, MemoryKeyStorage, MemoryMetadataStore } from './memory-ports.ts';
import {
  constantPassphrase,
  memoryChangelistStore,
  memoryHeldMetadata,
  memoryKeyStorage,
  memoryLock,
  memoryLog,
  memoryMetadataStore,
  memoryRotationJournal,
  memoryUploadJournal,
} from './memory-ports.ts';
import type { MemoryServer } from './memory-server.ts';

/** A trust directory: its keys, and its caches by GUN. People share one to work on several collections. */
export interface Machine {
  readonly keyStorage: MemoryKeyStorage;
  readonly caches: Map<string, MemoryMetadataStore>;
}

export function machine(): Machine {
  return { keyStorage: memoryKeyStorage(), caches: new Map() };
}

/** The ports of one actor on one collection, with the memory stores open to the test. */
export function actor(
  server: Pick<MemoryServer, 'http' | 'url'>,
  clock: MemoryClock,
  gunText = 'docker.io/alice/demo',
  on: Machine = machine(),
) {
  const gun = parseGun(gunText);
  const { keyStorage } = on;
  const log = memoryLog();
  const passphrase = constantPassphrase();
  const cache = memoryMetadataStore();
  on.caches.set(gun, cache);
  const changelist = memoryChangelistStore();
  const journal = memoryRotationJournal();
  const uploads = memoryUploadJournal();
  const ports = {
    gun,
    local: {
      remove: async () => {
        cache.files.clear();
        changelist.changes.clear();
        journal.records.clear();
        uploads.record = undefined;
      },
      removeFolders: async () => undefined,
    },
    cache,
    changelist,
    lock: memoryLock(),
    journal,
    uploads,
    heldMetadata: memoryHeldMetadata(on.caches),
    log,
    clock,
    caution: (code: ErrorCode, message: string) => log.warn(message, code),
    remote: httpRemoteStore(server.http, server.url, gun),
    cryptoService: makeCryptoService(
      new KeyStore(keyStorage, passphrase.retrieve, log),
      passphrase.retrieve,
      log,
    ),
    pinning: noPinning,
    random: (length: number) => randomBytes(length),
  } satisfies RepositoryPorts;
  return { ...ports, keyStorage, passphrase, machine: on };
}

export type Actor = ReturnType<typeof actor>;
