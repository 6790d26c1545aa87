/** A key that stands twice in a list of signatures, or under two names: it counts once, and the list is refused. */

import { describe, expect, it } from 'vitest';
import { update } from '../../src/client/update/update.ts';
import { asListedKeyId } from '../../src/crypto/keys/key-id.ts';
import { isNotaryError, type NotaryError } from '../../src/errors.ts';
import { buildEnvelope, parseEnvelope, type Signature } from '../../src/metadata/signed.ts';
import { actor } from '../support/actor.ts';
import { ForgedCollection } from '../support/forged-repository.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { plainSigner, type Signer } from '../support/metadata-author.ts';

const delegations = ['targets/a', 'targets/a/b', 'targets/c'];
const others = [plainSigner(), plainSigner()] as const;

/** Serves a role's file with its list of signatures changed, under checksums that fit. */
function relist(
  collection: ForgedCollection,
  role: string,
  change: (list: readonly Signature[]) => readonly Signature[],
): void {
  const { signed, signatures } = parseEnvelope(collection.files.get(role) ?? new Uint8Array());
  collection.files.set(role, buildEnvelope(signed, change(signatures)).bytes);
  if (role === 'snapshot') collection.settleTimestamp();
  else if (role !== 'timestamp') collection.settle();
}

async function refusal(collection: ForgedCollection): Promise<NotaryError> {
  const reader = actor(collection.server, memoryClock());
  try {
    await update(reader);
  } catch (error) {
    if (isNotaryError(error)) return error;
    throw error;
  }
  throw new Error('believed');
}

const junk = ({ keyId, method }: Signature): Signature => ({ keyId, method, signature: Buffer.alloc(64, 3) });
const ways: readonly (readonly [
  way: string,
  change: (list: readonly Signature[]) => readonly Signature[],
])[] = [
  ['twice', (list) => [...list, ...list]],
  ['three times', (list) => [...list, ...list, ...list]],
  ['and again with junk', (list) => [...list, ...list.map(junk)]],
  ['with junk before it', (list) => [...list.map(junk), ...list]],
];

describe('G9 a key ID that is repeated in a list of signatures', () => {
  const base = ['timestamp', 'snapshot', 'targets', 'root'];

  it.each(base.flatMap((role) => ways.map(([way, change]) => [role, way, change] as const)))(
    'a key ID that is repeated in a list of signatures is refused although one would do: %s, %s',
    async (role, _, change) => {
      const collection = new ForgedCollection({ delegations });
      relist(collection, role, change);
      const error = await refusal(collection);
      expect(error.code).toBe('ROLE_THRESHOLD');
      expect(error.message).toBe(
        `the signatures of ${role} repeat the key ID ${collection.oneSigner(role).id}`,
      );
    },
  );

  it.each(base.slice(0, 3).flatMap((role) => ways.map(([way, change]) => [role, way, change] as const)))(
    'a key ID that is repeated in a list of signatures does not reach a threshold of two: %s, %s',
    async (role, _, change) => {
      const collection = new ForgedCollection({ delegations });
      collection.rotateBase(role, [collection.oneSigner(role), others[0]]);
      collection.setThreshold(role, 2);
      collection.seal(role, [collection.oneSigner(role)]);
      collection.settle();
      collection.seal(role, [collection.oneSigner(role)]);
      relist(collection, role, change);
      const error = await refusal(collection);
      expect(error.message).toBe(
        `the signatures of ${role} repeat the key ID ${collection.oneSigner(role).id}`,
      );
    },
  );

  it.each(ways)(
    'a key ID that is repeated in a list of signatures leaves a delegation out with what is below it: %s',
    async (_, change) => {
      const collection = new ForgedCollection({ delegations });
      relist(collection, 'targets/a', change);
      const reader = actor(collection.server, memoryClock());
      expect([...(await update(reader)).targets.keys()]).toEqual(['targets', 'targets/c']);
      expect(reader.log.messages('warn')).toEqual([
        expect.stringMatching(/^Error getting targets\/a: the signatures of targets\/a repeat the key ID /),
      ]);
      expect(reader.cache.files.has('targets/a')).toBe(false);
    },
  );

  it('a repeated key ID of a stranger is refused as well', async () => {
    const collection = new ForgedCollection({ delegations });
    const stranger: Signature = {
      keyId: asListedKeyId('0'.repeat(64)),
      method: 'ecdsa',
      signature: Buffer.alloc(64),
    };
    relist(collection, 'targets', (list) => [stranger, ...list, stranger]);
    expect((await refusal(collection)).message).toContain('0'.repeat(64));
  });

  it('a key ID that only looks like another is no repetition of it', async () => {
    const collection = new ForgedCollection({ delegations });
    relist(collection, 'targets', (list) => [
      ...list,
      ...list.map((one) => ({ ...one, keyId: asListedKeyId(one.keyId.toUpperCase()) })),
    ]);
    await update(actor(collection.server, memoryClock()));
  });

  it.each([
    [
      'two certificates',
      (collection: ForgedCollection, key: Signer) => [key, collection.rootSigner(key.key)],
    ],
    [
      'itself and a certificate',
      (collection: ForgedCollection, key: Signer) => [key, collection.rootSigner(key.key)].reverse(),
    ],
  ] as const)('one key tries in vain to sign twice as %s, without a repeated key ID', async (_, make) => {
    const collection = new ForgedCollection({ delegations });
    const keys = make(collection, plainSigner());
    collection.rotateDelegation('targets/c', keys);
    collection.setThreshold('targets/c', 2);
    collection.seal('targets/c', keys);
    collection.settle();
    const reader = actor(collection.server, memoryClock());
    expect((await update(reader)).targets.has('targets/c')).toBe(false);
    expect(reader.log.messages('warn')).toEqual([
      'Error getting targets/c: valid signatures did not meet threshold for targets/c',
    ]);
  });
});
