/** A server that has lost files, is broken, or is away: what the cache may stand in for, and what it may not. */

import { beforeEach, describe, expect, it } from 'vitest';
import { offlineStore } from '../../src/adapters/http/notary/offline-store.ts';
import { findTarget } from '../../src/client/read/find-target.ts';
import { update } from '../../src/client/update/update.ts';
import { cautionFor } from '../../src/composition/strictness.ts';
import { NotaryError } from '../../src/errors.ts';
import { type Actor, actor } from '../support/actor.ts';
import { ForgedCollection, forgedGun } from '../support/forged-repository.ts';
import { days, memoryClock } from '../support/memory-ports.ts';

const delegations = ['targets/a', 'targets/a/b', 'targets/b'];
const others = ['snapshot', 'targets', ...delegations];
const usingCache =
  'Error while downloading remote metadata, using cached timestamp - this might not be the latest version available remotely';

const whyCache = /^the server did not give the timestamp of .*, so that only what is known here/;

let collection: ForgedCollection;
let reader: Actor;

beforeEach(() => {
  collection = new ForgedCollection({ delegations });
  reader = actor(collection.server, memoryClock(), forgedGun);
});

for (const { status, code, rootCode } of [
  { status: 404, code: 'METADATA_NOT_FOUND', rootCode: 'REPOSITORY_NOT_EXIST' },
  { status: 503, code: 'SERVER_UNAVAILABLE', rootCode: 'SERVER_UNAVAILABLE' },
  { status: 500, code: 'SERVER_UNAVAILABLE', rootCode: 'SERVER_UNAVAILABLE' },
]) {
  describe(`G2 a server that answers ${status} for one file`, () => {
    for (const checkExists of [false, true]) {
      const purpose = checkExists ? 'for a publication' : 'for reading';

      it(`the answer ${status} for the root is of no use ${purpose} without a cache: ${rootCode}`, async () => {
        collection.server.statuses.set('root', status);
        await expect(update(reader, { checkExists })).rejects.toMatchObject({ code: rootCode });
      });

      it(`the answer ${status} for a root newer than the cached one is of no use ${purpose}: ${rootCode}`, async () => {
        await update(reader);
        collection.raise();
        collection.server.statuses.set('root', status);
        await expect(update(reader, { checkExists })).rejects.toMatchObject({ code: rootCode });
      });
    }

    it(`the answer ${status} for the root keeps every client from publishing, even if nothing is new: ${rootCode}`, async () => {
      await update(reader);
      collection.server.statuses.set('root', status);
      await expect(update(reader, { checkExists: true })).rejects.toMatchObject({ code: rootCode });
    });

    for (const role of ['root', ...others]) {
      it(`the answer ${status} for the cached ${role} makes the reader use the cache`, async () => {
        await update(reader);
        collection.server.statuses.set(role, status);
        await update(reader);
        expect(reader.log.records).toEqual([]);
      });
    }

    for (const role of ['timestamp', ...others]) {
      it(`the answer ${status} for ${role} is of no use without a cache: ${code}`, async () => {
        collection.server.statuses.set(role, status);
        await expect(update(reader)).rejects.toMatchObject({ code });
      });
    }

    for (const role of others) {
      it(`the answer ${status} for a ${role} newer than the cached one is of no use: ${code}`, async () => {
        await update(reader);
        const trusted = reader.cache.files.get(role);
        collection.raise();
        collection.server.statuses.set(role, status);
        await expect(update(reader)).rejects.toMatchObject({ code });
        expect(reader.cache.files.get(role)).toEqual(trusted);
      });
    }

    it(`the answer ${status} for the timestamp makes the reader use the cache with a warning, old as it may be`, async () => {
      const before = await update(reader);
      collection.raise();
      collection.server.statuses.set('timestamp', status);
      const { timestamp } = await update(reader);
      expect(timestamp?.content.version).toBe(before.timestamp?.content.version);
      expect(reader.log.messages('warn')).toEqual([usingCache, expect.stringMatching(whyCache)]);
    });
  });
}

describe('G2 a server that refuses the request for the timestamp', () => {
  it('a reader whom the server asks for a login (401) uses the cache', async () => {
    await update(reader);
    collection.server.statuses.set('timestamp', 401);
    await update(reader);
    expect(reader.log.messages('warn')).toEqual([usingCache, expect.stringMatching(whyCache)]);
  });

  it('a reader whose request the server calls malformed (400) does not use the cache', async () => {
    await update(reader);
    collection.server.statuses.set('timestamp', 400);
    await expect(update(reader)).rejects.toMatchObject({ code: 'INVALID_OPERATION' });
  });
});

describe('G2 a role whose name contains the word root', () => {
  it('a role whose name contains the word root does not make the collection unknown when its file is missing', async () => {
    collection = new ForgedCollection({ delegations: ['targets/rooted'] });
    reader = actor(collection.server, memoryClock(), forgedGun);
    collection.server.statuses.set('targets/rooted', 404);
    await expect(update(reader, { checkExists: true })).rejects.toMatchObject({ code: 'METADATA_NOT_FOUND' });
  });
});

