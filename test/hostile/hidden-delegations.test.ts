/**
 * A server that holds the keys of snapshot and timestamp, and none of targets or a delegation, in front of somebody
 * who has seen a delegation: neither junk in place of its file nor its absence hides it without a word, whatever is
 * done to bytes that no signature covers.
 */

import { p256 } from '@noble/curves/nist.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { findTarget } from '../../src/client/read/find-target.ts';
import { update } from '../../src/client/update/update.ts';
import { asListedKeyId } from '../../src/crypto/keys/key-id.ts';
import type { ErrorCode } from '../../src/error-codes.ts';
import { NotaryError } from '../../src/errors.ts';
import { buildEnvelope, parseEnvelope, type Signature } from '../../src/metadata/signed.ts';
import { type Actor, actor } from '../support/actor.ts';
import { ForgedCollection } from '../support/forged-repository.ts';
import { days, memoryClock } from '../support/memory-ports.ts';
import { edited, plainSigner, type Signer, sealed } from '../support/metadata-author.ts';

const [parent, role, child] = ['targets', 'targets/a', 'targets/a/b'] as const;
const delegations = [role, child, 'targets/c'];
const clock = memoryClock();

let collection: ForgedCollection;
let reader: Actor;
let strict: Actor;

const strictly = (who: Actor): Actor => ({
  ...who,
  caution: (code: ErrorCode, message: string) => {
    throw new NotaryError(code, message);
  },
});

beforeEach(async () => {
  clock.set(new Date('2026-03-01T12:00:00Z'));
  collection = new ForgedCollection({ delegations });
  reader = actor(collection.server, clock);
  strict = strictly(reader);
  await update(reader);
});

const bytesOf = (name: string) => collection.files.get(name) ?? new Uint8Array();
const rolesOf = async (who: Actor) => [...(await update(who)).targets.keys()].sort();
const everything = [parent, ...delegations].sort();
const without = (lost: string) => everything.filter((name) => !`${name}/`.startsWith(`${lost}/`));

/** Serves other bytes for a role under a snapshot and a timestamp that fit. */
function serve(name: string, bytes: Uint8Array): void {
  collection.files.set(name, bytes);
  collection.settle();
}

function resigned(name: string, change: (list: readonly Signature[]) => readonly Signature[]): Uint8Array {
  const { signed, signatures } = parseEnvelope(bytesOf(name));
  return buildEnvelope(signed, change(signatures)).bytes;
}

/** The role has two signers, and the reader has seen both. */
async function twoSigners() {
  const signers = [plainSigner(), collection.oneSigner(role)] as const;
  collection.rotateDelegation(role, signers);
  collection.next(parent);
  collection.files.set(`${collection.version(parent)}.targets`, bytesOf(parent));
  collection.settle();
  await update(reader);
  return signers;
}

const stranger: Signature = {
  keyId: asListedKeyId('0'.repeat(64)),
  method: 'ecdsa',
  signature: Buffer.alloc(64, 1),
};
const broken = (one: Signature): Signature => ({ ...one, signature: Buffer.alloc(64, 3) });

