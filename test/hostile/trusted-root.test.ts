/** The root that is trusted: no outage, no absence and no second `init` puts another in its place. */

import { beforeEach, describe, expect, it } from 'vitest';
import { findRootKey } from '../../src/client/initialize/choose-root-key.ts';
import { initialize } from '../../src/client/initialize/initialize.ts';
import { publish } from '../../src/client/publish/publish.ts';
import { signingKeys } from '../../src/client/sign/signing-keys.ts';
import type { NotaryError } from '../../src/errors.ts';
import { parseEnvelope } from '../../src/metadata/signed.ts';
import { parseSnapshot } from '../../src/metadata/snapshot.ts';
import { fileMetaOf } from '../../src/tuf/checksums.ts';
import { type Actor, actor } from '../support/actor.ts';
import * as team from '../support/collaborators.ts';
import { freshServer } from '../support/fresh-server.ts';
import type { MemoryClock } from '../support/memory-ports.ts';
import type { MemoryServer } from '../support/memory-server.ts';
import { failureOf } from '../support/refusal.ts';

let clock: MemoryClock;
let server: MemoryServer;
let owner: Actor;

beforeEach(() => {
  ({ clock, server, owner } = freshServer());
});

const init = async (who: Actor = owner) => initialize(who, await findRootKey(who, {}));
const uploads = () => server.lines().filter((line) => line.startsWith('POST')).length;

/** Fails, and leaves keys, cache, staged changes and the server as they are. */
async function expectUntouched(work: () => Promise<unknown>): Promise<NotaryError> {
  const before = {
    files: new Map(owner.cache.files),
    keys: new Map(owner.keyStorage.files),
    changes: new Map(owner.changelist.changes),
    uploads: uploads(),
  };
  const error = await failureOf(work());
  const { cache, keyStorage, changelist } = owner;
  const after = {
    files: cache.files,
    keys: keyStorage.files,
    changes: changelist.changes,
    uploads: uploads(),
  };
  expect(after).toEqual(before);
  return error;
}

describe('G33 init', () => {
  for (const status of [301, 400, 401, 403, 405, 429, 500, 502, 503]) {
    it(`init takes the answer ${status} for the root of a published repository for no absence`, async () => {
      await team.publishTarget(owner, 'v1');
      await team.listing(owner);
      const newcomer = actor(server, clock);
      server.override({ method: 'GET', path: /\/root\.json/, status });
      const error = await failureOf(init(newcomer));
      expect(error.code).not.toBe('METADATA_NOT_FOUND');
      expect(newcomer.cache.files.size + newcomer.keyStorage.files.size).toBe(0);
      await expectUntouched(() => init());
      server.clearOverrides();
      expect(await team.listing(owner)).toEqual(['v1: targets']);
    });
  }

  it('init never overwrites a root that was seen published, also when the server has lost it', async () => {
    await team.publishTarget(owner, 'v1');
    await team.listing(owner);
    for (const lost of [false, true]) {
      if (lost) await owner.remote.deleteAll();
      const error = await expectUntouched(() => init());
      expect(error).toMatchObject({ code: 'REPOSITORY_EXISTS', details: { published: true } });
      expect(error.hint).toContain(`delete ${owner.gun}`);
    }
  });

  it('init never overwrites a root that is not published yet', async () => {
    await init();
    await team.stageTarget(owner, 'v1');
    const error = await expectUntouched(() => init());
    expect(error).toMatchObject({ code: 'REPOSITORY_EXISTS', details: { published: false } });
    expect(error.hint).toContain(`publish ${owner.gun}`);
    await publish(owner);
    expect(await team.listing(actor(server, clock))).toEqual(['v1: targets']);
  });

  it('init begins anew what was cut off before there was a root', async () => {
    await init();
    owner.cache.files.delete('root');
    await init();
    await team.publishTarget(owner, 'v1');
    expect(await team.listing(actor(server, clock))).toEqual(['v1: targets']);
  });
});

