/** Sound answers with a few bytes changed, cut, repeated or swapped, in pieces of any size. */

import { createServer } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isNotaryError } from '../../../src/errors.ts';
import { listen } from '../../support/genuine/servers.ts';
import { answer, get, testClient } from '../../support/http-rig.ts';

const sound: readonly string[] = [
  answer('{"a":1}'),
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}',
  'HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}',
  'HTTP/1.0 200 OK\r\nKeep-Alive: timeout=5\r\n\r\nbody',
  'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer realm="https://x/",service="s"\r\nContent-Length: 0\r\n\r\n',
];

const splice = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.nat(6),
  put: fc.oneof(
    fc.constantFrom(
      '',
      '\r\n',
      '\0',
      ' ',
      ':',
      '0',
      '-1',
      'ffffffff',
      'HTTP/1.1 200 OK\r\n\r\n',
      '\r\n\r\n',
      ';',
      '100',
    ),
    fc.string({ unit: 'binary-ascii', maxLength: 4 }),
  ),
});

const plan = fc.record({
  parts: fc.array(fc.constantFrom(...sound), { minLength: 1, maxLength: 3 }),
  splices: fc.array(splice, { maxLength: 4 }),
  pieces: fc.integer({ min: 1, max: 4 }),
});

function bytesOf(
  parts: readonly string[],
  splices: readonly { at: number; cut: number; put: string }[],
): Buffer {
  const text = splices.reduce((whole, { at, cut, put }) => {
    const place = Math.floor(at * whole.length);
    return whole.slice(0, place) + put + whole.slice(place + cut);
  }, parts.join(''));
  return Buffer.from(text, 'latin1');
}

describe('G3 random answers', () => {
  const seed = Number(process.env['TSNOTARY_ANSWERS_SEED'] ?? 20_261_122);
  const numRuns = Number(process.env['TSNOTARY_ANSWERS_RUNS'] ?? 400);
  let bytes: Buffer = Buffer.alloc(0);
  let pieces = 1;
  let url = '';
  let stop: () => Promise<void>;

  beforeAll(async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        const size = Math.max(1, Math.ceil(bytes.length / pieces));
        const send = (at: number): void => {
          if (at >= bytes.length) socket.end();
          else socket.write(bytes.subarray(at, at + size), () => setImmediate(send, at + size));
        };
        send(0);
      });
    });
    const listening = await listen(server);
    url = `http://127.0.0.1:${listening.port}`;
    stop = listening.stop;
  });
  afterAll(() => stop());

  it('random answers are answers or reported failures, and never more', async () => {
    await fc.assert(
      fc.asyncProperty(plan, async ({ parts, splices, pieces: count }) => {
        bytes = bytesOf(parts, splices);
        pieces = count;
        const http = await testClient({ limits: { headers: 2000, idle: 2000 } });
        const settled = await Promise.allSettled([
          http.send(get(`${url}/1`)),
          http.send(get(`${url}/2`)),
          http.send({ method: 'POST', url: `${url}/3`, body: Buffer.from('x'), limit: 100 }),
        ]);
        await http.close();
        for (const one of settled) {
          if (one.status === 'fulfilled') continue;
          expect(isNotaryError(one.reason, 'NETWORK', 'MALICIOUS_SERVER'), String(one.reason)).toBe(true);
          expect((one.reason as Error).message).not.toMatch(/\p{Cc}|assert|undefined/u);
        }
      }),
      { seed, numRuns },
    );
  });
});
