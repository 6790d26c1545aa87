/** Which roles a revocation is about, and what becomes of each without the revoked keys. */

import { describe, expect, it } from 'vitest';
import {
  affectedRoles,
  checkSigners,
  type PlannedRole,
  planRole,
  type Revocation,
  stillListed,
} from '../../../src/client/revoke/planned-roles.ts';
import { canonicalKeyId } from '../../../src/crypto/keys/verification-key.ts';
import { forgedGun as gun } from '../../support/forged-repository.ts';
import { epoch } from '../../support/memory-ports.ts';
import { certifiedSigner, plainSigner, type Signer } from '../../support/metadata-author.ts';
import { refusal } from '../../support/refusal.ts';
import { roleOf, type StatedRole, stateWith } from '../../support/repository-states.ts';

const [a, b, c, other] = [certifiedSigner('a', epoch), plainSigner(), plainSigner(), plainSigner()];
const idOf = ({ entry }: Signer) => canonicalKeyId(entry);
const revoking = (keys: readonly Signer[], options: Partial<Revocation> = {}): Revocation => ({
  ...{ keyIds: keys.map(idOf), signWith: [] },
  ...options,
});
const name = 'targets/a';

function planned(role: StatedRole, revocation: Revocation): PlannedRole {
  return planRole(roleOf(stateWith({ [name]: role }), name), revocation);
}

describe('a role without the revoked keys', () => {
  it('a role that a remaining key has signed stays as it is', () => {
    const role = { keys: [a, b], signedBy: [a], version: 7, targets: { v1: '1', v2: '2' } };
    expect(planned(role, revoking([b]))).toEqual({
      ...{ role: name, outcome: 'stays', removed: [idOf(b)], left: [idOf(a)], threshold: 1 },
      ...{ version: 7, targets: 2, mustBeSigned: false, believed: true },
    });
  });

  it('a role that only revoked keys have signed is not believed, unless a chosen key that stays signs it again', () => {
    const role = { keys: [a, b], signedBy: [a] };
    const unsigned = { mustBeSigned: true, removed: [idOf(a)], left: [idOf(b)] };
    expect(planned(role, revoking([a]))).toMatchObject({ ...unsigned, outcome: 'untrusted' });
    const again = revoking([a], { signWith: [idOf(b)] });
    expect(planned(role, again)).toMatchObject({ ...unsigned, outcome: 'signed again' });
    const strangers = revoking([a], { signWith: [idOf(a), idOf(c)] });
    expect(planned(role, strangers)).toMatchObject({ ...unsigned, outcome: 'untrusted' });
  });

  it('a role that needs two signatures stays with two of the remaining keys, and is signed again by two', () => {
    const role = { keys: [a, b, c], threshold: 2, signedBy: [a, b] };
    expect(planned(role, revoking([c]))).toMatchObject({
      outcome: 'stays',
      mustBeSigned: false,
      threshold: 2,
    });
    const without = (signWith: readonly Signer[]) => revoking([b], { signWith: signWith.map(idOf) });
    expect(planned(role, without([a]))).toMatchObject({ outcome: 'untrusted', mustBeSigned: true });
    expect(planned(role, without([a, c]))).toMatchObject({ outcome: 'signed again', mustBeSigned: true });
  });

  it('a role that is left with fewer keys than it needs is not believed', () => {
    const role = { keys: [a, b], threshold: 2, signedBy: [a, b] };
    expect(planned(role, revoking([b]))).toMatchObject({ outcome: 'untrusted', mustBeSigned: true });
  });

  it('a replacement is among the keys that are left, and counts for signing again only', () => {
    const role = { keys: [a], signedBy: [a] };
    const replaced = revoking([a], { replacement: b.entry });
    expect(planned(role, replaced)).toMatchObject({ outcome: 'untrusted', left: [idOf(b)] });
    expect(planned(role, { ...replaced, signWith: [idOf(b)] })).toMatchObject({ outcome: 'signed again' });
  });

  it('a role that was never signed stays while it has keys enough, and needs no signature', () => {
    const plan = planned({ keys: [a, b] }, revoking([b], { signWith: [idOf(a)] }));
    expect(plan).toMatchObject({ outcome: 'stays', mustBeSigned: false, targets: 0 });
    expect('version' in plan).toBe(false);
    expect(planned({ keys: [a] }, revoking([a]))).toMatchObject({
      outcome: 'untrusted',
      mustBeSigned: false,
    });
    const replaced = revoking([a], { replacement: b.entry });
    expect(planned({ keys: [a] }, replaced)).toMatchObject({ outcome: 'stays' });
  });

  it('a file that cannot be read is signed by no key', () => {
    const state = roleOf(stateWith({ [name]: { keys: [a, b], signedBy: [a] } }), name);
    const unreadable = { ...state, ...(state.file && { file: { ...state.file, envelope: undefined } }) };
    expect(planRole(unreadable, revoking([b]))).toMatchObject({ outcome: 'untrusted', mustBeSigned: true });
  });
});

