/** What a second reader must find, and must not find, for a revocation to count as proved. */

import { beforeEach, describe, expect, it } from 'vitest';
import { type ProofRequest, proveRevocation } from '../../../src/client/revoke/proof.ts';
import { canonicalKeyId } from '../../../src/crypto/keys/verification-key.ts';
import { fileMetaOf } from '../../../src/tuf/checksums.ts';
import { type Actor, actor } from '../../support/actor.ts';
import { ForgedCollection, forgedGun as gun } from '../../support/forged-repository.ts';
import { memoryClock } from '../../support/memory-ports.ts';
import { plainSigner, type Signer } from '../../support/metadata-author.ts';
import { refusal } from '../../support/refusal.ts';

const idOf = ({ entry }: Signer) => canonicalKeyId(entry);
const stranger = plainSigner();
const metasOf = (targets: Readonly<Record<string, string>>) =>
  new Map(Object.entries(targets).map(([name, payload]) => [name, fileMetaOf(Buffer.from(payload))]));

let collection: ForgedCollection;
let reader: Actor;

beforeEach(() => {
  // The file of each role has one target, `of ROLE`, whose payload is the role.
  collection = new ForgedCollection({ delegations: ['targets/a', 'targets/b'] });
  reader = actor(collection.server, memoryClock(), gun);
});

function prove(request: Partial<ProofRequest> = {}) {
  const root = collection.files.get('root') ?? new Uint8Array();
  const empty = {
    keyIds: [idOf(stranger)],
    kept: new Map(),
    dropped: new Map(),
    versions: new Map(),
    believed: new Set<string>(),
  };
  return proveRevocation(reader, { ...empty, root, ...request });
}

describe('the second reader', () => {
  it('the second reader says the version of targets, and leaves nothing on this machine', async () => {
    collection.edit('targets', ['expires'], '2026-03-02T00:00:00Z');
    collection.settle();
    expect(await prove()).toEqual({ targetsVersion: 10, kept: 0, changedMeanwhile: [] });
    expect([reader.cache.files.size, reader.log.records]).toEqual([0, []]);
  });

  it('the second reader finds the key in no delegation, or in none of those that were named', async () => {
    const key = idOf(collection.oneSigner('targets/b'));
    const keyIds = [idOf(stranger), key];
    await expect(prove({ keyIds })).rejects.toThrow(
      refusal('PUBLISH_UNVERIFIED', /targets\/b still lists the key/, { gun, role: 'targets/b', key }),
    );
    await expect(prove({ keyIds, roles: ['targets/b'] })).rejects.toThrow(refusal('PUBLISH_UNVERIFIED'));
    await expect(prove({ keyIds, roles: ['targets/a'] })).resolves.toBeDefined();
  });

  it('the second reader does not mind the key in a base role', async () => {
    await expect(prove({ keyIds: [idOf(collection.oneSigner('targets'))] })).resolves.toBeDefined();
  });

  it('the second reader counts the targets that were to stay, and names those that are others now', async () => {
    const kept = new Map([
      ['targets', metasOf({ 'of targets': 'targets' })],
      ['targets/a', metasOf({ 'of targets/a': 'another payload' })],
    ]);
    expect(await prove({ kept })).toMatchObject({
      ...{ kept: 1, changedMeanwhile: [{ role: 'targets/a', target: 'of targets/a' }] },
    });
  });

  it('the second reader misses the targets that were to stay, with their roles', async () => {
    const kept = new Map([
      ['targets/a', metasOf({ 'of targets/a': 'targets/a', v1: '1', v2: '2' })],
      ['targets/c', metasOf({ v3: '3' })],
    ]);
    await expect(prove({ kept })).rejects.toThrow(
      refusal('PUBLISH_UNVERIFIED', /do not find 3 of the tags .*: v1, v2, v3$/, {
        ...{ gun, targets: ['v1', 'v2', 'v3'], roles: ['targets/a', 'targets/c'] },
      }),
    );
  });

  it('the second reader names five of the targets that it misses, and counts the others', async () => {
    const missing = (count: number) =>
      new Map([
        ['targets/a', metasOf(Object.fromEntries(Array.from({ length: count }, (_, at) => [`v${at}`, ''])))],
      ]);
    await expect(prove({ kept: missing(5) })).rejects.toThrow(/: v0, v1, v2, v3, v4$/);
    await expect(prove({ kept: missing(6) })).rejects.toThrow(/: v0, v1, v2, v3, v4 and 1 more$/);
  });

  it('the second reader does not find the targets that were to go', async () => {
    await expect(prove({ dropped: new Map([['targets/c', ['of targets/a']]]) })).resolves.toBeDefined();
    const dropped = new Map([['targets/a', ['v1', 'of targets/a']]]);
    await expect(prove({ dropped })).rejects.toThrow(
      refusal('PUBLISH_UNVERIFIED', /targets\/a still has 1 of the tags/, {
        ...{ gun, role: 'targets/a', targets: ['of targets/a'] },
      }),
    );
  });

  it('the second reader that cannot read proves nothing, and a defect stays one', async () => {
    collection.server.statuses.set('targets/a', 503);
    await expect(prove()).rejects.toMatchObject({
      ...{ code: 'PUBLISH_UNVERIFIED', details: { gun, reason: 'SERVER_UNAVAILABLE' } },
      cause: { code: 'SERVER_UNAVAILABLE' },
    });
    const defect = new TypeError('a defect');
    const now = () => {
      throw defect;
    };
    reader = { ...reader, clock: { ...reader.clock, now } };
    await expect(prove()).rejects.toBe(defect);
  });

  it('the second reader trusts the root that it was given, and asks the server for its own', async () => {
    const other = new ForgedCollection({ now: new Date('2026-02-01T00:00:00Z') });
    await expect(prove({ root: other.files.get('root') ?? new Uint8Array() })).rejects.toThrow(
      refusal('PUBLISH_UNVERIFIED'),
    );
    collection.server.statuses.set('root', 404);
    await expect(prove()).rejects.toMatchObject({ details: { reason: 'REPOSITORY_NOT_EXIST' } });
  });
});
