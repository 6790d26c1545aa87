/**
 * Files that whoever holds the server has made wrong, with checksums that fit: nothing of it may be
 * believed, what was trusted stays, and an honest server is believed again.
 */

import { beforeEach, describe, expect, it } from 'vitest';
import { update } from '../../src/client/update/update.ts';
import type { ErrorCode } from '../../src/error-codes.ts';
import { type Actor, actor } from '../support/actor.ts';
import { ForgedCollection, forgedGun } from '../support/forged-repository.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { refusingUnreadable } from '../support/unreadable.ts';
import type { Tampering } from './tamperings.ts';
import * as tamper from './tamperings.ts';

const delegations = ['targets/a', 'targets/a/b', 'targets/b'];
const baseRoles = ['timestamp', 'snapshot', 'targets'];

/** What a reader has before: nothing, what the server has, or what the server had before its last publication. */
type Cache = 'no cache' | 'a fresh cache' | 'a stale cache';
const caches: readonly Cache[] = ['no cache', 'a fresh cache', 'a stale cache'];

let collection: ForgedCollection;
let reader: Actor;

beforeEach(() => {
  collection = new ForgedCollection({ delegations, bare: ['targets/a/b/c', 'targets/b/c'] });
  reader = actor(collection.server, memoryClock(), forgedGun);
});

async function prepare(cache: Cache): Promise<void> {
  if (cache !== 'no cache') await update(reader);
  if (cache === 'a stale cache') collection.raise();
}

/** Makes the file wrong and, unless the timestamp is to say that nothing is new, lets the checksums fit. */
function apply({ apply: spoil }: Tampering, role: string, cache: Cache): void {
  // Another timestamp of the version seen before would not be looked at.
  if (cache === 'a fresh cache' && role === 'timestamp') collection.edit(role, ['version'], 12);
  spoil(collection, role);
  if (cache === 'a fresh cache') return;
  if (spoil === tamper.tooFewSignatures.apply) collection.settle();
  else if (role === 'snapshot') collection.settleTimestamp();
  else if (role !== 'timestamp') collection.settle();
}

async function outcome(write = false): Promise<ErrorCode | 'accepted'> {
  try {
    await update(refusingUnreadable(reader), { checkExists: write });
    return 'accepted';
  } catch (error) {
    return (error as { code: ErrorCode }).code;
  }
}

/** Updates and expects the code; the role's cached file stays, and the honest files are taken afterwards. */
async function expectRefusal(
  tampering: Tampering,
  role: string,
  cache: Cache,
  code: ErrorCode,
): Promise<void> {
  await prepare(cache);
  const honest = { files: new Map(collection.files), contents: new Map(collection.contents) };
  const trusted = reader.cache.files.get(role);
  apply(tampering, role, cache);
  expect(await outcome()).toBe(code);
  // A threshold is known with the new root only, and the old one lets the timestamp pass until then.
  if (tampering !== tamper.tooFewSignatures) expect(reader.cache.files.get(role)).toEqual(trusted);
  collection.files.clear();
  for (const [name, bytes] of honest.files) collection.files.set(name, bytes);
  for (const [name, content] of honest.contents) collection.contents.set(name, content);
  collection.raise();
  expect(await outcome()).toBe('accepted');
  expect(reader.cache.files.get(role)).toEqual(collection.files.get(role));
}

const codes = new Map<Tampering, ErrorCode>([
  [tamper.notJson, 'MALFORMED_JSON'],
  [tamper.truncated, 'MALFORMED_JSON'],
  [tamper.noSignedPart, 'MALFORMED_JSON'],
  [tamper.wrongMemberType, 'MALFORMED_JSON'],
  [tamper.wrongType, 'INVALID_METADATA'],
  [tamper.versionZero, 'INVALID_METADATA'],
  [tamper.contentAfterSigning, 'ROLE_THRESHOLD'],
  [tamper.strangersKey, 'ROLE_THRESHOLD'],
  [tamper.borrowedKeyId, 'ROLE_THRESHOLD'],
  [tamper.tooFewSignatures, 'ROLE_THRESHOLD'],
  [tamper.noSignatures, 'NO_SIGNATURES'],
  [tamper.expired, 'EXPIRED'],
  [tamper.olderVersion, 'LOW_VERSION'],
]);

const all = [...codes].map(([tampering, code]) => ({ tampering, way: tampering.way, code }));

function rows(roles: readonly string[], ways: typeof all, chosen: readonly Cache[]) {
  return roles.flatMap((role) =>
    ways.flatMap(({ tampering, way, code }) =>
      chosen
        .filter((cache) => cache !== 'no cache' || tampering !== tamper.olderVersion)
        .map((cache) => ({ role, tampering, way, code, cache })),
    ),
  );
}