describe('the roles that list a key', () => {
  const state = stateWith({
    targets: { keys: [a], signedBy: [a] },
    'targets/z': { keys: [a, b], signedBy: [b] },
    'targets/b': { keys: [b], signedBy: [b] },
    'targets/a': { keys: [a] },
    'targets/a/x': { keys: [a] },
    'targets/b/x': { keys: [a], signedBy: [a], standing: 'untrusted' },
    'targets/b/x/y': { keys: [a] },
    'targets/b/x/y/z': { keys: [a] },
  });
  const names = (revocation: Revocation) => affectedRoles(gun, state, revocation).map((role) => role.name);

  it('the roles that list a key are the delegations that a believed file lists, by name', () => {
    expect(names(revoking([a]))).toEqual(['targets/a', 'targets/b/x', 'targets/z']);
    expect(names(revoking([a, b]))).toEqual(['targets/a', 'targets/b', 'targets/b/x', 'targets/z']);
    expect(names(revoking([other]))).toEqual([]);
  });

  it('the roles that list a key are narrowed to those that were named, each of which must list it', () => {
    expect(names(revoking([a], { roles: ['targets/z', 'targets/a'] }))).toEqual(['targets/a', 'targets/z']);
    for (const role of ['targets', 'targets/b', 'targets/b/x/y', 'targets/unknown']) {
      expect(() => names(revoking([a], { roles: ['targets/a', role] }))).toThrow(
        refusal('KEY_NOT_IN_ROLE', /^targets.* does not list the key /, { gun, role, keys: [idOf(a)] }),
      );
    }
    expect(() => names(revoking([a, other], { roles: ['targets/b'] }))).toThrow(
      refusal('KEY_NOT_IN_ROLE', / does not list any of the keys /),
    );
  });

  it('a role that lists a key in a file that readers do not believe is reported, in the named roles only', () => {
    const everywhere = stillListed(state, revoking([a]));
    expect(everywhere.map(({ role }) => role)).toEqual(['targets/a/x', 'targets/b/x/y', 'targets/b/x/y/z']);
    expect(everywhere[0]).toMatchObject({ keyId: idOf(a), code: 'PURGE_INCOMPLETE', severity: 'warning' });
    expect(everywhere[0]?.hint?.command).toEqual(['tsnotary', 'delegation', 'remove', gun, 'targets/a']);
    const narrowed = stillListed(state, revoking([b, a], { roles: ['targets/b/x/y', 'targets/z'] }));
    expect(narrowed.map(({ role }) => role)).toEqual(['targets/b/x/y']);
    expect(stillListed(state, revoking([other]))).toEqual([]);
  });
});

describe('the keys to sign with', () => {
  const role = planned({ keys: [a, b], signedBy: [a] }, revoking([a]));

  it('the keys to sign with stay in one of the roles', () => {
    expect(() => checkSigners(gun, [role], revoking([a], { signWith: [idOf(b)] }))).not.toThrow();
    const details = (key: Signer) => ({ gun, keys: [idOf(key)], roles: [name] });
    for (const key of [a, c]) {
      expect(() => checkSigners(gun, [role], revoking([a], { signWith: [idOf(b), idOf(key)] }))).toThrow(
        refusal('KEY_NOT_IN_ROLE', /cannot sign again/, details(key)),
      );
    }
  });

  it('a key to sign with that is revoked itself is refused where another role is left with it', () => {
    const elsewhere = { ...role, left: [idOf(a)] };
    expect(() => checkSigners(gun, [elsewhere], revoking([a], { signWith: [idOf(a)] }))).toThrow(
      refusal('KEY_NOT_IN_ROLE'),
    );
  });

  it('the keys to sign with do not matter where no role lists the revoked key', () => {
    expect(() => checkSigners(gun, [], revoking([a], { signWith: [idOf(c)] }))).not.toThrow();
  });
});