describe('G33 a repository that the server has lost', () => {
  const role = 'targets/evil';

  beforeEach(async () => {
    await team.publishTarget(owner, 'v1');
    const evil = actor(server, clock);
    await team.delegate(owner, role, [await team.delegationKey(evil)]);
    await publish(owner);
    await team.listing(owner);
    await owner.remote.deleteAll();
    await team.stageTarget(owner, 'v2');
  });

  for (const [what, without] of [
    ['', []],
    [', though the timestamp is not cached', ['timestamp']],
    [', though nothing but its root and targets is cached', ['timestamp', 'snapshot', role]],
  ] as const) {
    it(`a repository that the server has lost is not made anew out of the cache by publish${what}`, async () => {
      for (const name of without) owner.cache.files.delete(name);
      const error = await expectUntouched(() => publish(owner));
      expect(error).toMatchObject({ code: 'REPOSITORY_DELETED', details: { gun: owner.gun } });
      expect(error.hint).toMatch(new RegExp(`delete ${owner.gun}.*init ${owner.gun}`));
    });
  }

  it('a repository that the server has lost is not made anew by a rotation of a key either', async () => {
    for (const base of ['targets', 'snapshot']) {
      const error = await expectUntouched(() => team.rotate(owner, base));
      expect([base, error.code]).toEqual([base, 'REPOSITORY_DELETED']);
    }
    // The root key that was made for it stays, and is named.
    await expect(team.rotate(owner, 'root')).rejects.toMatchObject({ code: 'REPOSITORY_DELETED' });
    expect(owner.log.records.map(({ code }) => code)).toContain('KEY_KEPT');
  });

  it('a repository that the server has lost begins anew after its local copy was deleted and init was run', async () => {
    await owner.local.remove();
    await init();
    await team.publishTarget(owner, 'v3');
    expect(await team.listing(actor(server, clock))).toEqual(['v3: targets']);
  });
});

describe('G33 a server that lacks one of several roots', () => {
  it('a server that lacks one of several roots does not count as one that lacks the repository', async () => {
    await team.publishTarget(owner, 'v1');
    const behind = actor(server, clock);
    await team.listing(behind);
    await team.rotate(owner, 'root');
    await team.rotate(owner, 'root');
    server.override({ method: 'GET', path: '/2.root.json', status: 404 });
    behind.cache.files.delete('timestamp');
    await team.stageTarget(behind, 'v2');
    const sent = uploads();
    expect((await failureOf(publish(behind))).code).toBe('REPOSITORY_NOT_EXIST');
    expect(uploads()).toBe(sent);
  });
});

describe('G33 a first publication', () => {
  it('a first publication has a snapshot that names nothing but what is sent', async () => {
    await init();
    const { envelope, content } = parseSnapshot(
      parseEnvelope(owner.cache.files.get('snapshot') ?? new Uint8Array()),
    );
    expect([...content.meta.keys()].sort()).toEqual(['root', 'targets']);
    const meta = new Map(content.meta).set('targets/elsewhere', fileMetaOf(envelope.bytes));
    const { snapshotToJson } = await import('../../src/metadata/snapshot.ts');
    const { signContent } = await import('../../src/tuf/sign-metadata.ts');
    const { baseRole, parseRoot } = await import('../../src/metadata/root.ts');
    const root = parseRoot(parseEnvelope(owner.cache.files.get('root') ?? new Uint8Array())).content;
    const signed = await signContent(
      snapshotToJson({ ...content, meta }),
      [baseRole(root, 'snapshot')],
      signingKeys(owner),
      'snapshot',
    );
    owner.cache.files.set('snapshot', signed.bytes);
    await team.publishTarget(owner, 'v1');
    const served = await owner.remote.get('snapshot', 1e6);
    expect([...parseSnapshot(parseEnvelope(served)).content.meta.keys()].sort()).toEqual(['root', 'targets']);
    expect(await team.listing(actor(server, clock))).toEqual(['v1: targets']);
  });
});
