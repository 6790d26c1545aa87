/** What an inventory takes from a server that hides a delegation, and from one that says nothing. */

import { beforeEach, describe, expect, it } from 'vitest';
import { takeInventory } from '../../../src/client/inventory/take-inventory.ts';
import { update } from '../../../src/client/update/update.ts';
import { buildEnvelope, parseEnvelope } from '../../../src/metadata/signed.ts';
import { type Actor, actor } from '../../support/actor.ts';
import { ForgedCollection } from '../../support/forged-repository.ts';
import { memoryClock } from '../../support/memory-ports.ts';

const role = 'targets/a';
let collection: ForgedCollection;
let reader: Actor;

beforeEach(async () => {
  const clock = memoryClock();
  clock.set(new Date('2026-03-01T12:00:00Z'));
  collection = new ForgedCollection({ delegations: [role] });
  reader = actor(collection.server, clock);
  await update(reader);
});

const taken = () => takeInventory(reader, { checks: [] });

describe('the inventory of what a server serves', () => {
  it('a copy of a delegation that the server hides is listed for no reader, and the role is named', async () => {
    const before = await taken();
    expect(new Set(before.rows.map((row) => row.role))).toEqual(new Set(['targets', role]));
    const { signed, signatures } = parseEnvelope(collection.files.get(role) ?? new Uint8Array());
    const broken = signatures.map((one) => ({ ...one, signature: Buffer.alloc(64, 3) }));
    collection.files.set(role, buildEnvelope(signed, broken).bytes);
    collection.settle();
    expect([...(await update(reader)).targets.keys()]).toContain(role);
    const { rows, findings } = await taken();
    expect(new Set(rows.map((row) => row.role))).toEqual(new Set(['targets']));
    expect(findings).toContainEqual(
      expect.objectContaining({ code: 'ROLE_NEEDS_WITNESS', severity: 'error', role }),
    );
  });

  it('a server that gives no timestamp gives no inventory, whatever was seen before', async () => {
    collection.files.delete('timestamp');
    await expect(taken()).rejects.toMatchObject({ name: 'NotaryError' });
  });
});
