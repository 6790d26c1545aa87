/** A server that serves another root, an older one, a chain with a gap, several certificates or junk: what `anchor` makes of it. */

import { beforeEach, describe, expect, it } from 'vitest';
import { checkAnchor } from '../../src/client/anchor/check-anchor.ts';
import { describeRoot, fingerprintsOf } from '../../src/client/anchor/described-root.ts';
import { planPin } from '../../src/client/anchor/plan-pin.ts';
import { planRefresh, takeRoot } from '../../src/client/anchor/refresh-anchor.ts';
import { showAnchor } from '../../src/client/anchor/show-anchor.ts';
import { update } from '../../src/client/update/update.ts';
import { isNotaryError } from '../../src/errors.ts';
import { parseRoot } from '../../src/metadata/root.ts';
import { parseEnvelope } from '../../src/metadata/signed.ts';
import { statusOf } from '../../src/review/finding.ts';
import { noPinning, type TrustPinning } from '../../src/trust-pinning/trust-pinning.ts';
import { type Actor, actor } from '../support/actor.ts';
import { ForgedCollection, forgedGun } from '../support/forged-repository.ts';
import { days, memoryClock } from '../support/memory-ports.ts';
import { certifiedSigner, past, type Signer } from '../support/metadata-author.ts';

const gun = forgedGun;
let collection: ForgedCollection;
let reader: Actor;
let now: Date;

beforeEach(async () => {
  collection = new ForgedCollection();
  ({ now } = collection);
  reader = actor(collection.server, memoryClock(), gun);
  await update(reader);
});

const cached = () => reader.cache.files.get('root');
const prints = (bytes = collection.files.get('root') ?? new Uint8Array()) =>
  fingerprintsOf(describeRoot(parseRoot(parseEnvelope(bytes)), now));
const signer = () => certifiedSigner(gun, now);
/** The next root, signed by both. */
function rotate(next: Signer = signer()): Signer {
  collection.rotateRoot([next], [...collection.signersOf('root'), next]);
  return next;
}
const certs = (...ids: readonly string[]): TrustPinning => ({ ...noPinning, certs: new Map([[gun, ids]]) });
const check = (...words: readonly string[]) => checkAnchor(reader, words, { now, offline: false });
const codes = (findings: readonly { readonly code: string }[]) => findings.map(({ code }) => code);

/** The plan must be refused, and nothing written. */
async function expectRefused(code: string): Promise<void> {
  const before = new Map(reader.cache.files);
  const plan = await planRefresh(reader, now);
  expect([plan.outcome, codes(plan.findings)]).toEqual(['refused', [code]]);
  expect(reader.cache.files).toEqual(before);
}

