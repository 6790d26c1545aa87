/** What the genuine client makes of a collection: it reads one from a server that serves files as they are. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Outcome, run } from './programs.ts';
import { makeScratch, removeScratch } from './scratch.ts';

export interface Reading {
  readonly gun: string;
  /** By role; roots of older versions as `1.root`. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Files in the cache of the reader. */
  readonly cached?: ReadonlyMap<string, Uint8Array>;
  /** The section `trust_pinning` of the configuration. */
  readonly pinning?: unknown;
}

export interface Verdict {
  /** The reason of `* fatal:`; undefined when the command went well. */
  readonly fatal: string | undefined;
  readonly outcome: Outcome;
}

export interface GenuineReader {
  /** Runs `notary COMMAND GUN …` with an empty or given cache. */
  read(reading: Reading, command?: readonly string[]): Promise<Verdict>;
  close(): Promise<void>;
}

export async function genuineReader(): Promise<GenuineReader> {
  const folder = makeScratch();
  const collections = new Map<string, ReadonlyMap<string, Uint8Array>>();
  const server = createServer((request, response) => {
    const [, gun = '', resource = ''] = /^\/v2\/(.+)\/_trust\/tuf\/(.+)\.json$/.exec(request.url ?? '') ?? [];
    const bytes = collections.get(gun)?.get(resource.replace(/\.[0-9a-f]{64}$/, ''));
    if (request.url === '/v2/') response.end('{}');
    else if (bytes === undefined) response.writeHead(404).end();
    else response.end(bytes);
  });
  await listening(server);
  const { port } = server.address() as AddressInfo;
  let count = 0;
  return {
    read: async ({ gun, files, cached, pinning }, command = ['list', gun]) => {
      collections.set(gun, files);
      const home = join(folder, String(count++));
      const metadata = join(home, 'trust/tuf', gun, 'metadata');
      for (const [role, bytes] of cached ?? []) {
        mkdirSync(join(metadata, role, '..'), { recursive: true });
        writeFileSync(join(metadata, `${role}.json`), bytes);
      }
      mkdirSync(home, { recursive: true });
      const settings = { trust_dir: join(home, 'trust'), trust_pinning: pinning };
      writeFileSync(join(home, 'config.json'), JSON.stringify(settings));
      const args = ['-s', `http://127.0.0.1:${port}`, '-c', join(home, 'config.json'), ...command];
      const outcome = await run('notary', args, { env: { HOME: home }, cwd: home });
      const fatal = /^\* fatal: (.*)$/m.exec(outcome.stdout)?.[1];
      return { outcome, fatal: outcome.status === 0 ? undefined : (fatal ?? outcome.stderr) };
    },
    close: async () => {
      await new Promise((resolve) => server.close(resolve));
      removeScratch(folder);
    },
  };
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}
