/** Pins that are configured where a root is trusted already: the other root is said when reading, and signs nothing. */

import { beforeEach, describe, expect, it } from 'vitest';
import { publish } from '../../src/client/publish/publish.ts';
import { update } from '../../src/client/update/update.ts';
import type { TrustPinning } from '../../src/trust-pinning/trust-pinning.ts';
import { noPinning } from '../../src/trust-pinning/trust-pinning.ts';
import { type Actor, actor } from '../support/actor.ts';
import { publishTarget } from '../support/collaborators.ts';
import { ForgedCollection, forgedGun } from '../support/forged-repository.ts';
import { freshServer } from '../support/fresh-server.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { certifiedSigner } from '../support/metadata-author.ts';

const gun = forgedGun;
const certs = (...ids: readonly string[]): TrustPinning => ({ ...noPinning, certs: new Map([[gun, ids]]) });
const stranger = 'f'.repeat(64);

let collection: ForgedCollection;
let reader: Actor;
let rootId: string;

beforeEach(async () => {
  collection = new ForgedCollection();
  reader = actor(collection.server, memoryClock(), gun);
  rootId = collection.signers.get('root')?.[0]?.id ?? '';
  await update(reader);
});

const codes = () => reader.log.records.flatMap(({ code }) => code ?? []);

describe('G33 a pin that comes after first use', () => {
  it('a pin that comes after first use and names another root is said when reading', async () => {
    await update({ ...reader, pinning: certs(stranger) });
    expect(codes()).toEqual(['ROOT_NOT_PINNED']);
    const [said] = reader.log.records.filter(({ code }) => code === 'ROOT_NOT_PINNED');
    expect(said?.message).toContain(`the root of ${gun} that this machine trusts is not the pinned one`);
    expect(said?.message).toContain(rootId);
    expect(said?.message).toContain(`tsnotary delete ${gun}`);
  });

  it('a pin that comes after first use and names another root refuses what would be signed, and says how to go on', async () => {
    await expect(
      update({ ...reader, pinning: certs(stranger) }, { checkExists: true }),
    ).rejects.toMatchObject({
      code: 'ROOT_NOT_PINNED',
      details: { gun, role: 'root', keys: [rootId] },
      hint: expect.stringContaining('correct trust_pinning') as string,
    });
  });

  it('a pin that comes after first use counts for its GUN, or a prefix, only', async () => {
    const other = new Map([['docker.io/bob/*', [stranger]]]);
    await update({ ...reader, pinning: { ...noPinning, certs: other } }, { checkExists: true });
    await update({ ...reader, pinning: { ...noPinning, disableTofu: true } }, { checkExists: true });
    await update({ ...reader, pinning: certs(stranger, rootId) }, { checkExists: true });
    expect(codes()).toEqual([]);
    const prefix = new Map([['docker.io/*', [stranger]]]);
    await update({ ...reader, pinning: { ...noPinning, certs: prefix } });
    expect(codes()).toEqual(['ROOT_NOT_PINNED']);
  });

  it('a pin of a CA that cannot be read is no consent', async () => {
    const ca = new Map([['docker.io/alice', undefined]]);
    await expect(update({ ...reader, pinning: { ...noPinning, ca } }, { checkExists: true })).rejects.toThrow(
      'could not load root cert from CA path',
    );
  });

  it('a pin of the root before a rotation still counts, for a chain of signatures leads from it', async () => {
    const next = certifiedSigner(gun, collection.now);
    collection.rotateRoot([next], [...(collection.signers.get('root') ?? []), next]);
    await update({ ...reader, pinning: certs(rootId) }, { checkExists: true });
    expect(codes()).toEqual([]);
  });

  it('a pin of a former root that another has replaced without its signature does not count', async () => {
    const other = new ForgedCollection();
    const thief = certifiedSigner(gun, collection.now);
    other.rotateRoot([thief], [thief]);
    const victim = actor(other.server, memoryClock(), gun);
    await update(victim);
    // The attacker now serves the true root as its first one.
    const forged = update({ ...victim, pinning: certs(rootId) }, { checkExists: true });
    await expect(forged).rejects.toMatchObject({ code: 'ROOT_NOT_PINNED' });
  });

  it('a pin that comes after first use keeps publish from signing, and what is staged stays', async () => {
    const { owner } = freshServer();
    await publishTarget(owner, 'v1');
    const pinned = { ...owner, pinning: { ...noPinning, certs: new Map([[owner.gun, [stranger]]]) } };
    await expect(publishTarget(pinned, 'v2')).rejects.toMatchObject({ code: 'ROOT_NOT_PINNED' });
    expect(owner.changelist.changes.size).toBe(1);
    await publish(owner);
  });
});
