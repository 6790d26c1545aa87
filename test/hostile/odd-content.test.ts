/** Content of the wrong shape that the right keys have signed: refused as a whole, or read as Go reads it. */

import { describe, expect, it } from 'vitest';
import { update } from '../../src/client/update/update.ts';
import type { JsonValue } from '../../src/encoding/json-value.ts';
import { isNotaryError } from '../../src/errors.ts';
import { actor } from '../support/actor.ts';
import { ForgedCollection, forgedGun } from '../support/forged-repository.ts';
import { memoryClock } from '../support/memory-ports.ts';
import { refusingUnreadable } from '../support/unreadable.ts';

const delegations = ['targets/a', 'targets/a/b'];

const values: Readonly<Record<string, JsonValue | undefined>> = {
  nothing: undefined,
  null: null,
  'an empty list': [],
  'a list': [1, 'a'],
  'an empty object': new Map(),
  'an object': new Map([['a', 1]]),
  'an object named __proto__': new Map([['__proto__', new Map([['length', 1]])]]),
  'an empty text': '',
  'a text': 'text',
  'a number': 3,
  'minus one': -1,
  true: true,
};

/** A member of a file, and the values with which the file can be read all the same. */
interface Place {
  readonly role: string;
  readonly path: readonly string[];
  readonly harmless: readonly string[];
}

const place = (role: string, path: readonly string[], ...harmless: readonly string[]): Place => ({
  role,
  path,
  harmless,
});

const targetsPlaces = (role: string): readonly Place[] => [
  // Go reads null and a missing member as an empty map or list.
  place(role, ['targets'], 'nothing', 'null', 'an empty object', 'an object named __proto__'),
  place(role, ['targets', `of ${role}`], 'nothing'),
  place(role, ['targets', `of ${role}`, 'length'], 'a number', 'minus one'),
  place(role, ['targets', `of ${role}`, 'hashes'], 'nothing', 'null', 'an empty object'),
  place(role, ['targets', `of ${role}`, 'hashes', 'sha256'], 'nothing', 'an empty text', 'a text'),
  place(role, ['targets', `of ${role}`, 'custom'], ...Object.keys(values)),
];

const places: readonly Place[] = [
  ...['root', 'timestamp', 'snapshot', 'targets', 'targets/a'].flatMap((role) => [
    place(role, ['_type']),
    place(role, ['version'], 'a number'),
    place(role, ['expires']),
    place(role, ['x'], ...Object.keys(values)),
  ]),
  place('root', ['keys']),
  place('root', ['roles']),
  ...['root', 'targets', 'snapshot', 'timestamp'].flatMap((role) => [
    place('root', ['roles', role]),
    place('root', ['roles', role, 'keyids']),
    place('root', ['roles', role, 'threshold']),
  ]),
  place('root', ['roles', 'more'], 'nothing'),
  place('root', ['keys', '0'.repeat(64)], 'nothing'),
  place('root', ['consistent_snapshot'], ...Object.keys(values)),
  ...[
    ['timestamp', 'snapshot'],
    ['snapshot', 'root'],
    ['snapshot', 'targets'],
    ['snapshot', 'targets/a'],
  ].flatMap(([role = '', name = '']) => [
    place(role, ['meta', name], ...(name.includes('/') ? ['nothing'] : [])),
    place(role, ['meta', name, 'length'], ...(name === 'root' ? ['a number', 'minus one'] : [])),
    place(role, ['meta', name, 'hashes']),
    // SHA-512 alone will do for a delegation (Notary 0.7.0).
    place(role, ['meta', name, 'hashes', 'sha256'], ...(name.includes('/') ? ['nothing'] : [])),
  ]),
  place('timestamp', ['meta']),
  place('snapshot', ['meta']),
  ...targetsPlaces('targets'),
  ...targetsPlaces('targets/a'),
  place('targets/a', ['delegations', 'roles'], 'nothing', 'null', 'an empty list'),
  place(
    'targets/a',
    ['delegations'],
    'nothing',
    'null',
    'an empty object',
    'an object',
    'an object named __proto__',
  ),
];

const cases = places.flatMap(({ role, path, harmless }) =>
  Object.entries(values)
    .filter(([what]) => !(what === 'nothing' && harmless.length === Object.keys(values).length))
    .map(([what, value]) => {
      const outcome = harmless.includes(what) ? 'read' : 'refused';
      return [`${role}, ${path.join('.')}: ${what} is ${outcome}`, { role, path, value, outcome }] as const;
    }),
);

const refusals = [
  ...['MALFORMED_JSON', 'INVALID_METADATA', 'MALFORMED_TIME', 'CHECKSUM_MISSING', 'CHECKSUM_MISMATCH'],
  ...['ROOT_VALIDATION', 'ROLE_THRESHOLD', 'MALICIOUS_SERVER', 'METADATA_NOT_FOUND'],
];

describe('G7 signed content of another shape', () => {
  it.each(cases)(
    'signed content of another shape is judged as it should be: %s',
    async (_, { role, path, value, outcome }) => {
      const collection = new ForgedCollection({ delegations });
      collection.edit(role, path, value);
      if (role === 'snapshot') collection.settleTimestamp();
      else if (role !== 'timestamp') collection.settle();
      const reader = actor(collection.server, memoryClock(), forgedGun);
      try {
        await update(refusingUnreadable(reader));
        expect('read').toBe(outcome);
        expect(reader.cache.files.get(role)).toEqual(collection.files.get(role));
      } catch (error) {
        if (!isNotaryError(error)) throw error;
        expect('refused').toBe(outcome);
        expect(refusals).toContain(error.code);
        expect(error.message).toMatch(/^[^\p{Cc}]+$/u);
        expect(error.details['gun']).toBe(forgedGun);
        expect(`${JSON.stringify(error.details['role'])} ${error.message}`).toMatch(
          /root|timestamp|snapshot|targets/,
        );
      }
      expect(({} as Record<string, unknown>)['length']).toBeUndefined();
    },
  );
});
