/** Revocations whose upload meets a fault, or that run against a server that lies. */

import { beforeEach, describe, expect, it } from 'vitest';
import { NotaryError } from '../../../src/errors.ts';
import type { HttpClient } from '../../../src/ports/http.ts';
import type { Actor } from '../../support/actor.ts';
import { fileBy, serveFile } from '../../support/forging-server.ts';
import { forkOf, talkingTo } from '../../support/forked-server.ts';
import type { MemoryServer } from '../../support/memory-server.ts';
import { failureOf, outcomeOf } from '../../support/refusal.ts';
import { uploadFaults } from './faults.ts';
import {
  changeTag,
  gun,
  inReleases,
  own,
  type RevocationWorld,
  releases,
  revocationWorld,
} from './revocation-world.ts';

let world: RevocationWorld;
beforeEach(async () => {
  world = await revocationWorld();
});

describe('G37 a revocation on a server that lies', () => {
  /** Answers as the one until it has taken an upload and so many more requests, then as the other. */
  const turning = (first: MemoryServer, later: MemoryServer, after: number): HttpClient => {
    let left = Number.POSITIVE_INFINITY;
    return {
      close: async () => undefined,
      send: async (request) => {
        const answer = await (left > 0 ? first : later).http.send(request);
        left--;
        if (request.method === 'POST' && answer.status === 200) left = after;
        return answer;
      },
    };
  };

  it.each(Array.from({ length: 14 }, (_, requests) => requests))(
    'a revocation is not reported as done by a server that goes back to the old state %i requests after the upload, unless it was proved before',
    async (requests) => {
      const old = await forkOf(world.server, gun, [releases, own]);
      const front = turning(world.server, old, requests);
      const failure = await outcomeOf(
        world.revokeBob({
          wanted: { lost: 'drop' },
          as: (who) => talkingTo(who, { http: front, url: world.server.url }),
        }),
      );
      if (requests < 6) expect(failure).toMatchObject({ code: 'PUBLISH_UNVERIFIED' });
      if (failure === undefined) expect(await world.rolesOfBob()).toEqual([]);
      else expect(failure.code).toBe('PUBLISH_UNVERIFIED');
    },
  );

  it('a revocation is not reported as done by a server that answers 200 and has taken nothing', async () => {
    world.server.override({ method: 'POST', path: /tuf\/$/, status: 200 });
    const failure = await failureOf(world.revokeBob({ wanted: { lost: 'drop' } }));
    expect(failure).toMatchObject({ code: 'PUBLISH_UNVERIFIED' });
    expect(await world.rolesOfBob()).toEqual([releases, own]);
  });

  it('a revocation is not reported as done by a server that shows an older file of a role, with other tags', async () => {
    await changeTag(world.alice, 'v1', releases);
    const old = await world.server.server.store.byVersion(gun, releases, 2);
    if (old === undefined) throw new Error('there is no older file');
    const failure = await failureOf(
      world.revokeBob({
        wanted: inReleases,
        afterUpload: () => serveFile(world.server, gun, releases, { bytes: old.bytes, version: 99 }),
      }),
    );
    expect(failure).toMatchObject({ code: 'PUBLISH_UNVERIFIED', details: { role: releases } });
  });

  it('a revocation is not reported as done by a server that shows a file of the revoked key', async () => {
    const failure = await failureOf(
      world.revokeBob({
        wanted: inReleases,
        afterUpload: async () => {
          const forged = fileBy({ version: 50 }, world.keyOfBob);
          await serveFile(world.server, gun, releases, forged);
        },
      }),
    );
    expect(failure).toMatchObject({ code: 'PUBLISH_UNVERIFIED', details: { targets: ['v1', 'v2'] } });
  });

  it('a revocation is not reported as done by a server that leaves the role out of the snapshot', async () => {
    const failure = await failureOf(
      world.revokeBob({
        wanted: inReleases,
        afterUpload: () => serveFile(world.server, gun, releases, undefined),
      }),
    );
    expect(failure).toMatchObject({ code: 'PUBLISH_UNVERIFIED', details: { targets: ['v1', 'v2'] } });
  });

  it('a revocation is not reported as done when nothing can be read after the upload', async () => {
    const failure = await failureOf(
      world.revokeBob({
        wanted: { lost: 'drop' },
        afterUpload: async () => {
          world.server.offline = true;
        },
      }),
    );
    world.server.offline = false;
    expect(failure).toMatchObject({ code: 'PUBLISH_UNVERIFIED', details: { reason: 'NETWORK' } });
    expect(await world.rolesOfBob()).toEqual([]);
  });
});

describe('G18 a revocation whose upload meets a fault', () => {
  /** The owner, for whom the first upload goes wrong in this way. */
  const meeting = (fault: (typeof uploadFaults)[number]) => (who: Actor) => {
    let met = false;
    const send: HttpClient['send'] = async (request) => {
      const upload = () => world.server.http.send(request);
      if (met || request.method !== 'POST' || !request.url.endsWith('/tuf/')) return upload();
      met = true;
      return fault.meet(upload);
    };
    return talkingTo(who, { http: { send, close: async () => undefined }, url: world.server.url });
  };

  it.each(uploadFaults.map((fault) => [fault.name, fault] as const))(
    'a revocation is done or has changed nothing, and is done by the same command, after %s',
    async (_, fault) => {
      const before = await world.seen();
      const failure = await outcomeOf(world.revokeBob({ wanted: { lost: 'drop' }, as: meeting(fault) }));
      expect(await world.rolesOfBob()).toEqual(fault.taken || failure === undefined ? [] : [releases, own]);
      if (failure !== undefined) await world.revokeBob({ wanted: { lost: 'drop' } });
      expect(await world.rolesOfBob()).toEqual([]);
      const after = await world.seen();
      for (const [line, hash] of before)
        expect(after.get(line), line).toBe(line.startsWith(own) ? undefined : hash);
    },
  );

  it('a revocation whose connection breaks after the upload was taken is proved all the same', async () => {
    const fault: (typeof uploadFaults)[number] = {
      ...{ name: 'lost', taken: true },
      meet: async (upload) => {
        await upload();
        throw new NotaryError('NETWORK', 'connection reset');
      },
    };
    const { proof } = await world.revokeBob({ wanted: { lost: 'drop' }, as: meeting(fault) });
    expect(proof.kept).toBe(3);
  });
});
