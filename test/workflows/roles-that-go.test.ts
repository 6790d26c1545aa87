/** Roles that are in the last snapshot and not in the next one, and that no list has either. */

import { beforeEach, describe, expect, it } from 'vitest';
import { publish } from '../../src/client/publish/publish.ts';
import { removeDelegation } from '../../src/client/stage/delegations.ts';
import { update } from '../../src/client/update/update.ts';
import { type Actor, actor } from '../support/actor.ts';
import * as team from '../support/collaborators.ts';
import { fileBy, serveFile } from '../support/forging-server.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { type MemoryServer, memoryServer } from '../support/memory-server.ts';
import { plainSigner } from '../support/metadata-author.ts';

let server: MemoryServer;
let owner: Actor;
let reader: Actor;

beforeEach(async () => {
  const clock = memoryClock();
  server = memoryServer({ clock });
  [owner, reader] = [actor(server, clock), actor(server, clock)];
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
  it('a role that went with its entry in the list but stayed in the snapshot, as Notary 0.7.0 has it, lets readers go on without a warning', async () => {
    await serveFile(server, owner.gun, orphan, fileBy({ version: 1 }, plainSigner()));
    await update(reader);
    expect(reader.cache.files.has('snapshot')).toBe(true);
    await serveFile(server, owner.gun, orphan, undefined);
    await update(reader);
    expect(await team.listing(reader)).toEqual(['v0: targets', 'v1: targets/releases']);
    expect(warnings()).toEqual([]);
  });

  it('a role that its owner removed lets readers go on without a warning', async () => {
    await update(reader);
    await removeDelegation(owner, {
      ...{ role: 'targets/releases', keyIds: [], paths: [], allPaths: false, whole: true },
    });
    await publish(owner);
    expect(await team.listing(reader)).toEqual(['v0: targets']);
    expect(warnings()).toEqual([]);
  });

  it('a role that is still in the list of its parent, which is what it was, makes readers refuse', async () => {
    await update(reader);
    await serveFile(server, owner.gun, 'targets/releases', undefined);
    await expect(update(reader)).rejects.toMatchObject({ code: 'CHECKSUM_MISSING' });
  });
});
