/** Roots of a thief that list the certificate of the owner, which is public, and are not signed with its key. */

import { beforeEach, describe, expect, it } from 'vitest';
import { checkAnchor } from '../../src/client/anchor/check-anchor.ts';
import { describeRoot, fingerprintsOf } from '../../src/client/anchor/described-root.ts';
import { planPin } from '../../src/client/anchor/plan-pin.ts';
import { planRefresh } from '../../src/client/anchor/refresh-anchor.ts';
import { update } from '../../src/client/update/update.ts';
import { parseRoot } from '../../src/metadata/root.ts';
import { parseEnvelope } from '../../src/metadata/signed.ts';
import { statusOf } from '../../src/review/finding.ts';
import { noPinning, type TrustPinning } from '../../src/trust-pinning/trust-pinning.ts';
import { actor } from '../support/actor.ts';
import { ForgedCollection, forgedGun } from '../support/forged-repository.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { certifiedSigner, type Signer } from '../support/metadata-author.ts';

const gun = forgedGun;
let forged: ForgedCollection;
let now: Date;
let owner: Signer;
let print: string;

beforeEach(() => {
  forged = new ForgedCollection();
  ({ now } = forged);
  owner = certifiedSigner(gun, now);
  const thief = certifiedSigner(gun, now);
  forged.rotateRoot([owner, thief], [...forged.signersOf('root'), thief]);
  const root = describeRoot(parseRoot(parseEnvelope(forged.files.get('root') ?? new Uint8Array())), now);
  print = fingerprintsOf(root)[0] ?? '';
});

const certs = (...ids: readonly string[]): TrustPinning => ({ ...noPinning, certs: new Map([[gun, ids]]) });
const codes = (findings: readonly { readonly code: string }[]) => findings.map(({ code }) => code);

describe('G14 a root that lists a certificate with which it is not signed', () => {
  it('anchor check does not take the fingerprint of the owner for that of the root', async () => {
    const fresh = actor(forged.server, memoryClock(), gun);
    const answer = await checkAnchor(fresh, [print], { now, offline: false });
    expect([statusOf(answer.findings), codes(answer.findings)]).toEqual([4, ['FINGERPRINT_DIFFERS']]);
  });

  it('anchor pin does not take the fingerprint for it either', async () => {
    const fresh = actor(forged.server, memoryClock(), gun);
    expect(statusOf((await planPin(fresh, [print], now)).findings)).toBe(4);
  });

  it('anchor refresh and later reads see that it contradicts the pin', async () => {
    const pinned = { ...actor(forged.server, memoryClock(), gun), pinning: certs(owner.id) };
    expect((await planRefresh(pinned, now)).outcome).toBe('refused');
    const reader = actor(forged.server, memoryClock(), gun);
    await update(reader);
    await expect(update({ ...reader, pinning: pinned.pinning }, { checkExists: true })).rejects.toThrow(
      'not the pinned one',
    );
  });
});
