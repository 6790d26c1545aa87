/** Answers that are not 200, for every file: refused, or bridged by a cache that is still good. Nothing is followed. */

import { describe, expect, it } from 'vitest';
import { update } from '../../src/client/update/update.ts';
import type { ErrorCode } from '../../src/error-codes.ts';
import {
  attempt,
  expectCacheSound,
  expectClear,
  expectHonestAgain,
  type Fault,
  honestly,
  type Knowledge,
  seenBy,
  somebody,
  world,
} from './world.ts';

const codes = new Map<number, ErrorCode>([
  [400, 'INVALID_OPERATION'],
  [401, 'UNAUTHORIZED'],
  [404, 'METADATA_NOT_FOUND'],
]);
const statuses = [
  ...[201, 202, 204, 206, 300, 301, 302, 304, 307, 308],
  ...[400, 401, 403, 404, 405, 408, 410, 413, 416, 429, 451],
  ...[500, 501, 502, 503, 504, 507, 520, 599],
];
const codeOf = (status: number): ErrorCode => codes.get(status) ?? 'SERVER_UNAVAILABLE';
const fileCode = (status: number, role: string): ErrorCode =>
  role === 'root' && status === 404 ? 'REPOSITORY_NOT_EXIST' : codeOf(status);

/** The honest file under another status, with a way to it in the header. */
const answering =
  (status: number, role: string): Fault =>
  (resource, honest) =>
    resource === role
      ? {
          status,
          body: honest ?? new Uint8Array(),
          headers: { location: `https://notary.test/v2/${world.gun}/_trust/tuf/${role}.json` },
        }
      : undefined;

const usingCache = /^Error while downloading remote metadata, using cached timestamp/;
const whyCache = /^the server did not give the timestamp of .*, so that only what is known here/;

describe('G2 a status that is not 200', () => {
  for (const status of statuses) {
    for (const role of ['root', 'timestamp', 'snapshot', 'targets', 'targets/a']) {
      const code = fileCode(status, role);
      const hard: readonly Knowledge[] =
        role === 'timestamp' && code !== 'INVALID_OPERATION' ? ['no cache'] : ['no cache', 'a stale cache'];

      it.each(hard)(`the status ${status} for ${role} is a refusal with %s: ${code}`, async (knowledge) => {
        const one = somebody(knowledge, answering(status, role));
        const held = new Map(one.who.cache.files);
        const outcome = await attempt(one, 'read');
        if ('seen' in outcome) throw new Error('believed');
        expect(outcome.error.code).toBe(code);
        expectClear(outcome.error, role === 'root' ? undefined : role);
        expectCacheSound(one.who, held, knowledge === 'no cache' ? undefined : role);
        // Once for the first try, once with the newest root; by who knows nothing yet once ahead of both.
        const most = knowledge === 'no cache' && ['snapshot', 'targets'].includes(role) ? 3 : 2;
        expect(one.server.asked.filter((resource) => resource === role).length).toBeLessThanOrEqual(most);
        await expectHonestAgain(one);
      });
    }

    const code = codeOf(status);
    if (code === 'INVALID_OPERATION') continue;

    it.each(['a fresh cache', 'a stale cache'] as const)(
      `the status ${status} for the timestamp is bridged by %s, with a warning`,
      async (knowledge) => {
        const one = somebody(knowledge, answering(status, 'timestamp'));
        const held = new Map(one.who.cache.files);
        const seen = seenBy(await update(one.who));
        const known = somebody('a fresh cache', undefined, world.before);
        for (const [role, bytes] of held) known.who.cache.files.set(role, bytes);
        known.server.files = knowledge === 'a fresh cache' ? world.files : world.before;
        expect(seen).toBe(seenBy(await update(known.who)));
        expect(one.who.log.messages('warn')).toEqual([
          expect.stringMatching(usingCache),
          expect.stringMatching(whyCache),
        ]);
        expect(one.who.cache.files).toEqual(held);
        await expectHonestAgain(one);
      },
    );

    // Without a root on the server the collection counts as one that is not published yet.
    it.each(status === 404 ? [] : ['for the root'])(
      `the status ${status} %s keeps every client from publishing`,
      async () => {
        const one = somebody('a fresh cache', answering(status, 'root'));
        const outcome = await attempt(one, 'publish');
        if ('seen' in outcome) throw new Error('uploaded');
        expect(outcome.error.code).toBe(code);
        expect(one.who.changelist.changes.size).toBe(1);
        await expectHonestAgain(one);
      },
    );

    it(`the status ${status} for files that are cached is not noticed`, async () => {
      for (const role of ['root', 'snapshot', 'targets', 'targets/a']) {
        const outcome = await attempt(somebody('a fresh cache', answering(status, role)), 'read');
        expect(outcome).toEqual({ seen: await honestly('a fresh cache', 'read') });
      }
    });
  }
});
