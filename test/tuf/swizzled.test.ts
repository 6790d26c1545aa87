import { describe, expect, it } from 'vitest';
import { loadCollection } from '../support/load-collection.ts';
import { resealed, type SealedCollection, sealedCollection, served } from '../support/sealed-collection.ts';
import { swizzles } from '../support/swizzle.ts';

const collection = sealedCollection();
const roles = [...collection.files.keys()];
const order = ['root', 'timestamp', 'snapshot', 'targets', 'targets/a', 'targets/a/b', 'targets/z'];

/** As somebody who has seen version 5 of every role. */
function load(from: SealedCollection) {
  const { stop, loaded } = loadCollection(from, { minVersion: 5, delegations: order.slice(4) });
  return { loaded, stop: stop && { role: stop.role, code: stop.error.code } };
}

const cases = swizzles.flatMap((swizzle) =>
  roles
    .filter((role) => swizzle.applies(role))
    .map((role) => [`${swizzle.name}, ${role}`, swizzle, role] as const),
);

describe('a sound collection', () => {
  it('a sound collection is loaded whole', () => {
    const { loaded, stop } = load(collection);
    expect(stop).toBeUndefined();
    expect(loaded).toEqual(order);
  });

  it('a sound collection is loaded whole when snapshot and timestamp are made anew', () => {
    expect(load(resealed(collection, new Map())).stop).toBeUndefined();
  });
});

describe('G1 a collection whose hashes an attacker has made right', () => {
  it.each(cases)(
    'a collection whose hashes an attacker has made right is loaded up to the fault: %s',
    (_, { files, stopsAt, code }, role) => {
      const { loaded, stop } = load(resealed(collection, files(collection, role)));
      const at = stopsAt(role);
      expect(stop).toEqual(at === undefined ? undefined : { role: at, code: code(role) });
      expect(loaded).toEqual(at === undefined ? order : order.slice(0, order.indexOf(at)));
    },
  );
});

describe('G1 a collection with hashes as they were', () => {
  it.each(cases)(
    'a collection with hashes as they were is refused at the latest where the hash is known: %s',
    (_, swizzle, role) => {
      const changedRole = swizzle.changes(role);
      const { loaded, stop } = load(served(collection, swizzle.files(collection, role)));
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
      expect(loaded).toEqual(order.slice(0, stop === undefined ? order.length : order.indexOf(stop.role)));
    },
  );
});
