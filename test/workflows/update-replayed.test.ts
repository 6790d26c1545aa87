/** Files that were good once, or good for others: what somebody who has seen more does not take any more. */

import { beforeEach, describe, expect, it } from 'vitest';
import { update } from '../../src/client/update/update.ts';
import { type Actor, actor } from '../support/actor.ts';
import { ForgedCollection, forgedGun } from '../support/forged-repository.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { edited, plainSigner } from '../support/metadata-author.ts';

const delegations = ['targets/a', 'targets/a/b', 'targets/b'];
const belowTimestamp = ['snapshot', 'targets', ...delegations];

let collection: ForgedCollection;
let reader: Actor;

beforeEach(async () => {
  collection = new ForgedCollection({ delegations });
  reader = actor(collection.server, memoryClock(), forgedGun);
  await update(reader);
});

const version = async (role: string) => {
  const { timestamp, snapshot, targets } = await update(reader);
  const found = role === 'timestamp' ? timestamp : role === 'snapshot' ? snapshot : targets.get(role);
  return found?.content.version;
};

describe('G11 an older version', () => {
  it('an older version of everything together is refused, as a server restored from a copy would serve it', async () => {
    const old = new Map(collection.files);
    collection.raise();
    await update(reader);
    for (const [name, bytes] of old) collection.files.set(name, bytes);
    await expect(update(reader)).rejects.toMatchObject({ code: 'LOW_VERSION' });
  });

  for (const role of belowTimestamp) {
    it(`an older version of ${role} under a new timestamp is refused, larger or smaller than the newer one`, async () => {
      for (const size of ['larger', 'smaller']) {
        const before = collection.version(role);
        const padding = size === 'smaller' ? 'x'.repeat(5000) : undefined;
        collection.edit(role, ['padding'], padding);
        collection.raise();
        await update(reader);
        collection.edit(role, ['padding'], size === 'larger' ? 'x'.repeat(9000) : undefined);
        collection.edit(role, ['version'], before);
        if (role === 'snapshot') collection.settleTimestamp();
        else collection.settle();
        await expect(update(reader)).rejects.toMatchObject({ code: 'LOW_VERSION', details: { role } });
        collection.edit(role, ['version'], before + 10);
      }
    });
  }
});

describe('G11 another file of the version that was seen', () => {
  for (const role of belowTimestamp) {
    it(`another file of ${role} with the version that was seen is refused, whichever key signed it`, async () => {
      const trusted = reader.cache.files.get(role);
      collection.edit(role, ['comment'], 'for you only');
      if (role === 'snapshot') collection.settleTimestamp();
      else collection.settle();
      await expect(update(reader)).rejects.toMatchObject({
        code: 'LOW_VERSION',
        message: expect.stringMatching(/ has been seen with other content$/) as string,
        details: { role },
      });
      expect(reader.cache.files.get(role)).toEqual(trusted);
    });
  }

  it('another root with the version that was seen is refused, whichever key signed it', async () => {
    collection.edit('root', ['comment'], 'for you only');
    collection.settle();
    await expect(update(reader)).rejects.toMatchObject({ code: 'LOW_VERSION', details: { role: 'root' } });
  });

  it('another root with the version that was seen gives way to the one that the snapshot names when it says the same', async () => {
    const honest = collection.files.get('root') ?? new Uint8Array();
    const newcomer = actor(collection.server, memoryClock(), forgedGun);
    collection.files.set('root', Buffer.concat([honest, Buffer.from('\n')]));
    await expect(update(newcomer)).rejects.toMatchObject({ name: 'NotaryError' });
    expect(newcomer.cache.files.get('root')).not.toEqual(honest);
    collection.files.set('root', honest);
    await update(newcomer);
    expect(newcomer.cache.files.get('root')).toEqual(honest);
  });

  it('another timestamp with the version that was seen does not take its place, and a warning says so', async () => {
    const trusted = reader.cache.files.get('timestamp');
    collection.edit('timestamp', ['meta', 'snapshot', 'hashes', 'sha256'], 'A'.repeat(43) + '=');
    await update(reader);
    expect(reader.cache.files.get('timestamp')).toEqual(trusted);
    expect(reader.log.records).toContainEqual(
      expect.objectContaining({ level: 'warn', code: 'TIMESTAMP_REPLACED' }),
    );
    collection.settleTimestamp();
    await update(reader);
    expect(reader.cache.files.get('timestamp')).toEqual(collection.files.get('timestamp'));
  });

  it('another file with the version that was seen is taken when it is the same file', async () => {
    await update(reader);
    expect(reader.log.records).toEqual([]);
  });
});

describe('G12 a version at the end of the range', () => {
  const end = 2 ** 31 - 1;

  for (const role of ['timestamp', 'snapshot', 'targets']) {
    it(`a version at the end of the range is left behind for ${role} when the root gives the role other keys`, async () => {
      collection.edit(role, ['version'], end);
      if (role === 'targets') collection.settle();
      else if (role === 'snapshot') collection.settleTimestamp();
      expect(await version(role)).toBe(end);
      collection.rotateBase(role, [plainSigner()]);
      collection.edit(role, ['version'], 1);
      collection.settle();
      expect(await version(role)).toBeLessThan(10);
    });

    it(`a version at the end of the range is not left behind for ${role} when the keys stay`, async () => {
      collection.edit(role, ['version'], end);
      if (role === 'targets') collection.settle();
      else if (role === 'snapshot') collection.settleTimestamp();
      await update(reader);
      collection.edit(role, ['version'], 1);
      collection.settle();
      await expect(update(reader)).rejects.toMatchObject({ code: 'LOW_VERSION' });
    });
  }

  it('a version at the end of the range is left behind for a delegation when its parent gives it other keys', async () => {
    collection.edit('targets/b', ['version'], end);
    collection.settle();
    expect(await version('targets/b')).toBe(end);
    collection.rotateDelegation('targets/b', [plainSigner()]);
    collection.next('targets');
    collection.edit('targets/b', ['version'], 1);
    collection.settle();
    expect(await version('targets/b')).toBe(1);
  });
});

describe('G11 a delegation that is gone from the snapshot', () => {
  const withoutEntry = (role: string) => {
    collection.contents.set('snapshot', edited(collection.content('snapshot'), ['meta', role], undefined));
    collection.next('snapshot');
    collection.settleTimestamp();
  };

  for (const role of delegations) {
    it(`a delegation (${role}) that is gone is missed when its parent is unchanged, and goes on being missed`, async () => {
      withoutEntry(role);
      for (let turn = 0; turn < 2; turn++) {
        await expect(update(reader)).rejects.toMatchObject({ code: 'CHECKSUM_MISSING', details: { role } });
      }
      expect((await update(actor(collection.server, memoryClock(), forgedGun))).targets.has(role)).toBe(
        false,
      );
    });
  }

  it('a delegation that is gone is not missed when its parent has changed, whose signer may take it away', async () => {
    collection.editDelegation('targets/b', () => undefined);
    collection.next('targets');
    collection.settle();
    withoutEntry('targets/b');
    expect([...(await update(reader)).targets.keys()].sort()).toEqual([
      'targets',
      'targets/a',
      'targets/a/b',
    ]);
  });

  it('a delegation that is gone is not missed when it never had a file', async () => {
    collection = new ForgedCollection({ delegations: ['targets/a'], bare: ['targets/c'] });
    reader = actor(collection.server, memoryClock(), forgedGun);
    await update(reader);
    collection.raise();
    await update(reader);
  });
});
