/** Rotations to keys that the role has already: nothing that is still in use is deleted. */

import { beforeEach, describe, expect, it } from 'vitest';
import { publish } from '../../src/client/publish/publish.ts';
import { asCanonicalKeyId } from '../../src/crypto/keys/key-id.ts';
import { generateEcdsaKey } from '../../src/crypto/keys/private-key.ts';
import { type Actor, actor } from '../support/actor.ts';
import * as team from '../support/collaborators.ts';
import { freshServer } from '../support/fresh-server.ts';

import type { MemoryServer } from '../support/memory-server.ts';

let server: MemoryServer;
let owner: Actor;

beforeEach(async () => {
  ({ server, owner } = freshServer());
  await publish(owner);
});

const idsOf = async (role: string) => (await owner.cryptoService.list(role)).map(({ keyId }) => keyId);

describe.each(['targets', 'snapshot'])('a rotation of the %s key', (role) => {
  it('a rotation to the key that the role has keeps that key, and the owner goes on publishing', async () => {
    const [current = asCanonicalKeyId('')] = await idsOf(role);
    await team.rotate(owner, role, { newKeyIds: [current] });
    expect(await idsOf(role)).toEqual([current]);
    await team.publishTarget(owner, 'v1');
    expect(await team.listing(actor(server, owner.clock))).toEqual(['v1: targets']);
    expect(owner.log.records.map(({ code }) => code)).toContain('KEY_IN_USE');
  });

  it('a rotation to the key that the role has and another one keeps both', async () => {
    const [current = asCanonicalKeyId('')] = await idsOf(role);
    const other = generateEcdsaKey();
    await owner.cryptoService.add(other, role, owner.gun);
    await team.rotate(owner, role, { newKeyIds: [current, other.keyId] });
    expect(await idsOf(role)).toEqual([current, other.keyId].sort());
    await team.publishTarget(owner, 'v1');
    expect(await team.listing(actor(server, owner.clock))).toEqual(['v1: targets']);
  });

  it('a rotation to another key alone takes the former one away', async () => {
    const other = generateEcdsaKey();
    await owner.cryptoService.add(other, role, owner.gun);
    await team.rotate(owner, role, { newKeyIds: [other.keyId] });
    expect(await idsOf(role)).toEqual([other.keyId]);
  });
});
