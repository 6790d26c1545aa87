import { beforeEach, describe, expect, it } from 'vitest';
import { publish } from '../../src/client/publish/publish.ts';
import { addTarget } from '../../src/client/stage/add-target.ts';
import { addDelegation, purgeDelegations, removeDelegation } from '../../src/client/stage/delegations.ts';
import { removeTarget } from '../../src/client/stage/remove-target.ts';
import { asCanonicalKeyId } from '../../src/crypto/keys/key-id.ts';
import { generateEcdsaKey } from '../../src/crypto/keys/private-key.ts';
import type { ErrorCode } from '../../src/error-codes.ts';
import { NotaryError } from '../../src/errors.ts';
import { type Actor, actor } from '../support/actor.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { memoryServer } from '../support/memory-server.ts';

/** Each success of Notary that may not be what was meant: how it comes about, and its code. */
const harmfulSuccesses: readonly {
  readonly what: string;
  readonly code: ErrorCode;
  readonly stage: (who: Actor) => Promise<void>;
  /** True when the warning comes with publishing, not with staging. */
  readonly published?: true;
}[] = [
  {
    what: 'removing a key that the role does not have',
    code: 'KEY_NOT_IN_ROLE',
    published: true,
    stage: (who) => removal(who, { keyIds: ['f'.repeat(64)] }),
  },
  {
    what: 'purging a key that no role has',
    code: 'KEY_NOT_IN_ROLE',
    published: true,
    stage: (who) => purgeDelegations(who, [asCanonicalKeyId('f'.repeat(64))]),
  },
  {
    what: 'removing a key by an ID that is not a full one',
    code: 'KEY_ID_NOT_FULL',
    stage: (who) => removal(who, { keyIds: ['1a5c73d'] }),
  },
  {
    what: 'purging a key by an ID in capitals',
    code: 'KEY_ID_NOT_FULL',
    stage: (who) => purgeDelegations(who, [asCanonicalKeyId('F'.repeat(64))]),
  },
  {
    what: 'removing a target that is not there',
    code: 'TARGET_NOT_THERE',
    published: true,
    stage: (who) => removeTarget(who, { name: 'nothing', roles: [] }),
  },
  {
    what: 'removing a target from a delegation that has no file yet',
    code: 'TARGET_NOT_THERE',
    published: true,
    stage: (who) => removeTarget(who, { name: 'nothing', roles: ['targets/releases'] }),
  },
  {
    what: 'adding a delegation that can sign nothing',
    code: 'DELEGATION_SIGNS_NOTHING',
    published: true,
    stage: (who) =>
      addDelegation(who, { role: 'targets/qa', keys: [generateEcdsaKey().publicKey], paths: [] }),
  },
  {
    what: "a name close to docker's",
    code: 'ROLE_NAME_UNREAD',
    stage: (who) => addDelegation(who, { role: 'targets/release', keys: [], paths: [''] }),
  },
];

function removal(who: Actor, part: { keyIds: readonly string[] }): Promise<void> {
  return removeDelegation(who, {
    role: 'targets/releases',
    paths: [],
    allPaths: false,
    whole: false,
    keyIds: part.keyIds.map(asCanonicalKeyId),
  });
}

const refuse = (code: ErrorCode, message: string): void => {
  throw new NotaryError(code, message);
};

let owner: Actor;

beforeEach(async () => {
  const clock = memoryClock();
  owner = actor(memoryServer({ clock }), clock);
  await addDelegation(owner, { role: 'targets/releases', keys: [generateEcdsaKey().publicKey], paths: [''] });
  await publish(owner);
});

const codes = (who: Actor, from: number) =>
  who.log.records
    .slice(from)
    .flatMap(({ level, code }) => (level === 'info' || code === 'SNAPSHOT_KEY_HERE' ? [] : (code ?? [])));

describe.each(harmfulSuccesses)('$what', ({ code, stage, published }) => {
  it('a harmful success succeeds, as with notary, with one warning', async () => {
    const before = owner.log.records.length;
    await stage(owner);
    if (published === true) await publish(owner);
    expect(codes(owner, before)).toEqual([code]);
  });

  it('a harmful success fails when strict, with nothing staged and nothing published', async () => {
    const strict = { ...owner, caution: refuse };
    if (published === true) {
      await stage(owner);
      await expect(publish(strict)).rejects.toMatchObject({ code });
      expect(owner.changelist.changes.size).toBeGreaterThan(0);
    } else {
      await expect(stage(strict)).rejects.toMatchObject({ code });
      expect(owner.changelist.changes.size).toBe(0);
    }
  });
});

describe('what is not worth a warning', () => {
  it('a full ID that the role has, paths given later, and a name that is nothing like docker’s bring no warning', async () => {
    const key = generateEcdsaKey();
    const before = owner.log.records.length;
    await addDelegation(owner, { role: 'targets/qa', keys: [key.publicKey], paths: [] });
    await addDelegation(owner, { role: 'targets/qa', keys: [], paths: ['qa/'] });
    await publish(owner);
    await removeDelegation(owner, {
      role: 'targets/qa',
      keyIds: [key.keyId],
      paths: [],
      allPaths: false,
      whole: false,
    });
    await publish(owner);
    expect(codes(owner, before)).toEqual(['ROLE_WITHOUT_KEYS']);
  });
});

describe('adding a target without naming a role', () => {
  const target = { name: 'v1', meta: { length: 1, hashes: new Map() }, roles: [] };

  it('adding a target without a role is warned about for a client who only holds delegation keys', async () => {
    const bob = actor(memoryServer(), memoryClock());
    await bob.cryptoService.add(generateEcdsaKey(), 'user', '');
    await addTarget(bob, target);
    expect(codes(bob, 0)).toEqual(['TARGETS_KEY_NOT_HERE']);
    await addTarget(bob, { ...target, roles: ['targets/releases'] });
    expect(codes(bob, 0)).toHaveLength(1);
  });

  it('adding a target without a role is not warned about for an owner, nor for a client without any key', async () => {
    const before = owner.log.records.length;
    await owner.cryptoService.add(generateEcdsaKey(), 'user', '');
    await addTarget(owner, target);
    expect(codes(owner, before)).toEqual([]);
    const nobody = actor(memoryServer(), memoryClock());
    await addTarget(nobody, target);
    expect(codes(nobody, 0)).toEqual([]);
  });
});
