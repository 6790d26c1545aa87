/** A Notary server of this process over TLS, and collections that are opened with the library. */

import { join } from 'node:path';
import { openRepository } from '../../src/library/open-repository.ts';
import type { LogRecord, OpenOptions, Repository } from '../../src/library/repository.ts';
import { memoryServerStore } from '../../src/server/store/memory-store.ts';
import { certificates } from './genuine/certificates.ts';
import { makeScratch, removeScratch } from './genuine/scratch.ts';
import { memoryClock, seededRandom } from './memory-ports.ts';
import { type HttpsServer, serveHttps } from './memory-server-https.ts';

export const gun = 'docker.io/alice/demo';
export const passphrase = 'a long passphrase';

export interface Library {
  readonly server: HttpsServer;
  /** Empty at first; relative names below are directories in it. */
  readonly folder: string;
  /** Opens a collection with the usual options, and these. */
  open(trustDir: string, options?: Partial<OpenOptions>): Promise<Repository & { readonly log: LogRecord[] }>;
  stop(): Promise<void>;
}

export async function library(): Promise<Library> {
  const authority = await certificates();
  const clock = { ...memoryClock(), now: () => new Date() };
  const store = memoryServerStore();
  const server = await serveHttps(
    { store, clock, random: seededRandom('server'), gunPrefixes: [] },
    authority,
  );
  const folder = makeScratch();
  const opened: Repository[] = [];
  return {
    ...{ server, folder },
    async open(trustDir, options = {}) {
      const log: LogRecord[] = [];
      const repository = await openRepository({
        ...{ trustDir: join(folder, trustDir), gun, passphrase, ca: authority.caCertificate },
        ...{ server: server.url, onLog: (record) => void log.push(record), ...options },
      });
      opened.push(repository);
      return { ...repository, log };
    },
    async stop() {
      for (const repository of opened) await repository.close();
      await server.stop();
      removeScratch(folder);
    },
  };
}
