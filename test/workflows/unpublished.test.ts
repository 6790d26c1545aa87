/** What is signed and published out of the cache, where the server has no copy to compare with. */

import { beforeEach, describe, expect, it } from 'vitest';
import { findRootKey } from '../../src/client/initialize/choose-root-key.ts';
import { initialize } from '../../src/client/initialize/initialize.ts';
import { publish } from '../../src/client/publish/publish.ts';
import { equalBytes, utf8 } from '../../src/encoding/bytes.ts';
import { parseEnvelope } from '../../src/metadata/signed.ts';
import { type Actor, actor } from '../support/actor.ts';
import * as team from '../support/collaborators.ts';
import { freshServer } from '../support/fresh-server.ts';

import type { MemoryServer } from '../support/memory-server.ts';

let server: MemoryServer;
let owner: Actor;

beforeEach(async () => {
  ({ server, owner } = freshServer());
  await initialize(owner, await findRootKey(owner, {}));
});

function cached(role: string): Uint8Array {
  const bytes = owner.cache.files.get(role);
  if (bytes === undefined) throw new Error(`${role} is not cached`);
  return bytes;
}

/** Puts other content between the signatures of a cached file. */
function alter(role: string, from: RegExp, to: string): void {
  const before = cached(role);
  const after = utf8(Buffer.from(before).toString().replace(from, to));
  expect(equalBytes(before, after)).toBe(false);
  owner.cache.files.set(role, after);
}

const uploads = () => server.lines().filter((line) => line.startsWith('POST'));

describe('a collection that is published for the first time', () => {
  it('the first publication is not built on a targets file whose content was changed after it was signed', async () => {
    const evil = '{"evil":{"hashes":{"sha256":"uDzr2Iz3NIIw+ZQ1NvLn3sCIXDi1Z8+kG5h2H+8hXZA="},"length":1}}';
    alter('targets', /"targets":\{\}/, `"targets":${evil}`);
    await team.stageTarget(owner, 'v1');
    await expect(publish(owner)).rejects.toMatchObject({
      code: 'ROLE_THRESHOLD',
      details: { role: 'targets', gun: owner.gun, file: owner.cache.location('targets') },
    });
    expect(uploads()).toEqual([]);
    expect(owner.changelist.changes.size).toBe(1);
  });

  it('the first publication is not built on a targets file of another collection of the same owner', async () => {
    const other = actor(server, owner.clock, 'docker.io/alice/other');
    await initialize(other, await findRootKey(other, {}));
    owner.cache.files.set('targets', other.cache.files.get('targets') ?? new Uint8Array());
    await expect(publish(owner)).rejects.toMatchObject({ code: 'ROLE_THRESHOLD' });
    expect(uploads()).toEqual([]);
  });

  it('the first publication is not built on a root file whose content was changed after it was signed', async () => {
    alter('root', /"expires":"20/, '"expires":"21');
    await expect(publish(owner)).rejects.toMatchObject({ details: { file: owner.cache.location('root') } });
    expect(uploads()).toEqual([]);
  });

  it('the first publication makes a new snapshot when the content of the local one was changed after it was signed', async () => {
    alter('snapshot', /"expires":"20/, '"expires":"21');
    await team.publishTarget(owner, 'v1');
    const { signed } = parseEnvelope(await owner.remote.get('snapshot', 1e8));
    expect(signed.get('version')).toBe(1);
    expect(await team.listing(actor(server, owner.clock))).toEqual(['v1: targets']);
  });

  it('the first publication is refused when the snapshot has a version that only a published one has', async () => {
    alter('snapshot', /"version":1([,}])/, '"version":41$1');
    await team.stageTarget(owner, 'v1');
    await expect(publish(owner)).rejects.toMatchObject({ code: 'REPOSITORY_DELETED' });
    expect(uploads()).toEqual([]);
  });
});
