/** A sandbox of ours in this process, on a directory of its own, in the place of the genuine server. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startSandbox } from '../../../src/adapters/sandbox/start.ts';
import { systemClock } from '../../../src/adapters/system/clock.ts';
import { systemRandom } from '../../../src/adapters/system/random.ts';
import type { Certificates } from './certificates.ts';
import type { NotaryServer, ServedRequest } from './notary-server.ts';
import { makeScratch, removeScratch } from './scratch.ts';
import type { TokenRequest } from './token-service.ts';

export interface SandboxServerOptions {
  readonly certificates: Certificates;
  /** Passwords by user name; nobody logs in without. */
  readonly users?: Readonly<Record<string, string>>;
}

export interface SandboxServer extends NotaryServer {
  /** The certificates of the options, with the sandbox's own authority beside theirs. */
  readonly certificates: Certificates;
  /** Requests for tokens, as far as the sandbox logs them: without forms, so without refresh tokens. */
  tokenRequests(): readonly TokenRequest[];
}

export async function startSandboxServer(options: SandboxServerOptions): Promise<SandboxServer> {
  const folder = makeScratch();
  const users = writeUsers(folder, options);
  const lines: string[] = [];
  const note = (message: string) => void lines.push(message);
  const log = { debug: note, info: note, notice: note, warn: note, error: note };
  const ports = { clock: systemClock(), random: systemRandom, log };
  const sandbox = await startSandbox({ folder: join(folder, 'sandbox'), port: 0, users }, ports);
  const caCertificate = join(folder, 'authorities.crt');
  writeFileSync(
    caCertificate,
    readFileSync(sandbox.ca, 'utf8') + readFileSync(options.certificates.caCertificate, 'utf8'),
  );
  const served = () => lines.flatMap((line) => requestIn(line) ?? []);
  return {
    ...{ port: Number(new URL(sandbox.url).port), url: sandbox.url },
    certificates: { ...options.certificates, caCertificate },
    log: () => lines.join('\n'),
    requests: async () => {
      // A request is logged after its reply has been sent.
      for (let count = -1; count !== lines.length; ) {
        count = lines.length;
        await pause(50);
      }
      return served().filter(({ uri }) => !isForTokens(uri));
    },
    tokenRequests: () =>
      served()
        .filter(({ uri }) => isForTokens(uri))
        .map(tokenRequest),
    stop: async () => {
      await sandbox.close();
      removeScratch(folder);
    },
  };
}

/** Writes the file of users; returns its path. */
function writeUsers(folder: string, { users }: SandboxServerOptions): string | undefined {
  if (users === undefined) return undefined;
  const file = join(folder, 'users');
  const text = Object.entries(users).map(([user, password]) => `${user}:${password}\n`);
  writeFileSync(file, text.join(''), { mode: 0o600 });
  return file;
}

function requestIn(line: string): ServedRequest | undefined {
  const [, method, uri, status] = /^([A-Z]+) (\S+) (\d{3})$/.exec(line) ?? [];
  return method === undefined || uri === undefined ? undefined : { method, uri, status: Number(status) };
}

function isForTokens(uri: string): boolean {
  return /^\/token(\?|$)/.test(uri);
}

/** Clients name the account for which they send a password. */
function tokenRequest({ uri, status }: ServedRequest): TokenRequest {
  const { searchParams } = new URL(uri, 'https://localhost');
  const account = searchParams.get('account') ?? undefined;
  const service = searchParams.get('service') ?? undefined;
  return { account, service, scopes: searchParams.getAll('scope'), user: account, status };
}