const looked: readonly Cache[] = ['no cache', 'a stale cache'];

describe('G1 a base role of the server', () => {
  for (const { tampering, way, role, cache, code } of rows(baseRoles, all, looked)) {
    it(`a ${role} file ${way} is refused with ${cache}: ${code}`, () =>
      expectRefusal(tampering, role, cache, code));
  }

  for (const { tampering, way, cache, code } of rows(['timestamp'], all, ['a fresh cache'])) {
    if (tampering === tamper.tooFewSignatures) continue;
    it(`a timestamp ${way} is refused all the same with ${cache}: ${code}`, () =>
      expectRefusal(tampering, 'timestamp', cache, code));
  }

  const unasked = ['root', 'snapshot', 'targets', ...delegations];
  for (const { tampering, way, role, cache } of rows(unasked, all, ['a fresh cache'])) {
    it(`a ${role} file ${way} is not even asked for with ${cache}`, async () => {
      await prepare(cache);
      apply(tampering, role, cache);
      collection.server.asked.splice(0);
      expect(await outcome()).toBe('accepted');
      expect(collection.server.asked).toEqual(['timestamp']);
    });
  }
});

describe('G1 a delegation of the server', () => {
  const skippable: readonly Tampering[] = [...tamper.badSignatures, tamper.expired];
  const fatal = all.filter(({ tampering }) => !skippable.includes(tampering));
  const passedOver = all.filter(({ tampering }) => skippable.includes(tampering));

  for (const { tampering, way, role, cache, code } of rows(delegations, fatal, looked)) {
    it(`the file ${way} of ${role} is refused with ${cache}: ${code}`, () =>
      expectRefusal(tampering, role, cache, code));
  }

  /** Junk that hides nothing from somebody who has a copy; a threshold or an expiry is the parent's, or its own, doing. */
  const junk: readonly Tampering[] = [tamper.contentAfterSigning, tamper.strangersKey, tamper.borrowedKeyId];
  const isHidden = (tampering: Tampering, cache: Cache) =>
    cache === 'a stale cache' && junk.includes(tampering);
  const cases = rows(delegations, passedOver, looked);

  for (const { tampering, way, role, cache } of cases.filter((row) => isHidden(row.tampering, row.cache))) {
    it(`a ${role} file ${way} gives way to the copy, with a warning, with ${cache}`, async () => {
      await prepare(cache);
      const trusted = reader.cache.files.get(role);
      apply(tampering, role, cache);
      for (let turn = 0; turn < 2; turn++) {
        const { targets } = await update(reader);
        expect([...targets.keys()].sort()).toEqual(['targets', ...delegations].sort());
        expect(targets.get(role)?.envelope.bytes).toEqual(trusted);
        expect(reader.cache.files.get(role)).toEqual(trusted);
      }
      const warning = [`Error getting ${role}: `, ' is used on'].map(
        (text): unknown => expect.stringContaining(text) as unknown,
      );
      expect(reader.log.messages('warn')).toEqual([...warning, ...warning]);
    });
  }

  for (const { tampering, way, role, cache } of cases.filter((row) => !isHidden(row.tampering, row.cache))) {
    it(`a ${role} file ${way} is left out with all below it and nothing else, with ${cache}`, async () => {
      await prepare(cache);
      const trusted = reader.cache.files.get(role);
      apply(tampering, role, cache);
      const { targets, root, snapshot, timestamp } = await update(reader);
      const expected = ['targets', ...delegations].filter((name) => !`${name}/`.startsWith(`${role}/`));
      expect([...targets.keys()].sort()).toEqual(expected.sort());
      expect([root, snapshot, timestamp]).not.toContain(undefined);
      expect(reader.log.messages('warn')).toEqual([expect.stringContaining(`Error getting ${role}: `)]);
      expect(reader.cache.files.get(role)).toEqual(trusted);
    });
  }
});

