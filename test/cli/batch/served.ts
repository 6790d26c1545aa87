/** A Notary server of this process on a loopback port, and a person's home that points to it. */

import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { handle } from '../../../src/server/http/handle-request.ts';
import type { NotaryServer } from '../../../src/server/server.ts';
import { memoryServerStore } from '../../../src/server/store/memory-store.ts';
import { listen } from '../../support/genuine/servers.ts';
import { memoryClock, seededRandom } from '../../support/memory-ports.ts';
import { type Setting, scratchHome } from '../../support/memory-system.ts';

/** What becomes of a request in place of its honest answer. */
export type Misdeed = (gun: string, connection: Socket) => 'honest' | 'done';

export interface Served {
  readonly home: ReturnType<typeof scratchHome>;
  /** Base URL of the server. */
  readonly url: string;
  /** Method and path of every request, in the order of arrival. */
  readonly requests: readonly string[];
  readonly connections: () => number;
  /** Bytes of all answers so far, without their headers. */
  readonly sent: () => number;
  /** Lets time go by, for the person and for the server. */
  passTime(milliseconds: number): void;
  misdeed: Misdeed | undefined;
  /** Writes a list of repositories, called `list`. */
  list(guns: readonly string[]): void;
  /** Runs a command that must succeed; returns its standard output. */
  readonly must: (words: readonly string[], setting?: Setting) => Promise<string>;
  stop(): Promise<void>;
}

export const passphrases = {
  NOTARY_ROOT_PASSPHRASE: 'root-passphrase',
  NOTARY_TARGETS_PASSPHRASE: 'targets-passphrase',
  NOTARY_SNAPSHOT_PASSPHRASE: 'snapshot-passphrase',
  NOTARY_DELEGATION_PASSPHRASE: 'delegation-passphrase',
};

/** @param seed of the keys that the server makes */
export async function serve(seed = 'server'): Promise<Served> {
  const home = scratchHome();
  const clock = memoryClock();
  const server: NotaryServer = {
    ...{ store: memoryServerStore(), clock, random: seededRandom(seed), gunPrefixes: [] },
  };
  const requests: string[] = [];
  let connections = 0;
  let sent = 0;
  const http = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url: path = '' } = incoming;
      requests.push(`${method} ${path}`);
      const headers = Object.fromEntries(
        Object.entries(incoming.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
      );
      const gun = /^\/v2\/(.*)\/_trust\//.exec(path)?.[1] ?? '';
      void (async () => {
        if (served.misdeed?.(gun, incoming.socket) === 'done') return;
        const reply = await handle(server, { method, path, headers, body: Buffer.concat(chunks) });
        sent += Buffer.byteLength(reply.body);
        outgoing.writeHead(reply.status, reply.headers).end(reply.body);
      })();
    });
  });
  http.on('connection', () => connections++);
  const { port, stop } = await listen(http);
  const url = `http://localhost:${port}`;
  const config = { remote_server: { url } };
  const { status } = await home.run(['status', 'x']);
  if (status !== 0) throw new Error('no home');
  writeFileSync(join(home.folder, '.notary/config.json'), JSON.stringify(config));
  const served: Served = {
    ...{ home, url, requests, connections: () => connections, sent: () => sent, misdeed: undefined },
    passTime(milliseconds) {
      clock.advance(milliseconds);
      home.clock.advance(milliseconds);
    },
    list: (guns) => writeFileSync(join(home.folder, 'list'), guns.map((gun) => `${gun}\n`).join('')),
    async must(words, setting = { env: passphrases }) {
      const run = await home.run(words, setting);
      if (run.status !== 0) throw new Error(`${words.join(' ')}: ${run.stdout}${run.stderr}`);
      return run.stdout;
    },
    async stop() {
      await stop();
      home.remove();
    },
  };
  return served;
}