describe('an absent server', () => {
  it('an absent server leaves a reader without cache with nothing: NETWORK', async () => {
    collection.server.offline = true;
    await expect(update(reader)).rejects.toMatchObject({ code: 'NETWORK' });
    await expect(update(reader, { checkExists: true })).rejects.toMatchObject({ code: 'NETWORK' });
  });

  it('an absent server leaves a reader that was never connected with nothing: OFFLINE', async () => {
    const offline = { ...reader, remote: offlineStore };
    await expect(update(offline)).rejects.toMatchObject({
      code: 'OFFLINE',
      message: 'client is offline',
    });
  });

  it('an absent server leaves a reader with a cache with all that is in it', async () => {
    await update(reader);
    collection.server.offline = true;
    expect(await findTarget(reader, 'of targets/a/b')).toMatchObject({ role: 'targets/a/b' });
    const offline = { ...reader, remote: offlineStore };
    expect(await findTarget(offline, 'of targets/b')).toMatchObject({ role: 'targets/b' });
    const [first, why, second, whyAgain] = reader.log.messages('warn');
    expect([first, second]).toEqual([usingCache, usingCache]);
    for (const text of [why, whyAgain]) expect(text).toMatch(whyCache);
    expect(reader.log.records.flatMap(({ code }) => code ?? [])).toEqual(['NETWORK', 'OFFLINE']);
  });

  it('an absent server is a failure with a code for a reader who is strict, whatever is in the cache', async () => {
    await update(reader);
    const strict = { ...reader, caution: cautionFor('all', reader.log) };
    await expect(update({ ...strict, remote: offlineStore })).rejects.toMatchObject({
      ...{ code: 'OFFLINE', details: { gun: reader.gun } },
      message: expect.stringMatching(whyCache) as string,
    });
    collection.server.statuses.set('timestamp', 503);
    await expect(update(strict)).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' });
  });

  it('an absent server keeps every client from publishing, cache or not', async () => {
    await update(reader);
    collection.server.offline = true;
    await expect(update(reader, { checkExists: true })).rejects.toMatchObject({ code: 'NETWORK' });
  });

  it('an absent server does not make a cached timestamp good for longer than it says', async () => {
    const clock = memoryClock();
    reader = actor(collection.server, clock, forgedGun);
    collection.edit('timestamp', ['expires'], '2026-03-15T12:00:00Z');
    await update(reader);
    collection.server.offline = true;
    clock.advance(days(13));
    await update(reader);
    clock.advance(days(2));
    // The expired timestamp asks for a new root, and that is where it ends (Notary 0.7.0).
    await expect(update(reader)).rejects.toMatchObject({ code: 'NETWORK' });
    expect(reader.log.messages('debug')).toContainEqual(expect.stringContaining('timestamp expired at'));
  });
});

describe('a cache that cannot be written', () => {
  /** The reader's ports with a cache that refuses some roles, as on a full disk. */
  function refusing(...roles: readonly string[]): Actor {
    const { cache } = reader;
    const set = async (role: string, bytes: Uint8Array) => {
      if (!roles.includes(role)) return cache.set(role, bytes);
      throw new NotaryError('FILE_UNWRITABLE', `open memory:metadata/${role}.json: no space left on device`);
    };
    return { ...reader, cache: { ...cache, set } };
  }

  const roles = ['root', 'timestamp', 'snapshot', 'targets', ...delegations];

  for (const role of roles) {
    it(`a cache that cannot be written for ${role} takes nothing away from a reader who has nothing`, async () => {
      const { targets } = await update(refusing(role));
      expect([...targets.keys()].sort()).toEqual(['targets', ...delegations]);
      expect([...reader.cache.files.keys()].sort()).toEqual(roles.filter((name) => name !== role).sort());
    });

    it(`a cache that cannot be written for ${role} takes nothing away from a reader who has an older one`, async () => {
      for (const checkExists of [false, true]) {
        await update(reader);
        const before = new Map(reader.cache.files);
        collection.raise();
        const { snapshot } = await update(refusing(role), { checkExists });
        expect(snapshot?.content.version).toBe(collection.version('snapshot'));
        for (const name of roles) {
          const expected = name === role ? before.get(name) : collection.files.get(name);
          expect(reader.cache.files.get(name)).toEqual(expected);
        }
      }
    });
  }

  it('a cache that cannot be written is named in one warning', async () => {
    await update(refusing(...roles));
    expect(reader.log.records).toEqual([
      expect.objectContaining({
        level: 'warn',
        code: 'CACHE_UNWRITABLE',
        message: expect.stringContaining('no space left on device') as string,
      }),
    ]);
  });
});