describe('G1 a root of the server', () => {
  /** With nothing trusted before, a root is judged by itself; else by the keys of the root before. */
  const unsigned: readonly Tampering[] = [...tamper.badSignatures, tamper.noSignatures];
  const codeFor = (tampering: Tampering, cache: Cache, code: ErrorCode): ErrorCode => {
    if (!unsigned.includes(tampering)) return code;
    const judgedByPrevious = cache === 'a stale cache' && tampering !== tamper.tooFewSignatures;
    return judgedByPrevious ? 'ROOT_ROTATION' : 'ROOT_VALIDATION';
  };

  for (const { tampering, way, cache, code: usual } of rows(['root'], all, looked)) {
    const code = codeFor(tampering, cache, usual);
    it(`a root ${way} is refused with ${cache}: ${code}`, () =>
      expectRefusal(tampering, 'root', cache, code));
  }

  for (const cache of looked) {
    for (const name of ['root', 'targets', 'snapshot', 'timestamp']) {
      const code = name === 'root' ? 'ROOT_VALIDATION' : 'ROLE_THRESHOLD';
      it(`a root that gives ${name} no keys is refused with ${cache}: ${code}`, () =>
        expectUnusable((forged) => forged.edit('root', ['roles', name, 'keyids'], []), cache, code));

      it(`a root without the role ${name} is refused with ${cache}`, () =>
        expectUnusable(
          (forged) => forged.edit('root', ['roles', name], undefined),
          cache,
          'INVALID_METADATA',
        ));
    }

    it(`a root that names a key it does not list is refused with ${cache}`, () =>
      expectUnusable(
        (forged) => forged.edit('root', ['keys', forged.oneSigner('snapshot').id], undefined),
        cache,
        'INVALID_METADATA',
      ));

    it(`a root with a threshold of 0 is refused with ${cache}`, () =>
      expectUnusable((forged) => forged.setThreshold('timestamp', 0), cache, 'INVALID_METADATA'));
  }

  async function expectUnusable(
    spoil: (forged: ForgedCollection) => void,
    cache: Cache,
    code: ErrorCode,
  ): Promise<void> {
    for (const write of [false, true]) {
      collection = new ForgedCollection({ delegations });
      reader = actor(collection.server, memoryClock(), forgedGun);
      await prepare(cache);
      spoil(collection);
      collection.settle();
      expect(await outcome(write)).toBe(code);
    }
  }
});

describe('G1 files that fit together and say too little', () => {
  for (const cache of looked) {
    for (const missing of ['root', 'targets']) {
      it(`a snapshot without the checksum of ${missing} is refused with ${cache}`, async () => {
        await prepare(cache);
        collection.edit('snapshot', ['meta', missing], undefined);
        collection.settleTimestamp();
        expect(await outcome()).toBe('INVALID_METADATA');
      });
    }

    it(`a targets file that lists a delegation named root is refused with ${cache}`, async () => {
      await prepare(cache);
      collection.editDelegation('targets/a', (entry) => new Map(entry).set('name', 'root'));
      collection.settle();
      expect(await outcome()).toBe('INVALID_METADATA');
    });

    it(`a delegation that its parent no longer lists is not fetched with ${cache}`, async () => {
      await prepare(cache);
      collection.editDelegation('targets/a', () => undefined);
      collection.settle();
      collection.server.asked.splice(0);
      const { targets } = await update(reader);
      expect([...targets.keys()].sort()).toEqual(['targets', 'targets/b']);
      expect(collection.server.asked.filter((resource) => resource.startsWith('targets/a'))).toEqual([]);
    });
  }

  for (const cache of caches) {
    it(`a timestamp without the checksum of the snapshot is refused with ${cache}`, async () => {
      await prepare(cache);
      collection.settleTimestamp();
      collection.edit('timestamp', ['meta', 'snapshot'], undefined);
      expect(await outcome()).toBe('INVALID_METADATA');
    });
  }
});

describe('G1 files whose checksum is not the announced one', () => {
  for (const cache of looked) {
    for (const role of ['snapshot', 'targets', ...delegations]) {
      it(`a ${role} file with a blank more than announced is refused with ${cache}`, async () => {
        await prepare(cache);
        tamper.extraSpace.apply(collection, role);
        expect(await outcome()).toBe('MALICIOUS_SERVER');
      });

      it(`a ${role} file of the announced length with other bytes is refused with ${cache}`, async () => {
        await prepare(cache);
        const text = Buffer.from(collection.files.get(role) ?? []).toString();
        collection.files.set(role, Buffer.from(text.replace('"2049-', '"2048-')));
        expect(await outcome()).toBe('CHECKSUM_MISMATCH');
      });
    }

    it(`a root other than the one that the snapshot names is refused with ${cache}`, async () => {
      await prepare(cache);
      tamper.extraSpace.apply(collection, 'root');
      expect(await outcome()).toBe('MALICIOUS_SERVER');
      expect(await outcome(true)).toBe('MALICIOUS_SERVER');
    });
  }

  for (const role of ['root', 'snapshot', 'targets', ...delegations]) {
    it(`a ${role} file with a blank more than announced does no harm with a fresh cache`, async () => {
      await prepare('a fresh cache');
      tamper.extraSpace.apply(collection, role);
      expect(await outcome()).toBe('accepted');
      expect(await outcome(true)).toBe('accepted');
    });
  }

  for (const cache of caches) {
    it(`a timestamp, which nothing announces, may have a blank more with ${cache}`, async () => {
      await prepare(cache);
      tamper.extraSpace.apply(collection, 'timestamp');
      expect(await outcome()).toBe('accepted');
    });
  }
});
