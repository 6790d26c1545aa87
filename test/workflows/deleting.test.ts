/** Collections that are forgotten here, or on the server as well. Private keys stay in any case. */

import { beforeEach, describe, expect, it } from 'vitest';
import { deleteTrustData } from '../../src/client/delete/delete-trust-data.ts';
import { update } from '../../src/client/update/update.ts';
import { type Actor, actor } from '../support/actor.ts';
import * as team from '../support/collaborators.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { type MemoryServer, memoryServer } from '../support/memory-server.ts';

let server: MemoryServer;
let owner: Actor;
let reader: Actor;

beforeEach(async () => {
  const clock = memoryClock();
  server = memoryServer({ clock });
  owner = actor(server, clock);
  reader = actor(server, clock);
  await team.publishTarget(owner, 'v1');
  await update(owner);
  await team.stageTarget(owner, 'v2');
});

const here = () => [owner.cache.files.size, owner.changelist.changes.size];

describe('G21 delete', () => {
  it('delete forgets metadata and staged changes here, and asks no server', async () => {
    const keys = await owner.cryptoService.list();
    server.offline = true;
    await deleteTrustData(owner, { remote: false });
    expect(here()).toEqual([0, 0]);
    expect(await owner.cryptoService.list()).toEqual(keys);
    server.offline = false;
    expect(await team.listing(owner)).toEqual(['v1: targets']);
  });

  it('delete forgets the collection on the server as well, for every reader without a cache', async () => {
    const keys = await owner.cryptoService.list();
    await update(reader);
    await deleteTrustData(owner, { remote: true });
    expect(here()).toEqual([0, 0]);
    expect(await owner.cryptoService.list()).toEqual(keys);
    await expect(team.listing(owner)).rejects.toMatchObject({ code: 'REPOSITORY_NOT_EXIST' });
    expect(await team.listing(reader)).toEqual(['v1: targets']);
  });

  it('delete of what is not there succeeds, again and again', async () => {
    for (let turn = 0; turn < 2; turn++) await deleteTrustData(owner, { remote: true });
    expect(here()).toEqual([0, 0]);
  });

  it('delete makes room for a new collection of the same name', async () => {
    await update(reader);
    await deleteTrustData(owner, { remote: true });
    await team.publishTarget(owner, 'new');
    expect(await team.listing(owner)).toEqual(['new: targets']);
    // Whoever knew the old one must be told to forget it.
    await expect(update(reader)).rejects.toMatchObject({ code: 'ROOT_ROTATION' });
    await deleteTrustData(reader, { remote: false });
    expect(await team.listing(reader)).toEqual(['new: targets']);
  });

  for (const status of [401, 403, 503]) {
    it(`delete leaves everything as it is when the server refuses (${status})`, async () => {
      const before = here();
      server.override({ method: 'DELETE', path: '/_trust/tuf/', status });
      await expect(deleteTrustData(owner, { remote: true })).rejects.toThrow();
      expect(here()).toEqual(before);
    });
  }

  it('delete leaves everything as it is when there is no server', async () => {
    const before = here();
    server.offline = true;
    await expect(deleteTrustData(owner, { remote: true })).rejects.toMatchObject({ code: 'NETWORK' });
    expect(here()).toEqual(before);
  });
});