describe('G11 anchor and a server that shows another root', () => {
  it('anchor refuses an older root of the collection as a rollback, whatever vouches for it', async () => {
    const old = collection.files.get('root') ?? new Uint8Array();
    rotate();
    await update(reader);
    collection.files.set('root', old);
    await expectRefused('LOW_VERSION');
    expect(codes((await check(...prints(old))).findings)).toEqual(['LOW_VERSION', 'FINGERPRINT_DIFFERS']);
    const pin = await planPin(reader, prints(old), now);
    expect(codes(pin.findings)).toEqual(['LOW_VERSION', 'FINGERPRINT_DIFFERS']);
    // The trusted root is still the one to compare with.
    const present = await check(...prints(cached()));
    expect([present.rows[0]?.match?.kind, statusOf(present.findings)]).toEqual(['certificate', 4]);
  });

  it('anchor refuses a second root of the present version', async () => {
    collection.edit('root', ['expires'], '2048-01-01T00:00:00Z');
    await expectRefused('LOW_VERSION');
  });

  it.each([
    ['newer', 11],
    ['older', 3],
    ['of the same version', 10],
  ])('anchor does not take the root of another that is %s without a person', async (_, version) => {
    const other = new ForgedCollection({ version, now: new Date(now.getTime() - days(1)) });
    for (const [name, bytes] of other.files) collection.files.set(name, bytes);
    const served = other.files.get('root') ?? new Uint8Array();
    const before = cached();
    const plan = await planRefresh(reader, now);
    expect([plan.outcome, cached()]).toEqual(['unproved', before]);
    const answer = await check(...prints(served));
    expect([answer.rows[0]?.match, codes(answer.findings)]).toEqual([
      undefined,
      ['ROOT_ROTATION', 'FINGERPRINT_DIFFERS'],
    ]);
    expect(statusOf((await planPin(reader, prints(served), now)).findings)).toBe(4);
    if (plan.outcome !== 'unproved') return;
    await takeRoot(reader, plan);
    expect(cached()).toEqual(served);
    expect((await update(reader)).root.content.version).toBe(version);
  });

  it('anchor does not believe a chain in which the former keys have not signed, or with a gap', async () => {
    rotate();
    const [second, gap] = [collection.signersOf('root'), `${collection.version('root')}.root`];
    rotate();
    const right = collection.files.get(gap) ?? new Uint8Array();
    collection.files.delete(gap);
    expect((await planRefresh(reader, now)).outcome).toBe('unproved');
    collection.files.set(gap, right);
    expect(await planRefresh(reader, now)).toMatchObject({ outcome: 'chain', served: { between: [{}] } });
    // The second root, signed by its own key alone.
    const saved = collection.contents.get('root');
    collection.contents.set('root', parseEnvelope(right).signed);
    collection.seal('root', second);
    collection.files.set(gap, collection.files.get('root') ?? new Uint8Array());
    if (saved !== undefined) collection.contents.set('root', saved);
    collection.seal('root', [...second, ...collection.signersOf('root')]);
    expect((await planRefresh(reader, now)).outcome).toBe('unproved');
  });

  it.each(['junk', '{}', '{"signed":{},"signatures":[]}', ''])(
    'anchor fails for what is no root: %j, and the cached root stays',
    async (text) => {
      collection.files.set('root', Buffer.from(text));
      const before = cached();
      for (const verb of [
        () => planRefresh(reader, now),
        () => check('a'.repeat(64)),
        () => planPin(reader, [], now),
      ]) {
        const outcome = await verb().catch((error: unknown) => isNotaryError(error) && error.message);
        expect(outcome).toEqual(expect.any(String));
      }
      expect(cached()).toEqual(before);
    },
  );

  it('anchor refuses a root that has expired, and one whose signature is not that of its key', async () => {
    const next = signer();
    collection.rotateRoot([next], [...collection.signersOf('root'), next], { expires: past });
    await expectRefused('EXPIRED');
    collection.edit('root', ['expires'], '2049-01-01T00:00:00Z');
    collection.seal('root', [signer()]);
    await expectRefused('ROOT_VALIDATION');
    const fresh = actor(collection.server, memoryClock(), gun);
    const shown = await showAnchor(fresh, async () => fresh, now);
    expect([shown.root, codes(shown.findings)]).toEqual([undefined, ['ROOT_NOT_TRUSTED', 'ROOT_VALIDATION']]);
  });

  it('anchor follows the chain from a cached root whose time, and that of its certificate, has passed', async () => {
    const late = new Date(now.getTime() + days(20 * 365));
    const next = certifiedSigner(gun, late);
    collection.rotateRoot([next], [...collection.signersOf('root'), next], {
      expires: '2099-01-01T00:00:00Z',
    });
    expect((await planRefresh(reader, late)).outcome).toBe('chain');
  });
});

describe('G14 anchor and roots with two certificates', () => {
  let pair: readonly [Signer, Signer];
  beforeEach(async () => {
    pair = [signer(), signer()];
    collection.rotateRoot(pair, [...collection.signersOf('root'), ...pair]);
    await update(reader);
  });

  it('anchor takes the fingerprint of either certificate, and pins that one', async () => {
    const [one = '', other = ''] = prints();
    for (const print of [one, other]) expect(statusOf((await check(print)).findings)).toBe(0);
    expect((await planPin(reader, [other], now)).after).toEqual([pair[1].id]);
    expect((await planPin(reader, [], now)).after).toEqual(pair.map(({ id }) => id));
  });

  it('anchor adds to a pin of the one, and changes no pin that has both', async () => {
    const pinned = { ...reader, pinning: certs(pair[0].id) };
    expect(await planPin(pinned, prints(), now)).toMatchObject({
      after: pair.map(({ id }) => id),
      replaces: false,
    });
    const both = { ...reader, pinning: certs(pair[1].id, pair[0].id) };
    const plan = await planPin(both, prints(), now);
    expect(plan.after).toEqual(plan.before);
  });

  it('anchor does not pin one of two certificates that have to sign together', async () => {
    collection.rotateRoot(pair, pair, { threshold: 2 });
    const plan = await planPin(reader, prints().slice(0, 1), now);
    expect(codes(plan.findings)).toEqual(['ROOT_VALIDATION']);
    expect((await planPin(reader, prints(), now)).findings).toEqual([]);
  });
});

