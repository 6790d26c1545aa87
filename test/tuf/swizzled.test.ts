import { describe, expect, it } from 'vitest';
import { isNotaryError, NotaryError } from '../../src/errors.ts';
import { noPinning } from '../../src/trust-pinning/trust-pinning.ts';
import { RepoBuilder } from '../../src/tuf/repo-builder.ts';
import { resealed, type SealedCollection, sealedCollection, served } from '../support/sealed-collection.ts';
import { swizzles } from '../support/swizzle.ts';

const collection = sealedCollection();
const roles = [...collection.files.keys()];
const order = ['root', 'timestamp', 'snapshot', 'targets', 'targets/a', 'targets/a/b', 'targets/z'];

interface Stop {
  readonly role: string;
  readonly code: string;
}

/** Loads everything in order, as somebody who has seen version 5 of every role; stops at the first failure. */
function load({ files, gun, now }: SealedCollection): {
  readonly builder: RepoBuilder;
  readonly stop: Stop | undefined;
} {
  const builder = new RepoBuilder({ gun, now, pinning: noPinning });
  const options = { minVersion: 5 };
  for (const role of order) {
    try {
      const bytes = files.get(role);
      if (bytes === undefined) throw new NotaryError('METADATA_NOT_FOUND', `${role} is gone`);
      if (role === 'root') builder.loadRoot(bytes, options);
      else if (role === 'timestamp') builder.loadTimestamp(bytes, options);
      else if (role === 'snapshot') builder.loadSnapshot(bytes, options);
      else builder.loadTargets(role, bytes, options);
    } catch (error) {
      if (!isNotaryError(error)) throw error;
      return { builder, stop: { role, code: error.code } };
    }
  }
  return { builder, stop: undefined };
}

const loaded = (builder: RepoBuilder): readonly string[] => [
  ...(builder.root === undefined ? [] : ['root']),
  ...(builder.timestamp === undefined ? [] : ['timestamp']),
  ...(builder.snapshot === undefined ? [] : ['snapshot']),
  ...builder.targets.keys(),
];

const cases = swizzles.flatMap((swizzle) =>
  roles
    .filter((role) => swizzle.applies(role))
    .map((role) => [`${swizzle.name}, ${role}`, swizzle, role] as const),
);

describe('a sound collection', () => {
  it('is loaded whole', () => {
    const { builder, stop } = load(collection);
    expect(stop).toBeUndefined();
    expect(loaded(builder)).toEqual(order);
  });

  it('is loaded whole when snapshot and timestamp are made anew', () => {
    expect(load(resealed(collection, new Map())).stop).toBeUndefined();
  });
});

describe('a collection whose hashes somebody has made right', () => {
  it.each(cases)('is loaded up to the fault: %s', (_, { files, stopsAt, code }, role) => {
    const { builder, stop } = load(resealed(collection, files(collection, role)));
    const at = stopsAt(role);
    expect(stop).toEqual(at === undefined ? undefined : { role: at, code: code(role) });
    expect(loaded(builder)).toEqual(at === undefined ? order : order.slice(0, order.indexOf(at)));
  });
});

describe('a collection with hashes as they were', () => {
  it.each(cases)('is refused at the latest where the hash is known: %s', (_, swizzle, role) => {
    const changedRole = swizzle.changes(role);
    const { builder, stop } = load(served(collection, swizzle.files(collection, role)));
    // The timestamp has no hash, and the root's is known only with the snapshot.
    if (changedRole === 'timestamp') {
      expect(stop?.role).toBe(swizzle.stopsAt(role));
    } else if (changedRole === 'root' && swizzle.stopsAt(role) !== 'root') {
      expect(stop?.role).toBe(
        ['timestamp', 'snapshot'].includes(role) ? (swizzle.stopsAt(role) ?? 'snapshot') : 'snapshot',
      );
    } else if (changedRole === 'root') {
      expect(stop).toEqual({ role: 'root', code: swizzle.code(role) });
    } else {
      const code = swizzle.name === 'gone' ? 'METADATA_NOT_FOUND' : 'CHECKSUM_MISMATCH';
      expect(stop).toEqual({ role: changedRole, code });
    }
    expect(loaded(builder)).toEqual(
      order.slice(0, stop === undefined ? order.length : order.indexOf(stop.role)),
    );
  });
});
