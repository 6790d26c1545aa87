/** Our server and the genuine one, both new and empty, asked the same over HTTPS. */

import { readFileSync } from 'node:fs';
import { openDiskStore } from '../../src/adapters/sandbox/disk-store.ts';
import { listen } from '../../src/adapters/sandbox/listener.ts';
import { handle } from '../../src/server/http/handle-request.ts';
import { memoryServerStore } from '../../src/server/store/memory-store.ts';
import { certificates } from '../support/genuine/certificates.ts';
import { startNotaryServer } from '../support/genuine/notary-server.ts';
import { memoryClock, memoryLog, seededRandom } from '../support/memory-ports.ts';
import { type Exchange, Session } from '../support/server-session.ts';
import { keptConnection } from './over-https.ts';

/** What the two answered differently. */
export interface Difference {
  readonly asked: string;
  readonly ours: Exchange;
  readonly genuine: Exchange;
}

export interface Comparison {
  /** How many requests each server was sent. */
  readonly requests: number;
  readonly ours: readonly Exchange[];
  readonly differences: readonly Difference[];
}

export interface Pair {
  /** Plays the same requests to ours, then to the genuine one. */
  compare(gun: string, play: (session: Session) => Promise<unknown>): Promise<Comparison>;
  stop(): Promise<void>;
}

export interface PairOptions {
  /** What the names of collections that are served begin with; all are when there are none. */
  readonly gunPrefixes?: readonly string[];
  /** Where ours keeps everything (default: in memory, as the genuine server does here). */
  readonly folder?: string;
}

/** Needs notary-server and openssl on this machine. */
export async function startPair({ gunPrefixes = [], folder }: PairOptions = {}): Promise<Pair> {
  const authority = await certificates();
  const ca = readFileSync(authority.caCertificate);
  // Certificates are judged by the genuine server's clock, so ours shows the same time.
  const server = {
    store: folder === undefined ? memoryServerStore() : openDiskStore(folder),
    clock: memoryClock(new Date()),
    random: seededRandom(),
    gunPrefixes,
  };
  const ours = await listen({
    ...{ port: 0, log: memoryLog() },
    tls: {
      key: readFileSync(authority.serverKey, 'utf8'),
      cert: readFileSync(authority.serverCertificate, 'utf8'),
    },
    answer: (request) => handle(server, request),
  });
  const genuine = await startNotaryServer({ certificates: authority, gunPrefixes });
  const subjects = [ours.port, genuine.port].map((port) => keptConnection(port, ca));
  return {
    compare: async (gun, play) => {
      const shared = new Map<string, unknown>();
      const [mine = [], theirs = []] = await inTurn(subjects, async ({ ask }) => {
        const session = new Session(ask, gun, shared);
        await play(session);
        return session.exchanges;
      });
      return {
        requests: theirs.filter(isRequest).length,
        ours: mine,
        differences: differences(mine, theirs),
      };
    },
    stop: async () => {
      for (const { close } of subjects) close();
      await ours.close(1000);
      await genuine.stop();
    },
  };
}

function isRequest({ asked }: Exchange): boolean {
  return asked !== 'look';
}

async function inTurn<T, R>(items: readonly T[], act: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await act(item));
  return results;
}

function differences(mine: readonly Exchange[], theirs: readonly Exchange[]): readonly Difference[] {
  const none: Exchange = { asked: '', status: 0, headers: {}, body: 'nothing was asked' };
  const all = Array.from({ length: Math.max(mine.length, theirs.length) }, (_, index) => ({
    ours: mine[index] ?? none,
    genuine: theirs[index] ?? none,
  }));
  return all
    .filter(({ ours, genuine }) => text(ours) !== text(genuine))
    .map(({ ours, genuine }) => ({ asked: genuine.asked, ours, genuine }));
}

function text(exchange: Exchange): string {
  return JSON.stringify({ ...exchange, headers: Object.entries(exchange.headers).sort() });
}

/** A difference in one piece of text: what was asked, what ours answers, what the genuine server answers. */
export function told({ asked, ours, genuine }: Difference): string {
  const shown = ({ status, headers, body }: Exchange) =>
    [status, ...Object.values(headers), body.trim()].join(' ').slice(0, 300);
  return `${JSON.stringify(asked)}\n  ours: ${shown(ours)}\n  genuine: ${shown(genuine)}`;
}