describe('G33 anchor and pins', () => {
  it('anchor refuses to take or to pin what a pin contradicts', async () => {
    const pinned = { ...reader, pinning: certs('f'.repeat(64)) };
    const plan = await planRefresh(pinned, now);
    expect([plan.outcome, codes(plan.findings)]).toEqual(['refused', ['ROOT_NOT_PINNED']]);
    expect(codes((await planPin(pinned, prints(), now)).findings)).toEqual(['ROOT_NOT_PINNED']);
    const answer = await checkAnchor(pinned, prints(), { now, offline: false });
    expect(statusOf(answer.findings)).toBe(4);
  });

  it('anchor lets no pin of a prefix or of a CA without its file be overruled unseen', async () => {
    const prefix = { ...noPinning, certs: new Map([['docker.io/*', ['f'.repeat(64)]]]) };
    const ca = { ...noPinning, ca: new Map([['docker.io/', undefined]]) };
    for (const pinning of [prefix, ca])
      expect(codes((await planPin({ ...reader, pinning }, prints(), now)).findings)).toEqual([
        'ROOT_NOT_PINNED',
      ]);
  });

  it('anchor replaces the pin of a former root from which signatures lead, and of no other', async () => {
    const [former] = collection.signersOf('root');
    rotate();
    const pinned = { ...reader, pinning: certs(former?.id ?? '') };
    const plan = await planPin(pinned, prints(), now);
    expect(plan).toMatchObject({ replaces: true, findings: [] });
    expect(plan.after).toEqual(collection.signersOf('root').map(({ id }) => id));
  });

  it('anchor takes no unproved root where trust on first use is off and nothing is pinned', async () => {
    const fresh = actor(collection.server, memoryClock(), gun);
    const strict = { ...fresh, pinning: { ...noPinning, disableTofu: true } };
    expect((await planRefresh(strict, now)).outcome).toBe('refused');
    const plan = await planPin(strict, prints(), now);
    expect([plan.after, plan.findings]).toEqual([collection.signersOf('root').map(({ id }) => id), []]);
  });
});

describe('G24 anchor and files of the cache', () => {
  it('anchor forgets what was seen below a root that nothing proves, and takes none when the cache has changed meanwhile', async () => {
    const other = new ForgedCollection({ version: 3, now: new Date(now.getTime() - days(1)) });
    for (const [name, bytes] of other.files) collection.files.set(name, bytes);
    const plan = await planRefresh(reader, now);
    if (plan.outcome !== 'unproved') throw new Error(plan.outcome);
    const before = cached() ?? new Uint8Array();
    reader.cache.files.set('root', Buffer.concat([before, Buffer.from('\n')]));
    await expect(takeRoot(reader, plan)).rejects.toMatchObject({ code: 'COLLECTION_BUSY' });
    expect(reader.cache.files.has('targets')).toBe(true);
    reader.cache.files.set('root', before);
    await takeRoot(reader, plan);
    expect([...reader.cache.files.keys()]).toEqual(['root']);
  });

  it('anchor keeps what was seen when the same root takes the place of a damaged file', async () => {
    reader.cache.files.set('root', Buffer.from('junk'));
    const plan = await planRefresh(reader, now);
    if (plan.outcome !== 'unproved') throw new Error(plan.outcome);
    await takeRoot(reader, plan);
    expect(reader.cache.files.has('targets')).toBe(true);
    expect((await update(reader)).root.content.version).toBe(10);
  });
});
