/** Starts a sandbox in this process: puts directory, certificates, store, rules and listener together. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock, RandomBytes } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { SandboxAddress, SandboxOptions } from '../../ports/sandbox.ts';
import { handleWithTokens } from '../../server/auth/token-auth.ts';
import { handle } from '../../server/http/handle-request.ts';
import { memoryServerStore } from '../../server/store/memory-store.ts';
import type { ServerStore } from '../../server/store/store.ts';
import { openCertificates } from './certificates.ts';
import { openDiskStore } from './disk-store.ts';
import { type Listener, listen } from './listener.ts';
import { holdFolder } from './sandbox-lock.ts';
import { openLogins } from './users-file.ts';

export interface SandboxPorts {
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly log: Log;
}

export interface RunningSandbox extends SandboxAddress {
  /** Ends it; what has been asked is answered first. */
  close(): Promise<void>;
}

/** Milliseconds that requests have to come to an end when the server does. */
const grace = 3000;

/** Starts a server. Without a directory it stores everything in memory. @throws as `Sandbox.start` */
export async function startSandbox(options: SandboxOptions, ports: SandboxPorts): Promise<RunningSandbox> {
  const { folder } = options;
  if (folder === undefined) {
    const temporary = mkdtempSync(join(tmpdir(), 'tsnotary-sandbox-'));
    const remove = () => rmSync(temporary, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    return serve({ folder: temporary, store: memoryServerStore, release: remove }, options, ports);
  }
  const held = await holdFolder(folder, ports.log);
  const running = await serve(
    { folder, store: () => openDiskStore(folder), release: () => held.release() },
    options,
    ports,
  );
  try {
    held.announce(running.url);
  } catch (error) {
    await running.close();
    throw error;
  }
  return running;
}

interface SandboxParts {
  readonly folder: string;
  readonly store: () => ServerStore;
  readonly release: () => void;
}

async function serve(
  ground: SandboxParts,
  { port, users }: SandboxOptions,
  ports: SandboxPorts,
): Promise<RunningSandbox> {
  const { folder, store, release } = ground;
  const { clock, random, log } = ports;
  let listener: Listener;
  let ca: string;
  try {
    const certificates = openCertificates(folder, { now: clock.now(), random, log });
    ca = certificates.ca;
    const auth = users === undefined ? undefined : openLogins(folder, users, random);
    const server = { store: store(), clock, random };
    listener = await listen({
      ...{ tls: certificates.server, port, log },
      answer: (request) =>
        auth === undefined ? handle(server, request) : handleWithTokens(server, auth, request),
    });
  } catch (error) {
    release();
    throw error;
  }
  return {
    ...{ url: `https://localhost:${listener.port}`, ca, folder, pid: process.pid },
    async close() {
      await listener.close(grace);
      release();
    },
  };
}
