/** Our server and the genuine one, both new and empty, asked the same over HTTPS. */

import { readFileSync } from 'node:fs';
import { memoryServerStore } from '../../src/server/memory-store.ts';
import { certificates } from '../support/genuine/certificates.ts';
import { startNotaryServer } from '../support/genuine/notary-server.ts';
import { memoryClock, seededRandom } from '../support/memory-ports.ts';
import { serveHttps } from '../support/memory-server-https.ts';
import { httpsSubject } from './over-https.ts';
import { type Exchange, Session } from './session.ts';

/** What the two answered differently. */
export interface Difference {
  readonly asked: string;
  readonly ours: Exchange | undefined;
  readonly genuine: Exchange | undefined;
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

/** Needs notary-server and openssl on this machine. */
export async function startPair(): Promise<Pair> {
  const authority = await certificates();
  const ca = readFileSync(authority.caCertificate);
  // Certificates are judged by the genuine server's clock, so ours shows the same time.
  const server = { store: memoryServerStore(), clock: memoryClock(new Date()), random: seededRandom() };
  const ours = await serveHttps(server, authority);
  const genuine = await startNotaryServer({ certificates: authority });
  const subjects = [ours.url, genuine.url].map((url) => httpsSubject(Number(new URL(url).port), ca));
  return {
    compare: async (gun, play) => {
      const shared = new Map<string, unknown>();
      const [mine = [], theirs = []] = await inTurn(subjects, async ({ ask }) => {
        const session = new Session(ask, gun, shared);
        await play(session);
        return session.exchanges;
      });
      return { requests: theirs.filter(isRequest).length, ours: mine, differences: differences(mine, theirs) };
    },
    stop: async () => {
      for (const { close } of subjects) close();
      await ours.stop();
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
  const all = Array.from({ length: Math.max(mine.length, theirs.length) }, (_, index) => ({
    ours: mine[index],
    genuine: theirs[index],
  }));
  return all
    .filter(({ ours, genuine }) => JSON.stringify(sorted(ours)) !== JSON.stringify(sorted(genuine)))
    .map(({ ours, genuine }) => ({ asked: genuine?.asked ?? ours?.asked ?? '', ours, genuine }));
}

function sorted(exchange: Exchange | undefined) {
  return exchange && { ...exchange, headers: Object.entries(exchange.headers).sort() };
}
