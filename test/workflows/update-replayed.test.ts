/** Files that were good once, or good for others: what somebody who has seen more does not take any more. */

import { beforeEach, describe, expect, it } from 'vitest';
import { update } from '../../src/client/update/update.ts';
import { edited, plainSigner } from '../server/author.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { type Person, person } from '../support/person.ts';
import { ForgedCollection, forgedGun } from './forged-collection.ts';

const delegations = ['targets/a', 'targets/a/b', 'targets/b'];
const belowTimestamp = ['snapshot', 'targets', ...delegations];

let collection: ForgedCollection;
let reader: Person;

beforeEach(async () => {
  collection = new ForgedCollection({ delegations });
  reader = person(collection.server, memoryClock(), forgedGun);
  await update(reader);
});

const version = async (role: string) => {
  const { timestamp, snapshot, targets } = await update(reader);
  const found = role === 'timestamp' ? timestamp : role === 'snapshot' ? snapshot : targets.get(role);
  return found?.content.version;
};

describe('G11 an older version', () => {
  it('of everything together is refused, as a server restored from a copy would serve it', async () => {
    const old = new Map(collection.files);
    collection.raise();
    await update(reader);
    for (const [name, bytes] of old) collection.files.set(name, bytes);
    await expect(update(reader)).rejects.toMatchObject({ code: 'LOW_VERSION' });
  });

  for (const role of belowTimestamp) {
    it(`of ${role} under a new timestamp is refused, larger or smaller than the newer one`, async () => {
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
    it(`of ${role} is refused, whoever signed it`, async () => {
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

  it('of the root is refused, whoever signed it', async () => {
    collection.edit('root', ['comment'], 'for you only');
    collection.settle();
    await expect(update(reader)).rejects.toMatchObject({ code: 'LOW_VERSION', details: { role: 'root' } });
  });

  it('of the root that says the same gives way to the one that the snapshot names', async () => {
    const honest = collection.files.get('root') ?? new Uint8Array();
    const newcomer = person(collection.server, memoryClock(), forgedGun);
    collection.files.set('root', Buffer.concat([honest, Buffer.from('\n')]));
    await expect(update(newcomer)).rejects.toMatchObject({ name: 'NotaryError' });
    expect(newcomer.cache.files.get('root')).not.toEqual(honest);
    collection.files.set('root', honest);
    await update(newcomer);
    expect(newcomer.cache.files.get('root')).toEqual(honest);
  });

  it('of the timestamp does not take the place of the one seen, and a warning says so', async () => {
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

  it('is taken when it is the same file', async () => {
    await update(reader);
    expect(reader.log.records).toEqual([]);
  });
});

describe('G12 a version at the end of the range', () => {
  const end = 2 ** 31 - 1;

  for (const role of ['timestamp', 'snapshot', 'targets']) {
    it(`of ${role} is left behind when the root gives the role other keys`, async () => {
      collection.edit(role, ['version'], end);
      if (role === 'targets') collection.settle();
      else if (role === 'snapshot') collection.settleTimestamp();
      expect(await version(role)).toBe(end);
      collection.rotateBase(role, [plainSigner()]);
      collection.edit(role, ['version'], 1);
      collection.settle();
      expect(await version(role)).toBeLessThan(10);
    });

    it(`of ${role} is not left behind when the keys stay`, async () => {
      collection.edit(role, ['version'], end);
      if (role === 'targets') collection.settle();
      else if (role === 'snapshot') collection.settleTimestamp();
      await update(reader);
      collection.edit(role, ['version'], 1);
      collection.settle();
      await expect(update(reader)).rejects.toMatchObject({ code: 'LOW_VERSION' });
    });
  }

  it('of a delegation is left behind when its parent gives it other keys', async () => {
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
    it(`(${role}) is missed when its parent is unchanged, and goes on being missed`, async () => {
      withoutEntry(role);
      for (let turn = 0; turn < 2; turn++) {
        await expect(update(reader)).rejects.toMatchObject({ code: 'CHECKSUM_MISSING', details: { role } });
      }
      expect((await update(person(collection.server, memoryClock(), forgedGun))).targets.has(role)).toBe(
        false,
      );
    });
  }

  it('is not missed when its parent has changed: whoever signs the parent may take it away', async () => {
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

  it('is not missed when it never had a file', async () => {
    collection = new ForgedCollection({ delegations: ['targets/a'], bare: ['targets/c'] });
    reader = person(collection.server, memoryClock(), forgedGun);
    await update(reader);
    collection.raise();
    await update(reader);
  });
});
