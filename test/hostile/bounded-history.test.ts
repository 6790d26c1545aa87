/** A server that sends as much as it is let when earlier versions are asked for. */

import { describe, expect, it } from 'vitest';
import { httpRemoteStore } from '../../src/adapters/http/notary/remote-store.ts';
import { BoundedHistory } from '../../src/client/history/history-limit.ts';
import { publish } from '../../src/client/publish/publish.ts';
import { update } from '../../src/client/update/update.ts';
import { isNotaryError, NotaryError } from '../../src/errors.ts';
import type { HttpClient } from '../../src/ports/http.ts';
import { actor } from '../support/actor.ts';
import { delegate, delegationKey, listing, publishTarget, shareSnapshot } from '../support/collaborators.ts';
import { fileBy, serveFile } from '../support/forging-server.ts';
import { freshServer } from '../support/fresh-server.ts';

import { plainSigner } from '../support/metadata-author.ts';

const mebi = 2 ** 20;
const role = 'targets/dev';

const tooLong = () => new NotaryError('MALICIOUS_SERVER', 'trust server returned a bad response.');

describe('G34 earlier versions without end', () => {
  it('earlier versions without end take no more than 256 MiB of one publish, which finds its base all the same', async () => {
    const { clock, server, owner } = freshServer();
    const bob = actor(server, clock);
    await publish(owner);
    await shareSnapshot(owner);
    await delegate(owner, role, [await delegationKey(bob)]);
    await publish(owner);
    await publishTarget(bob, 'first', role);
    await update(bob);
    for (let turn = 0; turn < 6; turn++) await publishTarget(owner, `t${turn}`);
    await serveFile(server, bob.gun, role, fileBy({ version: 900 }, plainSigner()));
    let bytes = 0;
    const http: HttpClient = {
      ...server.http,
      send: async (request) => {
        if (!/tuf\/\d+\.targets/.test(request.url)) return server.http.send(request);
        bytes += request.limit;
        throw tooLong();
      },
    };
    await publishTarget({ ...bob, remote: httpRemoteStore(http, server.url, bob.gun) }, 'second', role);
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(256 * mebi);
    expect(await listing(bob, role)).toEqual(
      expect.arrayContaining(['first: targets/dev', 'second: targets/dev']),
    );
  });

  it('earlier versions without end are read up to four times the present one and 1 MiB, for one role and for all together', async () => {
    const asked: number[] = [];
    const get = async (_: string, limit: number) => {
      asked.push(limit);
      throw tooLong();
    };
    const history = new BoundedHistory({ get }, { perRole: 10 * mebi, together: 15 * mebi });
    for (const one of [history.of(mebi / 4), history.of(mebi / 4)]) {
      for (let turn = 0; turn < 10; turn++) {
        await expect(one.get(`${turn}.targets`, 64 * mebi)).rejects.toMatchObject({
          code: 'MALICIOUS_SERVER',
        });
      }
    }
    expect(asked).toEqual([...Array<number>(5).fill(2 * mebi), 2 * mebi, 2 * mebi, mebi]);
  });

  it('earlier versions are paid for by their size, so that honest ones of a large file are read, however many at a time', async () => {
    const history = new BoundedHistory(
      { get: async () => Buffer.alloc(mebi) },
      { perRole: 10 * mebi, together: 12 * mebi },
    ).of(2 * mebi);
    const answers = await Promise.all(
      Array.from({ length: 12 }, async (_, version) => {
        try {
          return (await history.get(`${version}.targets`, 64 * mebi)).length;
        } catch (error) {
          return isNotaryError(error) ? error.code : error;
        }
      }),
    );
    expect(answers).toEqual([...Array<number>(10).fill(mebi), 'MALICIOUS_SERVER', 'MALICIOUS_SERVER']);
  });
});
