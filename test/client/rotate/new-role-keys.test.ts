/** The keys that a rotation gives to a role: brought, left over from an earlier rotation, or made now. */

import { beforeEach, describe, expect, it } from 'vitest';
import { type AddedKeys, newRoleKeys } from '../../../src/client/rotate/new-role-keys.ts';
import { generateEcdsaKey } from '../../../src/crypto/keys/private-key.ts';
import { canonicalKeyId } from '../../../src/crypto/keys/verification-key.ts';
import type { ErrorCode } from '../../../src/error-codes.ts';
import type { Actor } from '../../support/actor.ts';
import { freshServer } from '../../support/fresh-server.ts';
import { refusal } from '../../support/refusal.ts';

const key = generateEcdsaKey();
const other = 'docker.io/bob/app';
let owner: Actor;
let added: AddedKeys;
let said: unknown[];

beforeEach(() => {
  ({ owner } = freshServer());
  added = { made: undefined, stored: [] };
  said = [];
});

const rotation = { role: 'targets', serverManaged: false, newKeyIds: [], legacyVersions: 0 };
const brought = { ...rotation, broughtKeys: [key] };

function newKeys(wanted: Parameters<typeof newRoleKeys>[1], leftOver?: typeof key.keyId) {
  const caution = (code: ErrorCode, warning: string, details?: unknown, refused?: string) => {
    said.push([code, warning, details, refused]);
  };
  return newRoleKeys({ ...owner, caution }, wanted, leftOver, added);
}

describe('a key that the caller brings', () => {
  it('a key that the caller brings is stored and counts as added, once', async () => {
    expect(await newKeys(brought)).toEqual([key.publicKey]);
    expect(added).toEqual({ made: undefined, stored: [key.keyId] });
    expect(await newKeys(brought)).toEqual([key.publicKey]);
    expect([added.stored, said]).toEqual([[key.keyId], []]);
    expect((await owner.cryptoService.info(key.keyId))?.gun).toBe(owner.gun);
  });

  it('a key that the caller brings and another repository has is shared by both, which is said', async () => {
    await owner.cryptoService.add(key, 'targets', other);
    expect(await newKeys(brought)).toEqual([key.publicKey]);
    expect(said).toEqual([
      [
        'KEY_IN_SEVERAL_REPOSITORIES',
        expect.stringContaining(`serves ${other} and now ${owner.gun} as well`),
        { gun: owner.gun, key: key.keyId, role: 'targets', other },
        expect.stringContaining(`serves ${other} already and was not taken for ${owner.gun}`),
      ],
    ]);
    expect((await owner.cryptoService.info(key.keyId))?.gun).toBe('');
    expect(added.stored).toEqual([]);
  });

  it('a key that the caller brings and that serves another role is refused', async () => {
    await owner.cryptoService.add(key, 'root', '');
    await expect(newKeys(brought)).rejects.toThrow(refusal('KEY_EXISTS'));
    expect([added.stored, said]).toEqual([[], []]);
  });
});

describe('a key that is not brought', () => {
  it('a key that is not brought is the one left over from an earlier rotation, while that is here', async () => {
    await owner.cryptoService.add(key, 'targets', owner.gun);
    expect(await newKeys(rotation, key.keyId)).toEqual([key.publicKey]);
    expect(added.made).toBeUndefined();
    owner.keyStorage.files.clear();
    const [made] = await newKeys(rotation, key.keyId);
    expect(added.made).toBe(made && canonicalKeyId(made));
    expect(added.made).not.toBe(key.keyId);
  });

  it('a key that is not brought is made for the GUN, but for the root for any', async () => {
    const [made] = await newKeys(rotation);
    expect(made?.keyType).toBe('ecdsa');
    expect(await owner.cryptoService.list()).toMatchObject([{ role: 'targets', gun: owner.gun }]);
    owner.keyStorage.files.clear();
    const [root] = await newKeys({ ...rotation, role: 'root' });
    expect(root?.keyType).toBe('ecdsa-x509');
    expect(await owner.cryptoService.list()).toMatchObject([{ role: 'root', gun: '' }]);
    expect(added.made).toBe(root && canonicalKeyId(root));
  });

  it('a key that the caller names must be here', async () => {
    await expect(newKeys({ ...rotation, newKeyIds: [key.keyId] })).rejects.toThrow(refusal('KEY_NOT_FOUND'));
    expect(await owner.cryptoService.list()).toEqual([]);
  });
});
