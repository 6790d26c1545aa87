/** Good files at the wrong time: whoever has seen more takes nothing that is older, mixed, frozen or out of range. */

import { describe, expect, it } from 'vitest';
import { update } from '../../src/client/update/update.ts';
import { isNotaryError, type NotaryError } from '../../src/errors.ts';
import { fileMetasToJson } from '../../src/metadata/file-meta.ts';
import { fileMetaOf } from '../../src/tuf/checksums.ts';
import { type Actor, actor } from '../support/actor.ts';
import { ForgedCollection } from '../support/forged-repository.ts';
import { days, memoryClock } from '../support/memory-ports.ts';
import { plainSigner } from '../support/metadata-author.ts';
import { FaultyServer, type Files, seenBy } from './world.ts';

const delegations = ['targets/a', 'targets/a/b', 'targets/c'];
const belowTimestamp = ['snapshot', 'targets', ...delegations];

/** A year in the life of a collection: what its server had after each publication. */
function history(): readonly Files[] {
  const collection = new ForgedCollection({ delegations });
  const states: Files[] = [new Map(collection.files)];
  const publishing = (change: () => void) => {
    change();
    collection.settle();
    states.push(new Map(collection.files));
  };
  publishing(() => collection.next('targets'));
  publishing(() => collection.next('targets/a'));
  publishing(() => collection.next('targets/a/b'));
  publishing(() => undefined);
  const keys = collection.signersOf('root');
  publishing(() => collection.rotateRoot(keys, keys));
  publishing(() => collection.raise());
  return states;
}

const states = history();
const last = states.length - 1;
const at = (index: number): Files => states[index] ?? new Map();

async function readerOf(server: FaultyServer): Promise<Actor> {
  const reader = actor(server, memoryClock());
  await update(reader);
  return reader;
}

async function refusalOf(reader: Actor): Promise<NotaryError> {
  try {
    await update(reader);
  } catch (error) {
    if (isNotaryError(error)) return error;
    throw error;
  }
  throw new Error('believed');
}

describe('G11 a state that was good once', () => {
  const pairs = states.flatMap((_, newer) =>
    states.slice(0, newer).map((_state, older) => [older, newer] as const),
  );

  it.each(pairs)(
    'state number %i is refused by a reader of number %i, who then goes on',
    async (older, newer) => {
      const server = new FaultyServer(at(newer));
      const reader = await readerOf(server);
      const held = new Map(reader.cache.files);
      server.files = at(older);
      const error = await refusalOf(reader);
      expect(error.code).toBe('LOW_VERSION');
      const sameRoot = at(older).get('root')?.toString() === at(newer).get('root')?.toString();
      expect(error.details).toMatchObject({ role: sameRoot ? 'timestamp' : 'root', gun: reader.gun });
      expect(Number(error.details['version'])).toBeLessThan(Number(error.details['expected']));
      expect(reader.cache.files).toEqual(held);
      server.files = at(last);
      expect(seenBy(await update(reader))).toBe(seenBy(await update(actor(server, memoryClock()))));
    },
  );

  const mixed = ['root', ...belowTimestamp].flatMap((role) =>
    states.slice(1).map((_, index) => [role, index] as const),
  );

  it.each(mixed)(
    'a server that replays gives no %s of state %i to a newcomer to the last state',
    async (role, index) => {
      const files = new Map(at(last)).set(role, at(index).get(role) ?? new Uint8Array());
      const server = new FaultyServer(files);
      const reader = actor(server, memoryClock());
      const unchanged =
        Buffer.compare(at(index).get(role) ?? Buffer.of(), at(last).get(role) ?? Buffer.of()) === 0;
      expect(unchanged).toBe(false);
      expect(['CHECKSUM_MISMATCH', 'MALICIOUS_SERVER', 'LOW_VERSION']).toContain(
        (await refusalOf(reader)).code,
      );
      expect(reader.cache.files.has('targets')).toBe(role.startsWith('targets/'));
      server.files = at(last);
      expect(seenBy(await update(reader))).toBe(seenBy(await update(actor(server, memoryClock()))));
    },
  );

  it.each(mixed)(
    'a replay changes nothing for a reader of the last state when only its %s is of state %i',
    async (role, index) => {
      const server = new FaultyServer(at(last));
      const reader = await readerOf(server);
      const seen = seenBy(await update(reader));
      server.files = new Map(at(last)).set(role, at(index).get(role) ?? new Uint8Array());
      expect(seenBy(await update(reader))).toBe(seen);
    },
  );

  it.each(states.slice(0, last).map((_, index) => index))(
    'state number %i under the last timestamp is refused',
    async (index) => {
      const server = new FaultyServer(at(last));
      const files = new Map(at(index)).set('timestamp', at(last).get('timestamp') ?? new Uint8Array());
      server.files = files;
      const error = await refusalOf(actor(server, memoryClock()));
      expect(['CHECKSUM_MISMATCH', 'MALICIOUS_SERVER']).toContain(error.code);
    },
  );
});

