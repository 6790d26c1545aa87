/** Roles that are in the last snapshot and not in the next one, and that no list has either. */

import { beforeEach, describe, expect, it } from 'vitest';
import { publish } from '../../src/client/publish/publish.ts';
import { removeDelegation } from '../../src/client/stage/delegations.ts';
import { update } from '../../src/client/update/update.ts';
import { plainSigner } from '../server/author.ts';
import { fileBy, serveFile } from '../support/forging-server.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { type MemoryServer, memoryServer } from '../support/memory-server.ts';
import { type Person, person } from '../support/person.ts';
import * as team from './collaborators.ts';

let server: MemoryServer;
let owner: Person;
let reader: Person;

beforeEach(async () => {
  const clock = memoryClock();
  server = memoryServer({ clock });
  [owner, reader] = [person(server, clock), person(server, clock)];
  await publish(owner);
  await team.shareSnapshot(owner);
  await team.delegate(owner, 'targets/releases', [await team.delegationKey(owner)]);
  await publish(owner);
  await team.publishTarget(owner, 'v1', 'targets/releases');
  await team.publishTarget(owner, 'v0');
});

const warnings = () => reader.log.messages('warn');
const orphan = 'targets/releases/former';

describe('a role that goes', () => {
  it('was left in the snapshot when its entry was removed, as Notary 0.7.0 does: readers go on without a word', async () => {
    await serveFile(server, owner.gun, orphan, fileBy({ version: 1 }, plainSigner()));
    await update(reader);
    expect(reader.cache.files.has('snapshot')).toBe(true);
    await serveFile(server, owner.gun, orphan, undefined);
    await update(reader);
    expect(await team.listing(reader)).toEqual(['v0: targets', 'v1: targets/releases']);
    expect(warnings()).toEqual([]);
  });

  it('is removed by its owner: readers go on without a word', async () => {
    await update(reader);
    await removeDelegation(owner, {
      ...{ role: 'targets/releases', keyIds: [], paths: [], allPaths: false, whole: true },
    });
    await publish(owner);
    expect(await team.listing(reader)).toEqual(['v0: targets']);
    expect(warnings()).toEqual([]);
  });

  it('is still in the list of its parent, which is what it was: readers refuse', async () => {
    await update(reader);
    await serveFile(server, owner.gun, 'targets/releases', undefined);
    await expect(update(reader)).rejects.toMatchObject({ code: 'CHECKSUM_MISSING' });
  });
});
