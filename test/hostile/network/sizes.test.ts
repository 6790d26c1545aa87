/** How much is read, of which answer, and what that costs. */

import { readFileSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { httpRemoteStore } from '../../../src/adapters/http/notary/remote-store.ts';
import { GatheredBody } from '../../../src/adapters/http/transport/body-buffer.ts';
import { listTargets } from '../../../src/client/read/list-targets.ts';
import type { HttpClient, HttpRequest } from '../../../src/ports/http.ts';
import { actor } from '../../support/actor.ts';
import { certificates } from '../../support/genuine/certificates.ts';
import { run } from '../../support/genuine/programs.ts';
import { makeScratch, removeScratch } from '../../support/genuine/scratch.ts';
import { startServer, type TestServer } from '../../support/http-rig.ts';
import { memoryClock } from '../../support/memory-ports.ts';
import { memoryServer } from '../../support/memory-server.ts';
import { gun } from './bad-server.ts';

const mebi = 1024 * 1024;

describe('G3 the most that is read', () => {
  /** The limits of the requests that reading a collection for the first time makes. */
  const limitsOf = async (): Promise<Map<string, number>> => {
    const clock = memoryClock();
    const server = memoryServer({ clock });
    const limits = new Map<string, number>();
    const http: HttpClient = {
      send: (request) => {
        limits.set(request.url.replace(/.*\/|\.json$/g, ''), request.limit);
        return server.http.send(request);
      },
      close: async () => undefined,
    };
    const reader = actor({ http, url: server.url }, clock, gun);
    await listTargets(reader, { roles: [] }).catch(() => undefined);
    return limits;
  };

  it('the most that is read is 1 MiB of a timestamp, and 100 MiB of a first root and of what is asked for ahead', async () => {
    const limits = await limitsOf();
    expect(Object.fromEntries(limits)).toEqual({
      timestamp: mebi,
      root: 100 * mebi,
      snapshot: 100 * mebi,
      targets: 100 * mebi,
    });
  });

  it.each([1, 1000, 100 * mebi, 100 * mebi + 1, 9_000_000_000, Number.MAX_SAFE_INTEGER])(
    'the most that is read is never more than 100 MiB of a file that is said to have %i bytes',
    async (length) => {
      const asked: HttpRequest[] = [];
      const http: HttpClient = {
        send: async (request) => {
          asked.push(request);
          return { status: 200, headers: {}, body: new Uint8Array() };
        },
        close: async () => undefined,
      };
      await httpRemoteStore(http, 'https://x.test', gun).get('snapshot', length);
      expect(asked[0]?.limit).toBe(Math.min(length, 100 * mebi));
    },
  );

  it('the body of an answer is copied out of the buffers that it came in', () => {
    const buffer = Buffer.alloc(65_536, 'a');
    const body = new GatheredBody();
    for (let at = 0; at < 10; at++) body.add(buffer.subarray(at, at + 1));
    buffer.fill('b');
    expect(Buffer.from(body.bytes()).toString()).toBe('aaaaaaaaaa');
    expect(body.bytes().buffer.byteLength).toBeLessThan(buffer.length);
    body.add(Buffer.alloc(100_000, 'c'));
    expect(Buffer.from(body.bytes()).toString()).toBe(`aaaaaaaaaa${'c'.repeat(100_000)}`);
    expect(new GatheredBody().bytes()).toHaveLength(0);
  });
});

describe('G3 a process that reads an answer', () => {
  let home: string;
  let probe: string;
  const running: TestServer[] = [];
  beforeAll(() => {
    home = makeScratch();
    probe = join(home, 'probe.cjs');
    // Notes the most memory that a process ever had when it ends.
    writeFileSync(
      probe,
      `process.on('exit', () => {
         require('fs').writeFileSync(process.env.MEMORY_NOTE, String(process.resourceUsage().maxRSS));
       });`,
    );
  });
  afterEach(() => Promise.all(running.splice(0).map((server) => server.stop())));
  afterAll(() => removeScratch(home));

  /** Lists a collection whose root is sent by the function; memory in KiB. */
  const list = async (root: (response: ServerResponse) => void) => {
    const server = await startServer((request, response) => {
      if (request.url === '/v2/') response.end('{}');
      else if (request.url?.endsWith('/root.json') === true) root(response);
      else response.writeHead(404).end();
    });
    running.push(server);
    const note = join(home, 'memory');
    const { caCertificate } = await certificates();
    const words = ['-s', server.url, '--tlscacert', caCertificate, 'list', gun];
    const outcome = await run('tsnotary', words, {
      env: { HOME: home, NODE_OPTIONS: `--require ${probe}`, MEMORY_NOTE: note },
    });
    return { ...outcome, kibibytes: Number(readFileSync(note, 'utf8')) };
  };
  const forEver = (piece: Buffer) => (response: ServerResponse) => {
    const more = (): void => {
      while (!response.destroyed && response.write(piece));
    };
    response.on('drain', more);
    more();
  };

  it.each<[string, (response: ServerResponse) => void, string]>([
    ['without end', forEver(Buffer.alloc(mebi, 0x20)), 'trust server returned a bad response.'],
    [
      'of many small objects',
      (response) => response.end(`{"signed":[${'{},'.repeat(5_000_000)}{}]}`),
      'more values than there is memory for',
    ],
    [
      'of 90 MiB',
      (response) => response.end(Buffer.alloc(90 * mebi, 0x20)),
      `metadata of ${90 * mebi} bytes is too large to be read`,
    ],
    [
      'nested without end',
      (response) => response.end('{"signed":'.repeat(1_500_000)),
      'nested deeper than 64 levels',
    ],
  ])('a process that reads an answer %s fails and stays below 600 MiB', async (_, root, message) => {
    const { status, stdout, stderr, kibibytes } = await list(root);
    expect([status, stdout]).toEqual([1, `\n* fatal: ${message}\n`]);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(kibibytes).toBeGreaterThan(10_000);
    expect(kibibytes).toBeLessThan(600 * 1024);
  });
});