describe('G11 an older file that the keys of snapshot and timestamp vouch for', () => {
  const roles = ['snapshot', 'targets', ...delegations];
  const cases = roles.flatMap((role) => [1, 2, 5, 9].map((steps) => [role, steps] as const));

  it.each(cases)(
    'an older file that the keys of snapshot and timestamp vouch for is refused: %s, %i versions back',
    async (role, steps) => {
      const collection = new ForgedCollection({ delegations, version: 20 });
      collection.raise(10);
      const reader = actor(collection.server, memoryClock());
      await update(reader);
      const held = reader.cache.files.get(role);
      const expected = collection.version(role);
      collection.edit(role, ['version'], expected - steps);
      if (role === 'snapshot') collection.settleTimestamp();
      else collection.settle();
      const error = await refusalOf(reader);
      expect(error).toMatchObject({
        code: 'LOW_VERSION',
        message: `version ${expected - steps} is lower than current version ${expected}`,
        details: { role, version: expected - steps, expected, gun: collection.gun },
      });
      expect(reader.cache.files.get(role)).toEqual(held);
      collection.edit(role, ['version'], expected + 1);
      collection.settle();
      expect(seenBy(await update(reader))).toBe(
        seenBy(await update(actor(collection.server, memoryClock()))),
      );
    },
  );
});

describe('G11 a timestamp that leads nowhere', () => {
  const wrongs: readonly (readonly [string, (collection: ForgedCollection) => void])[] = [
    ['a snapshot that nobody has', (collection) => name(collection, fileMetaOf(Buffer.from('nothing')))],
    [
      'a checksum of zeros',
      (collection) =>
        collection.edit(
          'timestamp',
          ['meta', 'snapshot', 'hashes', 'sha256'],
          Buffer.alloc(32).toString('base64'),
        ),
    ],
    [
      'another SHA-512',
      (collection) =>
        collection.edit(
          'timestamp',
          ['meta', 'snapshot', 'hashes', 'sha512'],
          Buffer.alloc(64).toString('base64'),
        ),
    ],
    ['no bytes', (collection) => collection.edit('timestamp', ['meta', 'snapshot', 'length'], 0)],
    ['a negative length', (collection) => collection.edit('timestamp', ['meta', 'snapshot', 'length'], -1)],
    [
      'more bytes than anybody reads',
      (collection) => collection.edit('timestamp', ['meta', 'snapshot', 'length'], 2 ** 52),
    ],
    [
      'the root in place of the snapshot',
      (collection) => name(collection, fileMetaOf(collection.files.get('root') ?? new Uint8Array())),
    ],
  ];

  function name(collection: ForgedCollection, meta: ReturnType<typeof fileMetaOf>): void {
    collection.edit('timestamp', ['meta'], fileMetasToJson(new Map([['snapshot', meta]])));
  }

  it.each(wrongs)(
    'after a timestamp that leads to %s, an honest one of the same version is believed',
    async (_, spoil) => {
      const collection = new ForgedCollection({ delegations });
      const reader = actor(collection.server, memoryClock());
      await update(reader);
      const held = new Map(reader.cache.files);
      collection.raise();
      const honest = new Map(collection.files);
      spoil(collection);
      await refusalOf(reader);
      for (const role of ['root', ...belowTimestamp]) {
        const bytes = reader.cache.files.get(role);
        expect([held.get(role), honest.get(role)]).toContainEqual(bytes);
      }
      for (const [role, bytes] of honest) collection.files.set(role, bytes);
      const { snapshot } = await update(reader);
      expect(snapshot?.envelope.bytes).toEqual(honest.get('snapshot'));
      expect(reader.log.messages('warn')).toEqual([]);
    },
  );
});

