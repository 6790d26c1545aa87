/** Which keys sign a role while a revocation is published, and which of those that could are here. */

import { beforeEach, describe, expect, it } from 'vitest';
import type { PlannedRole } from '../../../src/client/revoke/planned-roles.ts';
import { signedWith } from '../../../src/client/revoke/sign-with.ts';
import { signersHere } from '../../../src/client/revoke/signing-keys-here.ts';
import type { CanonicalKeyId } from '../../../src/crypto/keys/key-id.ts';
import { canonicalKeyId } from '../../../src/crypto/keys/verification-key.ts';
import { type Actor, actor } from '../../support/actor.ts';
import { delegationKey } from '../../support/collaborators.ts';
import { memoryClock } from '../../support/memory-ports.ts';
import { memoryServer } from '../../support/memory-server.ts';
import { plainSigner } from '../../support/metadata-author.ts';
import { refusal } from '../../support/refusal.ts';

const role = 'targets/a';
let owner: Actor;
let chosen: CanonicalKeyId;
let other: CanonicalKeyId;
const absent = canonicalKeyId(plainSigner().entry);

beforeEach(async () => {
  owner = actor(memoryServer(), memoryClock());
  chosen = canonicalKeyId(await delegationKey(owner));
  other = canonicalKeyId(await delegationKey(owner));
});

describe('the chosen keys', () => {
  it('the chosen keys alone sign the roles of the list', async () => {
    const { gun } = owner;
    const service = signedWith(owner.cryptoService, new Set([role]), [chosen]);
    expect((await service.find(chosen, { role, gun })).key).toBeDefined();
    await expect(service.check(chosen, { role, gun })).resolves.toBeUndefined();
    const refused = refusal('KEY_NOT_FOUND', `signing key not found: ${other}`, {
      ...{ key: other, role, gun, unfit: true },
    });
    await expect(service.find(other, { role, gun })).rejects.toThrow(refused);
    await expect(service.check(other, { role, gun })).rejects.toThrow(refused);
  });

  it('the chosen keys do not keep other keys from signing other roles', async () => {
    const use = { role: 'targets/b', gun: owner.gun };
    const service = signedWith(owner.cryptoService, new Set([role]), [chosen]);
    expect((await service.find(other, use)).key).toBeDefined();
    await expect(service.check(other, use)).resolves.toBeUndefined();
    await expect(service.find(absent, use)).rejects.toThrow(refusal('KEY_NOT_FOUND'));
    await expect(service.check(absent, use)).rejects.toThrow(refusal('KEY_NOT_FOUND'));
  });
});

describe('the keys that could sign again', () => {
  const planned = (name: string, mustBeSigned: boolean): PlannedRole => ({
    ...{ role: name, outcome: 'untrusted', removed: [], left: [absent, other, chosen], threshold: 1 },
    ...{ targets: 0, mustBeSigned, believed: true },
  });
  const here = (roles: readonly PlannedRole[]) =>
    signersHere(owner, { roles, lost: [], changes: [], differences: [], findings: [], ...states });
  const state = { gun: '', ends: new Map(), roles: new Map() };
  const states = { before: state, after: state };

  it('the keys that could sign again are those here, of the roles that must be signed, in their order', async () => {
    const found = await here([planned(role, true), planned('targets/b', false)]);
    expect([...found]).toEqual([[role, [other, chosen]]]);
  });

  it('the keys that could sign again cannot be told from a defect', async () => {
    const defect = new TypeError('a defect');
    owner = { ...owner, cryptoService: { ...owner.cryptoService, check: () => Promise.reject(defect) } };
    await expect(here([planned(role, true)])).rejects.toBe(defect);
  });
});