/** (r, n − s) in place of (r, s): as good a signature, made without the key. */
function mirrored({ signature, ...rest }: Signature): Signature {
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).toString('hex')}`);
  const other = (p256.Point.Fn.ORDER - s).toString(16).padStart(64, '0');
  return { ...rest, signature: Buffer.concat([signature.subarray(0, 32), Buffer.from(other, 'hex')]) };
}

/** A further version that only somebody without a listed key has signed. */
const junk: Readonly<Record<string, (name: string) => Uint8Array>> = {
  'the file with a broken signature': (name) => resigned(name, (list) => list.map(broken)),
  'the file with the signature of a stranger only': (name) => resigned(name, () => [stranger]),
  'the file with its signature repeated': (name) => resigned(name, (list) => [...list, ...list]),
  'a next version, empty, by a stranger': (name) => next(name, plainSigner()),
  'a next version under the ID of the key': (name) => {
    const { signed } = parseEnvelope(next(name, plainSigner()));
    const { signatures } = parseEnvelope(bytesOf(name));
    return buildEnvelope(signed, signatures).bytes;
  },
};

function next(name: string, signer: Signer): Uint8Array {
  const content = edited(collection.content(name), ['version'], collection.version(name) + 1);
  return sealed(edited(content, ['targets'], new Map()), signer);
}

describe('G33 G36 a delegation that was seen, behind', () => {
  for (const [what, make] of Object.entries(junk)) {
    for (const hidden of [role, child]) {
      it(`a delegation that was seen, behind ${what}, is read from the copy, with a warning, again and again: ${hidden}`, async () => {
        const copy = reader.cache.files.get(hidden);
        serve(hidden, make(hidden));
        for (let turn = 0; turn < 3; turn++) {
          expect(await rolesOf(reader)).toEqual(everything);
          expect(reader.cache.files.get(hidden)).toEqual(copy);
          expect(reader.log.records.filter(({ code }) => code === 'ROLE_HIDDEN').length).toBe(turn + 1);
          await expect(update(strict)).rejects.toMatchObject({ code: 'ROLE_HIDDEN' });
        }
        expect(await rolesOf(actor(collection.server, clock))).toEqual(without(hidden));
      });
    }

    it(`a delegation that was seen, behind ${what}, does not give way to the same name in another role`, async () => {
      collection.contents.set(
        'targets/c',
        edited(collection.content('targets/c'), ['targets'], collection.content(role).get('targets')),
      );
      collection.next('targets/c');
      serve(role, make(role));
      expect((await findTarget(reader, `of ${role}`)).role).toBe(role);
    });
  }

  it('a delegation behind junk in the place of all roles above is found', async () => {
    serve(role, junk['a next version, empty, by a stranger']?.(role) ?? new Uint8Array());
    serve(child, junk['a next version, empty, by a stranger']?.(child) ?? new Uint8Array());
    expect(await rolesOf(reader)).toEqual(everything);
  });

  it('a delegation behind junk is left out once the copy has expired', async () => {
    serve(role, next(role, plainSigner()));
    expect(await rolesOf(reader)).toEqual(everything);
    const ends = edited(collection.content(role), ['expires'], '2026-03-05T00:00:00Z');
    reader.cache.files.set(role, sealed(ends, ...collection.signersOf(role)));
    clock.advance(days(5));
    expect(await rolesOf(reader)).toEqual(without(role));
  });

  it('a delegation behind the file of a signer who was taken away, while the parent is unchanged, is read from the copy', async () => {
    const [bob, carol] = await twoSigners();
    collection.rotateDelegation(role, [carol]);
    collection.next(parent);
    collection.settle();
    await update(reader);
    serve(role, next(role, bob));
    for (let turn = 0; turn < 2; turn++) expect(await rolesOf(reader)).toEqual(everything);
  });

  it('a delegation behind the file of a signer who has been taken away since is left out', async () => {
    const [bob, carol] = await twoSigners();
    collection.files.set(role, next(role, bob));
    collection.rotateDelegation(role, [carol]);
    collection.next(parent);
    collection.settle();
    for (let turn = 0; turn < 2; turn++) expect(await rolesOf(reader)).toEqual(without(role));
    expect(reader.log.records.map(({ code }) => code)).not.toContain('ROLE_HIDDEN');
  });

  it('a delegation behind its own next version that has expired is left out', async () => {
    collection.edit(role, ['expires'], '2026-02-01T00:00:00Z');
    collection.next(role);
    collection.settle();
    expect(await rolesOf(reader)).toEqual(without(role));
  });
});

/** What changes a file and leaves all its signatures good, without any key. */
const reshaped: Readonly<Record<string, (name: string) => Uint8Array>> = {
  'the same bytes': bytesOf,
  'another signature entry of an unknown key': (name) => resigned(name, (list) => [...list, stranger]),
  'white space at the end': (name) => Buffer.concat([bytesOf(name), Buffer.from('\n')]),
  'white space between the members': (name) =>
    Buffer.from(Buffer.from(bytesOf(name)).toString().replace(',"signatures"', ' ,\n "signatures"')),
  'the other one of two ECDSA signatures': (name) => resigned(name, (list) => list.map(mirrored)),
  'its members in another order': (name) => {
    const text = Buffer.from(bytesOf(name)).toString();
    const [, signed = '', signatures = ''] = /^\{"signed":(.*),"signatures":(.*)\}$/.exec(text) ?? [];
    return Buffer.from(`{"signatures":${signatures},"signed":${signed}}`);
  },
};

describe('G36 a delegation that is gone from the snapshot', () => {
  const drop = (name: string) => {
    collection.contents.set('snapshot', edited(collection.content('snapshot'), ['meta', name], undefined));
    collection.next('snapshot');
    collection.settleTimestamp();
  };

  for (const [what, make] of Object.entries(reshaped)) {
    for (const gone of delegations) {
      it(`a delegation (${gone}) is missed, and goes on being missed, when its parent is served with ${what}`, async () => {
        const above = gone.slice(0, gone.lastIndexOf('/'));
        serve(above, make(above));
        drop(gone);
        for (let turn = 0; turn < 3; turn++) {
          await expect(update(reader)).rejects.toMatchObject({
            code: 'CHECKSUM_MISSING',
            details: { role: gone, parent: above },
          });
        }
      });
    }

    it(`a delegation is missed after a file below failed in between, when its parent is served with ${what}`, async () => {
      serve(parent, make(parent));
      drop(role);
      collection.server.statuses.set('targets/c', 503);
      reader.cache.files.delete('targets/c');
      await expect(update(reader)).rejects.toMatchObject({ code: 'SERVER_UNAVAILABLE' });
      collection.server.statuses.clear();
      await expect(update(reader)).rejects.toMatchObject({ code: 'CHECKSUM_MISSING', details: { role } });
    });

    it(`a delegation is believed again when it is back, with its parent served with ${what}`, async () => {
      serve(parent, make(parent));
      expect(await rolesOf(reader)).toEqual(everything);
      expect(reader.log.records).toEqual([]);
      expect(reader.cache.files.get(parent)).toEqual(bytesOf(parent));
    });
  }

  it('a delegation that is gone is missed also after the key of the snapshot was rotated', async () => {
    collection.rotateBase('snapshot', [plainSigner()]);
    collection.settle();
    drop(role);
    for (let turn = 0; turn < 2; turn++) {
      await expect(update(reader)).rejects.toMatchObject({ code: 'CHECKSUM_MISSING', details: { role } });
    }
  });

  it('a delegation may go with a new version of its parent, and a warning says so when the parent still lists it', async () => {
    collection.next(parent);
    collection.settle();
    drop(role);
    expect(await rolesOf(reader)).toEqual(without(role));
    expect(reader.log.records).toContainEqual(
      expect.objectContaining({ level: 'warn', code: 'DELEGATION_GONE' }),
    );
  });

  it('a delegation is reported as gone also when another role is hidden', async () => {
    collection.next(parent);
    serve(role, junk['a next version, empty, by a stranger']?.(role) ?? new Uint8Array());
    drop('targets/c');
    await update(reader);
    const codes = reader.log.records.map(({ code }) => code);
    expect(codes).toContain('ROLE_HIDDEN');
    expect(codes).toContain('DELEGATION_GONE');
  });

  it('a delegation may go without a warning when its parent does not list it any more', async () => {
    collection.editDelegation(role, () => undefined);
    collection.next(parent);
    collection.settle();
    drop(role);
    expect(await rolesOf(reader)).toEqual(without(role));
    expect(reader.log.records).toEqual([]);
  });
});
