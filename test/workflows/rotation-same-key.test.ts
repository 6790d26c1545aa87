/** Rotations to keys that the role has already: nothing that is still in use is deleted. */

import { beforeEach, describe, expect, it } from 'vitest';
import { publish } from '../../src/client/publish/publish.ts';
import { generateEcdsaKey } from '../../src/crypto/keys/private-key.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { type MemoryServer, memoryServer } from '../support/memory-server.ts';
import { type Person, person } from '../support/person.ts';
import * as team from './collaborators.ts';

let server: MemoryServer;
let owner: Person;

beforeEach(async () => {
  const clock = memoryClock();
  server = memoryServer({ clock });
  owner = person(server, clock);
  await publish(owner);
});

const idsOf = async (role: string) => (await owner.cryptoService.list(role)).map(({ keyId }) => keyId);

describe.each(['targets', 'snapshot'])('a rotation of the %s key', (role) => {
  it('to the key that the role has keeps that key, and the owner goes on publishing', async () => {
    const [current = ''] = await idsOf(role);
    await team.rotate(owner, role, { newKeyIds: [current] });
    expect(await idsOf(role)).toEqual([current]);
    await team.publishTarget(owner, 'v1');
    expect(await team.listing(person(server, owner.clock))).toEqual(['v1: targets']);
    expect(owner.log.records.map(({ code }) => code)).toContain('KEY_IN_USE');
  });

  it('to that key and another one keeps both', async () => {
    const [current = ''] = await idsOf(role);
    const other = generateEcdsaKey();
    await owner.cryptoService.add(other, role, owner.gun);
    await team.rotate(owner, role, { newKeyIds: [current, other.keyId] });
    expect(await idsOf(role)).toEqual([current, other.keyId].sort());
    await team.publishTarget(owner, 'v1');
    expect(await team.listing(person(server, owner.clock))).toEqual(['v1: targets']);
  });

  it('to another key alone takes the former one away', async () => {
    const other = generateEcdsaKey();
    await owner.cryptoService.add(other, role, owner.gun);
    await team.rotate(owner, role, { newKeyIds: [other.keyId] });
    expect(await idsOf(role)).toEqual([other.keyId]);
  });
});
