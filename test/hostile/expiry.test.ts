/** What `expiry` and `renew` make of a server that hides the state of a role, or lets the client search for ever. */

import { beforeEach, describe, expect, it } from 'vitest';
import { expiryDocument } from '../../src/cli/render/expiry-documents.ts';
import { lookAtExpiry } from '../../src/client/expiry/look.ts';
import { defaultWithin, planRenewal } from '../../src/client/renew/plan.ts';
import { update } from '../../src/client/update/update.ts';
import { keyNames } from '../../src/collaborators/names.ts';
import { generateEcdsaKey } from '../../src/crypto/keys/private-key.ts';
import { formatInstant } from '../../src/encoding/rfc3339.ts';
import { NotaryError } from '../../src/errors.ts';
import { type Actor, actor } from '../support/actor.ts';
import { ForgedCollection } from '../support/forged-repository.ts';
import { days, memoryClock } from '../support/memory-ports.ts';
import { certifiedSigner } from '../support/metadata-author.ts';
import { refusal } from '../support/refusal.ts';

const role = 'targets/a';
let collection: ForgedCollection;
let reader: Actor;
let now: Date;

beforeEach(async () => {
  collection = new ForgedCollection({ delegations: [role] });
  ({ now } = collection);
  ending('timestamp', days(13));
  collection.settleTimestamp();
  reader = actor(collection.server, memoryClock(), collection.gun);
  await update(reader);
});

const look = (who: Actor = reader) => lookAtExpiry(who, { at: now, warn: days(60), critical: days(14) });
const ending = (name: string, left: number) =>
  collection.edit(name, ['expires'], formatInstant(new Date(now.getTime() + left)));

describe('G2 expiry and the copies in the cache', () => {
  it.each([
    [
      'that is signed with other keys',
      'ROLE_NEEDS_WITNESS',
      () => collection.seal(role, [collection.oneSigner('root')]),
    ],
    ['that is junk', 'ROLE_UNREADABLE', () => collection.files.set(role, Buffer.from('{"signed":{}}'))],
  ])('a file %s is not hidden by the copy that this machine has', async (_name, code, spoil) => {
    spoil();
    collection.settle();
    const fresh = await look(actor(collection.server, memoryClock(), collection.gun));
    expect(fresh.findings).toMatchObject([{ code, role, severity: 'error' }]);
    const { findings, rows } = await look();
    expect(findings).toEqual(fresh.findings);
    expect(rows).toEqual(fresh.rows);
  });
});

describe('G35 expiry and a snapshot whose signer is not known', () => {
  it('a snapshot that is near its end is named where it may be its owner who has to renew it', async () => {
    ending('snapshot', days(10));
    collection.settle();
    const { findings } = await look();
    expect(findings).toMatchObject([{ code: 'EXPIRES_SOON', role: 'snapshot', severity: 'warning' }]);
    const plan = await planRenewal(reader, { within: defaultWithin }, true);
    expect(plan.findings).toMatchObject([{ code: 'EXPIRES_SOON', role: 'snapshot', severity: 'note' }]);
  });
});

describe('G33 renew on a machine that has seen the root alone', () => {
  it('it says that the newest state is not known', async () => {
    for (const name of [...reader.cache.files.keys()]) if (name !== 'root') reader.cache.files.delete(name);
    const plan = await planRenewal(reader, { within: defaultWithin }, true);
    expect(plan.findings).toMatchObject([{ code: 'FIRST_USE', severity: 'note' }]);
  });
});

describe('G26 expiry and a clock that is behind', () => {
  it('nothing is called good by a clock that is behind that of the server', async () => {
    const behind = memoryClock();
    behind.advance(-days(365));
    await expect(look({ ...reader, clock: behind })).rejects.toThrow(refusal('CLOCK_BEHIND'));
  });
});

describe('expiry for Prometheus', () => {
  it('two certificates of one key are one sample, with the end of the first: a second one would spoil the file', async () => {
    const key = generateEcdsaKey();
    const [one, other] = [
      certifiedSigner('a', now, key),
      certifiedSigner('a', new Date(now.getTime() - days(9)), key),
    ];
    collection.rotateDelegation(role, [one, other]);
    collection.seal(role, [one]);
    collection.raise();
    const { rows, findings } = await look();
    const names = keyNames({ file: undefined, collections: [] });
    const report = { gun: collection.gun, at: '', rows, findings, names, warn: 1, critical: 1 };
    const text = expiryDocument('prometheus', { reports: [report], failed: [], now });
    const samples = text.split('\n').filter((line) => !line.startsWith('#'));
    const series = samples.map((line) => line.replace(/ [^ ]*$/, ''));
    expect(new Set(series).size).toBe(series.length);
    const ends = rows
      .filter(({ what, role: of }) => what === 'certificate' && of === role)
      .map(({ expires }) => expires);
    expect(ends).toHaveLength(2);
    const first = Math.min(...ends.map((end) => Date.parse(end))) / 1000;
    expect(samples.find((line) => line.includes(`certificate_expiry`) && line.includes(role))).toMatch(
      new RegExp(` ${first}$`),
    );
  });
});

describe('G34 a search for the newest snapshot', () => {
  it.each([
    ['every version', () => true],
    ['the next version only', (asked: number, known: number) => asked === known + 1],
  ])('ends where the server claims to have %s', async (_name, has) => {
    let [known, asked] = [0, 0];
    const bytes = collection.files.get('snapshot') ?? new Uint8Array();
    const get: Actor['remote']['get'] = async (name, limit) => {
      if (name === 'timestamp') throw new NotaryError('SERVER_UNAVAILABLE', '500');
      const version = /^(.+)\.snapshot$/.exec(name)?.[1];
      if (version === undefined || /^[0-9a-f]{64}$/.test(version)) return reader.remote.get(name, limit);
      if (++asked > 5000) throw new Error('asked for ever');
      if (!has(Number(version), known)) throw new NotaryError('METADATA_NOT_FOUND', name);
      known = Number(version);
      return bytes;
    };
    const fresh = actor(collection.server, memoryClock(), collection.gun);
    await expect(look({ ...fresh, remote: { ...fresh.remote, get } })).rejects.toThrow(/versions|500/);
    expect(asked).toBeLessThan(1000);
  });
});

describe('G13 renew and the certificates of the root', () => {
  it('too few root certificates in date are named, although one is', async () => {
    const old = certifiedSigner(collection.gun, new Date(now.getTime() - days(3649)));
    const pair = [old, certifiedSigner(collection.gun, now)];
    collection.rotateRoot(pair, [...collection.signersOf('root'), ...pair], { threshold: 2 });
    reader = actor(collection.server, memoryClock(), collection.gun);
    await update(reader);
    const clock = memoryClock();
    clock.advance(days(5));
    const plan = await planRenewal({ ...reader, clock }, { within: defaultWithin }, true);
    expect(plan.findings).toMatchObject([{ code: 'EXPIRED', role: 'root', severity: 'error' }]);
  });
});