describe('G11 a server that stands still', () => {
  const role = (name: string) => [name] as const;
  const ends = new Map([
    ['timestamp', 14],
    ['snapshot', 40],
    ['targets', 50],
    ['targets/a', 60],
    ['root', 70],
  ]);

  it.each([...ends.keys()].map(role))(
    'a server that stands still is believed until its %s ends, and not a second longer',
    async (name) => {
      const clock = memoryClock();
      const end = new Date(clock.now().getTime() + days(ends.get(name) ?? 0));
      const collection = new ForgedCollection({ delegations });
      collection.edit(name, ['expires'], end.toISOString().replace('.000', ''));
      if (name !== 'timestamp') collection.settle();
      const reader = actor(collection.server, clock);
      const seen = seenBy(await update(reader));
      clock.set(end);
      expect(seenBy(await update(reader))).toBe(seen);
      clock.advance(1000);
      if (name.includes('/')) {
        expect([...(await update(reader)).targets.keys()]).toEqual(['targets', 'targets/c']);
        expect(reader.log.messages('warn')).toContainEqual(
          expect.stringMatching(/^Error getting targets\/a: targets\/a expired at /),
        );
      } else {
        const held = new Map(reader.cache.files);
        expect(await refusalOf(reader)).toMatchObject({
          code: 'EXPIRED',
          details: { role: name, gun: reader.gun },
        });
        expect(reader.cache.files).toEqual(held);
      }
    },
  );
});

describe('G12 a version that nobody can follow', () => {
  const versions = [100, 2 ** 31 - 1, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER];
  const cases = ['timestamp', 'snapshot', 'targets', 'targets/a', 'targets/a/b'].flatMap((role) =>
    versions.map((version) => [role, version] as const),
  );

  async function pushed(
    role: string,
    version: number,
  ): Promise<{ collection: ForgedCollection; reader: Actor }> {
    const collection = new ForgedCollection({ delegations });
    collection.edit(role, ['version'], version);
    if (role === 'snapshot') collection.settleTimestamp();
    else if (role !== 'timestamp') collection.settle();
    const reader = actor(collection.server, memoryClock());
    const loaded = await update(reader);
    const found =
      role === 'timestamp'
        ? loaded.timestamp
        : role === 'snapshot'
          ? loaded.snapshot
          : loaded.targets.get(role);
    expect(found?.content.version).toBe(version);
    return { collection, reader };
  }

  it.each(cases)('the version of %s, %i, is forgotten with the keys of the role', async (role, version) => {
    const { collection, reader } = await pushed(role, version);
    if (role.includes('/')) {
      collection.rotateDelegation(role, [plainSigner()]);
      collection.next(role.slice(0, role.lastIndexOf('/')));
    } else {
      collection.rotateBase(role, [plainSigner()]);
    }
    collection.edit(role, ['version'], 2);
    collection.settle();
    const loaded = await update(reader);
    expect([...loaded.targets.keys()].sort()).toEqual(['targets', ...delegations]);
    expect(seenBy(loaded)).toBe(seenBy(await update(actor(collection.server, memoryClock()))));
  });

  it.each(cases)('the version of %s, %i, is kept while the keys are', async (role, version) => {
    const { collection, reader } = await pushed(role, version);
    collection.edit(role, ['version'], 2);
    collection.settle();
    const held = reader.cache.files.get(role);
    expect(await refusalOf(reader)).toMatchObject({
      code: 'LOW_VERSION',
      details: { role, expected: version },
    });
    expect(reader.cache.files.get(role)).toEqual(held);
  });
});
